package advice

import "hatstand/credproc/iam"

func iamError(err error) (answer, bool) {
	switch err.(type) {
	case *iam.UnreachableError:
		return answer{rank: unreachable, exit: Failed}, true
	case *iam.RefusedError:
		return answer{rank: refused, exit: Refused}, true
	}
	return answer{}, false
}
