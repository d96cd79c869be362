package chain

import "hatstand/profiles/internal/setting"

// The values of saml_method: how to get a SAML assertion.
const (
	SAMLChrome  = "chrome" // the default: a browser of the Chromium family, whose post to AWS is taken
	SAMLACS     = "acs"    // the provider posts to a port of this machine
	SAMLProcess = "process"
)

// SAMLSetting is a [hatstand-saml NAME] section: how a person signs in to a SAML provider. It is zero where a base
// has none.
type SAMLSetting struct {
	Name    string
	URL     string // of the provider's page that ends in AWS; "" where another program is run
	Method  string
	Port    int             // SAMLACS: of 127.0.0.1
	Process setting.Setting // SAMLProcess: the command line, which cmdline.Split takes
	Browser setting.Setting // the command line of a browser
}

// Key names the sign-in in the keyring and in locks, as Grant.Key does: "saml:corp"; "" if there is none.
func (s SAMLSetting) Key() string {
	if s.Name == "" {
		return ""
	}
	return "saml:" + s.Name
}

// NeedsPerson reports whether a person may have to sign in. No person is needed where another program prints the
// assertion.
func (s SAMLSetting) NeedsPerson() bool { return s.Name != "" && s.Method != SAMLProcess }

// NeedsPerson reports whether a person may have to sign in for the base's credentials.
func (b Base) NeedsPerson() bool { return !b.Grant.IsZero() || b.SAML.NeedsPerson() }

// SignInKey names the sign-in of a person that the base's credentials come from, in the keyring and in locks; "" if they
// come from none.
func (b Base) SignInKey() string {
	if key := b.Grant.Key(); key != "" {
		return key
	}
	return b.SAML.Key()
}
