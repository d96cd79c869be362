package awstest

import (
	"strconv"
	"time"

	"hatstand/credproc/awstest/model"
	"hatstand/credproc/awstest/policy"
)

// getFederationToken makes a federated user, who may do what both the calling user's policy and the policies passed
// allow: nothing where none are passed. Source: STS API reference, GetFederationToken.
func (s *Server) getFederationToken(x *exchange, who *principal) ([]el, *refusal) {
	var c checks
	d, e := c.seconds(x.params, minDuration, maxSessionDuration, stdSessionDuration)
	if e != nil {
		return nil, e
	}
	name := c.Required(x.params, "Name", "name", 2, 32, model.NamePattern())
	inline := c.Optional(x.params, "Policy", "policy", 1, maxPolicyChars, model.PolicyPattern())
	arns := model.Members(x.params, "PolicyArns", ".arn")
	if len(arns) > maxPolicyARNs {
		c.Add("policyArns", "policyArns", "have length less than or equal to "+strconv.Itoa(maxPolicyARNs))
	}
	if e := c.refusal(); e != nil {
		return nil, e
	}
	a := assumption{roleARN: who.arn}
	if e := a.readPolicies(x.params.Has("Policy"), inline, arns, who.account); e != nil {
		return nil, e
	}
	if who.temporary {
		return nil, denied("Cannot call GetFederationToken with session credentials")
	}
	if e := s.regionEnabled(x, who); e != nil {
		return nil, e
	}
	if r := who.rule("sts:GetFederationToken"); r != policy.Permitted {
		return nil, notAuthorized(who, "sts:GetFederationToken",
			"arn:"+s.opts.Partition+":sts::"+who.account+":federated-user/"+name, r)
	}
	if a.packed > 100 {
		return nil, invalid("Packed size of the policies is %d%% of the allotted space", a.packed)
	}
	if who.user.root {
		d = min(d, time.Hour)
	}
	next := principal{arn: "arn:" + s.opts.Partition + ":sts::" + who.account + ":federated-user/" + name,
		userID: who.account + ":" + name, account: who.account, user: who.user, temporary: true, federated: true,
		session: sessionContext{policies: a.policies}}
	return []el{s.issue(x, next, d),
		branch("FederatedUser", leaf("FederatedUserId", next.userID), leaf("Arn", next.arn)),
		leaf("PackedPolicySize", strconv.Itoa(a.packed))}, nil
}
