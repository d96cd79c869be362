package awstest

import (
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"

	"hatstand/credproc/awstest/model"
	"hatstand/credproc/awstest/policy"
	"hatstand/credproc/awstest/saml"
)

// AddSAMLProvider makes an account take the responses of a provider. Its ARN says which account.
func (s *Server) AddSAMLProvider(p *saml.Provider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.samlProviders = append(s.samlProviders, p)
}

// assumeRoleWithSAML takes no signature: the assertion is the proof.
func (s *Server) assumeRoleWithSAML(x *exchange) ([]el, *refusal) {
	for _, name := range []string{"RoleSessionName", "ExternalId", "SourceIdentity", "SerialNumber", "TokenCode",
		"Tags.member.1.Key"} {
		if x.params.Has(name) { // the API model has no such parameter, and AWS does not look at it
			return nil, invalid("1 validation error detected: %s is no parameter of AssumeRoleWithSAML", name)
		}
	}
	var c checks
	anything := model.Pattern{Text: `[\s\S]*`, OK: func(rune) bool { return true }}
	response := c.Required(x.params, "SAMLAssertion", "sAMLAssertion", 4, 100000, anything)
	arn := c.Required(x.params, "PrincipalArn", "principalArn", 20, 2048, model.ARNPattern())
	if e := c.refusal(); e != nil {
		return nil, e
	}
	i := slices.IndexFunc(s.samlProviders, func(p *saml.Provider) bool { return p.ARN == arn })
	if i < 0 {
		return nil, badToken("Specified provider doesn't exist")
	}
	p := s.samlProviders[i]
	said, wrong := p.Verify(response, x.now)
	if wrong != nil {
		return nil, refuse(http.StatusBadRequest, wrong.Code, "%s", wrong.Text)
	}
	params := maps.Clone(x.params)
	params.Set("RoleSessionName", said.SessionName)
	a, e := readAssumption(params)
	if e != nil {
		return nil, e
	}
	x.call.Caller = said.Subject
	r := s.roles[a.roleARN]
	trusts := func(t Trust) bool {
		return t.Federated == arn && t.Audience == said.Recipient && (t.Subject == "" || policy.Like(t.Subject, said.Subject)) &&
			(t.SessionName == "" || policy.Like(t.SessionName, said.SessionName))
	}
	account, _, _ := strings.Cut(strings.TrimPrefix(arn, "arn:"+s.opts.Partition+":iam::"), ":")
	if r == nil || r.account != account || !said.Offers(a.roleARN, arn) || !r.trustedAs("sts:AssumeRoleWithSAML", arn,
		trusts, "SAML:aud", said.Recipient, "SAML:sub", said.Subject, "SAML:iss", p.Issuer, "sts:RoleSessionName", said.SessionName) {
		return nil, denied("Not authorized to perform sts:AssumeRoleWithSAML")
	}
	next, e := s.byToken(r, a)
	if e != nil {
		return nil, e
	}
	qualifier := sha1.Sum([]byte(p.Issuer + account + "/" + arn[strings.LastIndexByte(arn, '/')+1:]))
	return []el{
		s.issue(x, next, a.duration),
		branch("AssumedRoleUser", leaf("AssumedRoleId", next.userID), leaf("Arn", next.arn)),
		leaf("Subject", said.Subject), leaf("SubjectType", "transient"), leaf("Issuer", p.Issuer),
		leaf("Audience", said.Recipient), leaf("NameQualifier", base64.StdEncoding.EncodeToString(qualifier[:])),
	}, nil
}
