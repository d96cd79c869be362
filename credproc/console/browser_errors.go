package console

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"time"
)

func nameOne() string {
	return `name a browser: hatstand console PROFILE --browser firefox, or browser = firefox below [hatstand] in the config file`
}

// A NoBrowserError means that none of the programs is installed.
type NoBrowserError struct {
	From    string // where they are named; "" for the desktop's own
	Missing []string
}

func (e *NoBrowserError) Error() string {
	text := "no browser"
	if e.From != "" {
		text = e.From
	}
	names := make([]string, len(e.Missing))
	for i, name := range e.Missing {
		names[i] = fmt.Sprintf("%q", name)
	}
	switch len(names) {
	case 0:
		return text + ": it names none"
	case 1:
		return text + ": " + names[0] + " is not installed"
	}
	return text + ": none of " + strings.Join(names, ", ") + " is installed"
}

// Hints gives the ways out.
func (e *NoBrowserError) Hints() []string { return append([]string{nameOne()}, otherWays()...) }

// A NoDisplayError means that the desktop's browser would have nowhere to show itself.
type NoDisplayError struct{ SSH bool }

func (e *NoDisplayError) Error() string {
	if e.SSH {
		return "no display for a browser: this is an SSH session, and neither DISPLAY nor WAYLAND_DISPLAY is set"
	}
	return "no display for a browser: neither DISPLAY nor WAYLAND_DISPLAY is set"
}

// Hints gives the ways that need none.
func (e *NoDisplayError) Hints() []string { return otherWays() }

// A BrowserError is a browser that was started and failed, or could not be started.
type BrowserError struct{ Program, Why string }

func (e *BrowserError) Error() string { return fmt.Sprintf("browser %q: %s", e.Program, e.Why) }

// Hints gives the ways out.
func (e *BrowserError) Hints() []string { return append([]string{nameOne()}, otherWays()...) }

// why words what os/exec has to say.
func why(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "it failed (" + exit.ProcessState.String() + ")"
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// An UntakenError means that no browser came for the address in time.
type UntakenError struct {
	After   time.Duration
	Refused error // the last connection that came for it and was turned away; may be nil
}

func (e *UntakenError) Error() string {
	text := fmt.Sprintf("no browser came for the sign-in in %d s", int(e.After.Seconds()))
	if e.Refused != nil {
		text += "; refused: " + e.Refused.Error()
	}
	return text
}

// Unwrap gives the reason of the refusal.
func (e *UntakenError) Unwrap() error { return e.Refused }

// Hints gives the ways out.
func (e *UntakenError) Hints() []string { return append([]string{nameOne()}, otherWays()...) }

// A ChoiceError is a browser's profile or container that this browser does not have.
type ChoiceError struct {
	Program            string // "" for the desktop's own
	Profile, Container string
	Called             []string // the folders of several profiles with that name
	NoFolder           bool     // Profile cannot be the name of a folder
}

func (e *ChoiceError) Error() string {
	what := fmt.Sprintf("container %q", e.Container)
	if e.Profile != "" {
		what = fmt.Sprintf("browser profile %q", e.Profile)
	}
	switch {
	case len(e.Called) > 0:
		return what + ": several are called so: " + strings.Join(e.Called, ", ")
	case e.NoFolder:
		return what + ": there is none, and none can be called so"
	case e.Program == "":
		return what + ": it is not known which browser the desktop would open"
	case e.Profile != "":
		return fmt.Sprintf("%s: %q is not known as Chrome, Chromium, Edge or Brave", what, e.Program)
	}
	return fmt.Sprintf("%s: %q is not known as Firefox", what, e.Program)
}

// Hints names what has to be written.
func (e *ChoiceError) Hints() []string {
	switch {
	case e.NoFolder, len(e.Called) > 0:
		return []string{"name its folder, which is the end of \"Profile Path\" on chrome://version: Default, Profile 1, ..."}
	case e.Profile != "":
		return []string{"name the browser: hatstand console PROFILE --browser chrome (chromium, edge, brave), or browser = chrome below [hatstand] in the config file"}
	}
	return []string{"name the browser: hatstand console PROFILE --browser firefox, or browser = firefox below [hatstand] in the config file"}
}
