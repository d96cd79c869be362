//go:build unix

package mfa

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// eachShell starts a child under every shell with job control that people use, at its prompt.
func eachShell(t *testing.T, mode string, test func(t *testing.T, s *session)) {
	for name, args := range map[string][]string{"bash": {"--norc", "--noprofile", "-i"}, "zsh": {"-f", "-i"}} {
		t.Run(name, func(t *testing.T) {
			shell := need(t, name, name)
			env := append(os.Environ(), "HATSTAND_MFA_CHILD="+mode, "CHILD="+os.Args[0], "PS1=ready:", "TERM=dumb", "HOME="+t.TempDir())
			s := startProgram(t, env, append([]string{shell}, args...), func(s *session) {
				s.cmd.Stdin, s.cmd.Stderr = s.slave, s.slave
			})
			s.sees("ready:", 1)
			test(t, s)
		})
	}
}

// foreground is the process group that has the terminal.
func (s *session) foreground() int {
	s.t.Helper()
	raw, err := s.master.SyscallConn()
	if err != nil {
		s.t.Fatal(err)
	}
	var group int
	cerr := raw.Control(func(fd uintptr) { group, err = unix.IoctlGetInt(int(fd), unix.TIOCGPGRP) })
	if cerr != nil || err != nil {
		s.t.Fatal(cerr, err)
	}
	return group
}

// settings are the terminal's, as the shell's commands have them.
func (s *session) settings() string {
	s.t.Helper()
	s.types("stty -g\n")
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return line
}

func TestAStoppedPromptIsDrawnAgain(t *testing.T) {
	eachShell(t, "code", func(t *testing.T, s *session) {
		before := s.settings()
		s.types("$CHILD\n")
		s.sees(codePrompt, 1)
		s.types("12\x1a")
		s.sees("ready:", 3)
		s.types("fg >/dev/null\n")
		s.sees("\n\r"+codePrompt, 1)
		s.types("123456\n")
		s.tells(`"123456" <nil> <nil>`)
		s.sees("ready:", 4)
		if after := s.settings(); after != before {
			t.Errorf("the terminal is set to %s, was to %s", after, before)
		}
	})
}

func TestAStoppedPromptForASecretStaysWithoutEcho(t *testing.T) {
	eachShell(t, "secret", func(t *testing.T, s *session) {
		before := s.settings()
		s.types("$CHILD\n")
		s.sees("Passphrase: ", 1)
		if err := unix.Kill(-s.foreground(), unix.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		s.sees("ready:", 3)
		s.types("fg >/dev/null\n")
		s.sees("Passphrase: ", 2)
		s.types("horse staple\n")
		s.tells(`"horse staple" <nil> <nil>`)
		s.sees("Name: ", 1)
		s.types("alice\n")
		s.tells(`"alice" <nil> <nil>`)
		s.sees("Name: alice", 1)
		s.sees("ready:", 4)
		if after := s.settings(); after != before {
			t.Errorf("the terminal is set to %s, was to %s", after, before)
		}
		if strings.Contains(s.screen(), "horse") {
			t.Errorf("the terminal shows %q", s.screen())
		}
	})
}

// A prompt that has been stopped and is told to end is in the background: to put the terminal right there would stop
// it once more, with its lock in its hands.
func TestAStoppedPromptCanBeEnded(t *testing.T) {
	for _, mode := range []string{"code", "secret"} {
		t.Run(mode, func(t *testing.T) {
			eachShell(t, mode, func(t *testing.T, s *session) {
				s.types("$CHILD\n")
				s.sees(map[string]string{"code": codePrompt, "secret": "Passphrase: "}[mode], 1)
				if err := unix.Kill(-s.foreground(), unix.SIGSTOP); err != nil {
					t.Fatal(err)
				}
				s.sees("ready:", 2)
				s.types("kill %1\n")
				s.tells(`"" mfa.goneError cancelled`) // which is nobody's no
			})
		})
	}
}

func TestAPromptInTheBackgroundLeavesTheTerminalAlone(t *testing.T) {
	eachShell(t, "code", func(t *testing.T, s *session) {
		s.types("$CHILD\n")
		s.sees(codePrompt, 1)
		s.types("\x1a")
		s.sees("ready:", 2)
		s.types("bg >/dev/null\n")
		s.sees("ready:", 3)
		s.types("echo this is the shells\n")
		if line, err := s.out.ReadString('\n'); line != "this is the shells\n" {
			t.Fatalf("%q, %v", line, err)
		}
		if n := strings.Count(s.screen(), codePrompt); n != 1 {
			t.Errorf("%d prompts: %q", n, s.screen())
		}
		s.types("fg >/dev/null\n")
		s.sees(codePrompt, 2)
		s.types("123456\n")
		s.tells(`"123456" <nil> <nil>`)
	})
}
