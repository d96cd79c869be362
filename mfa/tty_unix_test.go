//go:build unix

package mfa

import (
	"bufio"
	"bytes"
	"context"
	"errors"
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
				return &SpentError{Serial: serial, Wait: 12 * time.Second}
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
	master, slave, err := openPTY()
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, master: master, slave: slave}
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), "HATSTAND_MFA_CHILD="+mode)
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

const codePrompt = "MFA code for alice (" + alice + "), to wear role Admin in 222222222222 (profile prod): "

func TestTerminal(t *testing.T) {
	t.Run("a code is typed", func(t *testing.T) {
		s := start(t, "code")
		s.sees("\r\n"+codePrompt, 1)
		s.types("123456\n")
		s.tells(`"123456" <nil> <nil>`)
	})
	t.Run("a code is typed as authenticators show it", func(t *testing.T) {
		s := start(t, "code")
		s.sees(codePrompt, 1)
		s.types("123 456\n")
		s.tells(`"123456" <nil> <nil>`)
	})
	t.Run("what was typed before the prompt counts", func(t *testing.T) {
		s := start(t, "code", func(s *session) { s.types("123456\n") })
		s.tells(`"123456" <nil> <nil>`)
	})
	t.Run("a slip is asked for again", func(t *testing.T) {
		s := start(t, "code")
		s.sees(codePrompt, 1)
		s.types("12345\n")
		s.sees("a token code is six digits: this has 5\r\n"+codePrompt, 1)
		s.types("\n")
		s.sees("a token code is six digits: there is none\r\n"+codePrompt, 1)
		s.types("123456\n")
		s.tells(`"123456" <nil> <nil>`)
	})
	t.Run("three slips are enough", func(t *testing.T) {
		s := start(t, "code", func(s *session) { s.types("a\nb\nc\n123456\n") })
		s.tells(`"" *mfa.CodeError a token code is six digits: it holds something else than digits`)
		if n := strings.Count(s.all(), codePrompt); n != 3 {
			t.Errorf("%d prompts", n)
		}
	})
	t.Run("a second attempt says why", func(t *testing.T) {
		s := start(t, "again")
		s.sees("AWS refused the code?[2J (attempt 2 of 3)\r\n"+codePrompt, 1)
		s.types("123456\n")
		s.tells(`"123456" <nil> <nil>`)
	})
	t.Run("a spent code is refused at the prompt", func(t *testing.T) {
		s := start(t, "check")
		s.sees(codePrompt, 1)
		s.types("111111\n")
		s.sees("was used already: the next one comes in 12 s\r\n"+codePrompt, 1)
		s.types("222222\n")
		s.tells(`"222222" <nil> <nil>`)
	})
	t.Run("Ctrl-C cancels", func(t *testing.T) {
		s := start(t, "code")
		s.sees(codePrompt, 1)
		s.types("12\x03")
		s.tells(`"" *errors.errorString cancelled`)
	})
	t.Run("Ctrl-C cancels though it is ignored elsewhere, and nohup holds", func(t *testing.T) {
		s := start(t, "ignoring")
		s.sees(codePrompt, 1)
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		s.types("12345\n")
		s.sees("this has 5", 1)
		s.types("\x03")
		s.tells(`"" *errors.errorString cancelled`)
	})
	t.Run("Ctrl-D cancels", func(t *testing.T) {
		s := start(t, "code")
		s.sees(codePrompt, 1)
		s.types("\x04")
		s.tells(`"" *errors.errorString cancelled`)
	})
	t.Run("Ctrl-D after half a code cancels", func(t *testing.T) {
		s := start(t, "code")
		s.sees(codePrompt, 1)
		s.types("12\x04\x04")
		s.tells(`"" *errors.errorString cancelled`)
	})
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(sig.String()+" cancels", func(t *testing.T) {
			s := start(t, "code")
			s.sees(codePrompt, 1)
			if err := s.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			s.tells(`"" *errors.errorString cancelled`)
		})
	}
	t.Run("a deadline ends it, and half a code is not the next answer", func(t *testing.T) {
		s := start(t, "late")
		s.sees(codePrompt, 1)
		s.types("123")
		s.tells(`"" *mfa.DeadlineError no answer in time: waited for a token code of ` + alice)
		s.tells(`"" *mfa.DeadlineError no answer in time: waited for a token code of ` + alice)
		s.sees("Then: ", 1)
		s.types("456\n")
		s.tells(`"456" <nil> <nil>`)
	})
	t.Run("a closed terminal ends it", func(t *testing.T) {
		s := start(t, "handling")
		s.sees(codePrompt, 1)
		s.slave.Close()
		s.master.Close()
		s.tells(`"" *errors.errorString cancelled`)
	})
}

func TestSecret(t *testing.T) {
	begin := func(t *testing.T) (*session, unix.Termios) {
		var old unix.Termios
		s := start(t, "secret", func(s *session) { old = s.modes() })
		s.sees("Passphrase: ", 1)
		if old.Lflag&unix.ECHO == 0 || s.modes().Lflag&unix.ECHO != 0 {
			t.Fatal("echo is not turned off")
		}
		return s, old
	}
	// The name is asked for after the secret: by then the terminal is as it was.
	restored := func(t *testing.T, s *session, old unix.Termios) {
		t.Helper()
		s.sees("\r\nName: ", 1)
		if s.modes() != old {
			t.Errorf("the terminal is not as it was: %+v, was %+v", s.modes(), old)
		}
		s.types("alice\n")
		s.sees("Name: alice", 1)
		s.tells(`"alice" <nil> <nil>`)
	}
	t.Run("is read and not drawn", func(t *testing.T) {
		s, old := begin(t)
		s.types("horse staple \n")
		s.tells(`"horse staple " <nil> <nil>`)
		restored(t, s, old)
		if strings.Contains(s.screen(), "horse") {
			t.Errorf("the terminal shows %q", s.screen())
		}
	})
	for name, key := range map[string]string{"Ctrl-C": "\x03", "Ctrl-D": "\x04\x04", "Ctrl-\\": "\x1c"} {
		t.Run(name+" cancels and restores the terminal", func(t *testing.T) {
			s, old := begin(t)
			s.types("horse" + key)
			s.tells(`"" *errors.errorString cancelled`)
			restored(t, s, old)
			if strings.Contains(s.screen(), "horse") {
				t.Errorf("the terminal shows %q", s.screen())
			}
		})
	}
	t.Run("SIGTERM restores the terminal, and what was typed is forgotten", func(t *testing.T) {
		s, old := begin(t)
		s.types("horse")
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		s.tells(`"" *errors.errorString cancelled`)
		restored(t, s, old)
	})
	t.Run("Ctrl-Z does not leave a shell without echo", func(t *testing.T) {
		s, old := begin(t)
		s.types("a\x1ab\n")
		s.tells(`"a\x1ab" <nil> <nil>`)
		restored(t, s, old)
	})
	t.Run("a line that never ends is refused", func(t *testing.T) {
		// The kernel cuts lines at 4096 bytes, so that this takes a reader of its own.
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		go func() {
			defer w.Close()
			_, _ = w.Write(bytes.Repeat([]byte("a"), 3*maxLine))
		}()
		tty := &TTY{fd: int(r.Fd())}
		if line, err := tty.readLine(context.Background()); err == nil {
			t.Errorf("%d bytes", len(line))
		}
	})
}

func TestNoTerminal(t *testing.T) {
	t.Run("in the background", func(t *testing.T) {
		s := start(t, "background")
		s.tells(`"" *mfa.NoHumanError a token code of ` + alice + ` is wanted, and there is nobody to ask (no usable terminal: this process is in the background)`)
		s.tells(`<nil>`)
		if got := s.all(); got != "" {
			t.Errorf("the terminal shows %q", got)
		}
	})
	t.Run("a session without a terminal", func(t *testing.T) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "HATSTAND_MFA_CHILD=first")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		cmd.Stdin = strings.NewReader("123456\n") // which is no answer
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "there is nobody to ask (no usable terminal: /dev/tty: ") {
			t.Errorf("%s, %v", out, err)
		}
	})
	t.Run("a full-screen program has it", func(t *testing.T) {
		s := start(t, "first", func(s *session) {
			modes := s.modes()
			modes.Lflag &^= unix.ICANON | unix.ECHO
			raw, _ := s.slave.SyscallConn()
			_ = raw.Control(func(fd uintptr) { _ = unix.IoctlSetTermios(int(fd), setTermios, &modes) })
		})
		s.tells(`"" *mfa.NoHumanError a token code of ` + alice + ` is wanted, and there is nobody to ask (no usable terminal: another program reads single keys from it)`)
		if got := s.all(); got != "" {
			t.Errorf("the terminal shows %q", got)
		}
	})
	t.Run("the next source is asked", func(t *testing.T) {
		terminal := Terminal{Open: func() (*TTY, error) { return nil, noTerminal("none") }}
		if code, err := First(terminal, gives("222222", nil)).Code(context.Background(), Request{}); code != "222222" || err != nil {
			t.Error(code, err)
		}
	})
}

// onPTY gives a terminal in this process, which need not be the controlling one.
func onPTY(t *testing.T) (master *os.File, tty *TTY) {
	t.Helper()
	master, slave, err := openPTY()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(slave.Name(), unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); slave.Close(); _ = unix.Close(fd) })
	return master, &TTY{fd: fd}
}

func TestContextEndsAPrompt(t *testing.T) {
	t.Run("cancelled while it waits", func(t *testing.T) {
		master, tty := onPTY(t)
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			buf := make([]byte, 64)
			_, _ = master.Read(buf) // the prompt
			cancel()
		}()
		if line, err := ReadLine(ctx, tty, "Name: "); !errors.Is(err, ErrCancelled) || line != "" {
			t.Fatal(line, err)
		}
	})
	t.Run("over before it began: nothing is drawn", func(t *testing.T) {
		master, tty := onPTY(t)
		ctx, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
		defer cancel()
		var late *DeadlineError
		if _, err := ReadSecret(ctx, tty, "Passphrase: "); !errors.As(err, &late) {
			t.Fatal(err)
		}
		if _, err := tty.Write([]byte("end\n")); err != nil {
			t.Fatal(err)
		}
		if got, err := bufio.NewReader(master).ReadString('\n'); got != "end\r\n" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("output that is held does not outlast the deadline", func(t *testing.T) {
		_, tty := onPTY(t)
		fill := bytes.Repeat([]byte("x"), 4096)
		for { // nobody reads the other end, as after Ctrl-S
			if _, err := unix.Write(tty.fd, fill); err != nil {
				break
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		var late *DeadlineError
		if _, err := ReadLine(ctx, tty, "Name: "); !errors.As(err, &late) {
			t.Fatal(err)
		}
	})
	t.Run("a prompt draws no escape sequences", func(t *testing.T) {
		master, tty := onPTY(t)
		if _, err := master.WriteString("x\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadLine(context.Background(), tty, "\x1b]0;title\x07Name\u202e: \n"); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(master)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line, "Name") {
				if want := "?]0;title?Name?: \r\n"; line != want {
					t.Errorf("%q, want %q", line, want)
				}
				return
			}
		}
	})
}

// A writer that is killed at any moment has recorded every code it went on to send, and leaves
// nothing that its successor trips over.
func TestLedgerSurvivesAKilledWriter(t *testing.T) {
	dir := t.TempDir()
	l := Ledger{Dir: dir}
	for i := range 8 {
		s := start(t, "spend "+dir)
		last := ""
		for range 1 + 7*i { // kill it after more and more
			line, err := s.out.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			last = strings.TrimSpace(line)
		}
		_ = s.cmd.Process.Kill()
		for { // what it still said before it died
			line, err := s.out.ReadString('\n')
			if err != nil {
				break
			}
			last = strings.TrimSpace(line)
		}
		_ = s.cmd.Wait()
		if err := l.Check(alice, last, noon); err == nil {
			t.Fatalf("the code %s was sent and is forgotten", last)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) > 2 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
