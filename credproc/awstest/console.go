package awstest

import (
	"crypto/subtle"

	"hatstand/credproc/awstest/console"
)

// askConsole has the sign-in federation endpoint, or the console behind it, answer a call.
func (s *Server) askConsole(x *exchange) reply {
	out := s.console.Answer(&console.Request{HTTP: x.r, Form: x.params, Now: x.now,
		Find: func(c console.Credentials) (console.Identity, bool) {
			ses := s.sessions[c.ID]
			if ses == nil || !same(ses.secret, c.Key) || !same(ses.token, c.Token) || !x.now.Before(ses.expires) {
				return console.Identity{}, false
			}
			return console.Identity{ARN: ses.who.arn, Role: ses.who.role != nil || ses.who.federated,
				Chained: ses.who.chained || ses.who.federated,
				Expires: ses.expires}, true
		}})
	x.call.AccessKeyID, x.call.Caller, x.call.Expires = out.AccessKeyID, out.Caller, out.Expires
	if x.call.Service == console.Console && out.Code == "" {
		x.call.Params["Page"] = x.r.URL.Path
	}
	return fromConsole(out)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func fromConsole(r console.Reply) reply {
	return reply{status: r.Status, header: r.Header, body: r.Body, code: r.Code}
}
