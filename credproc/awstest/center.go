package awstest

import (
	"net/http"

	"hatstand/credproc/awstest/identitycenter"
)

// IdentityCenter is the server's IAM Identity Center, which has no instance at first.
// Its endpoints are the server's URL; the credentials that it gives are STS's.
func (s *Server) IdentityCenter() *identitycenter.Service { return s.center }

// ofCenter says whether a service is a part of Identity Center.
func ofCenter(service string) bool {
	return service == identitycenter.OIDC || service == identitycenter.Portal || service == identitycenter.Pages
}

// routeToCenter finds the handler of a path of Identity Center; nil: it is none.
func (s *Server) routeToCenter(x *exchange) func(*exchange) reply {
	service, action, known := s.center.Route(x.r)
	if !known {
		return nil
	}
	x.call.Service, x.call.Action = service, action
	x.call.Params = identitycenter.Params(x.r, x.body, x.params)
	if action == "" {
		x.call.Action = x.r.Method + " " + x.r.URL.Path
		return func(*exchange) reply {
			return fromCenter(identitycenter.Failure(service, http.StatusMethodNotAllowed, "MethodNotAllowedException",
				"Method not allowed", ""))
		}
	}
	return s.askCenter
}

// askCenter has Identity Center answer a call.
func (s *Server) askCenter(x *exchange) reply {
	out := s.center.Answer(x.call.Action, &identitycenter.Request{
		HTTP: x.r, Body: x.body, Form: x.params, Now: x.now, Expired: x.expired,
		Issue: func(to identitycenter.RoleSession) identitycenter.Credentials { return s.issueToSession(x, to) },
	})
	x.call.Caller = out.Caller
	if x.call.Expires.IsZero() {
		x.call.Expires = out.Expires
	}
	return fromCenter(out)
}

func fromCenter(r identitycenter.Reply) reply {
	return reply{status: r.Status, header: r.Header, body: r.Body, code: r.Code}
}

// issueToSession makes credentials of a permission set's role. They are temporary, so that
// roles on top are chained, but not chained themselves: the console takes them for 12 h.
func (s *Server) issueToSession(x *exchange, to identitycenter.RoleSession) identitycenter.Credentials {
	arn := "arn:" + s.opts.Partition + ":iam::" + to.Account + ":role/" + to.Path + to.Role
	r := s.roles[arn]
	if r == nil { // trusted by Identity Center alone, so that nobody assumes it
		r = &role{arn: arn, account: to.Account, name: to.Role, id: "AROA" + random(idAlphabet, 17)}
		s.roles[arn] = r
	}
	ses := s.newSession(x, principal{
		arn:    "arn:" + s.opts.Partition + ":sts::" + to.Account + ":assumed-role/" + to.Role + "/" + to.User,
		userID: r.id + ":" + to.User, account: to.Account, role: r, temporary: true,
	}, to.Duration)
	return identitycenter.Credentials{
		AccessKeyID: ses.id, SecretAccessKey: ses.secret, SessionToken: ses.token, Expiration: ses.expires,
	}
}
