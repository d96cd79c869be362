package reference

// An Output is a document that a verb prints with --json. Its Rows are the fields: Name is the path to one, such as
// steps[].call, Example is JSON, and Default is not used. Which fields there are, their types, and which are always
// there is told by the verb's Go type; a test holds the rows to it.
type Output struct {
	Verb  string // as it is typed, without hatstand: "keys list"
	With  string // the flag that makes this document, where the verb has several; else ""
	Intro string
	Rows  []Row
}

// WithoutJSON are the verbs that have no --json, each with the reason.
func WithoutJSON() []Row {
	return []Row{
		{Name: "completion", Meaning: "prints a script"},
		{Name: "credential-process", Meaning: "prints AWS's own document"},
		{Name: "demo", Meaning: "shows something to a person"},
		{Name: "env", Meaning: "has `--format json`, whose names are those of the variables"},
		{Name: "serve", Meaning: "prints variables for a shell, and runs until it is stopped"},
		{Name: "shell-init", Meaning: "prints a script"},
		{Name: "profiles add", Meaning: "says in words what it wrote; the profile itself: `explain --json`"},
		{Name: "policy trust", Meaning: "prints a policy, which is JSON unless `--format` says otherwise"},
		{Name: "policy assume", Meaning: "likewise"},
		{Name: "policy own-credentials", Meaning: "likewise"},
		{Name: "lock", Meaning: "does one thing, and says that it is done"},
		{Name: "keys add", Meaning: "does one thing; `keys list --json` shows it"},
		{Name: "keys export", Meaning: "does one thing: `keys list --json` shows what there was"},
		{Name: "keys migrate", Meaning: "does one thing; `doctor --json` shows which keyring is in use"},
		{Name: "keys remove", Meaning: "does one thing; `keys list --json` shows what is left"},
		{Name: "profiles add", Meaning: "does one thing; `list --json` shows it"},
		{Name: "mfa add", Meaning: "does one thing; `mfa list --json` shows it"},
		{Name: "mfa code", Meaning: "prints a code and nothing else"},
		{Name: "mfa enroll", Meaning: "is a conversation with a person; `mfa list --json` shows what came of it"},
		{Name: "mfa remove", Meaning: "does one thing; `mfa list --json` shows what is left"},
	}
}

// Outputs are all documents, in the order of the help.
func Outputs() []Output {
	return []Output{
		execEach(), consolePrint(), login(), logout(), status(), list(), listAt(), explain(), explainDenied(), doctor(), audit(), auditRole(),
		edited("adopt"), edited("release"), sync(), keysList(), keysImport(), keysRotate(), keysRotateAll(), mfaList(), version(),
	}
}

func field(name, meaning, example string) Row {
	return Row{Name: name, Meaning: meaning, Example: example}
}

func execEach() Output {
	return Output{Verb: "exec", With: "--each", Intro: "A profile's line comes when its command has ended.", Rows: []Row{
		field("profile", "the profile", `"prod"`),
		field("account", "the account", `"222222222222"`),
		field("exit_code", "that of the command; `null` where it did not run", `0`),
		field("stdout", "what the command wrote there; bytes that are not UTF-8 are replaced", `"..."`),
		field("stderr", "likewise", `""`),
		field("seconds", "how long it ran", `0.8`),
		field("error", "why it did not run", `"..."`),
	}}
}

func status() Output {
	return Output{Verb: "status", Rows: []Row{
		field("here", "whose credentials the commands of this shell use", ""),
		field("here.kind", "who gives them: `hatstand` (variables that it set), `endpoint` (a local one), `profile` (`AWS_PROFILE`), `variables` (of somebody else), `none`", `"hatstand"`),
		field("here.profile", "the profile", `"prod"`),
		field("here.role", "the role or permission set, and its account", `"Admin in 222222222222"`),
		field("here.access_key_id", "the key that is set", `"ASIA..."`),
		field("here.until", "when it ends", `"2026-11-30T10:04:00Z"`),
		field("here.expired", "it has ended", `true`),
		field("here.renews", "hatstand renews the credentials, which are in no variable", `true`),
		field("here.region", "the region that is set", `"eu-west-1"`),
		field("here.also", "what else is set, which some programs prefer", `"AWS_PROFILE=dev"`),
		field("sign_ins", "the sign-ins of the config file, and others that somebody is signed in to", ""),
		field("sign_ins[].name", "the section's name, else the start URL or the ARN", `"corp"`),
		field("sign_ins[].signed_in", "somebody is signed in", `true`),
		field("sign_ins[].user", "who", `"alice@example.com"`),
		field("sign_ins[].renews", "it renews itself", `true`),
		field("sign_ins[].until", "when it ends, where it does not renew itself", `"2026-11-30T10:04:00Z"`),
		field("sign_ins[].open_code", "a sign-in is open in a browser, and this is its code", `"ABCD-EFGH"`),
		field("sign_ins[].unused", "no profile uses it", `true`),
		field("sign_ins[].removed", "the config file does not have it any more", `true`),
		field("sessions", "profiles that have credentials in the keyring", ""),
		field("sessions[].profile", "the profile", `"prod"`),
		field("sessions[].role", "its role or permission set, and the account", `"Admin in 222222222222"`),
		field("sessions[].until", "when they end", `"2026-11-30T10:04:00Z"`),
		field("codes", "MFA devices whose code was asked for", ""),
		field("codes[].device", "the device's serial", `"arn:aws:iam::111111111111:mfa/alice"`),
		field("codes[].until", "no other code is asked for until then", `"2026-11-30T21:04:00Z"`),
		field("unread", "why the keyring could not be read", `"..."`),
	}}
}

func list() Output {
	return Output{Verb: "list", Intro: "What the profiles' own sections set, and what the keyring knows about them.", Rows: []Row{
		field("profile", "the profile", `"prod"`),
		field("role_arn", "its role", `"arn:aws:iam::222222222222:role/Admin"`),
		field("source", "`source_profile` or `credential_source`", `"me"`),
		field("region", "its region", `"eu-west-1"`),
		field("mfa_serial", "the MFA device whose codes its use takes, its own or that of a profile that it builds on", `"arn:aws:iam::111111111111:mfa/alice"`),
		field("mfa_from", "the other profile whose `mfa_serial` that is; not there where it is its own", `"me"`),
		field("sso_session", "its session of IAM Identity Center", `"corp"`),
		field("sso_start_url", "the start URL, where there is no session", `"https://corp.awsapps.com/start"`),
		field("sso_account_id", "the permission set's account", `"222222222222"`),
		field("sso_role_name", "the permission set", `"Admin"`),
		field("saml", "its `[hatstand-saml]` section", `"idp"`),
		field("reason", "`required`: it is used only for a reason", `"required"`),
		field("state", "what the next use needs: `cached` (nothing), `needs-code`, `signed-in` (nothing), `needs-sign-in`, `needs-keys` (the keyring has none for it: `hatstand keys add`); not there where that is not known without asking somebody", `"needs-code"`),
		field("until", "when cached credentials end", `"2026-11-30T10:04:00Z"`),
	}}
}

func listAt() Output {
	return Output{Verb: "list", With: "--at", Intro: "What you may use at a sign-in. Accounts whose permission sets AWS does not list are errors on stderr, and the exit code is 4.", Rows: []Row{
		field("account_id", "the account", `"222222222222"`),
		field("account_name", "its name", `"Production"`),
		field("email", "the account's address", `"prod@example.com"`),
		field("role_name", "the permission set, or the role's name", `"Admin"`),
		field("role_arn", "the role, of a SAML sign-in", `"arn:aws:iam::222222222222:role/Admin"`),
	}}
}

func explainDenied() Output {
	return Output{Verb: "explain", With: "--denied", Intro: "A row for each call that assumes a role, in order.", Rows: []Row{
		field("call", "the call to STS", `"AssumeRole"`),
		field("role", "the role's ARN", `"arn:aws:iam::222222222222:role/Admin"`),
		field("caller", "who calls, in words where no ARN is known", `"arn:aws:iam::111111111111:user/alice"`),
		field("caller_needs", "the actions that the caller has to be allowed on the role; empty where a token is the proof", `["sts:AssumeRole"]`),
		field("role_needs", "what the role has to trust", `["AWS arn:aws:iam::111111111111:user/alice"]`),
		field("mfa", "how the call has MFA, or why not", `"the session before it has MFA"`),
		field("print_caller_policy", "the command that prints the caller's policy", `"hatstand policy assume prod"`),
		field("print_trust_policy", "the command that prints the role's trust policy", `"hatstand policy trust prod"`),
	}}
}

func explain() Output {
	return Output{Verb: "explain", Rows: []Row{
		field("target", "the profile or role that was asked about", `"prod"`),
		field("partition", "AWS's partition", `"aws"`),
		field("region", "the region", `"eu-west-1"`),
		field("base", "where the credentials start", ""),
		field("base.profile", "the profile that the chain starts from", `"me"`),
		field("base.kind", "`keyring`, `file`, `environment`, `process`, `sso`, `oidc`, `saml`, `login-session`, `web-identity`, `ec2-metadata` or `ecs-container`", `"keyring"`),
		field("sign_in", "the sign-in that they come from", ""),
		field("sign_in.name", "the section's name, else the start URL or the ARN", `"corp"`),
		field("sign_in.signed_in", "somebody is signed in", `true`),
		field("sign_in.user", "who", `"alice@example.com"`),
		field("sign_in.renews", "it renews itself", `true`),
		field("sign_in.until", "when it ends, where it does not renew itself", `"2026-11-30T10:04:00Z"`),
		field("sign_in.open_code", "a sign-in is open in a browser, and this is its code", `"ABCD-EFGH"`),
		field("sign_in.open_until", "when that one ends", `"2026-11-30T10:04:00Z"`),
		field("sign_in.unanswered", "nobody finished the last one", `true`),
		field("sign_in.way", "how to sign in here: `browser`, `code` or `nobody` (there is nobody to ask)", `"browser"`),
		field("sign_in.needed", "the next use needs it", `false`),
		field("saml_sign_in", "the `[hatstand-saml]` section that the next use signs in to, in a browser", `"idp"`),
		field("steps", "the calls, in order", ""),
		field("steps[].call", "`GetSessionToken`, `AssumeRole`, `AssumeRoleWithWebIdentity`, `AssumeRoleWithSAML`, `GetRoleCredentials` or `GetFederationToken`", `"AssumeRole"`),
		field("steps[].role", "the role", `"arn:aws:iam::222222222222:role/Admin"`),
		field("steps[].account", "the permission set's account", `"222222222222"`),
		field("steps[].permission_set", "the permission set", `"Admin"`),
		field("steps[].mfa_serial", "the device whose code goes along", `"arn:aws:iam::111111111111:mfa/alice"`),
		field("steps[].duration_seconds", "how long the credentials live; not there where AWS or the provider decides", `3600`),
		field("steps[].shortened", "why that is less than what was asked for", `"from 2 h: ..."`),
		field("steps[].region", "the region that is called", `"eu-west-1"`),
		field("steps[].endpoint", "the address, where it is not AWS's own", `"http://127.0.0.1:4566"`),
		field("steps[].reason", "why the call is there", `"..."`),
		field("steps[].cached_until", "when the credentials in the keyring end", `"2026-11-30T10:04:00Z"`),
		field("steps[].fresh", "they are used without a call", `true`),
		field("steps[].reason_required", "a reason goes along, as the session tag `Reason`", `true`),
		field("asks_for", "the device whose code the next use needs", `"arn:aws:iam::111111111111:mfa/alice"`),
		field("code_from", "where that code comes from, in words", `"a prompt"`),
		field("asks_for_reason", "where it is set that the next use needs a reason", `"~/.aws/config:12"`),
		field("keyring_error", "why the keyring could not be read", `"..."`),
		field("fails", "why the next use fails", `"..."`),
		field("environment", "the variables that say where calls go", `{"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}`),
		field("if_long_lived", "the plan where the other program's answer has no session token", ""),
	}}
}

func doctor() Output {
	return Output{Verb: "doctor", Rows: []Row{
		field("findings", "what was looked at, in order", ""),
		field("findings[].about", "`files`, `environment`, `folders`, `programs`, `keyring` or `sign-ins`; with `--uninstall` also `shells`", `"keyring"`),
		field("findings[].what", "a line of a file, a variable, a folder, a program, a keyring", `"secret-service"`),
		field("findings[].state", "`ok`, `note`, `off` (not available here, and not needed), `warning` or `error`", `"ok"`),
		field("findings[].text", "what there is to say of it", `"..."`),
		field("findings[].hints", "what to do", `["..."]`),
	}}
}

func keysList() Output {
	return Output{Verb: "keys list", Rows: []Row{
		field("profile", "the profile that has the key", `"me"`),
		field("access_key_id", "the key's ID", `"AKIA..."`),
		field("user", "whose it is, where that was checked", `"arn:aws:iam::111111111111:user/alice"`),
		field("added", "when it came into the keyring", `"2026-09-01T08:00:00Z"`),
		field("backend", "the keyring", `"secret-service"`),
		field("sessions", "how many cached sessions were made with it; expired ones count until the next login", `2`),
		field("age_days", "whole days since `created`, else since `added`", `90`),
		field("rotation_unfinished", "its rotation was interrupted", `true`),
		field("status", "with `--check`: `Active`, `Inactive` or `Deleted`", `"Active"`),
		field("created", "with `--check`: when AWS made it", `"2026-09-01T08:00:00Z"`),
		field("last_used", "with `--check`: its last use, as far as AWS knows", ""),
		field("last_used.at", "when", `"2026-11-29T17:00:00Z"`),
		field("last_used.service", "of which service", `"sts"`),
		field("last_used.region", "in which region", `"eu-west-1"`),
		field("error", "why AWS could not be asked, or the key not be read", `"..."`),
	}}
}

func mfaList() Output {
	return Output{Verb: "mfa list", Rows: []Row{
		field("serial", "the device's serial", `"arn:aws:iam::111111111111:mfa/alice"`),
		field("profiles", "the profiles whose `mfa_serial` it is", `["me"]`),
		field("seed", "its seed is in the keyring", `false`),
		field("aws", "with `--check`: what AWS says", ""),
		field("aws.status", "`enabled`, `missing` or `unknown`", `"enabled"`),
		field("aws.user", "whose it is", `"alice"`),
		field("aws.since", "since when", `"2026-09-01T08:00:00Z"`),
		field("aws.why", "why it is unknown", `"..."`),
	}}
}

func version() Output {
	return Output{Verb: "version", Rows: []Row{
		field("version", "the release", `"v1.2.3"`),
		field("commit", "the commit that it was built from", `"0123456789abcdef"`),
		field("date", "the commit's time", `"2026-11-29T12:00:00Z"`),
		field("modified", "the folder held changes that are not in the commit", `false`),
		field("os", "the operating system, as Go names it", `"linux"`),
		field("arch", "the processor, as Go names it", `"amd64"`),
		field("go", "the version of Go", `"go1.26.0"`),
	}}
}

func consolePrint() Output {
	return Output{Verb: "console", With: "--print", Intro: "Whoever opens a URL within 15 minutes is signed in; " +
		"with `--switch` and `--portal` it is a link, and no secret.", Rows: []Row{
		field("profile", "the profile", `"prod"`),
		field("role_arn", "the role", `"arn:aws:iam::222222222222:role/Admin"`),
		field("account", "its account", `"222222222222"`),
		field("permission_set", "the permission set", `"Admin"`),
		field("url", "the URL to open", `"https://..."`),
		field("until", "when the console ends", `"2026-11-30T10:04:00Z"`),
	}}
}

func login() Output {
	return Output{Verb: "login", Intro: "Who is signed in now. Failures are reported on stderr, and are not in it.", Rows: []Row{
		field("sign_ins", "sign-ins", ""),
		field("sign_ins[].name", "the section's name, else the start URL or the ARN", `"corp"`),
		field("sign_ins[].user", "who", `"alice@example.com"`),
		field("sign_ins[].user_before", "who it was before, where that was somebody else", `"bob@example.com"`),
		field("sign_ins[].already", "it was so before", `false`),
		field("profiles", "profiles whose credentials are in the keyring now", ""),
		field("profiles[].profile", "the profile", `"prod"`),
		field("profiles[].role_arn", "its role", `"arn:aws:iam::222222222222:role/Admin"`),
		field("profiles[].account", "its account", `"222222222222"`),
		field("profiles[].permission_set", "its permission set", `"Admin"`),
		field("profiles[].until", "when they end", `"2026-11-30T10:04:00Z"`),
	}}
}

func logout() Output {
	return Output{Verb: "logout", Intro: "What was forgotten.", Rows: []Row{
		field("kind", "`sign-in`, `saml`, `base` (a profile that chains start from) or `others` (sessions of which it is not known whose they are)", `"base"`),
		field("name", "the sign-in or the profile", `"me"`),
		field("user", "who was signed in, where that is known", `"alice@example.com"`),
		field("before", "where the sign-in was made, if its section has been edited since", `"https://d-1234567890.awsapps.com/start in eu-west-1"`),
		field("profiles", "the profiles that were named, and start from it", `["prod"]`),
		field("result", "`signed-out`, `not-signed-in` or `forgotten` (there was nothing to end elsewhere)", `"forgotten"`),
		field("sessions", "how many sessions were forgotten; absent for a `sign-in`", `3`),
	}}
}

func edited(verb string) Output {
	return Output{Verb: verb, Rows: []Row{
		field("dry_run", "nothing was written", `true`),
		field("profiles", "the profiles, in order", ""),
		field("profiles[].profile", "the profile", `"prod"`),
		field("profiles[].changed", "its lines were changed, or would be", `true`),
		field("profiles[].kept", "settings of `[hatstand NAME]` that `release` leaves there, since they were never anywhere else", `["source_identity"]`),
		field("profiles[].left_alone", "why it was left alone, with `--all`", `"..."`),
		field("notes", "what other programs can no longer do", `["..."]`),
		field("diff", "with `--dry-run`: the change of the file; secrets in it are left out", `"..."`),
	}}
}

func sync() Output {
	return Output{Verb: "profiles sync", Intro: "What became of the profiles of each session. A session that failed is reported on stderr, and is not in it.", Rows: []Row{
		field("session", "the section's name", `"corp"`),
		field("dry_run", "nothing was written", `false`),
		field("up_to_date", "the file is as it was", `false`),
		field("added", "profiles that are new", `["dev-Admin"]`),
		field("changed", "profiles that are written anew", `[]`),
		field("removed", "profiles that are gone", `[]`),
		field("kept", "profiles that are not among the others, and stay", ""),
		field("kept[].profile", "the profile", `"old-Admin"`),
		field("kept[].why", "`no-longer-yours`, `not-chosen` or `account-not-listed`", `"no-longer-yours"`),
		field("skipped", "profiles that are already elsewhere in the files", ""),
		field("skipped[].profile", "the profile", `"prod-Admin"`),
		field("skipped[].where", "where", `"~/.aws/config:12"`),
		field("diff", "with `--dry-run`: the change of the file; secrets in it are left out", `"..."`),
	}}
}

func keysImport() Output {
	return Output{Verb: "keys import", Rows: []Row{
		field("dry_run", "nothing was stored", `false`),
		field("keys", "the keys that were found", ""),
		field("keys[].profile", "the profile", `"me"`),
		field("keys[].access_key_id", "the key's ID", `"AKIA..."`),
		field("keys[].in_keyring", "it is in the keyring now, read back", `true`),
		field("keys[].result", "what was done with it, in words", `"imported"`),
		field("keys[].user", "whose it is, where that was checked", `"arn:aws:iam::111111111111:user/alice"`),
		field("keys[].error", "why it was not imported", `"..."`),
		field("notes", "warnings, and what to do next", `["..."]`),
	}}
}

func keysRotate() Output {
	return Output{Verb: "keys rotate", Rows: []Row{
		field("profiles", "the profiles that have the key", `["me"]`),
		field("old_access_key_id", "the key that was replaced", `"AKIA..."`),
		field("new_access_key_id", "the key that they have now", `"AKIA..."`),
		field("old_deleted", "the old key is deleted; else it is inactive", `true`),
	}}
}

func keysRotateAll() Output {
	return Output{Verb: "keys rotate", With: "--all-older-than", Rows: []Row{
		field("profiles", "the profiles that have the key", `["me"]`),
		field("access_key_id", "the key as it was before", `"AKIA..."`),
		field("due", "it is to be replaced", `true`),
		field("plan", "what is to be done with it and why, in words", `"rotate"`),
		field("rotated", "what was done", ""),
		field("rotated.profiles", "the profiles that have the key", `["me"]`),
		field("rotated.old_access_key_id", "the key that was replaced", `"AKIA..."`),
		field("rotated.new_access_key_id", "the key that they have now", `"AKIA..."`),
		field("rotated.old_deleted", "the old key is deleted; else it is inactive", `true`),
		field("error", "why it could not be looked at, or not be replaced", `"..."`),
	}}
}

func audit() Output {
	return Output{Verb: "audit", Intro: "What is wrong with the credentials of an account's users, the worst first.", Rows: []Row{
		field("generated", "when IAM made the report", `"2026-11-30T10:04:00Z"`),
		field("users", "how many users it lists, root included", `12`),
		field("findings", "what is wrong, the worst first", ""),
		field("findings[].finding", "`root-key`, `root-without-mfa`, `password-without-mfa`, `old-key`, `unused-key`, `unused-password`, `two-keys` or `never-used-key`", `"old-key"`),
		field("findings[].user", "the IAM user, or `<root_account>`", `"alice"`),
		field("findings[].arn", "the user's ARN", `"arn:aws:iam::111111111111:user/alice"`),
		field("findings[].key", "which of the two access keys, 1 or 2; IAM's report does not give IDs", `1`),
		field("findings[].since", "since when: made, or last used", `"2026-05-30T10:04:00Z"`),
		field("findings[].days", "how many days that is", `184`),
		field("findings[].text", "the finding in words", `"access key 1 is 184 days old"`),
	}}
}

func auditRole() Output {
	return Output{Verb: "audit", With: "--role", Intro: "Which services a role may use and does not.", Rows: []Row{
		field("role_arn", "the role", `"arn:aws:iam::222222222222:role/Admin"`),
		field("generated", "when IAM looked", `"2026-11-30T10:04:00Z"`),
		field("allowed", "how many services the role may use", `210`),
		field("unused", "those that it never used, or not for 90 days: the longest first", ""),
		field("unused[].service", "the service, as policies name it", `"s3"`),
		field("unused[].name", "its name", `"Amazon S3"`),
		field("unused[].last_used", "when it was last used; not there where it never was in the 400 days that IAM keeps", `"2026-05-30T10:04:00Z"`),
		field("unused[].region", "where that was", `"eu-west-1"`),
		field("unused[].days", "how many days ago", `184`),
	}}
}
