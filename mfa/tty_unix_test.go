//go:build unix

package mfa

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"hatstand/mfa/internal/ttytest"
)

func TestSize(t *testing.T) {
	ttytest.Start(t, "size", func(s *ttytest.Session) {
		if err := pty.Setsize(s.Slave, &pty.Winsize{Cols: 100, Rows: 31}); err != nil {
			t.Fatal(err)
		}
	}).Tells(`"100 by 31" <nil> <nil>`)
	ttytest.Start(t, "size").Tells(`"0 by 0" <nil> <nil>`)
}

func TestSecret(t *testing.T) {
	begin := func(t *testing.T) (*ttytest.Session, unix.Termios) {
		var old unix.Termios
		s := ttytest.Start(t, "secret", func(s *ttytest.Session) { old = s.Modes() })
		s.Sees("Passphrase: ", 1)
		if old.Lflag&unix.ECHO == 0 || s.Modes().Lflag&unix.ECHO != 0 {
			t.Fatal("echo is not turned off")
		}
		return s, old
	}
	// The name is asked for after the secret: by then the terminal is as it was.
	restored := func(t *testing.T, s *ttytest.Session, old unix.Termios) {
		t.Helper()
		s.Sees("\r\nName: ", 1)
		if s.Modes() != old {
			t.Errorf("the terminal is not as it was: %+v, was %+v", s.Modes(), old)
		}
		s.Types("alice\n")
		s.Sees("Name: alice", 1)
		s.Tells(`"alice" <nil> <nil>`)
	}
	t.Run("is read and not drawn", func(t *testing.T) {
		s, old := begin(t)
		s.Types("horse staple \n")
		s.Tells(`"horse staple " <nil> <nil>`)
		restored(t, s, old)
		if strings.Contains(s.Screen(), "horse") {
			t.Errorf("the terminal shows %q", s.Screen())
		}
	})
	for name, key := range map[string]string{"Ctrl-C": "\x03", "Ctrl-D": "\x04\x04", "Ctrl-\\": "\x1c"} {
		t.Run(name+" cancels and restores the terminal", func(t *testing.T) {
			s, old := begin(t)
			s.Types("horse" + key)
			s.Tells(`"" *errors.errorString cancelled`)
			restored(t, s, old)
			if strings.Contains(s.Screen(), "horse") {
				t.Errorf("the terminal shows %q", s.Screen())
			}
		})
	}
	t.Run("SIGTERM restores the terminal, and what was typed is forgotten", func(t *testing.T) {
		s, old := begin(t)
		s.Types("horse")
		if err := s.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		s.Tells(`"" mfa.goneError cancelled`)
		restored(t, s, old)
	})
	t.Run("Ctrl-Z does not leave a shell without echo", func(t *testing.T) {
		s, old := begin(t)
		s.Types("a\x1ab\n")
		s.Tells(`"a\x1ab" <nil> <nil>`)
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
			_, _ = w.Write(bytes.Repeat([]byte("a"), 3*MaxLine))
		}()
		tty := &TTY{fd: int(r.Fd())}
		if line, err := tty.readLine(context.Background()); err == nil {
			t.Errorf("%d bytes", len(line))
		}
	})
}

// onPTY gives a terminal in this process, which need not be the controlling one.
func onPTY(t *testing.T) (master *os.File, tty *TTY) {
	t.Helper()
	master, slave, err := ttytest.OpenPTY()
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
		var late *Error
		if _, err := ReadSecret(ctx, tty, "Passphrase: "); !ofKind(err, Late, &late) {
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
		var late *Error
		if _, err := ReadLine(ctx, tty, "Name: "); !ofKind(err, Late, &late) {
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

func TestAClosedTerminalIsGone(t *testing.T) {
	master, tty := onPTY(t)
	master.Close()
	if _, err := ReadLine(t.Context(), tty, "Name: "); !errors.Is(err, ErrGone) {
		t.Errorf("drawn on: %v", err)
	}
	if _, err := tty.readLine(t.Context()); !errors.Is(err, ErrGone) {
		t.Errorf("read from: %v", err)
	}
}

func TestATerminalKnowsItsPath(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells it")
	}
	master, slave, err := ttytest.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	if got := (&TTY{fd: int(slave.Fd())}).Name(); got != slave.Name() {
		t.Errorf("%q, not %q", got, slave.Name())
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if got := (&TTY{fd: int(r.Fd())}).Name(); got != "" {
		t.Errorf("a pipe is %q", got)
	}
}
