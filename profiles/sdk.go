package profiles

import (
	"hatstand/profiles/cmdline"
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
	for _, key := range sdkSources() {
		if where := entries.Find(key); where.IsSet() {
			return key, where
		}
	}
	return "", Setting{}
}

func sdkSources() []string {
	return []string{"role_arn", "aws_access_key_id", processKey, webTokenFile, "sso_session", "sso_start_url",
		"login_session"}
}

// SDKsAskHatstand reports whether the SDKs get a profile's credentials from hatstand and from nothing else: its
// credential_process starts program, which is hatstand's, for that profile and without flags. self is the running
// program's path.
func (s *Set) SDKsAskHatstand(name, self string) (program string, ok bool) {
	entries := s.shared(name)
	for _, key := range append(sdkSources(), "aws_secret_access_key", "source_profile", "credential_source") {
		if key != processKey && entries.Find(key).IsSet() {
			return "", false
		}
	}
	words, err := cmdline.Split(entries.Find(processKey).Value)
	if err != nil || !cmdline.IsHatstandPlainly(words, self, name) {
		return "", false
	}
	return words[0], true
}
