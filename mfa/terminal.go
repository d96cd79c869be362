package mfa

import (
	"context"
)

// Terminal is the source that asks on the controlling terminal. It is unusable (ErrNoTerminal) where
// there is none, or where this process may not read from it.
type Terminal struct {
	// Open gives the terminal; nil: OpenTTY.
	Open func() (*TTY, error)
	// Ready is called before somebody is asked, with the terminal open; its error ends the ask. It may be nil.
	Ready func(ctx context.Context, r Request) error
	// Check refuses a code before it leaves the prompt, a spent one say; its error is shown, and the code
	// asked for again. It may be nil.
	Check func(serial, code string) error
}

// MaxSlips is how often one answer may be mistyped: slips of the fingers are no attempts at STS, but a prompt that is
// fed by something that is not a person must end.
const MaxSlips = 3

// Code draws the prompt on a line of its own and reads one line. What is not a code is asked for again,
// three times in all, then it is the error of kind NotACode (or the error of Check). Ctrl-C, Ctrl-D and a context that
// ends are ErrCancelled, the deadline is an error of kind Late.
func (t Terminal) Code(ctx context.Context, r Request) (string, error) {
	open := t.Open
	if open == nil {
		open = OpenTTY
	}
	tty, err := open()
	if err != nil {
		return "", err
	}
	defer tty.Close()
	ctx, cancel := withDeadline(ctx, r.Deadline)
	defer cancel()

	if t.Ready != nil {
		if err := t.Ready(ctx, r); err != nil {
			return "", err
		}
	}
	// The line may hold another program's output, and asking where the cursor is could hang.
	text := "\n" + Refusal(r) + prompt(r)
	for slip := 1; ; slip++ {
		line, err := ReadLine(ctx, tty, text)
		if KindOf(err) == Late {
			return "", NewLate("a token code of "+r.Serial, r.Profile)
		}
		if err != nil {
			return "", err
		}
		code, err := ParseCode(line)
		if err == nil && t.Check != nil {
			err = t.Check(r.Serial, code)
		}
		if err == nil {
			return code, nil
		}
		if slip == MaxSlips {
			return "", err
		}
		text = err.Error() + "\n" + prompt(r)
	}
}
