//go:build unix

package ttytest

import (
	"bufio"
	"bytes"
	"flag"
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

// childMode is the variable that makes a test program the child of a session. Its value says what the child does.
const childMode = "HATSTAND_MFA_CHILD"

// Main is the TestMain of a package whose tests run their own program again, as the child of a session.
func Main(m *testing.M, child func(mode string)) {
	if mode := os.Getenv(childMode); mode != "" {
		child(mode)
		os.Exit(0)
	}
	// nohup and a script's background job ignore these signals, and children inherit that. Catching them undoes it.
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	if err := flag.Set("test.parallel", "8"); err != nil { // they wait for windows and prompts more than they work
		panic(err)
	}
	os.Exit(m.Run())
}

// ChildMode is the variable that makes the test program a child, as an environment has it.
func ChildMode(mode string) string { return childMode + "=" + mode }

// OpenPTY opens a pseudo-terminal whose master can be closed while somebody reads it.
func OpenPTY() (master, slave *os.File, err error) {
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

// A Session is a program on a pseudo-terminal, as the leader of a session of its own. Its standard input is empty and
// its standard output is a pipe: what is drawn and typed can only have gone over the terminal. It lives no longer than
// the test, which fails if it writes to standard error.
type Session struct {
	Cmd           *exec.Cmd
	Master, Slave *os.File
	Out           *bufio.Reader // standard output

	t     *testing.T
	mu    sync.Mutex
	drawn bytes.Buffer
}

// Start starts the test program itself, as the child that Main is given. The functions are called before it runs.
func Start(t *testing.T, mode string, before ...func(*Session)) *Session {
	t.Helper()
	return StartProgram(t, append(os.Environ(), ChildMode(mode)), []string{os.Args[0]}, before...)
}

// StartProgram starts any program.
func StartProgram(t *testing.T, env, args []string, before ...func(*Session)) *Session {
	t.Helper()
	master, slave, err := OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	s := &Session{t: t, Master: master, Slave: slave}
	s.Cmd = exec.Command(args[0], args[1:]...)
	s.Cmd.Env = env
	s.Cmd.ExtraFiles = []*os.File{slave}
	s.Cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	var errs bytes.Buffer
	s.Cmd.Stderr = &errs
	out, err := s.Cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.Out = bufio.NewReader(out)
	for _, f := range before {
		f(s)
	}
	if err := s.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	alarm := time.AfterFunc(Patience, func() { _ = s.Cmd.Process.Kill() })
	go s.read()
	t.Cleanup(func() {
		_ = s.Cmd.Process.Kill()
		_ = s.Cmd.Wait()
		alarm.Stop()
		master.Close()
		slave.Close()
		if errs.Len() > 0 {
			t.Errorf("the child wrote to standard error: %s", errs.String())
		}
	})
	return s
}

// read keeps what is drawn.
func (s *Session) read() {
	buf := make([]byte, 4096)
	for {
		n, err := s.Master.Read(buf)
		s.mu.Lock()
		s.drawn.Write(buf[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Screen is what was drawn until now, as far as it has come.
func (s *Session) Screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drawn.String()
}

// All is what was drawn until now, with nothing still on its way.
func (s *Session) All() string {
	s.t.Helper()
	const mark = "<mark>"
	if _, err := s.Slave.WriteString(mark); err != nil {
		s.t.Fatal(err)
	}
	s.Sees(mark, 1)
	return strings.TrimSuffix(s.Screen(), mark)
}

// Sees waits until the terminal shows text that many times.
func (s *Session) Sees(text string, times int) {
	s.t.Helper()
	for end := time.Now().Add(Patience); strings.Count(s.Screen(), text) < times; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%q is not drawn %d times: %q", text, times, s.Screen())
		}
	}
}

// Types types text.
func (s *Session) Types(text string) {
	s.t.Helper()
	if _, err := s.Master.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// Tells reads a line of the child's standard output, and fails the test if it is another one.
func (s *Session) Tells(want string) {
	s.t.Helper()
	line, err := s.Out.ReadString('\n')
	if err != nil {
		s.t.Fatalf("no result: %v; the terminal shows %q", err, s.Screen())
	}
	if got := strings.TrimSuffix(line, "\n"); got != want {
		s.t.Fatalf("the child tells %s, want %s", got, want)
	}
}

// Modes are the terminal's.
func (s *Session) Modes() unix.Termios {
	s.t.Helper()
	raw, err := s.Slave.SyscallConn()
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

// Hushed waits until echo is off, as a program has it that reads a secret.
func (s *Session) Hushed() {
	s.t.Helper()
	for end := time.Now().Add(Patience); s.Modes().Lflag&unix.ECHO != 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("nothing reads: %q", s.Screen())
		}
	}
}
