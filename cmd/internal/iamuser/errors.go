package iamuser

import (
	"strings"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/provider"
)

// checkOneCode refuses --mfa-code where more than one code is needed, before it is sent.
func checkOneCode(all []*session, k *provider.RoleFlags) error {
	var need []*session
	for _, s := range all {
		if !s.cached && s.err == nil {
			need = append(need, s)
		}
	}
	if k.MFACode == "" || len(need) < 2 {
		return nil
	}
	return &manyCodesError{need}
}

// A manyCodesError says which keys need a code each.
type manyCodesError struct{ need []*session }

func (e *manyCodesError) Error() string {
	var each []string
	for _, s := range e.need {
		each = append(each, strings.Join(s.profiles(), ", ")+" (device "+s.key.serial+")")
	}
	return "--mfa-code is one code, and these keys need one each; nothing was changed: " + strings.Join(each, "; ")
}

func (*manyCodesError) ExitCode() int { return advice.Usage }

// Hints are the ways to give several codes.
func (e *manyCodesError) Hints() []string {
	var each []string
	for _, s := range e.need {
		each = append(each, "hatstand login "+s.profiles()[0]+" --mfa-code CODE")
	}
	return []string{
		"run it again without --mfa-code, to be asked for each code",
		"or give the codes first, and then run it without: " + strings.Join(each, "; "),
	}
}
