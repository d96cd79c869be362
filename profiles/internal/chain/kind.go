package chain

import "strings"

// A BaseKind is the kind of credentials that a chain starts from. All facts about a kind are in one table here; how to
// get its credentials is in one file of package resolve.
type BaseKind int

const (
	Keyring     BaseKind = iota // keys/<profile> in the keyring
	Static                      // keys in a file; keys of that name in the keyring win
	Environment                 // credential_source = Environment
	Process                     // another program's credential_process
	SSO
	WebIdentity
	OIDC // a web identity token of an OpenID provider that a person signs in to
	SAML // AssumeRoleWithSAML
	LoginSession
	EC2Metadata
	ECSContainer
)

// A Life says how long a base's credentials live.
type Life int

const (
	Temporary Life = iota // from STS: assuming a role with them is role chaining
	LongLived             // an IAM user's keys
	Undecided             // one or the other: only the program's answer says
)

type kindFacts struct {
	word  string // for programs
	words string // for people
	start string // what an explanation starts with, before the profile's name
	token string // why the credentials are temporary
	life  func(Base) Life
	// inKeyring: the keyring may have keys under the base profile's name.
	inKeyring bool
	// supported: hatstand can get the credentials.
	supported bool
	// adoptable: adopt moves the base's settings to [hatstand PROFILE], also where no role is assumed with it. The SDKs
	// find the other credentials by themselves.
	adoptable bool
	// mayBeUser: the credentials may be an IAM user's own, also where they are temporary.
	mayBeUser bool
	// identity names the credentials, as far as it is known without reading a secret.
	identity func(Base) string
	signIn   signInFacts // none: nobody signs in
}

// signInFacts are about how a person signs in to get the credentials.
type signInFacts struct {
	person bool // a person signs in
	// service is the SDKs' name of AWS's service that signs in; "": the sign-in is not at AWS.
	service string
	// scopes is the setting that has the sign-in's scopes; "": it has none.
	scopes string
	// renews says for people how long a sign-in renews itself.
	renews string
	// shareable: the AWS CLI knows the sign-in too.
	shareable bool
	// direct: the sign-in gives the credentials itself; no call exchanges it for them.
	direct bool
	// pastes: the sign-in's last page can show a text, which the person pastes on the terminal.
	pastes bool
	// registers: the service gives this program a registration, which expires, and renews nothing after that.
	registers bool
	// namesPerson: what the sign-in gives has the person's name in it.
	namesPerson bool
	// listsRoles: the service lists the permission sets that the person may use.
	listsRoles bool
	// endsLate: the service can end a sign-in whose access token has expired, by the refresh token.
	endsLate bool
	// anyRegion: profiles of several regions share a sign-in. Its own region is the token's.
	anyRegion bool
}

func (k BaseKind) facts() kindFacts {
	temporary := func(Base) Life { return Temporary }
	lasting := func(Base) Life { return LongLived }
	byToken := func(b Base) Life {
		if b.SessionToken == "" {
			return LongLived
		}
		return Temporary
	}
	byAddress := func(b Base) string { return b.Kind.Word() + " " + b.Metadata.URL }
	switch k {
	case Keyring: // whoever changes the keys deletes what they made, so the profile's name is enough
		return kindFacts{word: "keyring", words: "the keyring", start: "the keyring's keys of", life: lasting,
			inKeyring: true, supported: true, adoptable: true,
			identity: func(b Base) string { return "keyring " + b.Profile }}
	case Static:
		return kindFacts{word: "file", words: "a file", start: "the keys of", token: "the file gives a session token",
			life: byToken, inKeyring: true, supported: true,
			identity: func(b Base) string { return "file " + b.Profile + " " + b.AccessKeyID }}
	case Environment:
		return kindFacts{word: "environment", words: "the environment", token: "the environment gives a session token",
			life: byToken, supported: true, mayBeUser: true,
			identity: func(b Base) string { return "environment " + b.AccessKeyID }}
	case Process:
		return kindFacts{word: "process", words: "another program", token: "another program gives them",
			life: func(Base) Life { return Undecided }, supported: true, mayBeUser: true,
			identity: func(b Base) string { return "process " + b.Process.Value }}
	case SSO:
		return kindFacts{word: "sso", words: "IAM Identity Center (sso_...)", token: "IAM Identity Center gives them",
			life: temporary, supported: true, adoptable: true,
			identity: func(b Base) string {
				return strings.Join([]string{"sso", b.Grant.Key(), b.Grant.SentStartURL(), b.Grant.Region,
					b.Grant.Portal.URL, b.SSO.AccountID, b.SSO.RoleName}, " ")
			},
			signIn: signInFacts{person: true, service: "sso_oidc", scopes: "sso_registration_scopes", shareable: true,
				registers: true, listsRoles: true, renews: "renews itself; Identity Center does not say until when"}}
	case WebIdentity:
		return kindFacts{word: "web-identity", words: "a web identity token", token: "a web identity token gives them",
			life: temporary, supported: true, adoptable: true,
			identity: func(b Base) string {
				return "web-identity " + b.WebIdentityTokenFile.Value + " " + b.WebIdentityTokenProcess.Value
			}}
	case OIDC:
		return kindFacts{word: "oidc", words: "an OpenID provider (oidc)", token: "an OpenID provider's token gives them",
			life: temporary, supported: true, adoptable: true,
			identity: func(b Base) string {
				return strings.Join([]string{"oidc", b.Grant.Key(), b.Grant.Issuer, b.Grant.ClientID}, " ")
			},
			signIn: signInFacts{person: true, scopes: "oidc_scopes", namesPerson: true, endsLate: true,
				renews: "renews itself; the provider does not say until when"}}
	case SAML:
		return kindFacts{word: "saml", words: "a SAML sign-in", token: "a SAML sign-in gives them",
			start: "the SAML sign-in of", life: temporary, supported: true, adoptable: true,
			identity: func(b Base) string {
				return strings.Join([]string{"saml", b.SAML.Name, b.SAML.URL, b.SAML.Process.Value, b.SAMLProvider}, " ")
			},
			signIn: signInFacts{person: true, namesPerson: true}}
	case LoginSession:
		return kindFacts{word: "login-session", words: "the AWS console (login_session)",
			token: "a sign-in to the AWS console gives them", life: temporary, supported: true, adoptable: true,
			mayBeUser: true,
			identity:  func(b Base) string { return "login-session " + b.Grant.ARN + " " + b.Grant.Service.URL },
			signIn: signInFacts{person: true, service: "signin", shareable: true, direct: true, pastes: true,
				namesPerson: true, endsLate: true, anyRegion: true,
				renews: "renews itself until the console's session ends, after 12 h at most"}}
	case EC2Metadata:
		return kindFacts{word: "ec2-metadata", words: "the EC2 metadata service",
			token: "the EC2 metadata service gives them", life: temporary, supported: true, identity: byAddress}
	case ECSContainer:
		return kindFacts{word: "ecs-container", words: "the container's own service",
			token: "the container's own service gives them", life: temporary, supported: true, identity: byAddress}
	}
	return kindFacts{word: "unknown", words: "an unknown source", life: temporary}
}

// String names the kind as people call it.
func (k BaseKind) String() string { return k.facts().words }

// Word names the kind for programs.
func (k BaseKind) Word() string { return k.facts().word }

// InKeyring reports whether the keyring may have an IAM user's keys under the base profile's name.
func (k BaseKind) InKeyring() bool { return k.facts().inKeyring }

// Supported reports whether hatstand can get credentials of the kind.
func (k BaseKind) Supported() bool { return k.facts().supported }

// SignsInToCredentials reports whether a person's sign-in gives the credentials itself, with no call that exchanges it.
func (k BaseKind) SignsInToCredentials() bool { return k.facts().signIn.direct }

// SignsIn reports whether the credentials come from a person's sign-in.
func (k BaseKind) SignsIn() bool { return k.facts().signIn.person }

// Start describes what a plan starts with, as a phrase to put before the base profile's name.
func (k BaseKind) Start() string {
	if f := k.facts(); f.start != "" {
		return f.start
	}
	return "credentials from " + k.String() + " of"
}

// Life is how long the base's credentials live, as far as that is known.
func (b Base) Life() Life { return b.Kind.facts().life(b) }

// OwnKeys reports whether the base is an IAM user's long-lived keys, in the keyring or in a file.
func (b Base) OwnKeys() bool { return b.Kind.InKeyring() && b.Life() == LongLived }

// MayBeUser reports whether the credentials may be an IAM user's own.
func (b Base) MayBeUser() bool { return b.OwnKeys() || b.Kind.facts().mayBeUser }

// GivesCredentials reports whether the base gives credentials. IAM Identity Center's does not where no account and
// permission set are named.
func (b Base) GivesCredentials() bool { return b.Kind != SSO || b.SSO.GivesCredentials() }

// Adoptable reports whether adopt can have hatstand give the base's credentials where no role is assumed with them.
func (b Base) Adoptable() bool { return b.Kind.facts().adoptable && b.GivesCredentials() }

// WhyTemporary says in words why the base's credentials are temporary.
func (b Base) WhyTemporary() string {
	if f := b.Kind.facts(); f.token != "" {
		return f.token
	}
	return "their source gives a session token"
}

// Identity names the base's credentials, as far as it is known without reading a secret. It is part of the name of all
// cached credentials that are made from them.
func (b Base) Identity() string {
	if f := b.Kind.facts(); f.identity != nil {
		return f.identity(b)
	}
	return b.Kind.String() + " " + b.Profile
}
