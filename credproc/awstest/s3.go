package awstest

import (
	"hatstand/credproc/awstest/policy"
	"hatstand/credproc/awstest/s3"
)

// S3 is the server's S3, which has no buckets at first. Its endpoint is the server's URL, where buckets are in the
// path; by AWS's own host names they may be in front.
func (s *Server) S3() *s3.Service { return s.objects }

// routeToS3 finds the handler of a request that is S3's; nil: it is none.
func (s *Server) routeToS3(x *exchange) func(*exchange) reply {
	action, bucket, mine := s3.Route(x.r)
	if !mine {
		return nil
	}
	x.call.Service, x.call.Action, x.call.Params = s3.Name, action, s3.Params(x.r.URL.Query(), bucket)
	return s.askS3
}

// askS3 has S3 answer a call.
func (s *Server) askS3(x *exchange) reply {
	out := s.objects.Answer(&s3.Request{HTTP: x.r, Body: x.body, Now: x.now, ID: x.id,
		RegionOK: func(region string) bool { return s.regionOK(s3.Name, region) },
		Find: func(keyID string) (s3.Caller, bool) {
			if ses := s.sessions[keyID]; ses != nil {
				return s3Caller(&ses.who, s3.Caller{Secret: ses.secret, Token: ses.token, Expires: ses.expires}), true
			}
			k := s.keys[keyID]
			if k == nil || !k.active || x.now.Before(k.usableAt) {
				return s3.Caller{}, false
			}
			return s3Caller(k.user.principal(), s3.Caller{Secret: k.Secret}), true
		}})
	x.call.AccessKeyID, x.call.Caller, x.call.Region = out.AccessKeyID, out.Caller, out.Region
	if k := s.keys[out.AccessKeyID]; k != nil && out.Caller != "" {
		k.lastUsed, k.lastOf, k.lastIn = x.now, s3.Name, out.Region
	}
	return fromS3(out)
}

// s3Caller is whose credentials are, for S3.
func s3Caller(who *principal, c s3.Caller) s3.Caller {
	c.ARN, c.Account = who.arn, who.account
	c.May = func(action string) policy.Ruling { return who.rule(action) }
	return c
}

func fromS3(r s3.Reply) reply {
	return reply{status: r.Status, header: r.Header, body: r.Body, code: r.Code}
}
