package profiles

import "hatstand/profiles/internal/grammar"

// shared are the settings of a profile that every SDK sees.
func (s *Set) shared(name string) []entry {
	secs := s.config.named(name)
	entries, found, _ := s.config.collectKind(nil, grammar.Profile, secs)
	if !found {
		entries, _, _ = s.config.collectKind(nil, grammar.PlainDefault, secs)
	}
	entries, _, _ = s.credentials.collectKind(entries, grammar.Profile, s.credentials.named(name))
	return entries
}

// SDKSetting is a setting of a profile as the SDKs see it, which do not read [hatstand NAME]. key is in lower case; it
// must not be a secret's.
func (s *Set) SDKSetting(name, key string) Setting { return find(s.shared(name), key) }

// SDKSource is the setting for which the SDKs take credentials from the profile and look no further, to a
// container credentials endpoint for one. [hatstand NAME] is nothing to them. The zero Setting: there is none.
func (s *Set) SDKSource(name string) (key string, where Setting) {
	entries := s.shared(name)
	for _, key := range []string{"role_arn", "aws_access_key_id", "credential_process", "web_identity_token_file",
		"sso_session", "sso_start_url", "login_session"} {
		if where := find(entries, key); where.IsSet() {
			return key, where
		}
	}
	return "", Setting{}
}
