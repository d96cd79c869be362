package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/child"
)

// Everything that goes wrong is printed here and nowhere else: one line that can stand alone
// (botocore shows stderr inside its own exception), then hints. A line never holds a secret, and
// nothing that a config file says can move the cursor.

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
		return advice.Exit(many[0])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "hatstand: error: %s\n", plain(err.Error()))
	exit, hints := advice.For(err)
	for _, hint := range hints {
		fmt.Fprintf(&b, "hatstand: hint: %s\n", plain(hint))
	}
	io.WriteString(w, b.String())
	return exit
}

// manyErrors is what went wrong with several profiles at once; the exit code is the first one's.
type manyErrors []error

func (e manyErrors) Error() string { return e[0].Error() }

func (e manyErrors) Unwrap() []error { return e }

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
