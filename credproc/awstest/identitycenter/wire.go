package identitycenter

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is a call on its way to its answer.
type Request struct {
	HTTP *http.Request
	Body []byte
	Form url.Values // of a form that was sent
	Now  time.Time
	// Expired, if above 0, is how long ago what is given has expired.
	Expired time.Duration
	// Issue makes role credentials.
	Issue func(RoleSession) Credentials

	caller  string
	expires time.Time
}

// Reply is a whole answer.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte

	Code    string    // the error's name, "" for success
	Caller  string    // the user, as far as the call tells
	Expires time.Time // of the token that was given
}

// The services that calls are recorded under. Pages are what people see.
const (
	OIDC   = "sso-oidc"
	Portal = "sso"
	Pages  = "sso-page"
)

// operation is one that a method and a path stand for.
type operation struct {
	method, path    string
	service, action string
}

func operations() []operation {
	return []operation{
		{http.MethodPost, "/client/register", OIDC, "RegisterClient"},
		{http.MethodPost, "/device_authorization", OIDC, "StartDeviceAuthorization"},
		{http.MethodPost, "/token", OIDC, "CreateToken"},
		{http.MethodGet, "/federation/credentials", Portal, "GetRoleCredentials"},
		{http.MethodGet, "/assignment/accounts", Portal, "ListAccounts"},
		{http.MethodGet, "/assignment/roles", Portal, "ListAccountRoles"},
		{http.MethodPost, "/logout", Portal, "Logout"},
		{http.MethodGet, "/authorize", Pages, "Authorize"},
		{http.MethodPost, "/authorize", Pages, "AnswerAuthorize"},
		{http.MethodGet, "/device", Pages, "VerifyDevice"},
		{http.MethodPost, "/device", Pages, "AnswerDevice"},
	}
}

// Route names the operation that a request is for. known is false for a path that is
// not of this service; without an action the path knows no such method.
func (s *Service) Route(r *http.Request) (service, action string, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.vanityOf(r); ok {
		return Pages, "GetVanityURL", true
	}
	for _, o := range operations() {
		if o.path == r.URL.Path {
			service, known = o.service, true
			if o.method == r.Method {
				return o.service, o.action, true
			}
		}
	}
	if known || s.portalOf(r.URL.Path) == nil {
		return service, "", known
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		action = "GetPortal"
	}
	return Pages, action, true
}

// portalOf is the instance whose start URL has a path; nil: none. It needs mu.
func (s *Service) portalOf(path string) *Instance {
	i := slices.IndexFunc(s.instances, func(i *Instance) bool {
		u, err := url.Parse(i.startURL)
		return err == nil && strings.Trim(u.Path, "/") != "" && strings.Trim(u.Path, "/") == strings.Trim(path, "/")
	})
	if i < 0 {
		return nil
	}
	return s.instances[i]
}

// Answer performs an operation that Route named.
func (s *Service) Answer(action string, r *Request) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out Reply
	switch action {
	case "RegisterClient":
		out = answer(OIDC, r, s.registerClient)
	case "StartDeviceAuthorization":
		out = answer(OIDC, r, s.startDeviceAuthorization)
	case "CreateToken":
		out = answer(OIDC, r, s.createToken)
	case "GetRoleCredentials":
		out = answer(Portal, r, s.getRoleCredentials)
	case "ListAccounts":
		out = answer(Portal, r, s.listAccounts)
	case "ListAccountRoles":
		out = answer(Portal, r, s.listAccountRoles)
	case "Logout":
		out = answer(Portal, r, s.logout)
	case "Authorize":
		out = s.authorize(r)
	case "AnswerAuthorize":
		out = s.answerAuthorize(r)
	case "VerifyDevice":
		out = s.verifyDevice(r)
	case "AnswerDevice":
		out = s.answerDevice(r)
	case "GetPortal":
		out = portalPage(s.portalOf(r.HTTP.URL.Path))
	case "GetVanityURL":
		out = s.redirectVanity(r)
	default:
		out = errorPage(invalidRequest("No such page"))
	}
	if out.Caller == "" {
		out.Caller = r.caller
	}
	out.Expires = r.expires
	return out
}

// answer writes what a call returned as JSON.
func answer(service string, r *Request, call func(*Request) (any, *refusal)) Reply {
	out, e := call(r)
	if e != nil {
		return e.reply(service, 0)
	}
	if out == nil {
		return newReply(http.StatusOK, "application/json", nil)
	}
	return jsonReply(http.StatusOK, out)
}

func newReply(status int, contentType string, body []byte) Reply {
	h := http.Header{}
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Amzn-Requestid", token("", 36))
	return Reply{Status: status, Header: h, Body: body}
}

func jsonReply(status int, v any) Reply {
	body, err := json.Marshal(v)
	if err != nil { // of maps of texts and numbers, which cannot fail
		return newReply(http.StatusInternalServerError, "text/plain", []byte(err.Error()))
	}
	return newReply(status, "application/json", body)
}

// read decodes the JSON of a call.
func (r *Request) read(into any) *refusal {
	kind, _, _ := strings.Cut(r.HTTP.Header.Get("Content-Type"), ";")
	if strings.TrimSpace(kind) != "application/json" || json.Unmarshal(r.Body, into) != nil {
		return invalidRequest("Invalid request provided")
	}
	return nil
}

// origin is where this server is reached by a browser: the address that the call came
// in on, since a proxy may have led a foreign host's name here.
func (r *Request) origin() string {
	if local, ok := r.HTTP.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return "http://" + local.String()
	}
	return "http://" + r.HTTP.Host
}

// Params is what a call says, without its secrets.
func Params(r *http.Request, body []byte, form url.Values) map[string]string {
	out := map[string]string{}
	put := func(name, value string) {
		if secret(name) && value != "" {
			value = "present"
		}
		out[name] = value
	}
	for name := range r.URL.Query() {
		put(name, r.URL.Query().Get(name))
	}
	for name := range form {
		put(name, form.Get(name))
	}
	var members map[string]any
	if json.Unmarshal(body, &members) == nil {
		for name, v := range members {
			switch v := v.(type) {
			case string:
				put(name, v)
			case []any:
				var texts []string
				for _, t := range v {
					if text, ok := t.(string); ok {
						texts = append(texts, text)
					}
				}
				put(name, strings.Join(texts, " "))
			}
		}
	}
	if r.Header.Get(bearerHeader) != "" {
		out["bearer"] = "present"
	}
	return out
}

// secret names what is never recorded.
func secret(name string) bool {
	return slices.Contains([]string{
		"clientSecret", "deviceCode", "code", "codeVerifier", "refreshToken", "state", "code_challenge", "request",
	}, name)
}
