package saml

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
)

// A Chrome is a browser of the Chromium family that is started for one sign-in, and steered over a pipe: it opens no
// port. It has a folder of its own for its profile, so that the provider's cookies live on, and none of the person's.
type Chrome struct {
	Command []string // its program, by its path, and options
	Folder  string   // of its profile; it must be there, and be nobody else's
	Env     []string
	Page    string // of the provider: where the sign-in begins
}

// signInHosts are those where AWS takes responses, and the names that end in them behind a dot. Source: the IAM user
// guide, "Configure SAML assertions for the authentication response", Recipient.
func signInHosts() []string {
	return []string{"signin.aws.amazon.com", "signin.amazonaws-us-gov.com", "signin.amazonaws.cn"}
}

// toAWS reports whether a page posts its response to AWS by going there.
func toAWS(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || !strings.HasPrefix(u.Path, acsPath) {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return u.Port() == "" && slices.ContainsFunc(signInHosts(), func(known string) bool {
		return host == known || strings.HasSuffix(host, "."+known)
	})
}

// patterns are the requests that the browser asks about before it makes them.
func patterns() []map[string]string {
	var all []map[string]string
	for _, host := range signInHosts() {
		for _, begin := range []string{"https://", "https://*."} {
			all = append(all, map[string]string{"urlPattern": begin + host + acsPath + "*", "requestStage": "Request"})
		}
	}
	return all
}

// Response has the person sign in, and takes the response on its way to AWS, which never gets it. The browser is closed
// when it returns. The error is an *Error, or the context's cause.
func (c Chrome) Response(ctx context.Context) (string, error) {
	b, err := c.start()
	if err != nil {
		return "", err
	}
	s := steering{tools: newDevtools(b.to, b.from), page: c.Page}
	type result struct {
		response string
		err      error
	}
	done := make(chan result, 1)
	go func() {
		response, err := s.run()
		done <- result{response, err}
	}()
	var r result
	select {
	case r = <-done:
	case <-ctx.Done():
		r.err = context.Cause(ctx)
	}
	_, _ = s.tools.send("", "Browser.close", struct{}{})
	said := b.end()
	if errors.Is(r.err, io.EOF) {
		r.err = c.ended(s.spoke.Load(), said)
	}
	return r.response, r.err
}

// ended is the error of a browser that has ended by itself. One that had begun was closed by the person.
func (c Chrome) ended(spoke bool, said string) error {
	if spoke {
		return &Error{Kind: Declined, Reason: "the browser's window was closed"}
	}
	reason := "the browser ended before its window opened"
	if said != "" {
		reason += ": " + said
	}
	return &Error{Kind: BrowserFailed, Subject: c.Command[0], Reason: reason}
}

func browserFault(err error) error {
	return &Error{Kind: BrowserFailed, Reason: err.Error(), Err: err}
}

// formResponse is the response in what a page posts.
func formResponse(r pausedRequest) (string, bool) {
	if r.Request.Method != "POST" || !toAWS(r.Request.URL) {
		return "", false
	}
	body := r.Request.PostData
	if body == "" {
		for _, part := range r.Request.PostDataEntries {
			raw, err := base64.StdEncoding.DecodeString(part.Bytes)
			if err != nil {
				return "", false
			}
			body += string(raw)
		}
	}
	form, err := url.ParseQuery(body)
	if err != nil || len(form["SAMLResponse"]) != 1 {
		return "", false
	}
	response := form.Get("SAMLResponse")
	return response, response != ""
}

// A pausedRequest is the event Fetch.requestPaused.
type pausedRequest struct {
	RequestID string `json:"requestId"`
	Request   struct {
		URL             string `json:"url"`
		Method          string `json:"method"`
		PostData        string `json:"postData"`
		PostDataEntries []struct {
			Bytes string `json:"bytes"`
		} `json:"postDataEntries"`
	} `json:"request"`
}

// A target is a page, a frame of another site, or something else of the browser's.
type target struct {
	SessionID  string `json:"sessionId"`
	TargetInfo struct {
		Type string `json:"type"`
	} `json:"targetInfo"`
	WaitingForDebugger bool `json:"waitingForDebugger"`
}

func decode(raw json.RawMessage, into any) error {
	if json.Unmarshal(raw, into) != nil {
		return browserFault(errors.New("the browser sends an event that cannot be read"))
	}
	return nil
}
