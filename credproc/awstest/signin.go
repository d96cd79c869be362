package awstest

import (
	"strings"
	"time"

	"hatstand/credproc/awstest/loginsession"
)

// ConsoleSignIn is the server's sign-in to the console for programs, with nobody at the browser at first. Its endpoint
// is the server's URL; the credentials that it gives are STS's.
func (s *Server) ConsoleSignIn() *loginsession.Service { return s.signIn }

// askSignIn has the sign-in answer a call.
func (s *Server) askSignIn(x *exchange) reply {
	out := s.signIn.Answer(x.call.Action, &loginsession.Request{HTTP: x.r, Body: x.body, Form: x.params, Now: x.now,
		Issue: func(arn string, life time.Duration) loginsession.Credentials { return s.issueToPerson(x, arn, life) }})
	x.call.Caller = out.Caller
	if x.call.Expires.IsZero() {
		x.call.Expires = out.Expires
	}
	return fromSignIn(out)
}

func fromSignIn(r loginsession.Reply) reply {
	return reply{status: r.Status, header: r.Header, body: r.Body, code: r.Code}
}

// issueToPerson makes credentials of an IAM user, or of a role session, who has signed in to the console.
func (s *Server) issueToPerson(x *exchange, arn string, life time.Duration) loginsession.Credentials {
	part := strings.SplitN(arn, ":", 6)
	who := principal{arn: arn, account: part[4], temporary: true}
	if u := s.users[arn]; u != nil {
		who.user, who.userID = u, u.id
	} else {
		words := strings.Split(part[5], "/") // assumed-role/ROLE/SESSION
		roleARN := "arn:" + part[1] + ":iam::" + part[4] + ":role/" + words[1]
		r := s.roles[roleARN]
		if r == nil { // trusted by nobody here
			r = &role{arn: roleARN, account: part[4], name: words[1], id: "AROA" + random(idAlphabet, 17)}
			s.roles[roleARN] = r
		}
		who.role, who.userID = r, r.id+":"+words[len(words)-1]
	}
	ses := s.newSession(x, who, life)
	return loginsession.Credentials{AccessKeyID: ses.id, SecretAccessKey: ses.secret, SessionToken: ses.token,
		Expires: ses.expires}
}
