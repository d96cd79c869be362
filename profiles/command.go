package profiles

import (
	"runtime"
	"strings"
)

// SplitCommand takes a credential_process line apart into words as botocore does, with no shell:
// by POSIX quoting, and on Windows by the rules of Windows' own programs. At least one word,
// or an error. Nothing is expanded: no variables, no "~", no patterns.
func SplitCommand(line string) ([]string, error) {
	words, problem := split(line, runtime.GOOS)
	if problem == "" && len(words) == 0 {
		problem = "has no words"
	}
	if problem != "" {
		return nil, invalid("command", "", problem)
	}
	return words, nil
}

func split(line, goos string) (words []string, problem string) {
	if goos == "windows" {
		return splitWindows(line)
	}
	return splitPOSIX(line)
}

// splitPOSIX: quotes group; a backslash takes the next character as it is, but within '...' it is
// itself, and within "..." too unless '"' or a backslash follows.
func splitPOSIX(line string) (words []string, problem string) {
	var word strings.Builder
	inWord, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == '\'' && c != '\'':
			word.WriteByte(c)
		case quote == '"' && c == '\\' && i+1 < len(line):
			i++
			if line[i] != '"' && line[i] != '\\' {
				word.WriteByte(c)
			}
			word.WriteByte(line[i])
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			inWord, quote = true, c
		case c == '\\':
			i++
			if i == len(line) {
				return nil, "ends in a backslash"
			}
			inWord = true
			word.WriteByte(line[i])
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			inWord = true
			word.WriteByte(c)
		}
	}
	if quote != 0 {
		return nil, "has a quote that is not closed"
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, ""
}

// splitWindows: only '"' groups, and a backslash is itself unless a run of them ends at a '"': then two
// make one, and an odd one takes the '"' as it is.
func splitWindows(line string) (words []string, problem string) {
	var word strings.Builder
	inWord, quote := false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\':
			run := i
			for i < len(line) && line[i] == '\\' {
				i++
			}
			run = i - run
			inWord = true
			if i == len(line) || line[i] != '"' {
				word.WriteString(strings.Repeat(`\`, run))
				i--
				continue
			}
			word.WriteString(strings.Repeat(`\`, run/2))
			if run%2 == 1 {
				word.WriteByte('"')
			} else {
				i-- // the '"' is a quote: the next turn sees it
			}
		case c == '"':
			inWord, quote = true, !quote
		case !quote && (c == ' ' || c == '\t' || c == '\n'):
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			inWord = true
			word.WriteByte(c)
		}
	}
	if quote {
		return nil, "has a quote that is not closed"
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, ""
}

// StartsHatstandFor reports whether a credential_process would start hatstand for the profile that has
// it: as a source it would ask itself for ever. self is the running program's path.
// Another wrapper than those that hatstandArgs sees through is caught when it comes back.
func StartsHatstandFor(words []string, self, name string) bool {
	args, ok := hatstandArgs(words, self)
	names, asks := asked(args)
	return ok && asks && (len(names) == 0 || names[0] == name)
}

// startsHatstand reports whether a credential_process is hatstand's own for some profile and nothing more, so that
// its exit code is hatstand's.
func startsHatstand(words []string, self string) bool {
	args, ok := hatstandArgs(words, self)
	names, asks := asked(args)
	return ok && asks && len(names) <= 1
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

// StartedProgram is the program of hatstand's two that a credential_process starts, as the command names it. self is
// the running program's path; ok is false where another program is started, or another verb.
func StartedProgram(command, self string) (name string, ok bool) {
	words, problem := split(command, runtime.GOOS)
	args, ok := hatstandArgs(words, self)
	if _, asks := asked(args); problem != "" || !ok || !asks {
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
		case "--format", "--backend", "--prompt", "--keychain", "--secret-service-collection", "--pass-dir", "--pass-cmd", "--pass-prefix", "--file-dir",
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

// asked reads hatstand's own arguments: credential-process, flags, and the names that follow. ok is false for
// another verb.
func asked(args []string) (names []string, ok bool) {
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
		ok = ok && wordByte(name[i])
	}
	return ok && name != ""
}
