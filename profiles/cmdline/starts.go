package cmdline

import (
	"slices"
	"strings"
)

// StartsHatstandFor reports whether a command line would start hatstand's credential-process for a profile. As that
// profile's own source it would start itself for ever. self is the running program's path. A wrapper that is not
// recognised here is caught when the started hatstand finds itself among its callers.
func StartsHatstandFor(words []string, self, name string) bool {
	names, ok := requestedBy(words, self)
	return ok && (len(names) == 0 || names[0] == name)
}

// IsHatstand reports whether a command line starts hatstand's credential-process for some profile and nothing more, so
// that its exit code is hatstand's.
func IsHatstand(words []string, self string) bool {
	names, ok := requestedBy(words, self)
	return ok && len(names) <= 1
}

// IsHatstandPlainly reports whether a command line is hatstand's credential-process for a profile, with no flag, and no
// shell or variable before it. self is the running program's path.
func IsHatstandPlainly(words []string, self, name string) bool {
	args, ok := hatstandArgs(words, self)
	return ok && len(program(words)) == len(words) && slices.Equal(args, []string{"credential-process", name})
}

// hatstandArgs are the arguments that a command line gives to hatstand, as "hatstand credential-process ..." would have
// them; self is the running program's path. ok is false where another program is started.
func hatstandArgs(words []string, self string) (args []string, ok bool) {
	words = program(words)
	if len(words) == 0 {
		return nil, false
	}
	switch name := baseName(words[0]); {
	case name == "hatstand-credential-process":
		return append([]string{"credential-process"}, words[1:]...), true
	case words[0] == self && self != "" || name == "hatstand":
		return words[1:], true
	}
	return nil, false
}

// StartedProgram is which of hatstand's two programs a command line starts for credential-process, as the line names
// it. self is the running program's path. ok is false where it starts another program or another verb.
func StartedProgram(command, self string) (name string, ok bool) {
	words, err := Split(command)
	if err != nil {
		return "", false
	}
	if _, ok := requestedBy(words, self); !ok {
		return "", false
	}
	return program(words)[0], true
}

// program is a command line without what only leads to the program: env, variables, exec, and a shell with one
// command.
func program(words []string) []string {
	for len(words) > 0 {
		switch name := baseName(words[0]); {
		case name == "exec" || assignment(words[0]):
			words = words[1:]
		case name == "env":
			words = words[1:]
			for len(words) > 0 && words[0] == "-i" {
				words = words[1:]
			}
		case name == "sh" || name == "bash" || name == "dash" || name == "zsh":
			if len(words) != 3 || words[1] != "-c" {
				return nil
			}
			words, _ = splitPOSIX(words[2])
		default:
			return words
		}
	}
	return nil
}

// StartsAWSVault reports whether a command line starts aws-vault for the credentials of a profile, which it names:
// aws-vault export --format=json NAME, or aws-vault exec NAME --json.
func StartsAWSVault(words []string) (profile string, ok bool) {
	words = program(words)
	if len(words) == 0 || baseName(words[0]) != "aws-vault" {
		return "", false
	}
	verb, json := "", false
	var names []string
	for args := words[1:]; len(args) > 0; args = args[1:] {
		arg := args[0]
		flag, value, joined := strings.Cut(arg, "=")
		if !strings.HasPrefix(flag, "-") || flag == "-" {
			if verb == "" {
				verb = arg
			} else {
				names = append(names, arg)
			}
			continue
		}
		if arg == "--" {
			names = append(names, args[1:]...)
			break
		}
		switch flag {
		case "-j", "--json":
			json = true
		case "--format":
			if !joined && len(args) > 1 {
				value = args[1]
			}
			json = json || value == "json"
		}
		// The flags of aws-vault that take a value.
		switch flag {
		case "--format", "--backend", "--prompt", "--keychain", "--secret-service-collection", "--pass-dir",
			"--pass-cmd", "--pass-prefix", "--file-dir",
			"-d", "--duration", "--region", "-t", "--mfa-token", "--op-timeout", "--biometrics":
			if !joined && flag != "--biometrics" {
				args = args[1:]
				if len(args) == 0 {
					return "", false
				}
			}
		}
	}
	if (verb == "export" || verb == "exec") && json && len(names) == 1 {
		return names[0], true
	}
	return "", false
}

// requestedBy are the profiles that a command line names to hatstand's credential-process; none: AWS_PROFILE's. ok is
// false where another program or another verb is started. self is the running program's path.
func requestedBy(words []string, self string) (names []string, ok bool) {
	args, ok := hatstandArgs(words, self)
	if !ok {
		return nil, false
	}
	return requested(args)
}

// requested reads hatstand's own arguments: credential-process, flags, and the names that follow. ok is false for
// another verb.
func requested(args []string) (names []string, ok bool) {
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--" || arg == "-":
		case strings.HasPrefix(arg, "-"):
			if arg != "--read-only" && arg != "--no-cache" && !strings.Contains(arg, "=") {
				i++ // the flag's value
			}
		case !ok:
			if arg != "credential-process" {
				return nil, false
			}
			ok = true
		default:
			names = append(names, arg)
		}
	}
	return names, ok
}

// baseName is a program's name without its folder and ".exe".
func baseName(path string) string {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	if n := len(name) - len(".exe"); n > 0 && strings.EqualFold(name[n:], ".exe") {
		name = name[:n]
	}
	return name
}

// assignment reports whether a word sets a variable for the command after it: NAME=value.
func assignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	for i := range len(name) {
		c := name[i]
		ok = ok && ('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_')
	}
	return ok && name != ""
}
