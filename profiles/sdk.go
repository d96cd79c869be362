package profiles

// SDKSource is the setting for which the SDKs take credentials from the profile and look no further, to a
// container credentials endpoint for one. [hatstand NAME] is nothing to them. The zero Setting: there is none.
func (s *Set) SDKSource(name string) (key string, where Setting) {
	numbers := s.config.named(name)
	entries, found := s.config.collect(nil, profile, numbers)
	if !found {
		entries, _ = s.config.collect(nil, plainDefault, numbers)
	}
	entries, _ = s.credentials.collect(entries, profile, s.credentials.named(name))
	for _, key := range []string{"role_arn", "aws_access_key_id", "credential_process", "web_identity_token_file", "sso_session", "sso_start_url", "login_session"} {
		if where := find(entries, key); where.IsSet() {
			return key, where
		}
	}
	return "", Setting{}
}
