package reference

// profile are the settings of a profile. They stand in [profile NAME], or in [hatstand NAME], which wins.
func profile() []Table {
	return []Table{role(), start(), mfa(), calls(), shown()}
}

func role() Table {
	return Table{Title: "The role", Section: "profile", Rows: []Row{
		{"role_arn", "the role to assume", "no role: the credentials that the profile starts with", "arn:aws:iam::222222222222:role/Admin"},
		{"source_profile", "the profile whose credentials assume the role. Without `role_arn`: the profile is another name for that one", "", "me"},
		{"credential_source", "where the credentials come from that assume the role, in place of `source_profile`: `Environment`, `Ec2InstanceMetadata` or `EcsContainer`", "", "Environment"},
		{"external_id", "the external ID that the role's trust policy requires", "", "acme-4711"},
		{"role_session_name", "the name of the role session, which CloudTrail shows", "the IAM user's name, else the name in `mfa_serial`, else yours on this machine", "alice"},
		{"duration_seconds", "for how long the role is assumed: 900 to 43200; over an hour only for one role that long-lived keys assume. Of a profile without a role: for how long its session is, up to 129600", "3600; a session: 12 hours", "7200"},
		{"session_tags", "session tags, between commas", "", "team=web,cost=42"},
		{"transitive_session_tags", "the keys of those tags that go on to the next role", "", "team"},
		{"reason", "`required`: the role is assumed only for a reason, which you are asked for or give by `--reason`, and which CloudTrail shows as the session tag `Reason` ([audit](audit.md))", "none is asked for", "required"},
		{"source_identity", "the source identity, which later roles cannot change", "", "alice"},
		{"policy", "a session policy as JSON, which narrows the role", "", `{"Version":"2012-10-17","Statement":[]}`},
		{"policy_arns", "session policies by ARN, between commas or spaces, ten at most", "", "arn:aws:iam::aws:policy/ReadOnlyAccess"},
		{"include_profile", "a profile whose settings count where this one has none; keys are never taken from it", "", "common"},
	}}
}

func start() Table {
	return Table{Title: "Where credentials start", Section: "profile",
		Intro: "A profile with none of these, and without a role, starts with the keys that the keyring has under its name.",
		Rows: []Row{
			{"aws_access_key_id", "an access key in the file; the keyring's keys of that name win", "", "AKIA..."},
			{"aws_secret_access_key", "its secret, in the same file", "", "..."},
			{"aws_session_token", "its session token, if it is temporary", "", "..."},
			{"credential_process", "a program that prints credentials; no shell reads the line. One that starts hatstand for this profile is what `adopt` writes", "", "hatstand-credential-process prod"},
			{"sso_session", "the `[sso-session NAME]` section to sign in by", "", "corp"},
			{"sso_account_id", "the account, 12 digits", "", "111111111111"},
			{"sso_role_name", "the permission set", "", "Admin"},
			{"sso_start_url", "the older form, without `sso_session`: the access portal's address", "", "https://corp.awsapps.com/start"},
			{"sso_region", "the older form: the region of IAM Identity Center", "", "eu-central-1"},
			{"sso_registration_scopes", "the older form: what the sign-in asks for, between commas", "`sso:account:access`", "sso:account:access"},
			{"web_identity_token_file", "a file with the token of a web identity, which assumes `role_arn`", "", "/var/run/secrets/token"},
			{"web_identity_token_process", "a program that prints such a token", "", "gcloud auth print-identity-token"},
			{"oidc", "the `[hatstand-oidc NAME]` section of the OpenID provider whose token assumes `role_arn`", "", "corp"},
			{"saml", "the `[hatstand-saml NAME]` section of the SAML provider whose assertion assumes `role_arn`", "", "corp"},
			{"saml_provider_arn", "the provider as IAM knows it, where the assertion offers the role through several", "the one that the assertion offers", "arn:aws:iam::222222222222:saml-provider/corp"},
			{"login_session", "who signs in to the AWS console (`aws login`, `hatstand login --console`)", "", "arn:aws:iam::111111111111:user/alice"},
			{"ec2_metadata_service_endpoint", "with `credential_source = Ec2InstanceMetadata`: the service's address", "`http://169.254.169.254`", "http://127.0.0.1:9912"},
			{"ec2_metadata_service_endpoint_mode", "which of the service's own addresses: `IPv4` or `IPv6`", "`IPv4`", "IPv6"},
		}}
}

func mfa() Table {
	return Table{Title: "Token codes and sessions", Section: "profile", Rows: []Row{
		{"mfa_serial", "the MFA device whose codes are asked for. A role's own comes before its base profile's", "no code", "arn:aws:iam::111111111111:mfa/alice"},
		{"mfa_process", "a program that prints the code; no shell reads the line", "a stored seed, else you are asked", "ykman oath accounts code --single aws"},
		{"mfa_session_duration", "of a base profile: for how long one code serves all its roles, 15m to 36h; in `[hatstand]` it counts for all profiles", "12h", "8h"},
		{"session", "only in `[hatstand NAME]`: `none` uses the long-lived keys as they are, as `--no-session` does", "a session", "none"},
	}}
}

func calls() Table {
	return Table{Title: "Where calls go", Section: "profile",
		Intro: "Commands that get the profile's credentials get these too, as variables, unless yours are set.",
		Rows: []Row{
			{"region", "the region", "", "eu-west-1"},
			{"endpoint_url", "the address of every service", "AWS's", "http://127.0.0.1:4566"},
			{"services", "the `[services NAME]` section with addresses of single services", "", "local"},
			{"ignore_configured_endpoint_urls", "`true`: `endpoint_url` and `services` do not count", "`false`", "true"},
			{"sts_regional_endpoints", "`legacy` calls STS at its old global address", "`regional`", "regional"},
			{"use_fips_endpoint", "`true`: FIPS endpoints", "`false`", "true"},
			{"use_dualstack_endpoint", "`true`: endpoints that have IPv6 too", "`false`", "true"},
			{"ca_bundle", "a PEM file with the certificates that are trusted", "the system's", "/etc/ssl/corp.pem"},
		}}
}

func shown() Table {
	return Table{Title: "The console and lists", Section: "profile", Rows: []Row{
		{"browser", "the browser that opens the console: a name or a command ([browsers](browsers.md))", "as in `[hatstand]`", "firefox --new-window"},
		{"browser_profile", "the profile of Chrome, Chromium, Edge or Brave", "as in `[hatstand]`", "Work"},
		{"browser_container", "the tab container of Firefox", "as `browser_containers` in `[hatstand]` says", "Staging"},
		{"color", "a colour as RRGGBB, for the console's role menu and for lines of `exec --each`", "", "c0392b"},
		{"image", "an image's address, for `list --format extend-switch-roles`", "", "https://example.com/prod.png"},
		{"aws_account_id", "the account, or its alias, for links that switch roles in the console, and for lists", "that of `role_arn`", "acme-prod"},
		{"role_name", "the role's name for lists, where there is no `role_arn`", "", "Admin"},
	}}
}
