package awstest

import (
	"fmt"
	"slices"
	"strings"

	"hatstand/credproc/awstest/policy"
)

// SetTrustPolicy puts a written trust policy into the place of a role's Trust.
func (s *Server) SetTrustPolicy(roleARN, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.roles[roleARN]
	if r == nil {
		return fmt.Errorf("no role %s", roleARN)
	}
	d, problem := policy.ParseTrust(text, s.opts.Partition)
	if problem != "" {
		return fmt.Errorf("MalformedPolicyDocument: %s", problem)
	}
	r.written = &d
	return nil
}

// SetIdentityPolicy has a written policy, and nothing else, allow what a user or a role may do.
func (s *Server) SetIdentityPolicy(arn, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, problem := policy.ParseIdentity(text, s.opts.Partition)
	if problem != "" {
		return fmt.Errorf("MalformedPolicyDocument: %s", problem)
	}
	if u, r := s.users[arn], s.roles[arn]; u != nil {
		u.perms.Written = &d
	} else if r != nil {
		r.perms.Written = &d
	} else {
		return fmt.Errorf("no user and no role %s", arn)
	}
	return nil
}

// ask is what written policies are asked about an action of the caller.
func (p *principal) ask(action, resource string) policy.Request {
	r := policy.Request{Action: action, Resource: resource, Principal: p.arn, Account: p.account}
	r.Set("aws:PrincipalArn", p.principalArn())
	r.Set("aws:PrincipalAccount", p.account)
	if p.role != nil {
		r.Role = p.role.arn
	}
	if p.user != nil && !p.user.root && !p.federated {
		r.Set("aws:username", p.user.Name)
	}
	if p.temporary { // long-lived keys have no such key at all
		r.Set("aws:MultiFactorAuthPresent", fmt.Sprint(p.mfa))
	}
	if p.session.sourceIdentity != "" {
		r.Set("aws:SourceIdentity", p.session.sourceIdentity)
	}
	for _, t := range p.session.transitive {
		r.Set("aws:PrincipalTag/"+t.key, t.value)
	}
	return r
}

// resource is the ARN of what IAM's refusals name in words: "user alice", "user null" for the caller, "access key ID".
func (p *principal) resource(words string) string {
	name, isUser := strings.CutPrefix(words, "user ")
	id, isKey := strings.CutPrefix(words, "access key ")
	switch {
	case p.user == nil:
		return words
	case isUser && (name == "null" || name == p.user.Name), isKey && p.user.key(id) != nil:
		return p.user.ARN
	case isUser:
		return strings.TrimSuffix(p.user.ARN, p.user.Name) + name
	}
	return words
}

// ask is what written policies are asked about a try to assume a role. Each action has the keys that the service
// authorization reference lists for it.
func (a attempt) ask(action, resource string) policy.Request {
	r := a.who.ask(action, resource)
	if a.mfa && !a.who.mfa { // the code came with the call, which a trust policy sees
		r.Set("aws:MultiFactorAuthPresent", "true")
	}
	if action == "sts:AssumeRole" {
		r.Set("sts:RoleSessionName", a.sessionName)
		if a.externalID != "" {
			r.Set("sts:ExternalId", a.externalID)
		}
	}
	if a.source != "" && a.who.session.sourceIdentity == "" && action != "sts:TagSession" {
		r.Set("sts:SourceIdentity", a.source)
	}
	if action == "sts:SetSourceIdentity" {
		return r
	}
	for _, t := range a.tags {
		if !slices.Contains(a.who.session.transitive, t) {
			r.Set("aws:RequestTag/"+t.key, t.value)
			r.Set("aws:TagKeys", t.key)
		}
	}
	for _, key := range a.transitive {
		if !slices.ContainsFunc(a.who.session.transitive, func(t tag) bool { return strings.EqualFold(t.key, key) }) {
			r.Set("sts:TransitiveTagKeys", key)
		}
	}
	return r
}

// trustedAs reports whether a role's trust policy takes what a provider says. The statements of Trust that hold are
// found by holds, written ones by the condition keys.
func (r *role) trustedAs(action, provider string, holds func(Trust) bool, keys ...string) bool {
	if r.written == nil {
		return slices.ContainsFunc(r.Trust, holds)
	}
	request := policy.Request{Action: action, Resource: r.arn, Federated: provider}
	for i := 0; i < len(keys); i += 2 {
		request.Set(keys[i], keys[i+1])
	}
	return r.written.Judge(request).Allowed
}
