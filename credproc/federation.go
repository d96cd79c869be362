package credproc

import (
	"fmt"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/limits"
	"hatstand/profiles/partitions"
)

// MaxFederatedName bounds the name of a federated user. Source: the STS API reference, GetFederationToken, Name.
const MaxFederatedName = 32

// Federates reports whether a profile without a role becomes a federated user. Without a policy it could do nothing.
func (o Options) Federates() bool {
	return o.Federate && (o.Policy != "" || len(o.PolicyARNs) > 0 || o.ReadOnly)
}

// planFederation is the plan of an IAM user's keys for the console, narrowed by policies. STS takes neither a session's
// credentials for it nor a token code.
func planFederation(p Plan, c *profiles.Chain, o Options) (Plan, error) {
	switch {
	case p.Temporary:
		return Plan{}, &Error{Kind: NotUserKeys, Target: c.Target,
			Reason: "GetFederationToken needs the long-lived keys of an IAM user, and " + c.Base.WhyTemporary()}
	case strings.HasSuffix(c.Base.MFASerial.Value, ":mfa/root-account-mfa-device"):
		return Plan{}, RootKeys(c.Target)
	}
	if err := refuseRoleOptions(c.Target, Options{SourceIdentity: o.SourceIdentity, Tags: o.Tags}); err != nil {
		return Plan{}, err
	}
	if len(o.SessionName) > MaxFederatedName {
		return Plan{}, &Error{Kind: BadOption, Target: c.Target, Subject: "session name",
			Reason: fmt.Sprintf("session name: a federated user's has at most %d characters", MaxFederatedName)}
	}
	narrowing := o
	narrowing.Duration = 0 // a role has less
	role, err := narrowRole(c, profiles.Role{Profile: c.Target, Partition: c.Partition}, narrowing)
	if err == nil && o.Duration != 0 {
		if err = limits.CheckSessionDuration(o.Duration); err != nil {
			err = badOption(c.Target, "duration", err)
		}
	}
	if err != nil {
		return Plan{}, err
	}
	s := Step{Call: GetFederationToken, Role: role, Duration: o.Duration, Region: c.SessionRegion, Endpoint: c.SessionSTS,
		Reason: "for the console only: an IAM user's keys cannot sign in there, but a federated user can, " +
			"limited by the policies; MFA does not count for it"}
	if s.Duration == 0 {
		s.Duration = DefaultSessionDuration
	}
	if s.Region == "" {
		s.Region = partitions.LeaderRegion(c.Partition)
	}
	p.Steps = []Step{s}
	return p.withItems(), nil
}

// RootKeys is the error of a federated user of the account's root user, who is given to nobody here.
func RootKeys(target string) error {
	return &Error{Kind: NotUserKeys, Target: target,
		Reason: "its keys are the account's root user's, which cannot open a console"}
}
