package provider

import (
	"errors"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc"
	"hatstand/credproc/sts"
	"hatstand/profiles/lint"
)

// A slipError is a refusal by STS that a slip in the settings may have caused: a misspelt name is ignored, so that a
// device or an external ID was not sent.
type slipError struct {
	err   error
	slips []string
}

func (e *slipError) Error() string { return e.err.Error() }
func (e *slipError) Unwrap() error { return e.err }

// Hints are the slips, then what is to be said of the refusal anyway.
func (e *slipError) Hints() []string { return append(e.slips, advice.Hints(e.err)...) }

// withSlips adds to a refusal what is remarkable about the settings of the profiles that the plan was made of.
func (a *Provider) withSlips(err error, p credproc.Plan) error {
	var refused *sts.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	set, failed := a.settings.Profiles()
	if failed != nil {
		return err
	}
	names := []string{p.Target}
	for _, step := range p.Steps {
		names = append(names, step.Role.Profile)
	}
	e := &slipError{err: err}
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
