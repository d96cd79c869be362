package awstest

import (
	"strings"

	"hatstand/credproc/awstest/iamreport"
)

// Reports has f look at, or change, what IAM reports of an account.
func (s *Server) Reports(account string, f func(*iamreport.Reports)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.reportsOf(account))
}

func (s *Server) reportsOf(account string) *iamreport.Reports {
	if s.reports[account] == nil {
		s.reports[account] = iamreport.New(s.opts.Partition, account)
	}
	return s.reports[account]
}

// askReports answers the calls about reports.
func (s *Server) askReports(x *exchange, who *principal) ([]el, *refusal) {
	resource := "*"
	if arn := x.params.Get("Arn"); arn != "" {
		resource = arn
	}
	if e := may(x, who, resource); e != nil {
		return nil, e
	}
	out, list, e := s.reportsOf(who.account).Answer(x.call.Action, x.now, x.params.Get, iamreport.Account{
		Users: func() []iamreport.User { return s.reported(who.account) },
		HasRole: func(arn string) bool {
			return s.roles[arn] != nil && strings.Contains(arn, "::"+who.account+":")
		},
	})
	if e != nil {
		return nil, refuse(e.Status, e.Code, "%s", e.Message)
	}
	var all []el
	for _, f := range out {
		all = append(all, element(f))
	}
	if list == nil {
		return all, nil
	}
	page, refused := pageOf(x, element(*list))
	return append(all, page...), refused
}

func element(e iamreport.Element) el {
	out := leaf(e.Name, e.Text)
	for _, k := range e.Kids {
		out.kids = append(out.kids, element(k))
	}
	return out
}

// reported are the users of an account, as the report tells of them.
func (s *Server) reported(account string) (all []iamreport.User) {
	for _, u := range s.users {
		if u.Account != account {
			continue
		}
		r := iamreport.User{Name: u.Name, ARN: u.ARN, Root: u.root, Created: u.created, MFA: len(s.devicesOf(u)) > 0}
		for _, k := range u.keys {
			r.Keys = append(r.Keys, iamreport.Key{Active: k.active, Created: k.created, Used: k.lastUsed, Region: k.lastIn, Service: k.lastOf})
		}
		all = append(all, r)
	}
	return all
}
