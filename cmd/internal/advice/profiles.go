package advice

import "hatstand/profiles"

func profilesError(err error) (answer, bool) {
	switch err.(type) {
	case *profiles.SyntaxError, *profiles.UnknownProfileError, *profiles.LoopError, *profiles.SettingError,
		*profiles.LimitError, *profiles.SelectError, *profiles.ReadError, *profiles.EditError:
		return answer{rank: usage, exit: Usage}, true
	}
	return answer{}, false
}
