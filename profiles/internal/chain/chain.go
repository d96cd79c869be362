// Package chain has what a chain is made of: plain values, and one table of all facts about the kinds of bases. How a
// chain is worked out from the files is package profiles, where these values have their public names.
package chain

import (
	"time"

	"hatstand/profiles/internal/setting"
	"hatstand/profiles/limits"
)

// A Chain leads from the base, which has credentials, to the profile asked for.
type Chain struct {
	Target     string // as asked
	Base       Base
	Roles      []Role          // in the order they are assumed; the last is the one asked for
	MFAProcess setting.Setting // the selected profile's, else the base's
	Region     string          // of the selected profile, after --region and the environment; "" if none is set
	// Partition is aws, aws-cn, ...: of the last role's ARN, else of the base's MFA serial, else of the region.
	Partition string
	STS       Endpoint
	// SessionSTS and SessionRegion are for GetSessionToken. All profiles of a base share its session, so they come from
	// the base's settings where it has any. SessionRegion is never empty.
	SessionSTS Endpoint
	// NoSession is where session = none is set, of the selected profile, else of the base: the base's long-lived keys
	// are used as they are. The zero Setting: nowhere.
	NoSession setting.Setting
	// Variables say where the selected profile sends calls, for the process that gets the credentials. Those that the
	// caller's environment has already are left out: they win.
	Variables     []Variable
	SessionRegion string
	// Refused is why no call may be made, if Request.ToShow is set; without that it is an error. nil: calls may be
	// made.
	Refused error
}

// A Variable is one of a process's environment.
type Variable struct{ Name, Value string }

// A Base is where a chain starts.
type Base struct {
	Kind      BaseKind
	Profile   string          // its name; for a permission set without a profile, the target as asked
	MFASerial setting.Setting // the base profile's own
	AccountID string          // aws_account_id, if it is set. SSO: sso_account_id

	// Kind Static; for Kind Environment, credproc.NewPlan fills them in.
	AccessKeyID     string
	SecretAccessKey setting.Secret
	SessionToken    setting.Secret // set: the keys are temporary

	Process      setting.Setting // Kind Process: the command line, which cmdline.Split takes
	Hatstand     bool            // Kind Process: it is hatstand's own credential-process, for another profile
	SSO          SSOSetting      // Kind SSO
	Grant        Grant           // the person's sign-in that the credentials come from; zero: none is needed
	LoginSession setting.Setting // Kind LoginSession

	Metadata MetadataSetting // Kinds EC2Metadata and ECSContainer

	// Kinds WebIdentity and OIDC: the role that the token is exchanged for, which is not among Chain.Roles. For
	// WebIdentity, where the token comes from: one of a file and a program that prints it, whose command line
	// cmdline.Split takes.
	WebIdentityRole         Role
	WebIdentityTokenFile    setting.Setting
	WebIdentityTokenProcess setting.Setting

	// Kind SAML: the role that the assertion is exchanged for, which is not among Chain.Roles, and the ARN of the
	// provider in the role's account, where the profile chooses one.
	SAML         SAMLSetting
	SAMLRole     Role
	SAMLProvider string

	// SessionDuration is what the base profile asks a session for (duration_seconds where it is the
	// profile asked for, mfa_session_duration elsewhere); 0: not set.
	SessionDuration time.Duration
}

// An SSOSetting is what IAM Identity Center needs. With no AccountID and RoleName it gives a
// token only, no credentials.
type SSOSetting struct {
	Session   string // the [sso-session] section's name; "": the older form without one
	StartURL  string
	Region    string
	AccountID string
	RoleName  string
}

// GivesCredentials reports whether the sign-in is exchanged for credentials.
func (s SSOSetting) GivesCredentials() bool { return s.AccountID != "" }

// A Role is one AssumeRole call's settings.
type Role struct {
	Profile        string // the profile that has it; "" for an ad-hoc role
	ARN            string
	Partition      string
	AccountID      string
	Name           string // the last part of the ARN's path
	ExternalID     string
	SessionName    string // role_session_name; "": a default is made
	SourceIdentity string
	Duration       time.Duration // duration_seconds; 0: not set
	Tags           []Tag
	TransitiveTags []string
	Policy         string // a session policy's JSON
	PolicyARNs     []string
	MFASerial      setting.Setting // the role's own
	// ReasonRequired is where reason = required is set: the call carries a reason as the session tag limits.ReasonTag.
	ReasonRequired setting.Setting
}

// A Tag is a session tag.
type Tag = limits.Tag

// An Endpoint is how to reach a service: STS, unless another is named.
type Endpoint struct {
	URL       string // overrides all below but CABundle; "": made from the region
	FIPS      bool
	DualStack bool
	Legacy    bool   // sts_regional_endpoints = legacy: the global endpoint for the regions that had it
	CABundle  string // a PEM file's path; "": the system's
}
