package profiles

import (
	"strings"
	"time"

	"hatstand/profiles/cmdline"
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/limits"
	"hatstand/profiles/naming"
)

// How a person signs in, where sign_in says it.
const (
	SignInAuto    = "auto" // the default: a browser of this machine if it can come back, else a device code
	SignInBrowser = "browser"
	SignInDevice  = "device"
)

// HatstandSession is a setting in [hatstand-session NAME], which holds what AWS's own programs do not know about a
// session. key is one of SessionKeys. The zero Setting: it is not set there, and [hatstand] may have it. A value that
// is not allowed is an *Error.
func (s *Set) HatstandSession(name, key string) (Setting, error) {
	entries, _, err := s.config.section(grammar.HatstandSession, name)
	if err != nil {
		return Setting{}, err
	}
	at := find(entries, key)
	return at, checkSignIn(key, at)
}

// SessionKeys are the settings that a [hatstand-session NAME] section may have.
func SessionKeys() []string {
	return []string{"sign_in", "browser", "browser_profile", "browser_container", "sync_template", "sync_accounts",
		"sync_roles", "sync_region"}
}

// checkSignIn checks a setting of [hatstand-session NAME], or of the same name in [hatstand].
func checkSignIn(key string, at Setting) error {
	if !at.IsSet() {
		return nil
	}
	switch key {
	case "sign_in":
		return oneOf(key, at, SignInAuto, SignInBrowser, SignInDevice)
	case "browser":
		if _, err := cmdline.Split(at.Value); err != nil {
			return &Error{What: key, Location: at.Location(), Reason: key + ": the command " + err.Error()}
		}
	case "sync_template":
		if err := naming.CheckTemplate(at.Value); err != nil {
			return wrongValue(Invalid, "", key, at, err.Error())
		}
	case "sync_accounts", "sync_roles":
		if strings.Contains(","+strings.ReplaceAll(at.Value, " ", "")+",", ",,") {
			return wrongValue(Invalid, "", key, at, "has an empty name in it")
		}
	case "sync_region":
		return settingError("", key, at, limits.CheckRegion(at.Value))
	}
	return nil
}

// SignIn is how to sign in to a session: sign_in of [hatstand-session NAME], else of [hatstand], else SignInAuto.
func (s *Set) SignIn(session string) (string, error) {
	at, err := s.HatstandSession(session, "sign_in")
	if err == nil && !at.IsSet() {
		at = s.Program("sign_in")
		err = checkSignIn("sign_in", at)
	}
	if err != nil || !at.IsSet() {
		return SignInAuto, err
	}
	return at.Value, nil
}

// SharesSignIns reports whether sign-ins are kept in the AWS CLI's own files (sso_cache = shared in [hatstand]), and
// not in the keyring. The environment has no say in it: it decides what lies on the disk in plaintext.
func (s *Set) SharesSignIns() (bool, error) {
	at := s.Program("sso_cache")
	if !at.IsSet() {
		return false, nil
	}
	return at.Value == "shared", oneOf("sso_cache", at, "keyring", "shared")
}

// DefaultSignInTimeout is how long a person who signs in is waited for, if sign_in_timeout does not say it.
const DefaultSignInTimeout = 10 * time.Minute

// SignInTimeout is how long to wait for a person who signs in: sign_in_timeout in [hatstand].
func (s *Set) SignInTimeout() (time.Duration, error) {
	const key = "sign_in_timeout"
	at := s.Program(key)
	if !at.IsSet() {
		return DefaultSignInTimeout, nil
	}
	d, err := limits.ParseSignInTimeout(at.Value)
	return d, settingError("", key, at, err)
}

// oneOf is the error of a value that is none of those allowed.
func oneOf(key string, at Setting, allowed ...string) error {
	for _, value := range allowed {
		if at.Value == value {
			return nil
		}
	}
	return wrongValue(Invalid, "", key, at, "is none of "+strings.Join(allowed, ", "))
}
