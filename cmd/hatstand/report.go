package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"hatstand/cache"
	"hatstand/credproc"
	"hatstand/credproc/child"
	"hatstand/credproc/console"
	"hatstand/credproc/iam"
	"hatstand/mfa"
	"hatstand/profiles"
)

// Everything that goes wrong is printed here and nowhere else: one line that can stand alone
// (botocore shows stderr inside its own exception), then hints. A line never holds a secret, and
// nothing that a config file says can move the cursor.

// Exit codes.
const (
	exitFailed    = 1
	exitUsage     = 2 // usage or configuration
	exitNoHuman   = 3 // needs a human and there is none
	exitRefused   = 4 // AWS refused
	exitKeyring   = 5 // keyring locked or unavailable
	exitCancelled = 130
)

// report prints the error and returns the exit code.
func report(w io.Writer, err error) int {
	var exited *child.ExitError
	if errors.As(err, &exited) {
		return exited.Code
	}
	var many manyErrors
	if errors.As(err, &many) {
		for _, err := range many {
			report(w, err)
		}
		return exitCode(many[0])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "hatstand: error: %s\n", plain(err.Error()))
	var h interface{ Hints() []string }
	if errors.As(err, &h) {
		for _, hint := range h.Hints() {
			fmt.Fprintf(&b, "hatstand: hint: %s\n", plain(hint))
		}
	}
	io.WriteString(w, b.String())
	return exitCode(err)
}

// manyErrors is what went wrong with several profiles at once; the exit code is the first one's.
type manyErrors []error

func (e manyErrors) Error() string { return e[0].Error() }

func (e manyErrors) Unwrap() []error { return e }

func exitCode(err error) int {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(mfa.ErrCancelled), is(context.Canceled):
		return exitCancelled
	case as[*credproc.ProcessError](err):
		return exitOfProcess(err)
	// Both may have failed by a deadline, which says nothing of a human.
	case as[*credproc.UnreachableError](err), as[*iam.UnreachableError](err), as[*console.UnreachableError](err):
		return exitFailed
	case as[*cache.UnavailableError](err):
		return exitKeyring
	case is(credproc.ErrDeclined):
		var d *declinedError
		if errors.As(err, &d) {
			return d.exit
		}
		return exitNoHuman
	case as[*mfa.NoHumanError](err), as[*mfa.DeadlineError](err), as[*busyError](err), as[*noTerminalError](err), as[*noClipboardError](err), is(context.DeadlineExceeded):
		return exitNoHuman
	case as[*credproc.RefusedError](err), as[*credproc.WrongRoleError](err), as[*mfa.SpentError](err), as[*iam.RefusedError](err), as[*console.RefusedError](err):
		return exitRefused
	case as[*usageError](err): // a setting that keeps a passphrase from being asked for, say
		return exitUsage
	case as[*cache.PassphraseError](err), as[*cache.CorruptError](err), as[*cache.VaultError](err):
		return exitKeyring
	case as[*credproc.OptionError](err), as[*credproc.NoKeysError](err), as[*credproc.NotBuiltError](err),
		as[*profiles.SyntaxError](err), as[*profiles.UnknownProfileError](err), as[*profiles.LoopError](err), as[*profiles.SettingError](err),
		as[*profiles.LimitError](err), as[*profiles.SelectError](err), as[*child.ValueError](err), as[*profiles.ReadError](err), as[*profiles.EditError](err), as[*cache.UnknownBackendError](err), as[*cache.MigrationError](err), as[*pairError](err), as[*mfa.CodeError](err), as[*mfa.DeviceError](err), as[*mfa.SeedError](err), as[*mfa.OneCodeError](err), as[*manyCodesError](err),
		as[*console.ChoiceError](err), as[*console.NoBrowserError](err), as[*console.PlaceError](err), as[*console.TargetError](err), as[*noRoleError](err), as[*chainedError](err):
		return exitUsage
	}
	var start *child.StartError
	if errors.As(err, &start) {
		return start.Code
	}
	return exitFailed
}

// exitOfProcess is that of the hatstand which a credential_process started, where it says who has to do something
// about it: what is wrong is the same for the one that asked.
func exitOfProcess(err error) int {
	var process *credproc.ProcessError
	if errors.As(err, &process) {
		switch process.Exit {
		case exitNoHuman, exitRefused, exitKeyring, exitCancelled:
			return process.Exit
		}
	}
	return exitFailed
}

func as[T error](err error) bool {
	var t T
	return errors.As(err, &t)
}

// plain leaves out what could steer a terminal or turn the order of what is read, and newlines, so that
// one error stays one line.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
}

func quoted(s string) string { return strconv.Quote(s) }
