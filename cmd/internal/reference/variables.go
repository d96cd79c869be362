package reference

// own are hatstand's variables that a user sets.
func own() Table {
	return Table{Title: "Variables of hatstand",
		Intro: "A variable wins over the setting of the same name in `[hatstand]`.",
		Rows: []Row{
			{"HATSTAND_BACKEND", "`backend`: the keyring", "", "file"},
			{"HATSTAND_FILE_PASSPHRASE", "the passphrase of the file keyring; commands that hatstand starts do not get it", "you are asked", "..."},
			{"HATSTAND_SECRET_SERVICE_COLLECTION", "`secret_service_collection`", "", "work"},
			{"HATSTAND_PROMPT", "`prompt`: how to ask for a code", "", "none"},
			{"HATSTAND_PROMPT_TIMEOUT", "`prompt_timeout`", "", "2m"},
			{"HATSTAND_BROWSER", "`browser`; it also wins over the profile's", "", "firefox"},
			{"HATSTAND_BROWSER_PROFILE", "`browser_profile`; it also wins over the profile's", "", "Work"},
			{"HATSTAND_RECENT", "`recent`", "", "off"},
			{"HATSTAND_LOG", "a file that each decision and each call is appended to, as JSON and without secrets; `-` is stderr, but not under `credential-process`. `--verbose` (`-v`) shows the same on stderr, in words", "no log", "/tmp/hatstand.log"},
		}}
}

// aws are AWS's variables that hatstand reads.
func aws() Table {
	return Table{Title: "Variables of AWS",
		Intro: "They mean what they mean to the SDKs, and win over a profile's settings. Where calls go: credentials and tokens go to AWS's hosts, this machine, or hosts that the config file names.",
		Rows: []Row{
			{"AWS_CONFIG_FILE", "the config file", "`~/.aws/config`", "~/work/aws-config"},
			{"AWS_SHARED_CREDENTIALS_FILE", "the credentials file", "`~/.aws/credentials`", "~/work/aws-credentials"},
			{"AWS_PROFILE", "the profile, where a command names none", "a list to choose from", "prod"},
			{"AWS_DEFAULT_PROFILE", "the same, only for `status`: it shows what the AWS CLI would do", "", "prod"},
			{"AWS_REGION", "the region", "the profile's", "eu-west-1"},
			{"AWS_DEFAULT_REGION", "the region, where `AWS_REGION` is not set", "the profile's", "eu-west-1"},
			{"AWS_ACCESS_KEY_ID", "with `credential_source = Environment` and `keys add --from-env`: the key. Nothing else uses it; `status` shows it", "", "AKIA..."},
			{"AWS_SECRET_ACCESS_KEY", "its secret, likewise", "", "..."},
			{"AWS_SESSION_TOKEN", "its session token, likewise", "", "..."},
			{"AWS_CREDENTIAL_EXPIRATION", "when they end, for `status`", "", "2026-11-29T10:04:00Z"},
			{"AWS_ENDPOINT_URL", "the address of every service", "the profile's, else AWS's", "http://127.0.0.1:4566"},
			{"AWS_ENDPOINT_URL_STS", "that of STS", "`AWS_ENDPOINT_URL`", "http://127.0.0.1:4566"},
			{"AWS_ENDPOINT_URL_IAM", "that of IAM, for verbs that change keys and devices", "`AWS_ENDPOINT_URL`", "http://127.0.0.1:4566"},
			{"AWS_ENDPOINT_URL_SSO", "that of IAM Identity Center's portal", "`AWS_ENDPOINT_URL`", "http://127.0.0.1:4566"},
			{"AWS_ENDPOINT_URL_SSO_OIDC", "that of its sign-in", "`AWS_ENDPOINT_URL`", "http://127.0.0.1:4566"},
			{"AWS_ENDPOINT_URL_SIGNIN", "that of the console's sign-in", "`AWS_ENDPOINT_URL`", "http://127.0.0.1:4566"},
			{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "`true`: no address of the above or of the files counts", "`false`", "true"},
			{"AWS_STS_REGIONAL_ENDPOINTS", "`legacy` calls STS at its old global address", "`regional`", "regional"},
			{"AWS_USE_FIPS_ENDPOINT", "`true`: FIPS endpoints", "the profile's", "true"},
			{"AWS_USE_DUALSTACK_ENDPOINT", "`true`: endpoints that have IPv6 too", "the profile's", "true"},
			{"AWS_CA_BUNDLE", "a PEM file with the certificates that are trusted", "the profile's, else the system's", "/etc/ssl/corp.pem"},
			{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "with `credential_source = EcsContainer`: the path of the container's credentials", "", "/v2/credentials/ID"},
			{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "the same as a whole address", "", "http://127.0.0.1:9911/prod"},
			{"AWS_CONTAINER_AUTHORIZATION_TOKEN", "the token for them", "", "..."},
			{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "a file with that token, which wins", "", "/run/user/1000/hatstand/token-9911"},
			{"AWS_EC2_METADATA_DISABLED", "`true`: an instance's credentials are not asked for", "`false`", "true"},
			{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "the address of the instance metadata service", "the profile's", "http://127.0.0.1:9912"},
			{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "`IPv4` or `IPv6`", "`IPv4`", "IPv6"},
			{"AWS_LOGIN_CACHE_DIRECTORY", "where `aws login` leaves its tokens", "`~/.aws/login/cache`", "~/work/login-cache"},
		}}
}

// others are variables that are neither hatstand's nor AWS's.
func others() Table {
	return Table{Title: "Other variables", Rows: []Row{
		{"HOME", "the home (Windows: `USERPROFILE`, then `HOMEDRIVE` and `HOMEPATH`)", "the user database's", "/home/alice"},
		{"XDG_STATE_HOME", "state is in its folder `hatstand` (Windows: in that of `LOCALAPPDATA`)", "`~/.local/state`", "/home/alice/.local/state"},
		{"XDG_DATA_HOME", "the file keyring is in its folder `hatstand`", "`~/.local/share`", "/home/alice/.local/share"},
		{"XDG_RUNTIME_DIR", "locks are in its folder `hatstand`", "the state folder", "/run/user/1000"},
		{"HTTPS_PROXY", "the proxy for calls to AWS, with `HTTP_PROXY` and `NO_PROXY`", "", "http://proxy.example.com:3128"},
		{"BROWSER", "browsers to try, between colons (Windows: semicolons)", "the desktop's", "firefox:w3m"},
		{"SHELL", "what `exec` starts where no command is given (Windows: `COMSPEC`)", "`/bin/sh`", "/bin/zsh"},
		{"DISPLAY", "with `WAYLAND_DISPLAY`: whether a window can be opened", "", ":0"},
		{"PASSWORD_STORE_DIR", "the store of `pass`", "`~/.password-store`", "/home/alice/store"},
		{"NO_COLOR", "no colours", "", "1"},
		{"CLICOLOR", "0: no colours", "", "0"},
		{"CLICOLOR_FORCE", "colours even where the output is not a terminal, unless `NO_COLOR` is set", "", "1"},
		{"ACCESSIBLE", "for a screen reader: lists with numbers, nothing drawn", "", "1"},
		{"TERM", "`dumb`: the same", "", "xterm-256color"},
	}}
}

// vault are aws-vault's variables, which say where its keys are.
func vault() Table {
	return Table{Title: "Variables of aws-vault",
		Intro: "Read only by `keys import --from aws-vault`.",
		Rows: []Row{
			{"AWS_VAULT_BACKEND", "its keyring", "the first that has keys", "file"},
			{"AWS_VAULT_FILE_DIR", "the folder of its file keyring", "`~/.awsvault/keys/`", "~/keys"},
			{"AWS_VAULT_FILE_PASSPHRASE", "that one's passphrase", "you are asked", "..."},
			{"AWS_VAULT_KEYCHAIN_NAME", "its Keychain", "`aws-vault`", "work"},
			{"AWS_VAULT_PASS_CMD", "its `pass` program", "`pass`", "gopass"},
			{"AWS_VAULT_PASS_PASSWORD_STORE_DIR", "its password store", "`PASSWORD_STORE_DIR`", "~/store"},
			{"AWS_VAULT_PASS_PREFIX", "the folder in that store", "", "aws"},
			{"AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME", "its collection of the Secret Service", "`awsvault`", "awsvault"},
		}}
}

// set are the variables that hatstand sets for itself.
func set() Table {
	return Table{Title: "Variables that hatstand sets",
		Intro: "In the commands that it starts and the shells that it switches, beside AWS's own. Do not set them yourself.",
		Rows: []Row{
			{"HATSTAND_PROFILE", "the profile whose credentials these are; prompts may show it", "", "prod"},
			{"HATSTAND_REGION", "the region as hatstand set it, so that it does not count as yours for the next profile", "", "eu-west-1"},
			{"HATSTAND_ENDPOINTS", "likewise which addresses hatstand set", "", "AWS_ENDPOINT_URL=..."},
			{"HATSTAND_GUARD", "which profiles are being resolved, so that a `credential_process` that starts hatstand again cannot go on for ever", "", "prod"},
		}}
}
