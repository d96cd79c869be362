package awstest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hatstand/credproc/awstest/model"
	"hatstand/credproc/awstest/policy"
)

// Limits of AssumeRole (STS API reference): session policies in characters, all
// of them together, and how many of a thing one call takes.
const (
	maxPolicyChars = 2048
	maxPolicyARNs  = 10
	maxTags        = 50
)

// assumption is an AssumeRole call that keeps to the API model.
type assumption struct {
	roleARN, sessionName, externalID string
	duration                         time.Duration
	mfa                              mfaParams
	source                           string
	tags                             []tag
	transitive                       []string
	policies                         []policy.Session
	packed                           int // percent; 0: no policies, no tags
}

func (s *Server) assumeRole(x *exchange, who *principal) ([]el, *refusal) {
	a, e := readAssumption(x.params)
	if e != nil {
		return nil, e
	}
	if who.federated {
		return nil, denied("Cannot call AssumeRole by federated users")
	}
	if who.user != nil && who.user.root {
		return nil, denied("Roles may not be assumed by root accounts.")
	}
	if e := s.regionEnabled(x, who); e != nil {
		return nil, e
	}
	if who.temporary && a.duration > chainDuration {
		return nil, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by " +
			"role chaining")
	}
	if e := a.inherit(who); e != nil {
		return nil, e
	}
	mfa, e := s.checkMFA(who, a.mfa, x.now)
	if e != nil {
		return nil, e
	}
	try := attempt{
		who: who, externalID: a.externalID, sessionName: a.sessionName, mfa: mfa, source: a.source, tags: a.tags,
		transitive: a.transitive,
	}
	r := s.roles[a.roleARN]
	if r == nil {
		return nil, notAuthorized(who, "sts:AssumeRole", a.roleARN, policy.Permitted)
	}
	if e := r.authorize(try); e != nil {
		return nil, e
	}
	if a.duration > r.MaxSession {
		return nil, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if a.packed > 100 {
		return nil, refuse(http.StatusBadRequest, "PackedPolicyTooLarge",
			"Packed size of session tags consumes %d%% of allotted space.", a.packed)
	}

	next := principal{
		arn:    "arn:" + s.opts.Partition + ":sts::" + r.account + ":assumed-role/" + r.name + "/" + a.sessionName,
		userID: r.id + ":" + a.sessionName, account: r.account, role: r, temporary: true, chained: who.temporary,
		session: sessionContext{sourceIdentity: a.source, transitive: a.carried(), policies: a.policies},
	}
	out := []el{
		s.issue(x, next, a.duration),
		branch("AssumedRoleUser", leaf("AssumedRoleId", next.userID), leaf("Arn", next.arn)),
	}
	if a.packed > 0 {
		out = append(out, leaf("PackedPolicySize", strconv.Itoa(a.packed)))
	}
	if a.source != "" {
		out = append(out, leaf("SourceIdentity", a.source))
	}
	return append(out, s.tokenSize()...), nil
}

// inherit takes over what the calling session carries: the source identity, which
// cannot be changed, and transitive tags, which cannot be passed again.
func (a *assumption) inherit(who *principal) *refusal {
	if had := who.session.sourceIdentity; had != "" {
		if a.source != "" && a.source != had {
			return invalid("The source identity is already set for this assume role session")
		}
		a.source = had
	}
	for _, had := range who.session.transitive {
		for _, t := range a.tags {
			if strings.EqualFold(t.key, had.key) {
				return invalidValue("One of the specified transitive tag keys can't be set because it conflicts " +
					"with a transitive tag key from the calling session.")
			}
		}
		a.transitive = append(a.transitive, had.key)
	}
	a.tags = append(a.tags, who.session.transitive...)
	return nil
}

// carried is the tags that the new session hands on.
func (a *assumption) carried() []tag {
	var out []tag
	for _, t := range a.tags {
		for _, k := range a.transitive {
			if strings.EqualFold(t.key, k) {
				out = append(out, t)
				break
			}
		}
	}
	return out
}

func invalidValue(text string) *refusal {
	return refuse(http.StatusBadRequest, "InvalidParameterValue", "%s", text)
}

// readAssumption holds a call against the STS API model, and no more.
func readAssumption(v url.Values) (*assumption, *refusal) {
	var c checks
	a := &assumption{}
	var e *refusal
	if a.duration, e = c.seconds(v, minDuration, maxRoleDuration, stdRoleDuration); e != nil {
		return nil, e
	}
	a.roleARN = c.Required(v, "RoleArn", "roleArn", 20, 2048, model.ARNPattern())
	a.sessionName = c.Required(v, "RoleSessionName", "roleSessionName", 2, 64, model.NamePattern())
	a.externalID = c.Optional(v, "ExternalId", "externalId", 2, 1224, model.ExternalIDPattern())
	a.source = c.Optional(v, "SourceIdentity", "sourceIdentity", 2, 64, model.NamePattern())
	a.mfa = readMFA(&c, v)
	policy := c.Optional(v, "Policy", "policy", 1, maxPolicyChars, model.PolicyPattern())
	arns := model.Members(v, "PolicyArns", ".arn")
	if len(arns) > maxPolicyARNs {
		c.Add("'["+strings.Join(arns, ", ")+"]'", "policyArns",
			"have length less than or equal to "+strconv.Itoa(maxPolicyARNs))
	}
	for i, arn := range arns {
		c.Text(arn, "policyArns."+strconv.Itoa(i+1)+".member.arn", 20, 2048, model.ARNPattern())
	}
	a.readTags(&c, v)
	if e := c.refusal(); e != nil {
		return nil, e
	}
	account, _, ok := splitRoleARN(a.roleARN)
	if !ok {
		return nil, invalid("%s is invalid", a.roleARN)
	}
	if e := a.checkTags(); e != nil {
		return nil, e
	}
	return a, a.readPolicies(v.Has("Policy"), policy, arns, account)
}

func (a *assumption) readTags(c *checks, v url.Values) {
	keys, values := model.Members(v, "Tags", ".Key"), model.Members(v, "Tags", ".Value")
	if len(keys) > maxTags {
		c.Add("'["+strings.Join(keys, ", ")+"]'", "tags", "have length less than or equal to "+strconv.Itoa(maxTags))
	}
	for i, k := range keys {
		at := "tags." + strconv.Itoa(i+1) + ".member."
		c.Text(k, at+"key", 1, 128, model.TagPattern(`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`))
		if i >= len(values) {
			c.Add("null", at+"value", "not be null")
			continue
		}
		c.Text(values[i], at+"value", 0, 256, model.TagPattern(`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`))
		a.tags = append(a.tags, tag{k, values[i]})
	}
	a.transitive = model.Members(v, "TransitiveTagKeys", "")
	if len(a.transitive) > maxTags {
		c.Add("'["+strings.Join(a.transitive, ", ")+"]'", "transitiveTagKeys",
			"have length less than or equal to "+strconv.Itoa(maxTags))
	}
}

func (a *assumption) checkTags() *refusal {
	seen := map[string]bool{}
	for _, t := range a.tags {
		k := strings.ToLower(t.key)
		if seen[k] {
			return invalidValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if strings.HasPrefix(k, "aws:") {
			return invalidValue("System tags cannot be added/updated by requester")
		}
		seen[k] = true
	}
	for _, k := range a.transitive {
		if !seen[strings.ToLower(k)] {
			return invalidValue("The specified transitive tag key must be included in the requested tags.")
		}
	}
	return nil
}

// readPolicies reads the session policies and weighs them: AWS packs them in a
// way it does not tell, so that this percentage is of the plain text.
func (a *assumption) readPolicies(has bool, inline string, arns []string, account string) *refusal {
	size := len(inline)
	if has {
		p, problem := policy.ParseSession(inline)
		if problem != "" {
			return refuse(http.StatusBadRequest, "MalformedPolicyDocument", "%s", problem)
		}
		a.policies = append(a.policies, p)
	}
	partition := strings.Split(a.roleARN, ":")[1]
	for _, arn := range arns {
		size += len(arn)
		p := strings.SplitN(arn, ":", 6)
		if len(p) != 6 || p[0] != "arn" || p[1] != partition || p[2] != "iam" || p[4] != "aws" && p[4] != account ||
			!strings.HasPrefix(p[5], "policy/") {
			return invalid("%s is invalid", arn)
		}
		a.policies = append(a.policies, policy.Managed(arn))
	}
	for _, t := range a.tags {
		size += len(t.key) + len(t.value)
	}
	if size > 0 {
		a.packed = max(1, size*100/maxPolicyChars)
	}
	return nil
}
