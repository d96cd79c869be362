// Package slips adds to a refusal by STS what is remarkable about the settings that it came from: a misspelt name is
// ignored, so that a device or an external ID was not sent.
package slips

import (
	"errors"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc"
	"hatstand/credproc/sts"
	"hatstand/profiles"
	"hatstand/profiles/lint"
)

// An Error is a refusal that a slip in the settings may have caused.
type Error struct {
	err   error
	slips []string
}

func (e *Error) Error() string { return e.err.Error() }
func (e *Error) Unwrap() error { return e.err }

// Hints are the slips, then what is to be said of the refusal anyway.
func (e *Error) Hints() []string { return append(e.slips, advice.Hints(e.err)...) }

// Explain adds to a refusal the likely mistakes in the settings of the plan's profiles. It returns any other error as
// it is.
func Explain(err error, p credproc.Plan, settings func() (*profiles.Set, error)) error {
	var refused *sts.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	set, failed := settings()
	if failed != nil {
		return err
	}
	names := []string{p.Target}
	for _, step := range p.Steps {
		names = append(names, step.Role.Profile)
	}
	e := &Error{err: err}
	seen := map[string]bool{}
	for _, name := range append(names, p.Base.Profile) {
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, r := range lint.Profile(set, name) {
			e.slips = append(e.slips, r.Location.String()+": "+r.Text+": "+r.Next)
		}
	}
	if len(e.slips) == 0 {
		return err
	}
	return e
}
