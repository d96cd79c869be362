package credproc

import (
	"strings"
	"time"

	"hatstand/credproc/credentials"
	"hatstand/profiles"
	"hatstand/profiles/limits"
)

// Options narrow what a chain asks for. They apply to the role asked for, not to the ones on the
// way. The zero Options ask for what the profiles say.
type Options struct {
	Duration       time.Duration // 900 s to 12 h for a role, to 36 h for a session; 0: as the profile says
	SessionName    string
	SourceIdentity string
	Tags           []profiles.Tag // added to the profile's; one of the same key wins
	Policy         string         // JSON; replaces the profile's
	PolicyARNs     []string       // added to the profile's
	Source         string         // where an ad-hoc role starts, for what is said about the plan
	ReadOnly       bool           // adds AWS's managed ReadOnlyAccess policy as a session policy

	// Direct keeps the session out of the plan of a single role: its call carries the code itself. It
	// changes nothing where the plan has to be chained all the same.
	Direct bool

	// Federate makes a profile without a role a federated user, for the console, where a policy is asked for.
	Federate bool

	// NoSession uses the base's long-lived keys as they are, and no session of theirs: they are the answer where the
	// chain has no role, and else the first role is assumed with them. It is an error where the base has none.
	NoSession bool

	// Ambient are the environment's credentials; the plan masks them. They are looked at only where the profile says
	// credential_source = Environment.
	Ambient credentials.Value
}

// narrow folds the options into the role asked for and checks them.
func narrow(c *profiles.Chain, o Options) ([]profiles.Role, error) {
	roles := append([]profiles.Role(nil), c.Roles...)
	last := len(roles) - 1
	var err error
	roles[last], err = narrowRole(c, roles[last], o)
	return roles, err
}

func narrowRole(c *profiles.Chain, role profiles.Role, o Options) (profiles.Role, error) {
	last := &role
	if o.Duration != 0 {
		if err := limits.CheckRoleDuration(o.Duration); err != nil {
			return role, badOption(c.Target, "duration", err)
		}
		last.Duration = o.Duration
	}
	if o.SessionName != "" {
		if err := limits.CheckSessionName(o.SessionName); err != nil {
			return role, badOption(c.Target, "session name", err)
		}
		last.SessionName = o.SessionName
	}
	if o.SourceIdentity != "" {
		if err := limits.CheckSourceIdentity(o.SourceIdentity); err != nil {
			return role, badOption(c.Target, "source identity", err)
		}
		last.SourceIdentity = o.SourceIdentity
	}
	if o.Policy != "" {
		if err := limits.CheckPolicy(o.Policy); err != nil {
			return role, badOption(c.Target, "session policy", err)
		}
		last.Policy = o.Policy
	}
	if len(o.Tags) > 0 {
		last.Tags = mergeTags(last.Tags, o.Tags)
		if err := limits.CheckTags(last.Tags); err != nil {
			return role, badOption(c.Target, "session tag", err)
		}
		if last.ReasonRequired.IsSet() {
			if err := limits.CheckTagsBesideReason(last.Tags); err != nil {
				return role, badOption(c.Target, "session tag", err)
			}
		}
	}
	arns := append([]string(nil), o.PolicyARNs...)
	if o.ReadOnly {
		arns = append(arns, "arn:"+last.Partition+":iam::aws:policy/ReadOnlyAccess")
	}
	if len(arns) > 0 {
		last.PolicyARNs = append(append([]string(nil), last.PolicyARNs...), arns...)
		if err := limits.CheckPolicyARNs(last.PolicyARNs); err != nil {
			return role, badOption(c.Target, "policy ARN", err)
		}
	}
	return role, nil
}

func mergeTags(have, more []profiles.Tag) []profiles.Tag {
	out := append([]profiles.Tag(nil), have...)
next:
	for _, t := range more {
		for i := range out {
			// Keys of session tags differ in more than case, as STS sees it.
			if strings.EqualFold(out[i].Key, t.Key) {
				out[i] = t
				continue next
			}
		}
		out = append(out, t)
	}
	return out
}

// refuseRoleOptions is the error of an option that only a role can have, where the chain has none.
func refuseRoleOptions(target string, o Options) error {
	option := roleOption(o)
	if option == "" {
		return nil
	}
	return &Error{Kind: NeedsRole, Target: target, Subject: option,
		Reason: "a " + option + " needs a role, and the profile has none"}
}

// roleOption names an option that is set and that only AssumeRole takes; "" if there is none.
func roleOption(o Options) string {
	for _, option := range []struct {
		name string
		set  bool
	}{
		{"session name", o.SessionName != ""},
		{"source identity", o.SourceIdentity != ""},
		{"session tag", len(o.Tags) > 0},
		{"session policy", o.Policy != ""},
		{"policy ARN", len(o.PolicyARNs) > 0},
		{"read-only policy", o.ReadOnly},
	} {
		if option.set {
			return option.name
		}
	}
	return ""
}
