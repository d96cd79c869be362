// Package mfa finds token codes: the six digits that STS wants beside the serial of an MFA device.
//
// It promises that a code comes from where the user said (a flag, a stored seed, a program, the
// controlling terminal), that it is six digits before anybody is asked to spend it, that no code is
// offered twice, and that a wait for a human ends: at the deadline, on Ctrl-C, or at once where there
// is nobody to ask.
//
// It never reads a code from standard input, never writes to standard output or standard error, never stores a seed and
// never logs: seeds come in through an interface, and codes go out only to the caller.
package mfa

import (
	"context"
	"strings"
	"sync"
	"time"
)

// A Request says which device's code is needed, and what for.
type Request struct {
	// Serial is the MFA device, as STS takes it: an ARN, or the serial number of a hardware device.
	Serial string
	// Profile is what was asked for, for the prompt and for hints.
	Profile string
	// Source is the profile that an ad-hoc role starts from, for hints; else "".
	Source string
	// Role is the ARN of the role that the code leads to; "" when it is for a session alone.
	Role string
	// Attempt counts the codes asked for one call of STS, from 1 to 3.
	Attempt int
	// Refused says why the previous code was refused, for the prompt; "" on the first attempt.
	Refused string
	// Deadline is when the answer is no longer of use; zero: it always is.
	Deadline time.Time
}

// A Source gives token codes: six ASCII digits each. A source that cannot work here (no seed, no
// terminal, no display) returns an error that wraps ErrUnusable, and does so before it has asked anybody.
// The other errors of this package are final. A Source is safe for concurrent use, but it is the
// caller's lock on the serial that keeps two processes from asking at once.
type Source interface {
	Code(ctx context.Context, r Request) (string, error)
}

// A SourceFunc is a function that is a Source.
type SourceFunc func(ctx context.Context, r Request) (string, error)

// Code calls f.
func (f SourceFunc) Code(ctx context.Context, r Request) (string, error) { return f(ctx, r) }

// A Clock tells the time; time.Now is one.
type Clock func() time.Time

// A Wait waits for the next code of a device: it returns nil at the time given, or the context's error when that
// comes first.
type Wait func(ctx context.Context, serial string, until time.Time) error

// ParseCode gives the six digits that text holds. Spaces are passed over, since authenticators show
// "123 456". Anything else is an *Error, which does not repeat the text. (STS API model: TokenCode
// is [\d]{6}.)
func ParseCode(text string) (string, error) {
	code := make([]byte, 0, 6)
	chars := 0
	for _, c := range text {
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\u00a0' || c == '\u202f':
			continue
		case c < '0' || c > '9':
			return "", notACode(0, "it has characters other than digits")
		}
		if chars++; chars <= 6 {
			code = append(code, byte(c))
		}
	}
	switch {
	case chars == 0:
		return "", notACode(0, "there is none")
	case chars != 6:
		return "", notACode(chars, "")
	}
	return string(code), nil
}

// CheckDevice tells whether STS can take a code of the device with that serial. FIDO security keys and
// passkeys (arn:aws:iam::...:u2f/...) have no codes: the error is of kind NoCodesOfDevice.
func CheckDevice(serial string) error {
	if !strings.HasPrefix(serial, "arn:") {
		return nil // a hardware device's serial number
	}
	if _, resource := splitARN(serial); strings.HasPrefix(resource, "u2f/") {
		return noCodesOfDevice(serial)
	}
	return nil
}

// Fixed is a source that gives one code once: one that the user gave. from says where, for errors. A second ask is
// an error of kind Refused when the code was refused, else OnlyOneCode; a malformed code is NotACode.
func Fixed(code, from string) Source { return &fixed{code: code, from: from} }

type fixed struct {
	code, from string

	mu    sync.Mutex
	given bool
	first string // the serial it was given for
}

func (f *fixed) Code(_ context.Context, r Request) (string, error) {
	code, err := ParseCode(f.code)
	if err != nil {
		return "", codeFrom(f.from, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.given:
		f.given, f.first = true, r.Serial
		return code, nil
	case r.Serial == f.first && (r.Attempt > 1 || r.Refused != ""):
		return "", refused(Refused, r.Serial, f.from, r.Refused)
	}
	return "", onlyOneCode(f.from, r.Serial, f.first)
}

// splitARN gives the account and the resource of an ARN; both are "" when it is not one.
func splitARN(arn string) (account, resource string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return "", ""
	}
	return parts[4], parts[5]
}
