// Package advice says what an error means to the person at the keyboard and to the caller: the exit code and
// the hints. Libraries say what happened; here, in one table with a file for each library, is what to do
// about it. It never prints, and it never changes the error's own text.
package advice

import (
	"context"
	"crypto/x509"
	"errors"
	"os/exec"
)

// Exit codes.
const (
	Failed    = 1
	Usage     = 2 // usage or configuration
	NoHuman   = 3 // needs a human and there is none
	Refused   = 4 // AWS refused
	Keyring   = 5 // keyring locked or unavailable
	Cancelled = 130
)

// A rank says which of several errors in one tree decides the exit code: the lowest.
type rank int

const (
	byCancel    rank = iota // somebody pressed Ctrl-C: nothing else matters
	byProcess               // another program answered for us
	unreachable             // may have failed by a deadline, which says nothing of a human
	own                     // an error of cmd's that has its own exit code
	nobody                  // a human is needed
	refused                 // AWS said no
	locked                  // the keyring said no
	usage                   // the command line or the configuration is wrong
	start                   // a command that cannot be started
	none                    // nothing is known but hints
)

// An answer is what the table knows about one error. Exit counts only with a rank above none.
type answer struct {
	rank  rank
	exit  int
	hints []string
}

// libraries are the tables. Each looks at the error it is given alone, never at what that wraps.
func libraries() []func(error) (answer, bool) {
	return []func(error) (answer, bool){
		browserError,
		cacheError,
		childError,
		consoleError,
		credprocError,
		grantError,
		iamError,
		metadataError,
		mfaError,
		policyError,
		profilesError,
		samlError,
	}
}

// For is the exit code and the hints of an error. An error that has ExitCode() int or Hints() []string answers
// for itself.
func For(err error) (exit int, hints []string) {
	best := answer{rank: none, exit: Failed}
	switch {
	case errors.Is(err, context.Canceled):
		best = answer{rank: byCancel, exit: Cancelled}
	case errors.Is(err, context.DeadlineExceeded):
		best = answer{rank: nobody, exit: NoHuman}
	}
	hinted := false
	walk(err, func(err error) {
		if h, ok := err.(interface{ Hints() []string }); ok && !hinted {
			hints, hinted = h.Hints(), true
		}
		a, ok := adviceFor(err)
		if !ok {
			return
		}
		if !hinted && len(a.hints) > 0 {
			hints, hinted = a.hints, true
		}
		if a.rank < best.rank {
			best = a
		}
	})
	if _, untrusted := errors.AsType[x509.UnknownAuthorityError](err); untrusted {
		hints = append([]string{authorityHint}, hints...)
	}
	return best.exit, hints
}

// authorityHint is for a certificate that nobody signed who is trusted here. A small machine may trust nobody at all, and
// behind a company's proxy the company signs.
const authorityHint = "install the certificates that machines trust (on Debian the package ca-certificates), or name those of " +
	"your network's proxy: AWS_CA_BUNDLE=FILE"

// Exit is the exit code of an error.
func Exit(err error) int {
	exit, _ := For(err)
	return exit
}

// Hints are the hints of an error.
func Hints(err error) []string {
	_, hints := For(err)
	return hints
}

// adviceFor is the answer to one error, without what it wraps.
func adviceFor(err error) (answer, bool) {
	if e, ok := err.(interface{ ExitCode() int }); ok {
		if _, other := err.(*exec.ExitError); !other { // another program's exit code is not ours
			return answer{rank: own, exit: e.ExitCode()}, true
		}
	}
	for _, library := range libraries() {
		if a, ok := library(err); ok {
			return a, true
		}
	}
	return answer{}, false
}

// walk calls f with each error of a tree, in the order of errors.As.
func walk(err error, f func(error)) {
	if err == nil {
		return
	}
	f(err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		walk(e.Unwrap(), f)
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			walk(err, f)
		}
	}
}

// is reports whether this one error is the target, without what it wraps.
func is(err, target error) bool {
	if err == target {
		return true
	}
	i, ok := err.(interface{ Is(error) bool })
	return ok && i.Is(target)
}
