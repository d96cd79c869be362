package identitycenter

import (
	"html"
	"net/http"
	"strings"
)

// htmlPage is a page that runs no script.
func htmlPage(status int, title, body string) Reply {
	out := newReply(status, "text/html;charset=UTF-8", []byte("<!doctype html>\n<html lang=\"en\"><head>"+
		"<meta charset=\"utf-8\"><title>"+html.EscapeString(title)+"</title></head><body>\n<h1>"+
		html.EscapeString(title)+"</h1>\n"+body+"</body></html>\n"))
	out.Header.Set("Referrer-Policy", "no-referrer")
	return out
}

func errorPage(e *refusal) Reply {
	out := htmlPage(statusOf(e.code), "It's not you, it's us",
		"<p id=\"error\">"+html.EscapeString(e.code+": "+e.description)+"</p>\n")
	out.Code = e.code
	return out
}

// question is the form with the two buttons.
func question(action, hidden, value, about string) string {
	return "<p>" + about + "</p>\n<form method=\"post\" action=\"" + action + "\">\n<input type=\"hidden\" name=\"" +
		hidden + "\" value=\"" + html.EscapeString(value) + "\">\n" +
		"<button id=\"approve\" name=\"answer\" value=\"approve\">Allow access</button>\n" +
		"<button id=\"deny\" name=\"answer\" value=\"deny\">Deny access</button>\n</form>\n"
}

// about says who lets whom do what.
func about(user string, c *client, scopes []string) string {
	text := "Signed in as <b id=\"user\">" + html.EscapeString(user) + "</b>. Allow <b id=\"client\">" +
		html.EscapeString(c.name) + "</b> to access your data?"
	if len(scopes) > 0 {
		text += " It asks for: <span id=\"scopes\">" + html.EscapeString(strings.Join(scopes, " ")) + "</span>."
	}
	return text
}

// consentPage is the page on which a person of the browser flow allows or refuses access.
func consentPage(b *browserRequest, id string) Reply {
	out := htmlPage(http.StatusOK, "Allow access?",
		question("/authorize", "request", id, about(b.instance.person, b.client, b.scopes)))
	out.Caller = b.instance.person
	return out
}

// verifyDevice is the page of the device flow: with a code the question, without one the
// field for it.
func (s *Service) verifyDevice(r *Request) Reply {
	typed := r.HTTP.URL.Query().Get("user_code")
	if typed == "" {
		return htmlPage(http.StatusOK, "Authorization requested", "<form method=\"get\" action=\"/device\">\n"+
			"<label>Code <input id=\"user_code\" name=\"user_code\" autocomplete=\"off\"></label>\n"+
			"<button id=\"next\">Next</button>\n</form>\n")
	}
	d := s.findUserCode(typed, r.Now)
	if d == nil {
		return errorPage(refuse("InvalidGrantException", "Invalid user code provided"))
	}
	out := htmlPage(http.StatusOK, "Authorization requested", question("/device", "user_code", d.userCode,
		"Go on only if your device shows the code <b id=\"code\">"+d.userCode+"</b>. "+
			about(d.instance.person, d.client, d.client.scopes)))
	out.Caller = d.instance.person
	return out
}

// answerDevice is the page's button.
func (s *Service) answerDevice(r *Request) Reply {
	d := s.findUserCode(r.Form.Get("user_code"), r.Now)
	if d == nil {
		return errorPage(refuse("InvalidGrantException", "Invalid user code provided"))
	}
	said := r.Form.Get("answer")
	var result string
	switch said {
	case "approve":
		result = "Request approved. You can close this window."
	case "deny":
		result = "Request denied. You can close this window."
	default:
		return errorPage(invalidRequest("Neither approved nor denied"))
	}
	d.answer(said == "approve")
	out := htmlPage(http.StatusOK, "Authorization requested", "<p id=\"result\">"+result+"</p>\n")
	out.Caller = d.instance.person
	return out
}

// portalPage is what is behind a start URL.
func portalPage(i *Instance) Reply {
	return htmlPage(http.StatusOK, "AWS access portal",
		"<p>Signed in as <b id=\"user\">"+html.EscapeString(i.person)+"</b>.</p>\n")
}

// redirectVanity leads from a company's own name to its start URL.
func (s *Service) redirectVanity(r *Request) Reply {
	v, _ := s.vanityOf(r.HTTP)
	if r.HTTP.Method == http.MethodHead && v.head != 0 {
		return newReply(v.head, "text/plain", nil)
	}
	out := newReply(http.StatusFound, "text/html;charset=UTF-8", nil)
	out.Header.Set("Location", v.to)
	return out
}
