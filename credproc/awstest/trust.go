package awstest

import (
	"strings"
	"time"

	"hatstand/credproc/awstest/policy"
)

// Role is what AddRole makes.
type Role struct {
	Trust []Trust
	// MaxSession is MaxSessionDuration, 1 to 12 h; 0 is AWS's default, 1 h.
	MaxSession time.Duration
	// Allow, if not nil, is all that sessions of the role may do; nil is everything.
	Allow []string
}

// Trust is one Allow statement of a role's trust policy.
type Trust = policy.Trust

type tag struct{ key, value string }

// role is a Role with what IAM adds.
type role struct {
	Role
	arn, account, name, id string
	perms                  policy.Permissions
	written                *policy.Document // SetTrustPolicy; nil: Trust counts
}

// AddRole makes a role, or replaces the one of that ARN. The ARN may have a path.
// A role of another partition than the server's can never be assumed.
func (s *Server) AddRole(arn string, r Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account, path, _ := splitRoleARN(arn)
	if r.MaxSession == 0 {
		r.MaxSession = time.Hour
	}
	s.roles[arn] = &role{
		Role: r, arn: arn, account: account, name: path[strings.LastIndexByte(path, '/')+1:],
		id:    "AROA" + random(idAlphabet, 17),
		perms: policy.Permissions{Allowed: r.Allow, Restricted: r.Allow != nil},
	}
}

// splitRoleARN is the account and the name with its path; false: not a role's ARN.
func splitRoleARN(arn string) (account, path string, ok bool) {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[2] != "iam" {
		return "", "", false
	}
	path, ok = strings.CutPrefix(p[5], "role/")
	return p[4], path, ok && len(p[4]) == 12 && path != ""
}

// attempt is one try to assume a role, as trust policies see it.
type attempt struct {
	who         *principal
	externalID  string
	sessionName string
	mfa         bool
	source      string // the source identity of the session to be
	tags        []tag  // passed and inherited
	transitive  []string
}

// principalArn is aws:PrincipalArn.
func (p *principal) principalArn() string {
	if p.role != nil {
		return p.role.arn
	}
	return p.arn
}

// authorize is trust policy and identity policy together. nil: allowed.
func (r *role) authorize(a attempt) *refusal {
	actions := []string{"sts:AssumeRole"}
	if a.source != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	if len(a.tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	trusted, directly, source, tags := false, false, false, false
	var keys []string
	for _, t := range a.tags {
		keys = append(keys, t.key)
	}
	for _, t := range r.Trust {
		named, direct := t.Names(a.ask("sts:AssumeRole", r.arn))
		if !named || !t.Holds(a.ask("sts:AssumeRole", r.arn)) {
			continue
		}
		trusted, directly = true, directly || direct
		source = source || t.AllowsSource()
		tags = tags || t.AllowsTags(keys)
	}
	for _, act := range actions {
		if r.written != nil {
			v := r.written.Judge(a.ask(act, r.arn))
			trusted, source, tags = v.Allowed, v.Allowed, v.Allowed
			directly = v.Directly
		}
		asked := a.ask(act, r.arn)
		if a.mfa && !a.who.mfa { // AWS documents a code of the call for trust policies alone
			delete(asked.Context, "aws:multifactorauthpresent")
		}
		switch why := a.who.ruleOn(asked); {
		case why == policy.ExplicitlyDenied, why == policy.DeniedBySessionPolicy, why == policy.NotInSessionPolicy:
			return notAuthorized(a.who, act, r.arn, why)
		case why == policy.NotAllowed && (!directly || a.who.account != r.account):
			return notAuthorized(a.who, act, r.arn, why)
		}
		ok := trusted
		switch act {
		case "sts:SetSourceIdentity":
			ok = source
		case "sts:TagSession":
			ok = tags
		}
		if !ok {
			return notAuthorized(a.who, act, r.arn, policy.Permitted)
		}
	}
	return nil
}
