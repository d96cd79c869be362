package profiles

import (
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/index"
)

// shared are the settings of a profile that the SDKs read too.
func (s *Set) shared(name string) index.Settings {
	secs := s.config.Named(name)
	entries, found, _ := s.config.Collect(nil, grammar.Profile, secs)
	if !found {
		entries, _, _ = s.config.Collect(nil, grammar.PlainDefault, secs)
	}
	entries, _, _ = s.credentials.Collect(entries, grammar.Profile, s.credentials.Named(name))
	return entries
}

// SDKSetting is a setting of a profile as the SDKs read it, without [hatstand NAME]. key is in lower case; it must not
// be a secret's.
func (s *Set) SDKSetting(name, key string) Setting { return s.shared(name).Find(key) }

// SDKSource is the setting by which the SDKs get credentials from the profile itself, so that they never try a
// container credentials endpoint. They do not read [hatstand NAME]. The zero Setting: there is none.
func (s *Set) SDKSource(name string) (key string, where Setting) {
	entries := s.shared(name)
	for _, key := range []string{"role_arn", "aws_access_key_id", "credential_process", "web_identity_token_file",
		"sso_session", "sso_start_url", "login_session"} {
		if where := entries.Find(key); where.IsSet() {
			return key, where
		}
	}
	return "", Setting{}
}
