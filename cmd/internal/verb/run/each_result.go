package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/child"
)

// A profileResult is the outcome of the command for one profile. Its exported fields are a line of --json.
type profileResult struct {
	Profile string  `json:"profile"`
	Account string  `json:"account,omitempty"`
	Code    *int    `json:"exit_code"` // null: it did not run
	Stdout  string  `json:"stdout"`
	Stderr  string  `json:"stderr"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"` // why it did not run

	err       error
	signal    int  // that ended the command; 0: none did
	signalled bool // a signal was sent to it before it ended
	unusable  bool // err is what is wrong with the profile
}

// errNotStarted is the error of a profile whose command was not started because others failed, or by a signal.
var errNotStarted = errors.New("not started")

func (r *profileResult) failed() bool { return r.err != nil || r.Code == nil || *r.Code != 0 }

// completed reports whether the command ran to its own end.
func (r *profileResult) completed() bool { return r.Code != nil && !r.signalled }

// reason is why it failed, in a word or two.
func (r *profileResult) reason() string {
	_, cannotStart := errors.AsType[*child.StartError](r.err)
	switch {
	case errors.Is(r.err, errNotStarted):
		return "not started"
	case cannotStart:
		return "cannot be executed"
	case r.unusable:
		return "cannot be used"
	case r.err != nil:
		return "no credentials"
	case r.signal != 0:
		return fmt.Sprintf("signal %d", r.signal)
	}
	return fmt.Sprintf("exit %d", *r.Code)
}

// line is the result as a line of JSON.
func (r *profileResult) line() ([]byte, error) {
	if r.err != nil {
		r.Error = r.err.Error()
	}
	line, err := json.Marshal(r)
	return append(line, '\n'), err
}

// results are in the list's order.
type results []*profileResult

func (all results) count(is func(*profileResult) bool) int {
	n := 0
	for _, r := range all {
		if is(r) {
			n++
		}
	}
	return n
}

// An eachError says for which profiles a command failed.
type eachError struct {
	results results
	failed  int
}

// An unusableError says what is wrong with one of several profiles, of which others can be used.
type unusableError struct{ err error }

func (e *unusableError) Error() string { return e.err.Error() }

func (e *unusableError) Unwrap() error { return e.err }

func (e *unusableError) Hints() []string {
	return append(slices.Clone(advice.Hints(e.err)), "to run the command for the other profiles: --skip-unusable")
}

// maxNamed is how many failures an error names.
const maxNamed = 10

func (e *eachError) Error() string {
	var names []string
	for _, r := range e.results {
		if r.failed() && len(names) < maxNamed {
			names = append(names, fmt.Sprintf("%s (%s)", r.Profile, r.reason()))
		}
	}
	text := fmt.Sprintf("%d of %d failed: %s", e.failed, len(e.results), strings.Join(names, ", "))
	if more := e.failed - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Hints returns the hints of the first profile that got no credentials.
func (e *eachError) Hints() []string {
	for _, r := range e.results {
		if hints := advice.Hints(r.err); len(hints) > 0 {
			return hints
		}
	}
	return nil
}
