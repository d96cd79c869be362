//go:build unix

package mfa

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const codePrompt = "MFA code for alice, for prod (Admin in 222222222222): "

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
		s.tells(`"" *mfa.Error a token code is six digits: it holds something else than digits`)
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
	for sig, want := range map[syscall.Signal]string{
		syscall.SIGTERM: `"" mfa.goneError cancelled`,
		syscall.SIGHUP:  `"" mfa.goneError cancelled`,
		syscall.SIGQUIT: `"" *errors.errorString cancelled`, // a key of the terminal sends it
	} {
		t.Run(sig.String()+" ends it", func(t *testing.T) {
			s := start(t, "code")
			s.sees(codePrompt, 1)
			if err := s.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			s.tells(want)
		})
	}
	t.Run("a deadline ends it, and half a code is not the next answer", func(t *testing.T) {
		s := start(t, "late")
		s.sees(codePrompt, 1)
		s.types("123")
		s.tells(`"" *mfa.Error no answer in time: waited for a token code of ` + alice)
		s.tells(`"" *mfa.Error no answer in time: waited for a token code of ` + alice)
		s.sees("Then: ", 1)
		s.types("456\n")
		s.tells(`"456" <nil> <nil>`)
	})
	for name, mode := range map[string]string{"the signal of it comes too": "handling", "whose signal is ignored": "ignoring"} {
		t.Run("a closed terminal ends it, and is no Ctrl-D: "+name, func(t *testing.T) {
			s := start(t, mode)
			s.sees(codePrompt, 1)
			s.slave.Close()
			s.master.Close()
			s.tells(`"" mfa.goneError cancelled`)
		})
	}
}

func TestNoTerminal(t *testing.T) {
	t.Run("in the background", func(t *testing.T) {
		s := start(t, "background")
		s.tells(`"" *mfa.Error a token code of ` + alice + ` is wanted, and there is nobody to ask (no usable terminal: this process is in the background)`)
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
		s.tells(`"" *mfa.Error a token code of ` + alice + ` is wanted, and there is nobody to ask (no usable terminal: another program reads single keys from it)`)
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
