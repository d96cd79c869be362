package advice

import "hatstand/mfa"

func mfaError(err error) (answer, bool) {
	switch err.(type) {
	case *mfa.NoHumanError, *mfa.DeadlineError:
		return answer{rank: nobody, exit: NoHuman}, true
	case *mfa.SpentError:
		return answer{rank: refused, exit: Refused}, true
	case *mfa.CodeError, *mfa.DeviceError, *mfa.SeedError, *mfa.OneCodeError:
		return answer{rank: usage, exit: Usage}, true
	}
	if is(err, mfa.ErrCancelled) {
		return answer{rank: byCancel, exit: Cancelled}, true
	}
	return answer{}, false
}
