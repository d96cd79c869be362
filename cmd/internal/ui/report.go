package ui

import (
	"errors"
	"io"
	"strings"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/child"
)

// Report prints an error and returns the exit code. Everything that goes wrong is printed here and nowhere else:
// one line that can stand alone (botocore shows stderr inside its own exception), then hints. A line never holds a
// secret, and nothing that a config file says can move the cursor.
func Report(w io.Writer, err error) int {
	if exited, ok := errors.AsType[*child.ExitError](err); ok {
		return exited.Code
	}
	if many, ok := errors.AsType[Errors](err); ok {
		return reportMany(w, many)
	}
	exit, hints := advice.For(err)
	io.WriteString(w, errorLine(err)+hintLines(hints))
	return exit
}

// fewErrors is how many errors have their own hints, each below its line.
const fewErrors = 3

// reportMany prints several errors. Of many errors, as of 200 roles that AWS refused, the hints come once, below the
// last line: they differ in the profile's name alone.
func reportMany(w io.Writer, many Errors) int {
	var b strings.Builder
	var hints []string
	printed := map[string]bool{}
	for _, err := range many {
		b.WriteString(errorLine(err))
		for _, hint := range advice.Hints(err) {
			switch kind := hintKind(hint); {
			case len(many) <= fewErrors:
				b.WriteString(hintLines([]string{hint}))
			case !printed[kind]:
				printed[kind] = true
				hints = append(hints, hint)
			}
		}
	}
	io.WriteString(w, b.String()+hintLines(hints))
	return advice.Exit(many[0])
}

// hintKind is a hint without names and without what to type, which comes after a colon.
func hintKind(hint string) string {
	kind, _, _ := strings.Cut(withoutQuoted(hint), ": ")
	return kind
}

// withoutQuoted leaves out everything in double quotes.
func withoutQuoted(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}

func errorLine(err error) string { return "hatstand: error: " + Plain(err.Error()) + "\n" }

func hintLines(hints []string) string {
	var b strings.Builder
	for _, hint := range hints {
		b.WriteString("hatstand: hint: " + Plain(hint) + "\n")
	}
	return b.String()
}

// Errors is what went wrong with several profiles at once; the exit code is the first one's.
type Errors []error

func (e Errors) Error() string { return e[0].Error() }

func (e Errors) Unwrap() []error { return e }
