//go:build unix

package dialog

import (
	"bufio"
	"bytes"
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

// The tests of a pinentry on a terminal run this binary again, as the leader of a session that has a pseudo-terminal.
func TestMain(m *testing.M) {
	if mode, ok := strings.CutPrefix(os.Getenv("HATSTAND_MFA_CHILD"), "dialog "); ok {
		dialogChild(mode, func(answer string, err error) { fmt.Printf("%q %T %v\n", answer, err, err) })
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
