package ui

import (
	"errors"
	"fmt"
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
		for _, err := range many {
			Report(w, err)
		}
		return advice.Exit(many[0])
	}
	exit, hints := advice.For(err)
	var b strings.Builder
	fmt.Fprintf(&b, "hatstand: error: %s\n", Plain(err.Error()))
	for _, hint := range hints {
		fmt.Fprintf(&b, "hatstand: hint: %s\n", Plain(hint))
	}
	io.WriteString(w, b.String())
	return exit
}

// Errors is what went wrong with several profiles at once; the exit code is the first one's.
type Errors []error

func (e Errors) Error() string { return e[0].Error() }

func (e Errors) Unwrap() []error { return e }
