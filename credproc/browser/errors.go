package browser

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"

	"hatstand/credproc/internal/onetime"
)

// A Kind says what kept a browser from the address.
type Kind int

const (
	// NotInstalled: none of the programs is installed. Subject says where they are named, if anywhere.
	NotInstalled Kind = iota + 1
	// NoDisplay: the desktop's browser would have nowhere to show itself.
	NoDisplay
	// Failed: the browser was started and failed, or could not be started.
	Failed
	// NotOpened: no browser came for the address in time. Err is why the last connection that came was refused, if one
	// was.
	NotOpened
	// NoPort: no port of 127.0.0.1 is free for the one-time address.
	NoPort
	// UnknownProfile: the browser has no profile with that name and none can have it, or several have it.
	UnknownProfile
	// NoProfiles: it is not known how to make this browser use a profile.
	NoProfiles
	// NoContainers: it is not known how to make this browser use a container.
	NoContainers
)

// An Error is a page that was not opened. Neither the page's address nor the one-time address is in it.
type Error struct {
	Kind    Kind
	Subject string // what it is about: `browser "firefox"`, "--browser", ...; may be ""
	Reason  string
	Err     error // may be nil
}

func (e *Error) Error() string {
	if e.Subject == "" {
		return e.Reason
	}
	return e.Subject + ": " + e.Reason
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// notInstalled is the error where none of the programs is there. from is where they are named; "" for the
// desktop's own.
func notInstalled(from string, missing []string) *Error {
	if from == "" {
		from = "no browser"
	}
	names := make([]string, len(missing))
	for i, name := range missing {
		names[i] = fmt.Sprintf("%q", name)
	}
	e := &Error{Kind: NotInstalled, Subject: from}
	switch len(names) {
	case 0:
		e.Reason = "it names none"
	case 1:
		e.Reason = names[0] + " is not installed"
	default:
		e.Reason = "none of " + strings.Join(names, ", ") + " is installed"
	}
	return e
}

func noDisplay(ssh bool) *Error {
	e := &Error{Kind: NoDisplay, Subject: "no display for a browser",
		Reason: "neither DISPLAY nor WAYLAND_DISPLAY is set"}
	if ssh {
		e.Reason = "this is an SSH session, and " + e.Reason
	}
	return e
}

func failed(program string, err error) *Error {
	return &Error{Kind: Failed, Subject: fmt.Sprintf("browser %q", program), Reason: exitReason(err), Err: err}
}

// notOpened is the error where the address's time is up.
func notOpened(refused error) *Error {
	e := &Error{Kind: NotOpened, Reason: fmt.Sprintf("no browser came for the sign-in in %d s",
		int(addressLife.Seconds())), Err: refused}
	if refused != nil {
		e.Reason += "; refused: " + refused.Error()
	}
	return e
}

func noPort(err error) *Error {
	return &Error{Kind: NoPort, Subject: "no port of 127.0.0.1 for the browser to come to",
		Reason: onetime.Reason(err), Err: err}
}

// unsupported is the error where it is not known how program ("": the desktop's own) is told to use a profile,
// else a container.
func unsupported(program, profile, container string) *Error {
	e := &Error{Kind: NoContainers, Subject: fmt.Sprintf("container %q", container),
		Reason: fmt.Sprintf("%q is not known as Firefox", program)}
	if profile != "" {
		e = &Error{Kind: NoProfiles, Subject: profileSubject(profile),
			Reason: fmt.Sprintf("%q is not known as Chrome, Chromium, Edge or Brave", program)}
	}
	if program == "" {
		e.Reason = "it is not known which browser the desktop would open"
	}
	return e
}

func profileSubject(name string) string { return fmt.Sprintf("browser profile %q", name) }

// exitReason is the words for an error of os/exec.
func exitReason(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "it failed (" + exit.String() + ")"
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}
