package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"hatstand/profiles"
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/signins"
	"hatstand/profiles/spelling"
)

const processKey = "credential_process"

// readKeys are the settings that this program reads of a profile.
func readKeys() []string {
	return []string{
		"role_arn", "source_profile", "credential_source", "external_id", "mfa_serial", "role_session_name",
		"duration_seconds", "region", "endpoint_url", "services", "sts_regional_endpoints", "use_fips_endpoint",
		"use_dualstack_endpoint", "ca_bundle", "ignore_configured_endpoint_urls", "aws_access_key_id",
		"aws_secret_access_key", "aws_session_token", processKey, "web_identity_token_file", "web_identity_token_process", "sso_session",
		"sso_account_id", "sso_role_name", "sso_start_url", "sso_region", "sso_registration_scopes",
		"login_session", "mfa_process", "include_profile", "session_tags", "transitive_session_tags",
		"source_identity", "aws_account_id", "role_name", "color", "image", "policy", "policy_arns",
		"mfa_session_duration", "session", "reason",
		"ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode", "oidc", "saml", "saml_provider_arn",
		"browser", "browser_profile", "browser_container",
	}
}

// SettingsRead are the settings that this program reads by name, by the word that a section with them begins with.
func SettingsRead() map[string][]string {
	all := map[string][]string{}
	for _, kind := range grammar.NamedKinds() {
		if keys, _ := sectionKeys(kind); keys != nil {
			all[kind.Word()] = keys
		}
	}
	return all
}

// sectionKeys are the settings that a section of a kind may have; ours: nobody else reads such a section, so that what
// is not among them is ignored. nil: this program reads none of its settings by name.
func sectionKeys(kind grammar.Kind) (keys []string, ours bool) {
	switch kind {
	case grammar.Profile, grammar.PlainDefault:
		return readKeys(), false
	case grammar.Hatstand:
		return readKeys(), true
	case grammar.SSOSession:
		return []string{"sso_start_url", "sso_region", "sso_registration_scopes"}, false
	case grammar.HatstandSession:
		return signins.SessionKeys(), true
	case grammar.HatstandOIDC:
		return profiles.OIDCKeys(), true
	case grammar.HatstandSAML:
		return slices.Concat(profiles.SAMLKeys(), signins.SyncKeys()), true
	}
	return nil, false
}

// otherKeys are settings that AWS's own programs read and this one does not, so that none is called misspelt.
func otherKeys() []string {
	return []string{
		"output", "s3", "s3api", "cli_pager", "cli_timestamp_format", "cli_follow_urlparam", "cli_auto_prompt",
		"cli_binary_format", "cli_history", "max_attempts", "retry_mode", "parameter_validation", "tcp_keepalive",
		"api_versions", "defaults_mode", "metadata_service_timeout", "metadata_service_num_attempts",
		"ec2_metadata_v1_disabled",
		"sdk_ua_app_id", "request_min_compression_size_bytes", "disable_request_compression",
		"account_id_endpoint_mode", "sigv4a_signing_region_set", "s3_use_arn_region",
		"s3_disable_multiregion_access_points", "s3_disable_express_session_auth", "request_checksum_calculation",
		"response_checksum_validation", "endpoint_discovery_enabled", "use_accelerate_endpoint", "csm_enabled",
		"aws_security_token", "aws_expiration", "expiration", "x_principal_arn", "x_security_token_expires",
		"parent_profile", "credential_process_timeout", "auth_scheme_preference",
	}
}

// otherNames are names by which other programs know a setting.
func otherNames() map[string]string {
	return map[string]string{
		"mfa_device": "mfa_serial", "aws_mfa_device": "mfa_serial", "mfa_arn": "mfa_serial",
		"mfa_serial_number": "mfa_serial", "mfa_device_arn": "mfa_serial", "duration": "duration_seconds",
		"session_duration": "duration_seconds", "assume_role": "role_arn", "assume_role_arn": "role_arn",
		"role": "role_arn", "assume_role_ttl": "duration_seconds", "source": "source_profile",
		"session_name": "role_session_name", "default_region": "region", "externalid": "external_id",
		"access_key_id": "aws_access_key_id", "secret_access_key": "aws_secret_access_key",
		"session_token": "aws_session_token",
		"sso_account":   "sso_account_id", "sso_role": "sso_role_name", "sso_permission_set": "sso_role_name",
		"sso_url": "sso_start_url", "start_url": "sso_start_url", "sso_scopes": "sso_registration_scopes",
		"registration_scopes": "sso_registration_scopes",
	}
}

// misspelt says what is wrong with how a setting of a section is written, or with where, and what to write; "":
// nothing.
func misspelt(sec grammar.Section, s *grammar.Setting) (text, next string) {
	known, ours := sectionKeys(sec.Kind)
	if known == nil {
		return "", ""
	}
	if s.Key == "session" && sec.Kind.IsProfile() && sec.Kind != grammar.Hatstand {
		header := grammar.Header(grammar.Hatstand, string(sec.Name), false)
		return "session is ignored: it counts only in " + header, "move it there, or write sso_session if you mean that"
	}
	key := visible(s.Key)
	if key != s.Key {
		if meant := meantKey(known, key); meant != "" {
			text = "the name of " + meant + " has an invisible character in it (" + invisible(s.Key) +
				"), so that it is ignored"
			return text, "type the line again: " + meant + " = ..."
		}
	}
	if plain, other := latin(key); other != "" {
		if meant := meantKey(known, plain); meant != "" {
			text = "the name of " + meant + " has a character in it that only looks like the right one (" + other +
				"), so that it is ignored"
			return text, "type the line again: " + meant + " = ..."
		}
	}
	if meant := meantKey(known, s.Key); meant != s.Key {
		switch {
		case meant != "":
			return show.Quoted(s.Key) + " is ignored: no program reads it", "write " + meant
		case sec.Kind == grammar.HatstandSession:
			return show.Quoted(s.Key) + " is ignored: it is not a setting of a session",
				"the settings it has: " + strings.Join(known, ", ")
		case sec.Kind == grammar.HatstandOIDC:
			return show.Quoted(s.Key) + " is ignored: it is not a setting of an OpenID provider",
				"the settings it has: " + strings.Join(known, ", ")
		case sec.Kind == grammar.HatstandSAML:
			return show.Quoted(s.Key) + " is ignored: it is not a setting of a SAML sign-in",
				"the settings it has: " + strings.Join(known, ", ")
		case ours:
			return show.Quoted(s.Key) + " is ignored: it is not a setting of hatstand",
				"remove it, or see the settings that a profile may have"
		}
		return "", ""
	}
	if !slices.Contains(known, s.Key) || strings.Contains(s.Value, "\n") {
		return "", ""
	}
	if slices.Contains([]string{"aws_secret_access_key", "aws_session_token", processKey, "mfa_process", "saml_process", "policy",
		"session_tags", "transitive_session_tags", "color", "image", "browser"}, s.Key) {
		return "", ""
	}
	switch bare := unquotedValue(visible(s.Value)); {
	case invisible(s.Value) != "":
		return "the value of " + s.Key + " has an invisible character in it (" + invisible(s.Value) + ")",
			"type the line again: " + s.Key + " = " + show.Printable(bare)
	case bare != s.Value:
		return "the quotes are part of the value of " + s.Key, "write " + s.Key + " = " + show.Printable(bare)
	}
	return "", ""
}

// meantKey is the setting among those known that a name stands for: itself where AWS's programs or this one know it,
// else the one that was meant; "": none is like it.
func meantKey(known []string, key string) string {
	inProfile := slices.Contains(known, "role_arn")
	if slices.Contains(known, key) || inProfile && slices.Contains(otherKeys(), key) {
		return key
	}
	if words := strings.Fields(key); len(words) > 1 && slices.Contains(known, words[len(words)-1]) { // export, set
		return words[len(words)-1]
	}
	plain := strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(key)
	for _, name := range []string{plain, strings.TrimPrefix(plain, "aws_"), "aws_" + plain,
		strings.ReplaceAll(plain, "_", "")} {
		if meant, ok := otherNames()[name]; ok && slices.Contains(known, meant) {
			return meant
		}
		for _, other := range known {
			if name == other || name == strings.ReplaceAll(other, "_", "") && len(name) > 6 {
				return other
			}
		}
	}
	limit := len(key) / 6
	best, meant := limit+1, ""
	for _, other := range known {
		if d := spelling.Distance(plain, other, limit); d < best {
			best, meant = d, other
		}
	}
	return meant
}

// unquotedValue is a value without quotes around it, or without a curly one at either end.
func unquotedValue(s string) string {
	if show.InQuotes(s) {
		r := []rune(s)
		return string(r[1 : len(r)-1])
	}
	return strings.Trim(s, "\u201c\u201d\u201e\u2018\u2019\u201a")
}

// latin is s with the letters of other alphabets, and wide ones, replaced by those that they look like. other is the
// first of them; "": there is none.
func latin(s string) (plain, other string) {
	const theirs, ours = "аеіјӏорсѕухԁһαεικνορτυ\u0131\u00e1\u00e9\u00ed\u00f3\u00fa\uff3f", "aeijlopcsyxdhaeiknoptuiaeiou_"
	from, to := []rune(theirs), []rune(ours)
	plain = strings.Map(func(r rune) rune {
		as := r
		if i := slices.Index(from, r); i >= 0 {
			as = to[i]
		} else if '\uff01' <= r && r <= '\uff5e' {
			as = r - '\uff01' + '!'
		}
		if as != r && other == "" {
			other = fmt.Sprintf("%U", r)
		}
		return as
	}, s)
	return plain, other
}

func isInvisible(r rune) bool {
	return r != ' ' && r != '\t' && r != '\n' && (unicode.Is(unicode.Z, r) || unicode.Is(unicode.Cf, r))
}

// visible is s without what nobody sees.
func visible(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return -1
		}
		return r
	}, s))
}

// invisible names the first character that nobody sees, or "".
func invisible(s string) string {
	if i := strings.IndexFunc(s, isInvisible); i >= 0 {
		return fmt.Sprintf("%U", []rune(s[i:])[0])
	}
	return ""
}
