package reference

func session() Table {
	return Table{Title: "`[sso-session NAME]`", Section: "sso-session",
		Intro: "AWS's own section, for all profiles that name it by `sso_session`.",
		Rows: []Row{
			{"sso_start_url", "the access portal's address", "", "https://corp.awsapps.com/start"},
			{"sso_region", "the region of IAM Identity Center", "", "eu-central-1"},
			{"sso_registration_scopes", "what the sign-in asks for, between commas", "`sso:account:access`", "sso:account:access"},
		}}
}

func services() Table {
	return Table{Title: "`[services NAME]`", Section: "services",
		Intro: "AWS's own section. Each service has a setting of its name, with `endpoint_url` on an indented line below it.",
		Rows: []Row{
			{"endpoint_url", "the address of that one service; hatstand itself calls `sts`, `iam`, `sso`, `sso_oidc` and `signin`, and passes all on to commands", "the profile's `endpoint_url`", "http://127.0.0.1:4566"},
		}}
}

// program are the settings of hatstand itself.
func program() Table {
	return Table{Title: "`[hatstand]`", Section: Program,
		Intro: "For hatstand itself, whatever the profile. Other programs skip the section.",
		Rows: []Row{
			{"backend", "the keyring that keeps keys and sessions ([which there are](../README.md#the-keyring))", "the first that works, which is then remembered", "file"},
			{"secret_service_collection", "the collection of the Secret Service", "its default one, which the desktop unlocks", "work"},
			{"prompt", "how to ask for a code: `terminal`, a window's name, or `none` ([which](prompts.md))", "the terminal, else a window", "none"},
			{"prompt_timeout", "for how long to wait for an answer; under `credential-process` at most 55 s", "5m", "2m"},
			{"mfa_session_duration", "for how long one code serves all roles: 15m to 36h", "12h", "8h"},
			{"recent", "`off`: do not remember which profiles you use, for the order of the list", "`on`", "off"},
			{"browser", "the browser that opens the console and sign-ins ([browsers](browsers.md))", "`BROWSER`, else the desktop's", "firefox"},
			{"browser_profile", "the profile of Chrome, Chromium, Edge or Brave", "none is named", "Work"},
			{"browser_container", "the tab container of Firefox for sign-ins", "none", "Work"},
			{"browser_containers", "`true`: a tab container for each profile, of its name", "`false`", "true"},
			{"sign_in", "how to sign in to IAM Identity Center: `auto`, `browser` or `device` ([which](sign-in.md))", "`auto`", "device"},
			{"sign_in_timeout", "for how long to wait for a person who signs in: 1m to 15m", "10m", "5m"},
			{"sign_in_endpoint", "a host of yours that may get role credentials and sign-in tokens, in place of AWS's", "only AWS's hosts", "https://signin.example.com"},
			{"sso_cache", "where sign-ins are kept: in the `keyring`, or `shared` with the AWS CLI in its plain files", "`keyring`", "shared"},
		}}
}

func hatstandSession() Table {
	return Table{Title: "`[hatstand-session NAME]`", Section: "hatstand-session",
		Intro: "Beside `[sso-session NAME]`: what AWS's own programs do not know about it.",
		Rows: []Row{
			{"sign_in", "how to sign in: `auto`, `browser` or `device`", "as in `[hatstand]`", "browser"},
			{"browser", "the browser for its page", "as in `[hatstand]`", "chrome"},
			{"browser_profile", "the browser's profile", "as in `[hatstand]`", "Work"},
			{"browser_container", "Firefox's tab container", "as in `[hatstand]`", "Corp"},
			{"sync_template", "what `profiles sync` calls a profile: `{account}`, `{account_id}`, `{role}`, `{email}`, `{session}`", "`{account}-{role}`", "{session}/{account}/{role}"},
			{"sync_accounts", "the accounts that get profiles: names or IDs with `*` and `?`, between commas", "all", "dev-*,1*"},
			{"sync_roles", "the permission sets that get profiles", "all", "Admin,Read*"},
			{"sync_region", "the region that each profile gets", "none", "eu-west-1"},
		}}
}

func oidc() Table {
	return Table{Title: "`[hatstand-oidc NAME]`", Section: "hatstand-oidc",
		Intro: "An OpenID provider that a person signs in to, for profiles that name it by `oidc`.",
		Rows: []Row{
			{"oidc_issuer", "the provider's address", "", "https://login.example.com"},
			{"oidc_client_id", "the ID under which the provider knows hatstand", "", "0oa1b2c3"},
			{"oidc_scopes", "what the sign-in asks for, between spaces", "`openid`", "openid offline_access"},
			{"oidc_redirect_port", "the port on 127.0.0.1 that the provider sends you back to", "any", "8400"},
		}}
}

func saml() Table {
	return Table{Title: "`[hatstand-saml NAME]`", Section: "hatstand-saml",
		Intro: "A SAML provider, for profiles that name it by `saml`.",
		Rows: []Row{
			{"saml_url", "the provider's page that leads to AWS", "", "https://idp.example.com/app/aws"},
			{"saml_method", "how the assertion is got: `chrome`, whose post to AWS is taken; `acs`, a post to a port of this machine; `process`, a program that prints it", "`chrome`", "process"},
			{"saml_port", "with `acs`: the port on 127.0.0.1", "", "8400"},
			{"saml_process", "with `process`: the program; no shell reads the line", "", "corp-saml --print"},
			{"browser", "the command line of a browser for only this sign-in; with `chrome`, one of the Chromium family", "the first that is found", "chromium"},
			{"sync_template", "what `profiles sync --saml` calls a profile; `{account}` is the account's ID", "`{account}-{role}`", "{session}/{account}/{role}"},
			{"sync_accounts", "the accounts that get profiles: IDs with `*` and `?`, between commas", "all", "1*"},
			{"sync_roles", "the roles that get profiles", "all", "Admin,Read*"},
			{"sync_region", "the region that each profile gets", "none", "eu-west-1"},
		}}
}
