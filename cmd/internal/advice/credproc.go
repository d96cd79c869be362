package advice

import (
	"hatstand/credproc"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
)

func credprocError(err error) (answer, bool) {
	switch e := err.(type) {
	case *resolve.ProcessError:
		return answer{rank: byProcess, exit: exitOfProcess(e.Exit)}, true
	case *sts.UnreachableError:
		return answer{rank: unreachable, exit: Failed}, true
	case *resolve.AnswerError:
		return answer{hints: []string{"check this machine's clock, and AWS_ENDPOINT_URL_STS or endpoint_url if one is set"}, rank: none, exit: Failed}, true
	case *sts.RefusedError, *resolve.WrongRoleError:
		return answer{rank: refused, exit: Refused}, true
	case *credproc.OptionError, *resolve.NoKeysError, *credproc.NotBuiltError:
		return answer{rank: usage, exit: Usage}, true
	}
	if is(err, resolve.ErrDeclined) {
		return answer{rank: nobody, exit: NoHuman}, true
	}
	return answer{}, false
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
