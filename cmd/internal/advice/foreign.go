package advice

import "strings"

// Verb is the command to type for one of another program's: of aws-vault, granted, aws-sso-cli, awsume, aws-runas or
// the AWS CLI, or a word that many programs have. group is the command it was given to, "" at the top; rest is what
// stood behind it. "": there is none.
func Verb(group, word string, rest []string) string {
	typed := strings.TrimSpace(group + " " + word)
	for _, row := range foreignVerbs() {
		for want := range strings.SplitSeq(row.typed, ", ") {
			if want == typed {
				return "hatstand " + filled(row.here, rest)
			}
		}
	}
	return ""
}

// filled has a word that was typed in the place of the first name in capitals.
func filled(command string, rest []string) string {
	words := strings.Fields(command)
	if len(rest) == 0 || rest[0] == "" || strings.HasPrefix(rest[0], "-") {
		return command
	}
	for i, w := range words {
		if w == "PROFILE" || w == "NAME" || w == "DEVICE" {
			words[i] = ShellWord(rest[0])
			break
		}
	}
	return strings.Join(words, " ")
}

type foreign struct{ typed, here string }

func foreignVerbs() []foreign {
	return []foreign{
		{"rotate, rotate-keys", "keys rotate NAME"},
		{"add, new, create, store, keys new, keys create, keys set, keys store", "keys add NAME"},
		{"remove, rm, delete, del, keys rm, keys delete, keys del", "keys remove NAME"},
		{"clear, flush, purge, reset, forget, clean", "logout --all"},
		{"import, credentials", "keys import --from credentials"},
		{"migrate, migrate-backend", "keys migrate --to BACKEND"},
		{"keys ls, keys show, keys get", "keys list"},
		{"assume, run, shell, execute, wrap", "exec PROFILE"},
		{"use, switch, wear, source, unset", "shell-init SHELL"},
		{"export, eval, creds, get, print", "env PROFILE"},
		{"process", "credential-process PROFILE"},
		{"open, browse, browser, web, url, console-url", "console PROFILE"},
		{"ecs, server, proxy, imds, ec2", "serve PROFILE"},
		{"sso, signin, sign-in, auth, authenticate", "login SESSION"},
		{"signout, sign-out", "logout PROFILE"},
		{"ls, roles, accounts, show, tags, profiles list, profiles ls, profiles show", "list"},
		{"whoami, who, id, get-caller-identity, time, current, sts", "status"},
		{"init, setup, configure, config, profile, profiles new, profiles create, profiles write", "profiles add NAME"},
		{"cache, sync, populate, generate, config-profiles, profiles populate, profiles generate", "profiles sync"},
		{"diag, diagnose, check, debug, diagnostics", "doctor"},
		{"plan, why, describe", "explain PROFILE"},
		{"enroll, mfa new, mfa create, mfa register", "mfa enroll NAME"},
		{"code, token, otp, totp, mfa token, mfa otp, mfa get, mfa generate", "mfa code DEVICE"},
		{"mfa ls, mfa show", "mfa list"},
		{"mfa rm, mfa delete, mfa del", "mfa remove NAME"},
		{"completions, autocomplete", "completion SHELL"},
	}
}

// Flag says what to give in place of another program's flag, by its name without dashes; "": there is none.
func Flag(name string) string {
	for _, row := range foreignFlags() {
		for want := range strings.SplitSeq(row.typed, ", ") {
			if want == name {
				return row.here
			}
		}
	}
	return ""
}

func foreignFlags() []foreign {
	return []foreign{
		{"mfa-token, mfa, otp, token, t, m", "the token code is --mfa-code CODE"},
		{"ecs-server, ec2-server, auto-refresh", "credentials that renew themselves: --server (exec), or hatstand serve PROFILE"},
		{"backend, vault-backend", "the keyring is chosen by HATSTAND_BACKEND, or by backend in [hatstand]"},
		{"prompt", "how codes are asked for: HATSTAND_PROMPT, or prompt in [hatstand]"},
		{"debug, trace", "--verbose shows what is done, and why"},
		{"assume-role-ttl, session-ttl, ttl, duration-seconds, session-duration, d", "how long credentials live: --duration TIME"},
		{"stdout, url, no-open", "to write the sign-in URL: hatstand console PROFILE --print"},
		{"auto-logout", "to end the browser's old sign-in first: hatstand console PROFILE --logout"},
		{"sessions", "hatstand status shows the sessions, hatstand keys list the keys"},
		{"credentials", "hatstand keys list shows the keys"},
		{"profiles", "hatstand list alone lists the profiles"},
		{"sso-session", "give only the sign-in's name: hatstand login SESSION"},
		{"sso", "hatstand login SESSION signs in"},
		{"role-arn, role, role-to-assume", "give the role without a flag: hatstand exec ACCOUNT:ROLE --source PROFILE"},
		{"source-profile", "the source profile is --source PROFILE"},
		{"external-id", "it belongs in the profile: external_id = ID"},
		{"mfa-serial, serial-number", "it belongs in the profile: mfa_serial = ARN"},
		{"role-session-name", "the role session's name is --session-name NAME"},
		{"session-policy", "a session policy is --policy FILE, a managed one --policy-arn ARN"},
		{"exec", "hatstand exec PROFILE -- COMMAND runs a command"},
		{"console, c", "hatstand console PROFILE opens the console"},
		{"env, export", "hatstand env PROFILE prints variables"},
		{"output, o, shell, fmt", "the form of the output is --format or --json"},
		{"n", "without a session: --no-session"},
		{"r", "the region is --region REGION"},
		{"s", "the server is --server, the console's page --service NAME"},
		{"u, unset", "hat --off undoes hat, hatstand env --unset prints what undoes env"},
		{"y, force, f", "to go ahead without being asked: --yes"},
		{"fix", "the line below each finding says how to fix it"},
	}
}
