package main

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest/loginsession"
	"hatstand/credproc/awstest/person"
)

// consoleCommands are about a story's sign-in to the console. At the browser sits alice, CONSOLE_ALICE, an IAM user of
// account 111111111111; bob is CONSOLE_BOB. What the person presses is ssoperson's to say.
func consoleCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"console": consoleCommand}
}

func (s *story) addConsole(env *testscript.Env) {
	s.aws.ConsoleSignIn().SetPerson(s.users["alice"].ARN)
	env.Setenv("CONSOLE_ALICE", s.users["alice"].ARN)
	env.Setenv("CONSOLE_BOB", s.users["bob"].ARN)
}

// console is ARN puts somebody else before the browser.
// console end|password|forbid ARN ends their sessions, changes their password, or takes the permission away.
// console session-life=D|token-life=D|code-life=D|error=E changes how the sign-in works.
func consoleCommand(ts *testscript.TestScript, _ bool, args []string) {
	aws := of(ts).aws
	signIn := aws.ConsoleSignIn()
	switch args[0] {
	case "is":
		signIn.SetPerson(args[1])
	case "end":
		signIn.EndSessions(args[1])
	case "password":
		signIn.ChangePassword(args[1], aws.Now())
	case "forbid":
		signIn.Forbid(args[1])
	default:
		name, value, _ := strings.Cut(args[0], "=")
		var life time.Duration
		if name != "error" {
			var err error
			life, err = time.ParseDuration(value)
			ts.Check(err)
		}
		signIn.Change(func(c *loginsession.Settings) {
			switch name {
			case "error":
				c.AuthorizeError = value
			case "session-life":
				c.SessionLife = life
			case "token-life":
				c.TokenLife = life
			case "code-life":
				c.CodeLife = life
			default:
				ts.Fatalf("console: unknown %q", name)
			}
		})
	}
}

// pastedFrom is what the person sees at the end who signs in at an address.
func pastedFrom(ts *testscript.TestScript, address string) string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	page, err := person.Open(ctx, address, person.Allow)
	ts.Check(err)
	shown := regexp.MustCompile(`<b id="code">([^<]+)</b>`).FindStringSubmatch(page.Body)
	if shown == nil {
		ts.Fatalf("HTTP %d %s", page.Status, page.Body)
	}
	return shown[1]
}
