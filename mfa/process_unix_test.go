//go:build unix

package mfa

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hatstand/mfa/internal/ttytest"
)

func sh(script string) Process { return Process{Args: []string{"/bin/sh", "-c", script}} }

func TestProcess(t *testing.T) {
	t.Setenv("HATSTAND_TEST_SECRET", "482915")
	r := Request{Serial: alice, Profile: "prod", Attempt: 1}
	for _, tt := range []struct {
		name string
		p    Process
		code string
		err  string // the whole text
	}{
		{"what it prints is the code", sh("echo 123456"), "123456", ""},
		{"as authenticators show it", sh("printf ' 123 456 '"), "123456", ""},
		{"the last line has no end", sh("printf 123456"), "123456", ""},
		{"no shell is involved", Process{Args: []string{"/bin/echo", "123456"}}, "123456", ""},
		{"its messages are no part of the code", sh("echo touch your key >&2; echo 123456"), "123456", ""},
		{"standard input is empty", sh("cat; echo 123456"), "123456", ""},
		{"it fails", sh("exit 3"), "", "mfa_process sh: exit code 3"},
		{"it fails after a code", sh("echo 123456; exit 1"), "", "mfa_process sh: exit code 1"},
		{"it fails and says why", sh("echo starting >&2; echo 'no key\x1b[2J found' >&2; echo >&2; exit 1"), "",
			"mfa_process sh: exit code 1 (it said: no key?[2J found)"},
		{"it says very much", sh("head -c 100000 /dev/zero | tr '\\0' x >&2; echo y >&2; echo z >&2; exit 1"), "",
			"mfa_process sh: exit code 1 (it said: z)"},
		{"it prints nothing", sh("true"), "",
			"mfa_process sh: what it printed is not a token code: a token code is six digits: there is none"},
		{"it prints something else, which is not repeated", sh("echo hunter2; echo oops >&2"), "",
			"mfa_process sh: what it printed is not a token code: a token code is six digits: it has characters other than digits (it said: oops)"},
		{"it prints two codes", sh("echo 123456; echo 654321"), "",
			"mfa_process sh: what it printed is not a token code: a token code is six digits: this has 12"},
		{"it prints without end", sh("yes 1"), "", "*"},
		{"it is not there", Process{Args: []string{"/nonexistent/ykman", "x"}}, "",
			"mfa_process ykman: fork/exec /nonexistent/ykman: no such file or directory"},
		{"it is not on PATH", Process{Args: []string{"hatstand-no-such-program"}}, "",
			"mfa_process hatstand-no-such-program: executable file not found in $PATH"},
		{"its environment is the one given", Process{Args: []string{"/bin/sh", "-c", `echo "$A$HATSTAND_TEST_SECRET"`}, Env: []string{"A=123456"}}, "123456", ""},
		{"no environment is an empty one", sh(`echo "123456$HATSTAND_TEST_SECRET"`), "123456", ""},
		{"it was killed", sh("kill -9 $$"), "", "mfa_process sh: exit code -1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := r
			if tt.err == "*" {
				r.Deadline = time.Now().Add(200 * time.Millisecond)
			}
			code, err := tt.p.Code(context.Background(), r)
			if code != tt.code {
				t.Errorf("got %q, want %q", code, tt.code)
			}
			var failed *Error
			var late *Error
			switch {
			case tt.err == "" && err != nil:
				t.Error(err)
			case tt.err == "*":
				if !ofKind(err, Late, &late) {
					t.Error(err)
				}
			case tt.err != "" && (!ofKind(err, ProgramFailed, &failed) || err.Error() != tt.err):
				t.Errorf("got  %v\nwant %s", err, tt.err)
			}
		})
	}
	t.Run("a bad code of a program is not the user's slip", func(t *testing.T) {
		_, err := sh("echo x").Code(context.Background(), r)
		var code *Error
		if ofKind(err, NotACode, &code) {
			t.Errorf("%v is a CodeError", err)
		}
	})
	t.Run("none is set", func(t *testing.T) {
		if _, err := (Process{}).Code(context.Background(), r); !errors.Is(err, ErrUnusable) {
			t.Error(err)
		}
	})
	t.Run("it was interrupted", func(t *testing.T) {
		for _, script := range []string{"kill -INT $$", "exit 130"} {
			if _, err := sh(script).Code(context.Background(), r); !errors.Is(err, ErrCancelled) {
				t.Errorf("%s: %v", script, err)
			}
		}
	})
	t.Run("its messages come as they are written", func(t *testing.T) {
		var said bytes.Buffer
		p := sh("echo touch your key >&2; echo 123456")
		p.Stderr = &said
		if code, err := p.Code(context.Background(), r); code != "123456" || err != nil || said.String() != "touch your key\n" {
			t.Error(code, err, said.String())
		}
	})
	t.Run("a daemon that it leaves does not hold the code up", func(t *testing.T) {
		dir := t.TempDir()
		p := sh("sleep 60 & echo $! > " + dir + "/pid; echo 123456")
		p.Env = []string{"PATH=" + os.Getenv("PATH")}
		code, err := p.Code(context.Background(), r)
		if code != "123456" || err != nil {
			t.Error(code, err)
		}
		pid := pidIn(t, filepath.Join(dir, "pid"))
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Errorf("the daemon is gone: %v", err)
		}
	})
	t.Run("its end is the end of all that it started", func(t *testing.T) {
		dir := t.TempDir()
		p := sh("sleep 60 & echo $! > " + dir + "/new; mv " + dir + "/new " + dir + "/pid; wait")
		p.Env = []string{"PATH=" + os.Getenv("PATH")}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() {
			for range int(ttytest.Patience / (5 * time.Millisecond)) {
				if _, err := os.Stat(filepath.Join(dir, "pid")); err == nil {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
			cancel()
		}()
		if _, err := p.Code(ctx, r); !errors.Is(err, ErrCancelled) {
			t.Error(err)
		}
		if pid := pidIn(t, filepath.Join(dir, "pid")); !gone(pid) {
			t.Errorf("process %d is still there", pid)
		}
	})
	t.Run("a deadline that has passed starts nothing", func(t *testing.T) {
		mark := filepath.Join(t.TempDir(), "mark")
		r := r
		r.Deadline = time.Unix(1, 0)
		_, err := sh("> "+mark).Code(context.Background(), r)
		var late *Error
		if !ofKind(err, Late, &late) || late.Profile == "" {
			t.Error(err)
		}
		if _, err := os.Stat(mark); err == nil {
			t.Error("it ran")
		}
	})
}

func pidIn(t *testing.T, path string) int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// gone waits for a killed process to be reaped by whoever adopted it, or to be a zombie.
func gone(pid int) bool {
	for end := time.Now().Add(ttytest.Patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if syscall.Kill(pid, 0) != nil {
			return true
		}
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err == nil && strings.Contains(string(stat), ") Z ") {
			return true
		}
	}
	return false
}

func TestMessagesEndWithTheContextWhereOutputIsHeld(t *testing.T) {
	_, tty := onPTY(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	message := bytes.Repeat([]byte("touch your key "), 256)
	// Nobody reads the other end. The kernel moves written bytes on at some time, which makes room again, so it is not
	// known how much fits; but in the end it is full.
	var err error
	for range 10_000 {
		if _, err = (ttyWriter{ctx, tty}).Write(message); err != nil {
			break
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestProcessOnATerminal(t *testing.T) {
	t.Run("it may ask there, and the terminal comes back", func(t *testing.T) {
		s := ttytest.Start(t, `run printf PIN: >/dev/tty; read x </dev/tty; echo "$x"`)
		s.Sees("PIN:", 1)
		s.Types("123456\n")
		s.Tells(`"123456" <nil> <nil>`)
		s.Sees(codePrompt, 1)
		s.Types("222222\n")
		s.Tells(`"222222" <nil> <nil>`)
	})
	t.Run("its messages are drawn, even where background output stops programs", func(t *testing.T) {
		s := ttytest.Start(t, `run stty tostop </dev/tty; echo touch your key >&2; read x </dev/tty; echo "$x"`)
		s.Sees("touch your key\r\n", 1)
		s.Types("123456\n")
		s.Tells(`"123456" <nil> <nil>`)
		s.Sees(codePrompt, 1)
		s.Types("222222\n")
		s.Tells(`"222222" <nil> <nil>`)
	})
	t.Run("one that cannot be started leaves the terminal alone", func(t *testing.T) {
		s := ttytest.Start(t, "missing")
		s.Tells(`"" *mfa.Error mfa_process ykman: fork/exec /nonexistent/ykman: no such file or directory`)
		s.Sees(codePrompt, 1)
		s.Types("222222\n")
		s.Tells(`"222222" <nil> <nil>`)
	})
	t.Run("Ctrl-Z does not leave the terminal to a program that is stopped", func(t *testing.T) {
		var before unix.Termios
		s := ttytest.Start(t, `run printf PIN: >/dev/tty; read x </dev/tty; printf %s "$x" | tr -dc 0-9`, func(s *ttytest.Session) { before = s.Modes() })
		s.Sees("PIN:", 1)
		s.Types("123\x1a456\n")
		s.Tells(`"123456" <nil> <nil>`)
		s.Sees(codePrompt, 1)
		if s.Modes() != before {
			t.Errorf("the terminal is not as it was: %+v, was %+v", s.Modes(), before)
		}
		s.Types("222222\n")
		s.Tells(`"222222" <nil> <nil>`)
	})
	t.Run("Ctrl-C ends it", func(t *testing.T) {
		s := ttytest.Start(t, `run printf PIN: >/dev/tty; read x </dev/tty; echo "$x"`)
		s.Sees("PIN:", 1)
		s.Types("\x03")
		s.Tells(`"" *errors.errorString cancelled`)
		s.Sees(codePrompt, 1)
		s.Types("222222\n")
		s.Tells(`"222222" <nil> <nil>`)
	})
	t.Run("echo comes back when it is killed without", func(t *testing.T) {
		var before unix.Termios
		s := ttytest.Start(t, `run-late stty -echo </dev/tty; printf PIN: >/dev/tty; read x </dev/tty`, func(s *ttytest.Session) { before = s.Modes() })
		s.Sees("PIN:", 1)
		s.Tells(`"" *mfa.Error no answer in time: waited for mfa_process sh`)
		s.Sees(codePrompt, 1)
		if s.Modes() != before {
			t.Errorf("the terminal is not as it was: %+v, was %+v", s.Modes(), before)
		}
		s.Types("222222\n")
		s.Tells(`"222222" <nil> <nil>`)
	})
}
