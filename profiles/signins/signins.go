// Package signins reads what the config file says about signing in: how, for how long a person is waited for, and where
// the sign-in is kept. It knows which profiles share one.
//
// The settings of one profile's sign-in, such as its start URL, are in its profiles.Grant.
package signins

import (
	"strings"
	"time"

	"hatstand/profiles"
	"hatstand/profiles/cmdline"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/limits"
	"hatstand/profiles/naming"
)

// How a person signs in, where sign_in says it.
const (
	Auto    = "auto" // the default: a browser of this machine if it can come back, else a device code
	Browser = "browser"
	Device  = "device"
)

// SessionKeys are the settings that a [hatstand-session NAME] section may have.
func SessionKeys() []string {
	return append([]string{"sign_in", "browser", "browser_profile", "browser_container"}, SyncKeys()...)
}

// SyncKeys are those for profiles sync, which a [hatstand-saml NAME] section may have too.
func SyncKeys() []string {
	return []string{"sync_template", "sync_accounts", "sync_roles", "sync_region"}
}

// OfSession is a setting in [hatstand-session NAME]. key is one of SessionKeys. The zero Setting: it is not set there,
// and [hatstand] may have it. A value that is not allowed is a *profiles.Error.
func OfSession(set *profiles.Set, name, key string) (profiles.Setting, error) {
	at, err := set.HatstandSession(name, key)
	if err != nil {
		return profiles.Setting{}, err
	}
	return at, check(key, at)
}

// OfSAML is a setting in [hatstand-saml NAME], checked as OfSession checks it. key is one of SyncKeys.
func OfSAML(set *profiles.Set, name, key string) (profiles.Setting, error) {
	at, err := set.HatstandSAML(name, key)
	if err != nil {
		return profiles.Setting{}, err
	}
	return at, check(key, at)
}

// check checks a setting of [hatstand-session NAME], or of the same name in [hatstand].
func check(key string, at profiles.Setting) error {
	if !at.IsSet() {
		return nil
	}
	switch key {
	case "sign_in":
		return oneOf(key, at, Auto, Browser, Device)
	case "browser":
		if _, err := cmdline.Split(at.Value); err != nil {
			return &profiles.Error{What: key, Location: at.Location(), Reason: key + ": the command " + err.Error()}
		}
	case "sync_template":
		if err := naming.CheckTemplate(at.Value); err != nil {
			return wrong(key, at, err.Error())
		}
	case "sync_accounts", "sync_roles":
		if strings.Contains(","+strings.ReplaceAll(at.Value, " ", "")+",", ",,") {
			return wrong(key, at, "has an empty name in it")
		}
	case "sync_region":
		return profiles.SettingError("", key, at, limits.CheckRegion(at.Value))
	}
	return nil
}

// Way is how to sign in to a session: sign_in of [hatstand-session NAME], else of [hatstand], else Auto.
func Way(set *profiles.Set, session string) (string, error) {
	at, err := OfSession(set, session, "sign_in")
	if err == nil && !at.IsSet() {
		at = set.Program("sign_in")
		err = check("sign_in", at)
	}
	if err != nil || !at.IsSet() {
		return Auto, err
	}
	return at.Value, nil
}

// Shared reports whether sign-ins are kept in the AWS CLI's own files (sso_cache = shared in [hatstand]), and not in
// the keyring. The environment has no say in it: it decides what lies on the disk in plaintext.
func Shared(set *profiles.Set) (bool, error) {
	at := set.Program("sso_cache")
	if !at.IsSet() {
		return false, nil
	}
	return at.Value == "shared", oneOf("sso_cache", at, "keyring", "shared")
}

const defaultTimeout = 10 * time.Minute

// Timeout is how long to wait for a person who signs in: sign_in_timeout in [hatstand], else ten minutes.
func Timeout(set *profiles.Set) (time.Duration, error) {
	const key = "sign_in_timeout"
	at := set.Program(key)
	if !at.IsSet() {
		return defaultTimeout, nil
	}
	d, err := limits.ParseSignInTimeout(at.Value)
	return d, profiles.SettingError("", key, at, err)
}

// oneOf is the error of a value that is none of those allowed.
func oneOf(key string, at profiles.Setting, allowed ...string) error {
	for _, value := range allowed {
		if at.Value == value {
			return nil
		}
	}
	return wrong(key, at, "is none of "+strings.Join(allowed, ", "))
}

func wrong(key string, at profiles.Setting, rule string) error {
	return &profiles.Error{What: key, Location: at.Location(), Reason: key + " " + show.Quoted(at.Value) + " " + rule}
}
