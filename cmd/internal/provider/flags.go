package provider

import (
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"hatstand/cmd/internal/signin"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/profiles/limits"
	"hatstand/profiles/userfile"
)

// RoleFlags say how to assume a role. Every verb that gives credentials has them.
type RoleFlags struct {
	Source         string
	Duration       string
	Region         string
	Policy         string
	PolicyARNs     []string
	ReadOnly       bool
	Tags           []string
	SourceIdentity string
	SessionName    string
	MFACode        string
	Reason         string // what a role is assumed for whose profile requires a reason
	SAMLResponse   string // a file, or - for stdin
	NoCache        bool
	NoSession      bool
	Direct         bool           // no flag: what console decides
	Federate       bool           // the same: a profile without a role becomes a federated user
	SignIn         signin.Options // how a person signs in; login has flags for it
	SignInAnew     bool           // even where somebody is signed in
	// Silent is no flag: nothing is printed beside the answer.
	Silent bool
	// Renewal is no flag: credentials are renewed for programs, and nobody has asked for them just now.
	Renewal bool
	// LongLived is no flag: the verb takes a plan whose answer is long-lived keys, too.
	LongLived bool
	// ToShow is no flag: no call will be made, and Plan.Refused tells where none may be.
	ToShow bool
}

// Add adds all of them to a verb.
func (k *RoleFlags) Add(f *pflag.FlagSet) {
	k.AddPlan(f)
	k.AddCode(f)
	k.AddReason(f)
	k.AddSAML(f)
	f.BoolVar(&k.NoCache, "no-cache", false, "use no cached credentials, and cache none")
}

// AddNoSession adds --no-session, for a verb that hands out long-lived keys where that is asked for.
func (k *RoleFlags) AddNoSession(f *pflag.FlagSet) {
	k.LongLived = true
	f.BoolVar(&k.NoSession, "no-session", false, "use the long-lived keys as they are, with no session")
}

// AddCode adds --mfa-code.
func (k *RoleFlags) AddCode(f *pflag.FlagSet) {
	f.StringVar(&k.MFACode, "mfa-code", "", "`CODE` token code of the MFA device, six digits")
}

// AddReason adds --reason.
func (k *RoleFlags) AddReason(f *pflag.FlagSet) {
	f.StringVar(&k.Reason, "reason", "", "`TEXT` why you use a profile that requires a reason; opens a new session")
}

// AddSAML adds --saml-response.
func (k *RoleFlags) AddSAML(f *pflag.FlagSet) {
	f.StringVar(&k.SAMLResponse, "saml-response", "", "`FILE` file with a SAML response (base64); - is stdin")
}

// AddPlan adds those that change the plan.
func (k *RoleFlags) AddPlan(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringVar(&k.Source, "source", "", "`PROFILE` profile to assume an ad-hoc role from")
	f.StringVar(&k.Duration, "duration", "", "`TIME` how long the credentials live: 900 to 43200 seconds, or 15m to 12h")
	f.StringVar(&k.Region, "region", "", "`REGION` region of the STS call, and of the command")
	f.StringVar(&k.Policy, "policy", "", "`FILE` file with a session policy (JSON) that narrows the role")
	f.StringArrayVar(&k.PolicyARNs, "policy-arn", nil, "`ARN` of a managed policy that narrows the role (may be repeated)")
	f.BoolVar(&k.ReadOnly, "read-only", false, "narrow the role to AWS's ReadOnlyAccess policy")
	f.StringArrayVar(&k.Tags, "tag", nil, "session tag, `KEY=VALUE` (may be repeated)")
	f.StringVar(&k.SourceIdentity, "source-identity", "", "`IDENTITY` source identity of the role session")
	f.StringVar(&k.SessionName, "session-name", "", "`NAME` name of the role session")
}

// shortDuration refuses a duration below AWS's least. A number without a unit is in seconds, as in the AWS files;
// people often mean hours or minutes.
func shortDuration(text string, d time.Duration) error {
	const least = 15 * time.Minute
	if d >= least {
		return nil
	}
	e := &ui.UsageError{
		Reason: "--duration " + text + " is " + d.String() + ": AWS gives credentials for 15m at least",
		Next:   "give seconds, or a time like 1h30m",
	}
	switch n, err := strconv.Atoi(text); {
	case err != nil:
	case n <= 12:
		e.Next = "for hours: --duration " + text + "h"
	case n <= 720 && n >= 15:
		e.Next = "for minutes: --duration " + text + "m"
	}
	return e
}

// Options turns the flags into what a plan takes. It reads the policy's file.
func (k *RoleFlags) Options() (credproc.Options, error) {
	o := credproc.Options{
		Source: k.Source, PolicyARNs: k.PolicyARNs, ReadOnly: k.ReadOnly,
		SourceIdentity: k.SourceIdentity, SessionName: k.SessionName, Direct: k.Direct, Federate: k.Federate, NoSession: k.NoSession,
	}
	if k.Duration != "" {
		d, err := limits.ParseDuration(k.Duration)
		if err != nil {
			return o, ui.FlagError("--duration", err)
		}
		if err := shortDuration(k.Duration, d); err != nil {
			return o, err
		}
		o.Duration = d
	}
	for _, t := range k.Tags {
		tags, err := limits.ParseTags(t)
		if err != nil {
			return o, ui.FlagError("--tag", err)
		}
		o.Tags = append(o.Tags, tags...)
	}
	if k.Policy != "" {
		b, err := userfile.Read(k.Policy, 1<<20)
		if err != nil {
			return o, ui.FlagError("--policy", err)
		}
		o.Policy = string(b)
	}
	if k.Reason != "" {
		if err := limits.CheckReason(k.Reason); err != nil {
			return o, ui.FlagError("--reason", err)
		}
	}
	if k.MFACode != "" {
		if err := limits.CheckTokenCode(k.MFACode); err != nil {
			return o, ui.FlagError("--mfa-code", err)
		}
	}
	return o, nil
}
