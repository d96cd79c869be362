package signins

import (
	"strings"
	"testing"
	"time"

	"hatstand/profiles"
)

const (
	corp  = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n"
	dev   = "[profile dev]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
	older = "[profile old]\nsso_start_url = https://corp.awsapps.com/start/\nsso_region = eu-central-1\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
)

func parse(t *testing.T, config string) *profiles.Set {
	t.Helper()
	set, err := profiles.Parse(profiles.File{Path: "~/.aws/config", Data: []byte(config)}, profiles.File{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestSettingsOfASignIn(t *testing.T) {
	const own = "[hatstand]\nsign_in = device\nsso_cache = shared\nsign_in_timeout = 15m\n[hatstand-session corp]\nsign_in = browser\nbrowser = firefox --new\nsync_template = {session}/{account}/{role}\nsync_accounts = dev-*, 1*\n"
	set := parse(t, own)
	if at, err := OfSession(set, "corp", "browser"); err != nil || at != (profiles.Setting{Value: "firefox --new", Path: "~/.aws/config", Line: 7}) {
		t.Errorf("%+v, %v", at, err)
	}
	if at, err := OfSession(set, "corp", "sync_region"); err != nil || at.IsSet() {
		t.Errorf("%+v, %v", at, err)
	}
	for session, want := range map[string]string{"corp": "browser", "other": "device"} {
		if got, err := Way(set, session); err != nil || got != want {
			t.Errorf("%s: %s, %v", session, got, err)
		}
	}
	if shared, err := Shared(set); err != nil || !shared {
		t.Errorf("%v, %v", shared, err)
	}
	if d, err := Timeout(set); err != nil || d != 15*time.Minute {
		t.Errorf("%v, %v", d, err)
	}
	none := parse(t, "")
	how, err1 := Way(none, "corp")
	shared, err2 := Shared(none)
	d, err3 := Timeout(none)
	if how != "auto" || shared || d != 10*time.Minute || err1 != nil || err2 != nil || err3 != nil {
		t.Errorf("%v %v %v %v %v %v", how, shared, d, err1, err2, err3)
	}
}

func TestWrongSettingsOfASignIn(t *testing.T) {
	inSession := func(key string) func(*profiles.Set) error {
		return func(s *profiles.Set) error { _, err := OfSession(s, "corp", key); return err }
	}
	signIn := func(s *profiles.Set) error { _, err := Way(s, "corp"); return err }
	timeout := func(s *profiles.Set) error { _, err := Timeout(s); return err }
	for config, row := range map[string]struct {
		read func(*profiles.Set) error
		want string
	}{
		"[hatstand-session corp]\nsign_in = chrome\n":               {inSession("sign_in"), `sign_in "chrome" is none of auto, browser, device (~/.aws/config:2)`},
		"[hatstand]\nsign_in = chrome\n":                            {signIn, `sign_in "chrome" is none of auto, browser, device (~/.aws/config:2)`},
		"[hatstand-session corp]\nbrowser = \"firefox\n":            {inSession("browser"), `browser: the command has a quote that is not closed (~/.aws/config:2)`},
		"[hatstand-session corp]\nsync_template = {acount}\n":       {inSession("sync_template"), `sync_template "{acount}" has {acount} in it: the words that it may have in braces are account, account_id, role, email and session (~/.aws/config:2)`},
		"[hatstand-session corp]\nsync_accounts = a,,b\n":           {inSession("sync_accounts"), `sync_accounts "a,,b" has an empty name in it (~/.aws/config:2)`},
		"[hatstand-session corp]\nsync_roles = a,\n":                {inSession("sync_roles"), `sync_roles "a," has an empty name in it (~/.aws/config:2)`},
		"[hatstand-session corp]\nsync_region = EU\n":               {inSession("sync_region"), `sync_region "EU" must be a region's name like eu-west-1: 1 to 63 characters of a-z 0-9 - (~/.aws/config:2)`},
		"[hatstand-session corp]\noops\n":                           {inSession("sign_in"), "~/.aws/config:2: a setting must have an '='"},
		"[hatstand]\nsso_cache = both\n":                            {func(s *profiles.Set) error { _, err := Shared(s); return err }, `sso_cache "both" is none of keyring, shared (~/.aws/config:2)`},
		"[hatstand]\nsign_in_timeout = 59s\n":                       {timeout, `sign_in_timeout "59s" must be from 1m to 15m (~/.aws/config:2)`},
		"[hatstand]\nsign_in_timeout = 901\n":                       {timeout, `sign_in_timeout "901" must be from 1m to 15m (~/.aws/config:2)`},
		"[hatstand]\nsign_in_timeout = soon\n":                      {timeout, `sign_in_timeout "soon" is not a number of seconds, nor like 1h30m (~/.aws/config:2)`},
		"[hatstand-session x]\nsign_in = y\n[hatstand-session z]\n": {inSession("sign_in"), "no error"},
	} {
		got := "no error"
		if err := row.read(parse(t, config)); err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%s\ngot  %s\nwant %s", config, got, row.want)
		}
	}
}

func TestProfilesOfAGrant(t *testing.T) {
	set := parse(t, corp+dev+older+"[profile b]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = dev\n[profile token]\nsso_session = corp\n[profile keys]\naws_access_key_id = AKIA\naws_secret_access_key = s\n"+
		"[profile broken]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"+strings.ReplaceAll(corp, "corp", "other"))
	for key, want := range map[string]string{"sso:corp": "b dev", "sso:https://corp.awsapps.com/start": "old", "sso:other": "", "": ""} {
		if got := strings.Join(ProfilesOf(set, key, profiles.Request{}), " "); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	var keys []string
	for _, g := range All(set, profiles.Request{}) {
		keys = append(keys, g.Key())
	}
	if got := strings.Join(keys, " "); got != "sso:corp sso:https://corp.awsapps.com/start" {
		t.Errorf("grants are %s", got)
	}
	if got := strings.Join(set.Sessions(), " "); got != "corp other" {
		t.Errorf("sessions are %s", got)
	}
}

func TestSignInsThatNoProfileUsesAreKnown(t *testing.T) {
	set := parse(t, corp+dev+older+strings.ReplaceAll(corp, "corp", "other")+"[sso-session broken]\n"+
		"[hatstand-oidc other]\noidc_issuer = https://idp.example.com\noidc_client_id = x\n[hatstand-saml s]\n")
	var keys []string
	for _, g := range Known(set, profiles.Request{}) {
		keys = append(keys, g.Key())
	}
	if got := strings.Join(keys, " "); got != "oidc:other sso:corp sso:https://corp.awsapps.com/start sso:other" {
		t.Errorf("known are %s", got)
	}
}

func TestASignInByItsStartURL(t *testing.T) {
	set := parse(t, corp+dev+older)
	for url, want := range map[string]string{"https://corp.awsapps.com/start": "sso:https://corp.awsapps.com/start",
		"https://corp.awsapps.com/start/#/": "sso:https://corp.awsapps.com/start", "https://other.awsapps.com/start": "", "corp": "", "": ""} {
		if g, ok := OfStartURL(set, url, profiles.Request{}); ok != (want != "") || ok && g.Key() != want {
			t.Errorf("%s: %s, %v", url, g.Key(), ok)
		}
	}
}

func TestProfilesOfASAMLSection(t *testing.T) {
	set := parse(t, "[hatstand-saml corp]\nsaml_url = https://idp.example.com\n[profile dev]\nrole_arn = arn:aws:iam::111111111111:role/Dev\nsaml = corp\n"+
		"[profile b]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = dev\n[profile broken]\nsaml = corp\n[profile keys]\n")
	for section, want := range map[string]string{"corp": "b dev", "other": "", "": ""} {
		if got := strings.Join(ProfilesOfSAML(set, section, profiles.Request{}), " "); got != want {
			t.Errorf("%s: %q, want %q", section, got, want)
		}
	}
}

func TestSectionsOfOneName(t *testing.T) {
	set := parse(t, corp+"[hatstand-oidc corp]\noidc_issuer = https://idp.example.com\noidc_client_id = x\n[hatstand-saml corp]\n[hatstand-saml alone]\n")
	for name, want := range map[string]string{"corp": "sso:corp oidc:corp saml:corp", "alone": "saml:alone", "oidc:corp": "oidc:corp",
		"saml:corp": "saml:corp", "saml:other": "", "oidc:alone": "", "other": "", "": ""} {
		if got := strings.Join(Sections(set, name), " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"corp": "sso:corp", "sso:corp": "sso:corp", "oidc:corp": "oidc:corp"} {
		if g, err := Named(set, name, profiles.Request{}); err != nil || g.Key() != want {
			t.Errorf("%s: %s, %v", name, g.Key(), err)
		}
	}
}
