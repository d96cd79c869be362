package dialog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"hatstand/mfa"
	"hatstand/mfa/internal/plain"
	"hatstand/mfa/internal/program"
)

// pinentry asks with the program that GnuPG asks with: the first installed one that works here.
func (p runner) pinentry(ctx context.Context, q question) (string, error) {
	err := missing("pinentry")
	for _, path := range pinentries(p.env) {
		var answer string
		answer, err = p.pinentryAt(ctx, path, q)
		if ctx.Err() != nil && err != nil {
			return "", ctx.Err()
		}
		if err == nil || !errors.Is(err, mfa.ErrUnusable) {
			return answer, err
		}
	}
	return "", err
}

// pinentries gives the installed ones: what GnuPG is configured to use, what the system calls pinentry,
// and the known ones, windows first.
func pinentries(env environ) []string {
	candidates := []string{configuredPinentry(env)}
	for _, kind := range []string{"", "-mac", "-gnome3", "-gtk-2", "-qt", "-qt5", "-curses", "-tty"} {
		name := "pinentry" + kind
		if runtime.GOOS == "windows" {
			name += ".exe"
		}
		candidates = append(candidates, env.find(name))
	}
	var found []string
	seen := map[string]bool{}
	for _, path := range candidates {
		real, err := filepath.EvalSymlinks(path)
		if path == "" || err != nil || seen[real] {
			continue
		}
		seen[real] = true
		found = append(found, path)
	}
	return found
}

// configuredPinentry is the pinentry-program of gpg-agent.conf; "" if there is none.
func configuredPinentry(env environ) string {
	dir := env.get("GNUPGHOME")
	if dir == "" && env.get("HOME") != "" {
		dir = filepath.Join(env.get("HOME"), ".gnupg")
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	f, err := os.Open(filepath.Join(dir, "gpg-agent.conf"))
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<16))
	if err != nil {
		return ""
	}
	path := ""
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == "pinentry-program" {
			path = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), words[0]))
		}
	}
	if !filepath.IsAbs(path) || !runnable(path) {
		return ""
	}
	return path
}

// pinentryAt runs one pinentry and talks to it.
func (p runner) pinentryAt(ctx context.Context, path string, q question) (answer string, err error) {
	o := outcome{name: filepath.Base(path)}
	runtime.LockOSThread() // as run does
	defer runtime.UnlockOSThread()
	said := &program.Tail{Max: 4096}
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append([]string{}, p.env...)
	cmd.Stderr = said
	cmd.WaitDelay = program.Drain

	terminal := &mfa.Foreground{}
	if p.mayDraw {
		terminal = mfa.NewForeground(cmd)
		defer terminal.Close()
	}
	if !terminal.Terminal() {
		apart(cmd)
	} else {
		askToEndFirst(cmd)
	}
	conn, err := pipes(cmd)
	if err != nil {
		return "", err
	}
	defer conn.close()
	if err := cmd.Start(); err != nil {
		terminal.Release(false)
		return "", o.unusable(startFailure(err))
	}
	conn.started()
	terminal.Started()
	stop := context.AfterFunc(ctx, conn.close)
	answer, err = p.talk(ctx, conn.r, conn.w, terminal.Terminal(), q)
	stop()
	conn.close() // which ends one that still waits for a command
	overdue := time.AfterFunc(polite, func() { _ = cmd.Cancel() })
	_ = cmd.Wait() // what counts is what it said
	overdue.Stop()
	terminal.Release(err == nil)
	o.said = plain.Line(said.Line(), 120)

	var refused *assuanError
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &refused) && refused.code == gpgTimeout:
		return "", mfa.NewLate("an answer in a dialog", "")
	case errors.As(err, &refused) &&
		(refused.code == gpgFullyCanceled || refused.code == gpgCanceled && !refused.failed):
		return "", mfa.ErrCancelled
	case errors.As(err, &refused) && refused.code == gpgNotConfirmed && q.notice:
		return "", mfa.ErrCancelled
	case errors.Is(err, noAnswerError{}) && terminal.Terminal(): // pinentry-curses at Ctrl-C
		return "", mfa.ErrCancelled
	case errors.Is(err, io.EOF) && o.said != "":
		return "", o.unusable("")
	case errors.Is(err, io.EOF):
		return "", o.unusable("it ended")
	}
	return "", o.unusable(err.Error())
}

// talk holds the conversation. tty tells whether the pinentry may draw on the controlling terminal.
func (p runner) talk(ctx context.Context, r io.Reader, w io.Writer, tty bool, q question) (string, error) {
	a, err := newAssuan(r, w)
	if err != nil {
		return "", err
	}
	// It is the code's window that the user needs beside this one, so the keyboard is not grabbed.
	options := []string{"no-grab"}
	if tty {
		options = append(options, "ttyname=/dev/tty")
	}
	var refused *assuanError
	for _, option := range options {
		if _, err := a.call("OPTION", option); err != nil && !errors.As(err, &refused) { // it may not know it
			return "", err
		}
	}
	if !tty {
		// One that draws on terminals would find none, and pinentry-tty calls that "cancelled".
		flavor, err := a.call("GETINFO", "flavor")
		if err == nil && (flavor == "tty" || strings.HasSuffix(flavor, "curses")) {
			return "", errors.New("it needs a terminal")
		}
	}
	ok, cancel := "", ""
	if q.notice { // pinentry-tty has no Cancel unless it is told to
		ok, cancel = "_OK", "_Cancel"
	}
	end, _ := ctx.Deadline()
	for _, step := range [][2]string{
		{"SETTITLE", dialogTitle},
		{"SETDESC", plainText(q.text)},
		{"SETPROMPT", q.label},
		{"SETOK", ok},
		{"SETCANCEL", cancel},
		{"SETERROR", plainText(q.wrong)},
		{"SETTIMEOUT", fmt.Sprint(int(time.Until(end).Seconds()) + 1)}, // its own would be a minute
	} {
		if step[1] == "" {
			continue
		}
		if _, err := a.call(step[0], step[1]); err != nil && !errors.As(err, &refused) {
			return "", err
		}
	}
	question := "GETPIN"
	if q.notice {
		question = "CONFIRM"
	}
	answer, err := a.call(question, "")
	if errors.Is(err, io.EOF) {
		return "", noAnswerError{}
	}
	if err != nil {
		return "", err
	}
	_, _ = a.call("BYE", "")
	return answer, nil
}

// A noAnswerError says that a pinentry ended while it asked. As a variable it would be formatted at every start.
type noAnswerError struct{}

func (noAnswerError) Error() string { return "it ended while it asked" }
func (noAnswerError) Unwrap() error { return io.EOF }

// plainText keeps Qt from taking a text for markup: there is none without "<".
func plainText(text string) string { return strings.ReplaceAll(text, "<", "‹") }

// A pipePair is both ends of the two pipes to a program. Closing wakes whoever reads.
type pipePair struct {
	r, w           *os.File
	theirR, theirW *os.File
}

func pipes(cmd *exec.Cmd) (*pipePair, error) {
	var p pipePair
	var err error
	if p.theirR, p.w, err = os.Pipe(); err != nil {
		return nil, err
	}
	if p.r, p.theirW, err = os.Pipe(); err != nil {
		p.theirR.Close()
		p.w.Close()
		return nil, err
	}
	cmd.Stdin, cmd.Stdout = p.theirR, p.theirW
	return &p, nil
}

func (p *pipePair) started() {
	p.theirR.Close()
	p.theirW.Close()
}

func (p *pipePair) close() {
	p.started()
	p.r.Close()
	p.w.Close()
}

// polite is how long a pinentry has for its end, and for putting the terminal right, before it is killed.
const polite = 500 * time.Millisecond
