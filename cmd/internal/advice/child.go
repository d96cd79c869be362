package advice

import "hatstand/credproc/child"

func childError(err error) (answer, bool) {
	switch e := err.(type) {
	case *child.ValueError:
		return answer{rank: usage, exit: Usage, hints: []string{"every value fits into --format json"}}, true
	case *child.StartError:
		a := answer{rank: start, exit: e.Code}
		if e.IsLine() {
			a.hints = []string{"without quotes around all of it: -- " + e.Command}
		}
		return a, true
	}
	return answer{}, false
}
