package grant

import (
	"context"
	"errors"

	"hatstand/profiles"
)

// ErrNobody: no person can be asked here. The text of an error that wraps it is a clause, with the reason.
var ErrNobody = errors.New("there is no one to sign in")

// A Person signs in.
type Person interface {
	// Way is the flow to use, and why where it is not the browser's: "this is an SSH session". The error wraps
	// ErrNobody where no person can be asked.
	Way(ctx context.Context, g profiles.Grant) (flow Flow, why string, err error)
	// Open has a browser on this machine go to a URL, which it keeps out of command lines: whoever reads it could have
	// the person sign in for somebody else.
	Open(ctx context.Context, g profiles.Grant, url string) error
	// Paste shows the URL of a page on the terminal, and returns what the person pastes there, which is a secret. The
	// error wraps ErrNobody where there is no terminal.
	Paste(ctx context.Context, g profiles.Grant, url string) (string, error)
	// Show shows a device authorization's URL and code on the terminal or in a dialog, and does not wait for the
	// person. It opens the page in a browser where there is one and a.WindowOpened is zero. The error wraps ErrNobody
	// where nobody can see anything.
	Show(ctx context.Context, g profiles.Grant, a Authorization) (Shown, error)
}

// Shown is a device authorization that a person can see.
type Shown struct {
	Opened    bool            // a window was opened for it just now: a browser's or a dialog
	Cancelled <-chan struct{} // closed when the person cancels the sign-in in the dialog; nil: there is no such button
	Done      func()          // removes what is shown; never nil, and may be called twice
}
