//go:build unix

package mfa

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hatstand/mfa/internal/ttytest"
)

// eachShell starts a child under every shell with job control that people use, at its prompt.
func eachShell(t *testing.T, mode string, test func(t *testing.T, s *ttytest.Session)) {
	for name, args := range map[string][]string{"bash": {"--norc", "--noprofile", "-i"}, "zsh": {"-f", "-i"}} {
		t.Run(name, func(t *testing.T) {
			shell := ttytest.Need(t, name, name)
			env := append(os.Environ(), ttytest.ChildMode(mode), "CHILD="+os.Args[0], "PS1=ready:", "TERM=dumb", "HOME="+t.TempDir())
			s := ttytest.StartProgram(t, env, append([]string{shell}, args...), func(s *ttytest.Session) {
				s.Cmd.Stdin, s.Cmd.Stderr = s.Slave, s.Slave
			})
			s.Sees("ready:", 1)
			test(t, s)
		})
	}
}

// foreground is the process group that has the terminal.
func foreground(t *testing.T, s *ttytest.Session) int {
	t.Helper()
	raw, err := s.Master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var group int
	cerr := raw.Control(func(fd uintptr) { group, err = unix.IoctlGetInt(int(fd), unix.TIOCGPGRP) })
	if cerr != nil || err != nil {
		t.Fatal(cerr, err)
	}
	return group
}

// settings are the terminal's, as the shell's commands have them.
func settings(t *testing.T, s *ttytest.Session) string {
	t.Helper()
	s.Types("stty -g\n")
	line, err := s.Out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestAStoppedPromptIsDrawnAgain(t *testing.T) {
	eachShell(t, "code", func(t *testing.T, s *ttytest.Session) {
		before := settings(t, s)
		s.Types("$CHILD\n")
		s.Sees(codePrompt, 1)
		s.Types("12\x1a")
		s.Sees("ready:", 3)
		s.Types("fg >/dev/null\n")
		s.Sees("\n\r"+codePrompt, 1)
		s.Types("123456\n")
		s.Tells(`"123456" <nil> <nil>`)
		s.Sees("ready:", 4)
		if after := settings(t, s); after != before {
			t.Errorf("the terminal is set to %s, was to %s", after, before)
		}
	})
}

func TestAStoppedPromptForASecretStaysWithoutEcho(t *testing.T) {
	eachShell(t, "secret", func(t *testing.T, s *ttytest.Session) {
		before := settings(t, s)
		s.Types("$CHILD\n")
		s.Sees("Passphrase: ", 1)
		if err := unix.Kill(-foreground(t, s), unix.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		s.Sees("ready:", 3)
		s.Types("fg >/dev/null\n")
		s.Sees("Passphrase: ", 2)
		s.Types("horse staple\n")
		s.Tells(`"horse staple" <nil> <nil>`)
		s.Sees("Name: ", 1)
		s.Types("alice\n")
		s.Tells(`"alice" <nil> <nil>`)
		s.Sees("Name: alice", 1)
		s.Sees("ready:", 4)
		if after := settings(t, s); after != before {
			t.Errorf("the terminal is set to %s, was to %s", after, before)
		}
		if strings.Contains(s.Screen(), "horse") {
			t.Errorf("the terminal shows %q", s.Screen())
		}
	})
}

// A prompt that has been stopped and is told to end is in the background: to put the terminal right there would stop
// it once more, with its lock in its hands.
func TestAStoppedPromptCanBeEnded(t *testing.T) {
	for _, mode := range []string{"code", "secret"} {
		t.Run(mode, func(t *testing.T) {
			eachShell(t, mode, func(t *testing.T, s *ttytest.Session) {
				s.Types("$CHILD\n")
				s.Sees(map[string]string{"code": codePrompt, "secret": "Passphrase: "}[mode], 1)
				if err := unix.Kill(-foreground(t, s), unix.SIGSTOP); err != nil {
					t.Fatal(err)
				}
				s.Sees("ready:", 2)
				s.Types("kill %1\n")
				s.Tells(`"" mfa.goneError cancelled`) // which is nobody's no
			})
		})
	}
}

func TestAPromptInTheBackgroundLeavesTheTerminalAlone(t *testing.T) {
	eachShell(t, "code", func(t *testing.T, s *ttytest.Session) {
		s.Types("$CHILD\n")
		s.Sees(codePrompt, 1)
		s.Types("\x1a")
		s.Sees("ready:", 2)
		s.Types("bg >/dev/null\n")
		s.Sees("ready:", 3)
		s.Types("echo this is the shells\n")
		if line, err := s.Out.ReadString('\n'); line != "this is the shells\n" {
			t.Fatalf("%q, %v", line, err)
		}
		if n := strings.Count(s.Screen(), codePrompt); n != 1 {
			t.Errorf("%d prompts: %q", n, s.Screen())
		}
		s.Types("fg >/dev/null\n")
		s.Sees(codePrompt, 2)
		s.Types("123456\n")
		s.Tells(`"123456" <nil> <nil>`)
	})
}
