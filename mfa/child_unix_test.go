//go:build unix

package mfa

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// The tests of the controlling terminal run this binary again, as the leader of a session that has a
// pseudo-terminal (or none). Standard input is empty and the results go to a pipe: what
// is drawn and typed can only have gone over the terminal.
func TestMain(m *testing.M) {
	if mode := os.Getenv("HATSTAND_MFA_CHILD"); mode != "" {
		child(mode)
		os.Exit(0)
	}
	// What nohup and a script's background job ignore, all that is started here would: to catch it has them heed it.
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	os.Exit(m.Run())
}

func child(mode string) {
	ctx := context.Background()
	mode, arg, _ := strings.Cut(mode, " ")
	tell := func(answer string, err error) { fmt.Printf("%q %T %v\n", answer, err, err) }
	r := Request{Serial: alice, Profile: "prod", Role: "arn:aws:iam::222222222222:role/Admin", Attempt: 1}
	if mode == "secret" || mode == "line" {
		tty, err := OpenTTY()
		if err != nil {
			tell("", err)
			return
		}
		defer tty.Close()
		if mode == "secret" {
			tell(ReadSecret(ctx, tty, "Passphrase: "))
		}
		tell(ReadLine(ctx, tty, "Name: "))
		return
	}
	switch mode {
	case "size":
		tty, err := OpenTTY()
		if err != nil {
			tell("", err)
			return
		}
		defer tty.Close()
		columns, rows := tty.Size()
		tell(fmt.Sprintf("%d by %d", columns, rows), nil)
	case "ignoring": // as a script's "&" starts a program, and nohup
		signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
		tell(Terminal{}.Code(ctx, r))
	case "handling": // a program that survives the signal, to tell what the prompt made of it
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
		tell(Terminal{}.Code(ctx, r))
	case "code":
		tell(Terminal{}.Code(ctx, r))
	case "first":
		tell(First(Terminal{}).Code(ctx, r))
	case "again":
		r.Attempt, r.Refused = 2, "AWS refused the code\x1b[2J"
		tell(Terminal{}.Code(ctx, r))
	case "check":
		tell(Terminal{Check: func(serial, code string) error {
			if serial == alice && code == "111111" {
				return NewSpent(serial, 12*time.Second)
			}
			return nil
		}}.Code(ctx, r))
	case "late":
		ctx, cancel := context.WithDeadline(ctx, time.Now().Add(300*time.Millisecond))
		tell(Terminal{}.Code(ctx, r))
		cancel()
		tell(Terminal{}.Code(context.Background(), Request{Serial: alice, Attempt: 1, Deadline: time.Unix(1, 0)}))
		tty, err := OpenTTY()
		if err != nil {
			tell("", err)
			return
		}
		defer tty.Close()
		tell(ReadLine(context.Background(), tty, "Then: "))
	case "background":
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "HATSTAND_MFA_CHILD=first")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		out, err := cmd.Output()
		fmt.Printf("%s%v\n", out, err)
	case "run":
		tell(Process{Args: []string{"/bin/sh", "-c", arg}, Env: os.Environ()}.Code(ctx, r))
		tell(Terminal{}.Code(ctx, r)) // the foreground must be ours again
	case "missing":
		tell(Process{Args: []string{"/nonexistent/ykman"}}.Code(ctx, r))
		tell(Terminal{}.Code(ctx, r))
	case "run-late":
		r.Deadline = time.Now().Add(500 * time.Millisecond)
		tell(Process{Args: []string{"/bin/sh", "-c", arg}, Env: os.Environ()}.Code(ctx, r))
		r.Deadline = time.Time{}
		tell(Terminal{}.Code(ctx, r))
	case "spend":
		l := Ledger{Dir: arg}
		for i := 0; ; i++ {
			code := fmt.Sprintf("%06d", i)
			if err := l.Spend(alice, code, noon); err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(code)
		}
	}
}

// openPTY opens a pseudo-terminal whose master can be closed while somebody reads it.
func openPTY() (master, slave *os.File, err error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, nil, err
	}
	defer blocking.Close()
	fd, err := unix.FcntlInt(blocking.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		slave.Close()
		return nil, nil, err
	}
	return os.NewFile(uintptr(fd), blocking.Name()), slave, nil
}

// patience is how long a test waits for what must come; it is no measure of anything.
const patience = 30 * time.Second

// A session is a child on a pseudo-terminal.
type session struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	slave  *os.File
	out    *bufio.Reader

	mu    sync.Mutex
	drawn bytes.Buffer
}

func start(t *testing.T, mode string, before ...func(s *session)) *session {
	t.Helper()
	return startProgram(t, append(os.Environ(), "HATSTAND_MFA_CHILD="+mode), []string{os.Args[0]}, before...)
}

func startProgram(t *testing.T, env, args []string, before ...func(s *session)) *session {
	t.Helper()
	master, slave, err := openPTY()
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, master: master, slave: slave}
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Env = env
	s.cmd.ExtraFiles = []*os.File{slave}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	var errs bytes.Buffer
	s.cmd.Stderr = &errs
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.out = bufio.NewReader(out)
	for _, f := range before {
		f(s)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	alarm := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			s.mu.Lock()
			s.drawn.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		alarm.Stop()
		master.Close()
		slave.Close()
		if errs.Len() > 0 {
			t.Errorf("the child wrote to standard error: %s", errs.String())
		}
	})
	return s
}

func (s *session) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drawn.String()
}

// all is what was drawn until now, with nothing still on its way.
func (s *session) all() string {
	s.t.Helper()
	const mark = "<mark>"
	if _, err := s.slave.WriteString(mark); err != nil {
		s.t.Fatal(err)
	}
	s.sees(mark, 1)
	return strings.TrimSuffix(s.screen(), mark)
}

// sees waits until the terminal shows text that many times.
func (s *session) sees(text string, times int) {
	s.t.Helper()
	for end := time.Now().Add(patience); strings.Count(s.screen(), text) < times; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%q is not drawn %d times: %q", text, times, s.screen())
		}
	}
}

func (s *session) types(text string) {
	s.t.Helper()
	if _, err := s.master.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// tells reads one result of the child.
func (s *session) tells(want string) {
	s.t.Helper()
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.t.Fatalf("no result: %v; the terminal shows %q", err, s.screen())
	}
	if got := strings.TrimSuffix(line, "\n"); got != want {
		s.t.Fatalf("the child tells %s, want %s", got, want)
	}
}

func (s *session) modes() unix.Termios {
	s.t.Helper()
	raw, err := s.slave.SyscallConn()
	if err != nil {
		s.t.Fatal(err)
	}
	var modes *unix.Termios
	cerr := raw.Control(func(fd uintptr) { modes, err = unix.IoctlGetTermios(int(fd), getTermios) })
	if cerr != nil || err != nil {
		s.t.Fatal(cerr, err)
	}
	return *modes
}
