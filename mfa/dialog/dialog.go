package mfa

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Dialog is the source that asks in a window, through one of the programs that desktops come with. Which
// of them works here is found out by trying: one that is not installed, or reaches no display, is passed
// over before anybody was asked. Where none works it is unusable.
//
// What is asked goes to the program so that it stays text: no part of it can be markup, an option or a
// command there. The answer comes back over a pipe.
type Dialog struct {
	// Name is the one to use, of DialogNames; "" is the first that works. Only a pinentry that is named may
	// draw on the controlling terminal: unasked, that is Terminal's.
	Name string
	// Env is the environment of the programs, which are looked for in its PATH.
	Env []string
	// Check refuses a code, as Terminal's does. It may be nil.
	Check func(serial, code string) error
	// Ready is called before somebody is asked, once it is sure that somebody can be; its error ends the ask. It may be
	// nil.
	Ready func(ctx context.Context, r Request) error
	// Asked is told the name of the one that asked, whatever came of it. It may be nil.
	Asked func(name string)
}

// DialogNames gives the names that Dialog.Name takes, in the order in which they are tried.
func DialogNames() []string {
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
}

// lines is the question where a dialog has but one place for text.
func (q question) lines() string {
	if q.wrong == "" {
		return q.text
	}
	return q.wrong + "\n\n" + q.text
}

// Code opens a window and reads what is typed there. What is not a code is asked for again, with the
// reason, three times in all, then it is the error of kind NotACode (or the error of Check). A window that is closed
// is ErrCancelled, the deadline is an error of kind Late and closes it.
func (d Dialog) Code(ctx context.Context, r Request) (string, error) {
	ctx, cancel := withDeadline(ctx, r.Deadline)
	defer cancel()
	q := question{text: dialogText(r), wrong: strings.TrimSuffix(refusal(r), "\n"), label: "Code"}
	if d.Ready != nil && d.installed() {
		if err := d.Ready(ctx, r); err != nil {
			return "", err
		}
	}
	for slip := 1; ; slip++ {
		answer, err := d.ask(ctx, q)
		if KindOf(err) == Late {
			return "", NewLate("a token code of "+r.Serial, r.Profile)
		}
		if err != nil {
			return "", err
		}
		code, err := ParseCode(answer)
		if err == nil && d.Check != nil {
			err = d.Check(r.Serial, code)
		}
		if err == nil {
			return code, nil
		}
		if slip == maxSlips {
			return "", err
		}
		q.wrong = clean(err.Error(), 300)
	}
}

// Secret asks for something that is not shown while it is typed, and may be empty. wrong says what was
// wrong with the last answer; it is "" at first. The errors are those of ReadSecret, and one that wraps
// ErrUnusable where no dialog works.
func (d Dialog) Secret(ctx context.Context, text, wrong string) (string, error) {
	return d.ask(ctx, question{text: cleanLines(text), wrong: cleanLines(wrong), label: "Answer", hidden: true})
}

// dialogText says which code is wanted and what for.
func dialogText(r Request) string {
	text := "MFA code for " + DeviceName(r.Serial) + purpose(r)
	if DeviceName(r.Serial) != clean(r.Serial, 256) {
		text += "\nDevice: " + clean(r.Serial, 256)
	}
	return text
}

// ask has one program after the other ask, until one can.
func (d Dialog) ask(ctx context.Context, q question) (string, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dialogLimit)
		defer cancel()
	}
	ctx, stop := notify(ctx)
	defer stop()
	env, names := environ(d.Env), d.names()
	if d.noDisplay() {
		return "", unusable("no usable dialog: neither DISPLAY nor WAYLAND_DISPLAY is set")
	}
	var why []string
	for _, name := range names {
		if ctx.Err() != nil {
			return "", stopped(ctx, "an answer in a dialog", "")
		}
		answer, err := program{env: env, mayDraw: d.Name != ""}.ask(ctx, name, q)
		if d.Asked != nil && !errors.Is(err, ErrUnusable) {
			d.Asked(name)
		}
		switch {
		case ctx.Err() != nil && err != nil:
			return "", stopped(ctx, "an answer in a dialog", "")
		case err == nil || !errors.Is(err, ErrUnusable):
			return answer, err
		}
		why = append(why, err.Error())
	}
	return "", unusable("no usable dialog: " + strings.Join(why, ", "))
}

// names are the dialogs to try.
func (d Dialog) names() []string {
	if d.Name != "" {
		return []string{d.Name}
	}
	return dialogsOf(runtime.GOOS)
}

// noDisplay reports whether a window would have nowhere to open.
func (d Dialog) noDisplay() bool {
	return d.Name != "pinentry" && needsDisplay(d.names()) && !environ(d.Env).hasDisplay()
}

// installed reports whether there is a program that may open a window.
func (d Dialog) installed() bool {
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

// needsDisplay tells whether the windows are those of X11 or Wayland, which say where they are in the
// environment.
func needsDisplay(names []string) bool {
	if names[0] == "zenity" || names[0] == "kdialog" {
		return true
	}
	return names[0] == "pinentry" && runtime.GOOS != "darwin" && runtime.GOOS != "windows"
}

// A program is how one dialog is run.
type program struct {
	env     environ
	mayDraw bool // on the controlling terminal
}

func (p program) ask(ctx context.Context, name string, q question) (string, error) {
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
	return "", fmt.Errorf("no such dialog: %s", clean(name, 32))
}
