package advice

import (
	"hatstand/credproc"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"strconv"
)

func credprocError(err error) (answer, bool) {
	switch e := err.(type) {
	case *resolve.Error:
		return resolveError(e), true
	case *sts.UnreachableError:
		return answer{rank: unreachable, exit: Failed, hints: []string{unreachableHint("STS")}}, true
	case *sts.RefusedError:
		return answer{rank: refused, exit: Refused, hints: stsHints(e)}, true
	case *credproc.Error:
		return answer{rank: usage, exit: Usage, hints: planHints(e)}, true
	}
	if is(err, resolve.ErrDeclined) {
		return answer{rank: nobody, exit: NoHuman}, true
	}
	return answer{}, false
}

func resolveError(e *resolve.Error) answer {
	switch e.Kind {
	case resolve.NoKeys:
		return answer{rank: usage, exit: Usage, hints: []string{"store them: hatstand keys add " + e.Source}}
	case resolve.NoVariables:
		return answer{rank: usage, exit: Usage, hints: []string{"set both variables, or name a source_profile instead"}}
	case resolve.NoToken:
		return answer{rank: usage, exit: Usage, hints: []string{"first run the program that writes the token file"}}
	case resolve.UnusableToken:
		return answer{rank: usage, exit: Usage, hints: []string{
			"name a file that you may read, with the provider's token in it and nothing else"}}
	case resolve.NotPrinted:
		return answer{rank: usage, exit: Usage, hints: []string{
			"run the command by hand: it has to print the token and nothing else"}}
	case resolve.NoContainer:
		hint := "run it in the container, or set AWS_CONTAINER_CREDENTIALS_FULL_URI to the address of its credentials"
		return answer{rank: usage, exit: Usage, hints: []string{hint}}
	case resolve.ProgramFailed:
		hints := e.Hints // another hatstand's own
		if len(hints) == 0 {
			hints = []string{"run the command by hand and look at what it prints"}
		}
		return answer{rank: byProcess, exit: exitOfProcess(e.Exit), hints: hints}
	case resolve.BadAnswer:
		hint := "check this machine's clock, and AWS_ENDPOINT_URL_STS or endpoint_url if one is set"
		return answer{rank: none, exit: Failed, hints: []string{hint}}
	}
	return answer{rank: refused, exit: Refused}
}

func planHints(e *credproc.Error) []string {
	switch e.Kind {
	case credproc.Unsupported:
		return []string{"let another program give them: credential_process = COMMAND in the source profile"}
	case credproc.TokenOnly:
		return []string{"add both to profile " + strconv.Quote(e.Subject) + ", or run aws configure sso"}
	case credproc.NeedsRole:
		return []string{"name a profile with role_arn, or a role: ACCOUNT:ROLE --source " + e.Target}
	case credproc.NotUserKeys:
		return []string{"name a profile with a role, or a role: hatstand console ACCOUNT:ROLE --source " + ShellWord(e.Target)}
	case credproc.NotKeys:
		if e.Subject == "session" {
			return []string{"remove the setting session"}
		}
		return []string{"leave --no-session out"}
	case credproc.PermissionSetDecides, credproc.ProviderDecides:
		return []string{"leave it out, or name a role on top: ACCOUNT:ROLE --source " + ShellWord(e.Target)}
	case credproc.AlreadyTemporary, credproc.NeverExpire:
		return []string{"leave --duration out, or name a profile with a role"}
	}
	return nil // the limit has its own
}

// exitOfProcess keeps the code of a hatstand that a credential_process started, where it says who has to do
// something about it: what is wrong is the same for the one that asked.
func exitOfProcess(exit int) int {
	switch exit {
	case NoHuman, Refused, Keyring, Cancelled:
		return exit
	}
	return Failed
}

// unreachableHint says where to look when a service does not answer.
func unreachableHint(service string) string {
	return "check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_" + service + " or endpoint_url if one is set"
}
