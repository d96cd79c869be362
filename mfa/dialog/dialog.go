// Package dialog asks for token codes and passphrases in a window, through one of the programs that desktops come with:
// pinentry, zenity, kdialog, osascript, PowerShell.
//
// It promises that what is asked stays text, whatever it holds: no part of it is markup, an option or a command to the
// program; that an answer comes back over a pipe and nowhere else; and that a window closes when its caller's time is
// up or its process ends. It never opens a window where there is no display, and it keeps no answer.
package dialog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"hatstand/mfa"
	"hatstand/mfa/internal/plain"
)

// Source is the mfa.Source that asks in a window, through one of the programs that desktops come with. It tries which
// of them works here: it skips one that is not installed or reaches no display, before anybody is asked. If none works,
// the error wraps mfa.ErrUnusable.
//
// The question reaches the program as text only: no part of it can be markup, an option or a command there. The answer
// comes back over a pipe.
type Source struct {
	// Name is the one to use, of Names; "" is the first that works. Only a pinentry that is named may
	// draw on the controlling terminal: unasked, that is mfa.Terminal's.
	Name string
	// Env is the environment of the programs, which are looked for in its PATH.
	Env []string
	// Check refuses a code, as mfa.Terminal's does. It may be nil.
	Check func(serial, code string) error
	// Ready is called right before somebody is asked, when a working dialog was found. If it returns an error, nobody
	// is asked. It may be nil.
	Ready func(ctx context.Context, r mfa.Request) error
	// Asked is called with the name of the one that asked, whatever came of it. It may be nil.
	Asked func(name string)
}

// Names gives the names that Source.Name takes, in the order in which they are tried.
func Names() []string {
	return []string{"pinentry", "zenity", "kdialog", "osascript", "powershell"}
}

// dialogLimit is how long a window stays where the caller sets no end.
const dialogLimit = 5 * time.Minute

const dialogTitle = "hatstand"

// A question is what a dialog shows. It is clean: lines of printable characters.
type question struct {
	text   string
	wrong  string // what was wrong with the last answer; ""
	label  string // what the field is for
	hidden bool   // the answer is a secret
	// notice: there is nothing to answer, but OK and Cancel.
	notice bool
}

// lines is the question where a dialog has but one place for text.
func (q question) lines() string {
	if q.wrong == "" {
		return q.text
	}
	return q.wrong + "\n\n" + q.text
}

// kind is the question's kind, for the scripts of dialogs.
func (q question) kind() string {
	switch {
	case q.notice:
		return "notice"
	case q.hidden:
		return "hidden"
	}
	return "shown"
}

// Code opens a window and reads what is typed there. What is not a code is asked for again, with the
// reason, three times in all, then it is the error of kind NotACode (or the error of Check). A window that is closed
// is mfa.ErrCancelled, the deadline is an error of kind mfa.Late and closes it.
func (d Source) Code(ctx context.Context, r mfa.Request) (string, error) {
	if !r.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, r.Deadline)
		defer cancel()
	}
	q := question{text: dialogText(r), wrong: strings.TrimSuffix(mfa.Refusal(r), "\n"), label: "Code"}
	if d.Ready != nil && d.Available() {
		if err := d.Ready(ctx, r); err != nil {
			return "", err
		}
	}
	for slip := 1; ; slip++ {
		answer, err := d.ask(ctx, q)
		if mfa.KindOf(err) == mfa.Late {
			return "", mfa.NewLate("a token code of "+r.Serial, r.Profile)
		}
		if err != nil {
			return "", err
		}
		code, err := mfa.ParseCode(answer)
		if err == nil && d.Check != nil {
			err = d.Check(r.Serial, code)
		}
		if err == nil {
			return code, nil
		}
		if slip == mfa.MaxSlips {
			return "", err
		}
		q.wrong = plain.Line(err.Error(), 300)
	}
}

// Secret asks for something that is not shown while it is typed, and may be empty. wrong says what was wrong with the
// last answer; it is "" at first. It returns the errors of mfa.ReadSecret, and one that wraps mfa.ErrUnusable if no
// dialog works.
func (d Source) Secret(ctx context.Context, text, wrong string) (string, error) {
	return d.ask(ctx, question{text: plain.Lines(text), wrong: plain.Lines(wrong), label: "Answer", hidden: true})
}

// Line asks for a line that is shown while it is typed, where the program can show it. Otherwise it is like Secret.
func (d Source) Line(ctx context.Context, text, wrong string) (string, error) {
	return d.ask(ctx, question{text: plain.Lines(text), wrong: plain.Lines(wrong), label: "Answer"})
}

// dialogText says which device's code is needed and what for.
func dialogText(r mfa.Request) string {
	text := "MFA code for " + mfa.DeviceName(r.Serial) + mfa.Purpose(r)
	if mfa.DeviceName(r.Serial) != plain.Line(r.Serial, 256) {
		text += "\nDevice: " + plain.Line(r.Serial, 256)
	}
	return text
}

// ask asks, and ends at the signals that end this process.
func (d Source) ask(ctx context.Context, q question) (string, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dialogLimit)
		defer cancel()
	}
	ctx, stop := mfa.Interruptible(ctx)
	defer stop()
	return d.tryAll(ctx, q)
}

// tryAll has one program after the other ask, until one can. The context has a deadline.
func (d Source) tryAll(ctx context.Context, q question) (string, error) {
	env, names := environ(d.Env), d.names()
	if d.noDisplay() {
		return "", mfa.Unusable("no usable dialog: neither DISPLAY nor WAYLAND_DISPLAY is set")
	}
	var why []string
	for _, name := range names {
		if ctx.Err() != nil {
			return "", mfa.Stopped(ctx, "an answer in a dialog", "")
		}
		answer, err := runner{env: env, mayDraw: d.Name != ""}.ask(ctx, name, q)
		if d.Asked != nil && !errors.Is(err, mfa.ErrUnusable) {
			d.Asked(name)
		}
		switch {
		case ctx.Err() != nil && err != nil:
			return "", mfa.Stopped(ctx, "an answer in a dialog", "")
		case err == nil || !errors.Is(err, mfa.ErrUnusable):
			return answer, err
		}
		why = append(why, err.Error())
	}
	return "", mfa.Unusable("no usable dialog: " + strings.Join(why, ", "))
}

// names are the dialogs to try.
func (d Source) names() []string {
	if d.Name != "" {
		return []string{d.Name}
	}
	return dialogsOf(runtime.GOOS)
}

// noDisplay reports whether a window would have nowhere to open.
func (d Source) noDisplay() bool {
	return d.Name != "pinentry" && needsDisplay(d.names()) && !environ(d.Env).hasDisplay()
}

// Available reports whether there is a program that may open a window. It starts none: whether the window can be seen
// is not known before it is tried.
func (d Source) Available() bool {
	env := environ(d.Env)
	return !d.noDisplay() && slices.ContainsFunc(d.names(), func(name string) bool {
		switch name {
		case "pinentry":
			return len(pinentries(env)) > 0
		case "zenity", "kdialog":
			return env.find(name) != ""
		}
		return true
	})
}

// dialogsOf gives the dialogs that an operating system may have, in order.
func dialogsOf(goos string) []string {
	switch goos {
	case "windows":
		return []string{"powershell"}
	case "darwin":
		return []string{"pinentry", "osascript"}
	}
	return []string{"pinentry", "zenity", "kdialog"}
}

// needsDisplay tells whether the dialog needs X11 or Wayland. Their variables in the environment say where they are.
func needsDisplay(names []string) bool {
	if names[0] == "zenity" || names[0] == "kdialog" {
		return true
	}
	return names[0] == "pinentry" && runtime.GOOS != "darwin" && runtime.GOOS != "windows"
}

// A runner is how one dialog is run.
type runner struct {
	env     environ
	mayDraw bool // on the controlling terminal
}

func (p runner) ask(ctx context.Context, name string, q question) (string, error) {
	switch name {
	case "pinentry":
		return p.pinentry(ctx, q)
	case "zenity":
		return p.zenity(ctx, q)
	case "kdialog":
		return p.kdialog(ctx, q)
	case "osascript":
		return p.osascript(ctx, q)
	case "powershell":
		return p.powershell(ctx, q)
	}
	return "", fmt.Errorf("no such dialog: %s", plain.Line(name, 32))
}
