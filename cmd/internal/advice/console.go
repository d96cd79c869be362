package advice

import "hatstand/credproc/console"

func consoleError(err error) (answer, bool) {
	switch err.(type) {
	case *console.UnreachableError:
		return answer{rank: unreachable, exit: Failed}, true
	case *console.RefusedError:
		return answer{rank: refused, exit: Refused}, true
	case *console.PlaceError, *console.TargetError:
		return answer{rank: usage, exit: Usage}, true
	}
	return answer{}, false
}
