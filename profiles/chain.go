package profiles

import (
	"hatstand/profiles/internal/chain"
	"hatstand/profiles/internal/setting"
	"hatstand/profiles/limits"
)

// A Request says which role or profile to use.
type Request struct {
	// Target is a profile's name, a role given ad hoc (its ARN, or ACCOUNT:ROLE), or a permission set:
	// ACCOUNT:PERMISSION_SET@SESSION.
	Target string
	// Source is the profile, or the permission set, that an ad-hoc role starts from; for others it must be empty.
	Source string
	// Region beats the environment and the profile (--region).
	Region string
	// Getenv looks AWS_REGION and the endpoint variables up; nil: an empty environment.
	Getenv func(string) string
	// HasKeys reports whether the keyring has keys of a profile. It is called only for a profile whose
	// credential_process starts aws-vault for itself: keys that were imported from aws-vault replace it. nil: the
	// keyring has none.
	HasKeys func(profile string) bool
	// Self is the path of the running program. A credential_process that would start it
	// again for the same profile is not a source.
	Self string
	// ToShow: no call will be made. An endpoint that calls may not be sent to is then no error: Chain.Refused tells.
	ToShow bool
}

// SelectedProfile is the profile asked for: the argument, then AWS_PROFILE; "" if there is neither.
func SelectedProfile(arg string, getenv func(string) string) string {
	if arg != "" {
		return arg
	}
	return getenv("AWS_PROFILE")
}

// The parts of a chain. Their fields and methods are documented in hatstand/profiles/internal/chain.
type (
	// A Chain leads from the base, which has credentials, to the profile asked for.
	Chain = chain.Chain
	// A Base is where a chain starts.
	Base = chain.Base
	// A BaseKind is the kind of credentials that a chain starts from.
	BaseKind = chain.BaseKind
	// A Life says how long a base's credentials live.
	Life = chain.Life
	// A Role is one AssumeRole call's settings.
	Role = chain.Role
	// A Tag is a session tag.
	Tag = limits.Tag
	// An Endpoint is how to reach a service: STS, unless another is named.
	Endpoint = chain.Endpoint
	// A Variable is one of a process's environment.
	Variable = chain.Variable
	// A Grant is what one sign-in of a person gives, and all that is needed to sign in or to find the sign-in again.
	Grant = chain.Grant
	// An SSOSetting is what IAM Identity Center needs.
	SSOSetting = chain.SSOSetting
	// SAMLSetting is a [hatstand-saml NAME] section.
	SAMLSetting = chain.SAMLSetting
	// MetadataSetting says where an instance's or a container's credentials are asked for.
	MetadataSetting = chain.MetadataSetting
)

// The kinds of bases.
const (
	Keyring      = chain.Keyring
	Static       = chain.Static
	Environment  = chain.Environment
	Process      = chain.Process
	SSO          = chain.SSO
	WebIdentity  = chain.WebIdentity
	OIDC         = chain.OIDC
	SAML         = chain.SAML
	LoginSession = chain.LoginSession
	EC2Metadata  = chain.EC2Metadata
	ECSContainer = chain.ECSContainer
)

// The lives of a base's credentials.
const (
	Temporary = chain.Temporary
	LongLived = chain.LongLived
	Undecided = chain.Undecided
)

// The values of saml_method: how to get a SAML assertion.
const (
	SAMLChrome  = chain.SAMLChrome
	SAMLACS     = chain.SAMLACS
	SAMLProcess = chain.SAMLProcess
)

// What a file, a variable or a flag says.
type (
	// A Setting is one value and where it was read. The zero Setting means that nothing was set.
	Setting = setting.Setting
	// A Location is where something was read: a line of a file, a variable or a flag.
	Location = setting.Location
	// A Secret is text that never prints. Reveal returns the text.
	Secret = setting.Secret
)

// TrimStartURL drops the '/', '#' and '#/' that a start URL copied from a browser ends with.
func TrimStartURL(url string) string { return chain.TrimStartURL(url) }

// GrantOfKey is a grant with nothing but its key.
func GrantOfKey(key string) Grant { return chain.GrantOfKey(key) }
