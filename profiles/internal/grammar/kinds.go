package grammar

// A Kind says what a section is.
type Kind uint8

const (
	Ignored         Kind = iota // nobody's; the name is all there is in the brackets
	Profile                     // [profile x] in the config file, [x] in the credentials file
	PlainDefault                // [default] in the config file; unused if there is a [profile default]
	SSOSession                  // [sso-session x]
	Services                    // [services x]
	Hatstand                    // [hatstand x]
	Program                     // [hatstand]
	HatstandSession             // [hatstand-session x]
	HatstandOIDC                // [hatstand-oidc x]
	HatstandSAML                // [hatstand-saml x]
)

// IsProfile reports whether a section of this kind holds settings of a profile.
func (k Kind) IsProfile() bool { return k == Profile || k == PlainDefault || k == Hatstand }

// Word is what a section's line begins with; "" where the name is all there is, or there is none.
func (k Kind) Word() string {
	switch k {
	case Profile:
		return "profile"
	case SSOSession:
		return "sso-session"
	case Services:
		return "services"
	case Hatstand:
		return "hatstand"
	case HatstandSession:
		return "hatstand-session"
	case HatstandOIDC:
		return "hatstand-oidc"
	case HatstandSAML:
		return "hatstand-saml"
	}
	return ""
}

// NamedKinds are the kinds whose sections have a name behind a word.
func NamedKinds() []Kind {
	return []Kind{Profile, SSOSession, Services, Hatstand, HatstandSession, HatstandOIDC, HatstandSAML}
}

func headerKind(word []byte) Kind {
	switch string(word) {
	case "profile":
		return Profile
	case "sso-session":
		return SSOSession
	case "services":
		return Services
	case "hatstand":
		return Hatstand
	case "hatstand-session":
		return HatstandSession
	case "hatstand-oidc":
		return HatstandOIDC
	case "hatstand-saml":
		return HatstandSAML
	}
	return Ignored
}
