package profiles

// A BaseKind says what kind of credentials a chain starts from. What there is to know about a kind stands in one table
// here; how its credentials are got stands in one file of package resolve.
type BaseKind int

const (
	Keyring     BaseKind = iota // keys/<profile> in the keyring
	Static                      // keys in a file; keys of that name in the keyring win
	Environment                 // credential_source = Environment
	Process                     // another program's credential_process
	SSO
	WebIdentity
	LoginSession
	EC2Metadata
	ECSContainer
)

// A Life says how long a base's credentials live.
type Life int

const (
	Temporary Life = iota // STS gave them: a role that they assume is chained
	LongLived             // an IAM user's keys
	Undecided             // the one or the other: the base's answer says
)

type kindFacts struct {
	word  string // for programs
	words string // for people
	start string // what an explanation starts with, before the profile's name
	token string // why the credentials are temporary
	life  func(Base) Life
	// inKeyring: the keyring is looked at for keys of the base profile's name.
	inKeyring bool
	// supported: their credentials can be got.
	supported bool
	// identity names the credentials as far as that is known without reading a secret.
	identity func(Base) string
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
	switch k {
	case Keyring: // changing the keys drops what they made, so that their name is enough
		return kindFacts{word: "keyring", words: "the keyring", start: "the keyring's keys of", life: lasting,
			inKeyring: true, supported: true,
			identity: func(b Base) string { return "keyring " + b.Profile }}
	case Static:
		return kindFacts{word: "file", words: "a file", start: "the keys of", token: "the file gives a session token",
			life: byToken, inKeyring: true, supported: true,
			identity: func(b Base) string { return "file " + b.Profile + " " + b.AccessKeyID }}
	case Environment:
		return kindFacts{word: "environment", words: "the environment", token: "the environment gives a session token",
			life: byToken, supported: true,
			identity: func(b Base) string { return "environment " + b.AccessKeyID }}
	case Process:
		return kindFacts{word: "process", words: "another program", token: "another program gives them",
			life: func(Base) Life { return Undecided }, supported: true,
			identity: func(b Base) string { return "process " + b.Process.Value }}
	case SSO:
		return kindFacts{word: "sso", words: "IAM Identity Center (sso_...)", life: temporary}
	case WebIdentity:
		return kindFacts{word: "web-identity", words: "a web identity token", life: temporary}
	case LoginSession:
		return kindFacts{word: "login-session", words: "aws login (login_session)", life: temporary}
	case EC2Metadata:
		return kindFacts{word: "ec2-metadata", words: "the EC2 metadata service", life: temporary}
	case ECSContainer:
		return kindFacts{word: "ecs-container", words: "the ECS container service", life: temporary}
	}
	return kindFacts{word: "unknown", words: "an unknown source", life: temporary}
}

// String names the kind as people call it.
func (k BaseKind) String() string { return k.facts().words }

// Word names the kind for programs.
func (k BaseKind) Word() string { return k.facts().word }

// InKeyring reports whether the keyring is looked at for an IAM user's keys of the base profile's name.
func (k BaseKind) InKeyring() bool { return k.facts().inKeyring }

// Supported reports whether credentials of the kind can be got.
func (k BaseKind) Supported() bool { return k.facts().supported }

// Start is what a plan starts with, in words that the base profile's name follows.
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

// WhyTemporary says in words why the base's credentials are temporary.
func (b Base) WhyTemporary() string {
	if f := b.Kind.facts(); f.token != "" {
		return f.token
	}
	return "their source gives a session token"
}

// Identity names the base's credentials as far as that is known without reading a secret: cached credentials are made
// from one identity alone.
func (b Base) Identity() string {
	if f := b.Kind.facts(); f.identity != nil {
		return f.identity(b)
	}
	return b.Kind.String() + " " + b.Profile
}
