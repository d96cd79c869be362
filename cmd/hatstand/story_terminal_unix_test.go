//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// detach lets go of the terminal that the tests were started from. The group stays, so that
// Ctrl-C still ends them.
func detach() {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer tty.Close()
	signal.Ignore(syscall.SIGHUP) // the kernel hangs up on a session's leader that does this
	_ = unix.IoctlSetInt(int(tty.Fd()), unix.TIOCNOTTY, 0)
}

// terminalCommands sit a user at a terminal.
func terminalCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"terminal": atTerminal,
		"sees":     sees,
		"types":    types, "pastes": pastes,
		"presses":    presses,
		"ends":       ends,
		"dies":       dies,
		"terminates": terminates,
		"screen":     screen,
		"window":     window,
		"scans":      scans,
	}
}

// A terminalRun is a program on a terminal of its own.
type terminalRun struct {
	args   []string
	size   pty.Winsize
	cmd    *exec.Cmd
	master *os.File
	gone   chan error // Wait's answer
	pipes  []io.Closer
	out    strings.Builder
	errs   strings.Builder

	mu    sync.Mutex
	drawn string
	seen  int           // up to where sees has looked
	done  chan struct{} // closed when no more can be drawn
}

// terminal [-size COLUMNSxROWS] [-early TEXT] [-all] PROGRAM ARGS... starts a program on a terminal. Its stdin is a pipe
// that stays open and silent, as some SDKs have it, and its stdout and stderr are kept apart; with -all they are the
// terminal too. With -early, which may be repeated, the text and
// Enter are typed before the program starts.
func atTerminal(ts *testscript.TestScript, _ bool, args []string) {
	size := pty.Winsize{Rows: 50, Cols: 200}
	if args[0] == "-size" {
		_, err := fmt.Sscanf(args[1], "%dx%d", &size.Cols, &size.Rows)
		ts.Check(err)
		args = args[2:]
	}
	early := ""
	for args[0] == "-early" {
		early, args = early+args[1]+"\r", args[2:]
	}
	all := args[0] == "-all"
	if all {
		args = args[1:]
	}
	ts.Check(ts.Exec("sh", "-c", "env -0 >environment")) // the one way to learn a script's environment
	env := strings.Split(strings.TrimSuffix(ts.ReadFile("environment"), "\x00"), "\x00")
	ts.Check(os.Remove(ts.MkAbs("environment")))
	master, slave, err := pty.Open()
	ts.Check(err)
	ts.Check(pty.Setsize(master, &size))
	r := &terminalRun{args: args, size: size, master: master, gone: make(chan error, 1), done: make(chan struct{})}
	r.cmd = exec.Command(programPath(env, args[0]), args[1:]...)
	r.cmd.Env, r.cmd.Dir = env, ts.MkAbs(".")
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.errs
	r.cmd.ExtraFiles = []*os.File{slave}
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	if all {
		r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = slave, slave, slave
	} else {
		silent, hold, err := os.Pipe()
		ts.Check(err)
		r.cmd.Stdin, r.pipes = silent, []io.Closer{silent, hold}
	}
	if early != "" {
		_, err := master.WriteString(early)
		ts.Check(err)
	}
	ts.Check(r.cmd.Start())
	slave.Close()
	go r.watch()
	go func() { r.gone <- r.cmd.Wait() }()
	of(ts).shown = r
	ts.Defer(func() {
		r.cmd.Process.Kill()
		master.Close()
		for _, p := range r.pipes {
			p.Close()
		}
	})
}

// watch keeps what is drawn, and answers, as terminals do, where the cursor stands.
func (r *terminalRun) watch() {
	defer close(r.done)
	buf := make([]byte, 4096)
	for {
		n, err := r.master.Read(buf)
		text := string(buf[:n])
		r.mu.Lock()
		r.drawn += text
		r.mu.Unlock()
		for range strings.Count(text, "\x1b[6n") {
			r.master.WriteString("\x1b[1;1R")
		}
		if err != nil {
			return
		}
	}
}

// still waits until nothing was drawn for a moment.
func (r *terminalRun) still() {
	for before := -1; ; time.Sleep(200 * time.Millisecond) {
		r.mu.Lock()
		now := len(r.drawn)
		r.mu.Unlock()
		if now == before {
			return
		}
		before = now
	}
}

// sees TEXT waits until it is drawn, after what was seen before.
func sees(ts *testscript.TestScript, _ bool, args []string) {
	r := of(ts).shown
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		ended := false
		select {
		case <-r.done: // before the look: what was drawn last counts
			ended = true
		default:
		}
		r.mu.Lock()
		i := strings.Index(r.drawn[r.seen:], args[0])
		if i >= 0 {
			r.seen += i + len(args[0])
		}
		drawn := r.drawn
		r.mu.Unlock()
		switch {
		case i >= 0:
			return
		case ended:
			ts.Fatalf("the program ended, and %q was not drawn: %q, stderr %q", args[0], drawn, r.errs.String())
		case time.Now().After(end):
			ts.Fatalf("%q was never drawn: %q", args[0], drawn)
		}
	}
}

// lastAddress is the last address that is drawn.
func (r *terminalRun) lastAddress(ts *testscript.TestScript) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := regexp.MustCompile(`http://[^\s\x1b]+`).FindAllString(r.drawn, -1)
	if len(all) == 0 {
		ts.Fatalf("no address was drawn: %q", r.drawn)
	}
	return all[len(all)-1]
}

// types TEXT, and Enter.
func types(ts *testscript.TestScript, _ bool, args []string) {
	_, err := of(ts).shown.master.WriteString(args[0] + "\r")
	ts.Check(err)
}

// pastes [TEXT] goes to the last page whose address is on the terminal, signs in there, and types what it shows then, or
// a text.
func pastes(ts *testscript.TestScript, _ bool, args []string) {
	r := of(ts).shown
	r.mu.Lock()
	pages := regexp.MustCompile(`https?://\S+`).FindAllString(r.drawn, -1)
	r.mu.Unlock()
	if len(pages) == 0 {
		ts.Fatalf("pastes: no address is on the terminal")
	}
	text := pastedFrom(ts, pages[len(pages)-1])
	if len(args) > 0 {
		text = args[0]
	}
	_, err := r.master.WriteString(text + "\r")
	ts.Check(err)
}

// presses KEY...: names of keys or letters, each once the screen is still, so that an Esc is not taken for the beginning of
// the next key.
func presses(ts *testscript.TestScript, _ bool, args []string) {
	for _, key := range args {
		of(ts).shown.still()
		if code, ok := keyCodes()[key]; ok {
			key = code
		}
		_, err := of(ts).shown.master.WriteString(key)
		ts.Check(err)
	}
}

// keyCodes are what a terminal sends for them.
func keyCodes() map[string]string {
	return map[string]string{
		"^C": "\x03", "^D": "\x04", "^U": "\x15", "^Z": "\x1a", "Enter": "\r", "Tab": "\t", "Esc": "\x1b",
		"Backspace": "\x7f", "Up": "\x1b[A", "Down": "\x1b[B", "PageDown": "\x1b[6~", "F1": "\x1bOP",
		"Alt-x": "\x1bx", "Alt-Backspace": "\x1b\x7f", "Mouse": "\x1b[<35;10;5M",
	}
}

// ends CODE waits for the program's end; stdout and stderr are then what it wrote there.
func ends(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	r := s.shown
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	select {
	case err = <-r.gone:
	case <-time.After(patience):
		r.mu.Lock()
		defer r.mu.Unlock()
		ts.Fatalf("%v does not end: %q", r.args, r.drawn)
	}
	<-r.done
	io.WriteString(ts.Stdout(), r.out.String())
	io.WriteString(ts.Stderr(), r.errs.String())
	// What the user typed in the open is on the screen: the codes.
	s.search(ts, r.args, r.out.String(), r.errs.String())
	s.secrets.mu.Lock()
	s.hold(ts, "the screen", r.drawn, false, true)
	s.secrets.mu.Unlock()
	if code := exitCodeOf(ts, err); code != want {
		ts.Fatalf("%v: exit code %d, want %d", r.args, code, want)
	}
}

// dies kills the program (kill -9).
func dies(ts *testscript.TestScript, _ bool, _ []string) {
	r := of(ts).shown
	ts.Check(r.cmd.Process.Kill())
	<-r.gone
	<-r.done
}

// terminates [-hangup] asks the program to end (kill -15), or tells it that the terminal's window is closed.
func terminates(ts *testscript.TestScript, _ bool, args []string) {
	s := syscall.SIGTERM
	if len(args) > 0 {
		s = syscall.SIGHUP
	}
	ts.Check(of(ts).shown.cmd.Process.Signal(s))
}

// screen REGEXP: what was drawn on the last terminal, in all. Enter is \r\n there.
func screen(ts *testscript.TestScript, neg bool, args []string) {
	r := of(ts).shown
	r.mu.Lock()
	drawn := r.drawn
	r.mu.Unlock()
	if regexp.MustCompile(args[0]).MatchString(drawn) == neg {
		ts.Fatalf("the screen is %q (neg %v)", drawn, neg)
	}
}
