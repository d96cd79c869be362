// Package declined says what it means that a person did not answer a prompt: in an error of this process, and in the
// reason that the processes which wait for it end with. It asks nobody and takes no lock.
package declined

import (
	"context"
	"errors"
	"slices"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

// An Error says that a person did not answer a prompt, or that the call which needed the answer failed. The prompt was
// this process's, or that of the process which it waited for.
type Error struct {
	err  error
	exit int
}

func (e *Error) Error() string { return e.err.Error() }

func (e *Error) ExitCode() int { return e.exit }

func (e *Error) Unwrap() error { return e.err }

func (e *Error) Is(target error) bool { return target == resolve.ErrDeclined }

// Elsewhere is the error of a process that waited in vain: another one gave that reason.
func Elsewhere(err error, reason string) *Error { return &Error{err: err, exit: exitOf(reason)} }

// A NobodyError says that a code is needed and there is nobody to ask. Another process may have somebody.
type NobodyError struct{ err error }

func (e *NobodyError) Error() string { return e.err.Error() }

func (e *NobodyError) Unwrap() error { return e.err }

func (e *NobodyError) Is(target error) bool { return target == resolve.ErrNobody }

// Of wraps the errors of a prompt which mean that a person said no, said nothing, or is not there.
func Of(err error) error {
	switch {
	case err == nil, errors.Is(err, mfa.ErrGone):
		return err
	case errors.Is(err, mfa.ErrCancelled), errors.Is(err, context.Canceled):
		return &Error{err: err, exit: advice.Cancelled}
	case mfa.KindOf(err) == mfa.Late:
		return &Error{err: err, exit: advice.NoHuman}
	case mfa.KindOf(err) == mfa.NobodyToAsk:
		return &NobodyError{err}
	}
	return err
}

// refusals are the reasons that a process gives to the processes that wait for it, and the exit codes that these end
// with: the same as its own.
func refusals() []refusal {
	return []refusal{
		{advice.Cancelled, "the prompt was cancelled"},
		{advice.NoHuman, "the prompt was not answered in time"},
		{advice.Refused, "AWS refused the call that the code was for"},
		{advice.Failed, programFailed},
		{advice.Failed, "the call that the code was for failed"},
	}
}

// reasonRefusals are the refusals of a role that is assumed for a reason.
func reasonRefusals() []refusal {
	return []refusal{
		{advice.Cancelled, "the question for a reason was cancelled"},
		{advice.NoHuman, "the question for a reason was not answered in time"},
		{advice.Refused, "AWS refused the call that the reason was for"},
		{advice.Failed, "the call that the reason was for failed"},
	}
}

// signInRefusals are the refusals of a sign-in.
func signInRefusals() []refusal {
	return []refusal{
		{advice.Cancelled, "the sign-in was declined"},
		{advice.NoHuman, "nobody signed in"},
		{advice.Usage, "the settings of the sign-in are wrong"},
		{advice.Refused, "the sign-in was refused"},
		{advice.Keyring, "the keyring failed at the sign-in"},
		{advice.Failed, "the sign-in failed"},
	}
}

const programFailed = "mfa_process failed"

type refusal struct {
	exit   int
	reason string
}

func exitOf(reason string) int {
	for _, r := range slices.Concat(refusals(), reasonRefusals(), signInRefusals()) {
		if r.reason == reason {
			return r.exit
		}
	}
	return advice.Failed
}

// Reason is the reason of a failure that processes which wait for the lock report. forReason: a person was asked for
// a reason, not for a code.
func Reason(forReason bool, why error) string {
	if mfa.KindOf(why) == mfa.ProgramFailed {
		return programFailed
	}
	exit, all := advice.Exit(why), refusals()
	if forReason {
		all = reasonRefusals()
	}
	for _, r := range all {
		if r.exit == exit && r.reason != programFailed {
			return r.reason
		}
	}
	return all[len(all)-1].reason
}

// SignInReason is the reason of a sign-in that failed.
func SignInReason(why error) string {
	exit, all := advice.Exit(why), signInRefusals()
	for _, r := range all {
		if r.exit == exit {
			return r.reason
		}
	}
	return all[len(all)-1].reason
}
