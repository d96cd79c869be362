package advice

import "hatstand/credproc/child"

func childError(err error) (answer, bool) {
	switch e := err.(type) {
	case *child.ValueError:
		return answer{rank: usage, exit: Usage}, true
	case *child.StartError:
		return answer{rank: start, exit: e.Code}, true
	}
	return answer{}, false
}
