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

	"hatstand/mfa/internal/ttytest"
)

const codePrompt = "MFA code for alice, for prod (Admin in 222222222222): "

func TestTerminal(t *testing.T) {
	t.Run("a code is typed", func(t *testing.T) {
		s := ttytest.Start(t, "code")
		s.Sees("\r\n"+codePrompt, 1)
		s.Types("123456\n")
		s.Tells(`"123456" <nil> <nil>`)
	})
	t.Run("a code is typed as authenticators show it", func(t *testing.T) {
		s := ttytest.Start(t, "code")
		s.Sees(codePrompt, 1)
		s.Types("123 456\n")
		s.Tells(`"123456" <nil> <nil>`)
	})
	t.Run("what was typed before the prompt counts", func(t *testing.T) {
		s := ttytest.Start(t, "code", func(s *ttytest.Session) { s.Types("123456\n") })
		s.Tells(`"123456" <nil> <nil>`)
	})
	t.Run("a slip is asked for again", func(t *testing.T) {
		s := ttytest.Start(t, "code")
		s.Sees(codePrompt, 1)
		s.Types("12345\n")
		s.Sees("a token code is six digits: this has 5\r\n"+codePrompt, 1)
		s.Types("\n")
		s.Sees("a token code is six digits: there is none\r\n"+codePrompt, 1)
		s.Types("123456\n")
		s.Tells(`"123456" <nil> <nil>`)
	})
	t.Run("three slips are enough", func(t *testing.T) {
		s := ttytest.Start(t, "code", func(s *ttytest.Session) { s.Types("a\nb\nc\n123456\n") })
		s.Tells(`"" *mfa.Error a token code is six digits: it has characters other than digits`)
		if n := strings.Count(s.All(), codePrompt); n != 3 {
			t.Errorf("%d prompts", n)
		}
	})
	t.Run("a second attempt says why", func(t *testing.T) {
		s := ttytest.Start(t, "again")
		s.Sees("AWS refused the code?[2J (attempt 2 of 3)\r\n"+codePrompt, 1)
		s.Types("123456\n")
		s.Tells(`"123456" <nil> <nil>`)
	})
	t.Run("a spent code is refused at the prompt", func(t *testing.T) {
		s := ttytest.Start(t, "check")
		s.Sees(codePrompt, 1)
		s.Types("111111\n")
		s.Sees("was used already: the next one comes in 12 s\r\n"+codePrompt, 1)
		s.Types("222222\n")
		s.Tells(`"222222" <nil> <nil>`)
	})
	t.Run("Ctrl-C cancels", func(t *testing.T) {
		s := ttytest.Start(t, "code")
		s.Sees(codePrompt, 1)
		s.Types("12\x03")
		s.Tells(`"" *errors.errorString cancelled`)
	})
	t.Run("Ctrl-C cancels though it is ignored elsewhere, and nohup holds", func(t *testing.T) {
		s := ttytest.Start(t, "ignoring")
		s.Sees(codePrompt, 1)
		if err := s.Cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		s.Types("12345\n")
		s.Sees("this has 5", 1)
		s.Types("\x03")
		s.Tells(`"" *errors.errorString cancelled`)
	})
	t.Run("Ctrl-D cancels", func(t *testing.T) {
		s := ttytest.Start(t, "code")
		s.Sees(codePrompt, 1)
		s.Types("\x04")
		s.Tells(`"" *errors.errorString cancelled`)
	})
	t.Run("Ctrl-D after half a code cancels", func(t *testing.T) {
		s := ttytest.Start(t, "code")
		s.Sees(codePrompt, 1)
		s.Types("12\x04\x04")
		s.Tells(`"" *errors.errorString cancelled`)
	})
	for sig, want := range map[syscall.Signal]string{
		syscall.SIGTERM: `"" mfa.goneError cancelled`,
		syscall.SIGHUP:  `"" mfa.goneError cancelled`,
		syscall.SIGQUIT: `"" *errors.errorString cancelled`, // a key of the terminal sends it
	} {
		t.Run(sig.String()+" ends it", func(t *testing.T) {
			s := ttytest.Start(t, "code")
			s.Sees(codePrompt, 1)
			if err := s.Cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			s.Tells(want)
		})
	}
	t.Run("a deadline ends it, and half a code is not the next answer", func(t *testing.T) {
		s := ttytest.Start(t, "late")
		s.Sees(codePrompt, 1)
		s.Types("123")
		s.Tells(`"" *mfa.Error no answer in time: waited for a token code of ` + alice)
		s.Tells(`"" *mfa.Error no answer in time: waited for a token code of ` + alice)
		s.Sees("Then: ", 1)
		s.Types("456\n")
		s.Tells(`"456" <nil> <nil>`)
	})
	for name, mode := range map[string]string{"the signal of it comes too": "handling", "whose signal is ignored": "ignoring"} {
		t.Run("a closed terminal ends it, and is no Ctrl-D: "+name, func(t *testing.T) {
			s := ttytest.Start(t, mode)
			s.Sees(codePrompt, 1)
			s.Slave.Close()
			s.Master.Close()
			s.Tells(`"" mfa.goneError cancelled`)
		})
	}
}

func TestNoTerminal(t *testing.T) {
	t.Run("in the background", func(t *testing.T) {
		s := ttytest.Start(t, "background")
		s.Tells(`"" *mfa.Error a token code of ` + alice + ` is needed, and there is nobody to ask (no usable terminal: this process is in the background)`)
		s.Tells(`<nil>`)
		if got := s.All(); got != "" {
			t.Errorf("the terminal shows %q", got)
		}
	})
	t.Run("a session without a terminal", func(t *testing.T) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), ttytest.ChildMode("first"))
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		cmd.Stdin = strings.NewReader("123456\n") // which is no answer
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "there is nobody to ask (no usable terminal: /dev/tty: ") {
			t.Errorf("%s, %v", out, err)
		}
	})
	t.Run("a full-screen program has it", func(t *testing.T) {
		s := ttytest.Start(t, "first", func(s *ttytest.Session) {
			modes := s.Modes()
			modes.Lflag &^= unix.ICANON | unix.ECHO
			raw, _ := s.Slave.SyscallConn()
			_ = raw.Control(func(fd uintptr) { _ = unix.IoctlSetTermios(int(fd), setTermios, &modes) })
		})
		s.Tells(`"" *mfa.Error a token code of ` + alice + ` is needed, and there is nobody to ask (no usable terminal: another program reads single keys from it)`)
		if got := s.All(); got != "" {
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
