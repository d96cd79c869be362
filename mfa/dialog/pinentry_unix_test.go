//go:build unix

package dialog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"hatstand/mfa"
)

// dialogChild asks through the pinentry of one folder, then on the terminal itself, which must be as it was.
func dialogChild(mode string, tell func(string, error)) {
	d := Source{Name: "pinentry", Env: []string{"PATH=" + os.Getenv("HATSTAND_DIALOG_PATH"), "TERM=xterm", "LC_ALL=C.UTF-8"}}
	r := mfa.Request{Serial: alice, Profile: "prod%0AGETPIN <b>", Role: "arn:aws:iam::222222222222:role/Admin", Attempt: 1}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if name, ok := strings.CutPrefix(mode, "window "); ok {
		tell(Source{Name: name, Env: os.Environ()}.Code(ctx, r))
		return
	}
	switch mode {
	case "code":
		tell(d.Code(ctx, r))
	case "check":
		d.Check = func(_, code string) error {
			if code == "111111" {
				return mfa.NewSpent(alice, 12*time.Second)
			}
			return nil
		}
		tell(d.Code(ctx, r))
	case "late":
		r.Deadline = time.Now().Add(time.Second)
		tell(d.Code(ctx, r))
	case "secret":
		tell(d.Secret(ctx, "Passphrase of the keyring", "That was not it."))
	case "unnamed":
		d.Name, d.Env = "", append(d.Env, "DISPLAY=:none")
		tell(d.Code(ctx, r))
	}
	tty, err := mfa.OpenTTY()
	if err != nil {
		tell("", err)
		return
	}
	defer tty.Close()
	tell(mfa.ReadLine(ctx, tty, "Then: "))
}

func pinentrySession(t *testing.T, program, mode string) (*session, unix.Termios) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(program, filepath.Join(dir, "pinentry")); err != nil {
		t.Fatal(err)
	}
	var old unix.Termios
	s := start(t, "dialog "+mode, func(s *session) {
		if err := pty.Setsize(s.slave, &pty.Winsize{Rows: 24, Cols: 100}); err != nil {
			t.Fatal(err)
		}
		s.cmd.Env = append(s.cmd.Env, "HATSTAND_DIALOG_PATH="+dir)
		old = s.modes()
	})
	return s, old
}

// hushed waits until echo is off: from then on the pinentry reads.
func (s *session) hushed() {
	s.t.Helper()
	for end := time.Now().Add(patience); s.modes().Lflag&unix.ECHO != 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("nothing reads: %q", s.screen())
		}
	}
}

func TestPinentry(t *testing.T) {
	for _, tool := range []string{"pinentry-curses", "pinentry-tty"} {
		t.Run(tool, func(t *testing.T) {
			const late = `"" *mfa.Error no answer in time: waited for a token code of ` + alice
			begin := func(t *testing.T, mode string) (*session, func()) {
				s, old := pinentrySession(t, need(t, tool, tool), mode)
				then := func() {
					t.Helper()
					s.sees("Then: ", 1)
					if got := s.modes(); got != old {
						t.Errorf("the terminal is not as it was: %+v, was %+v", got, old)
					}
					s.types("on\n")
					s.tells(`"on" <nil> <nil>`)
				}
				return s, then
			}
			t.Run("a code is typed, and what it is for is drawn as it stands", func(t *testing.T) {
				s, then := begin(t, "code")
				s.sees("MFA code for alice, for prod%0AGETPIN ‹b>", 1)
				s.sees("(Admin in 222222222222)", 1)
				s.sees("Device: "+alice, 1)
				s.hushed()
				s.types("123 456\r")
				s.tells(`"123456" <nil> <nil>`)
				then()
				if strings.Contains(s.screen(), "123") {
					t.Errorf("the code is drawn: %q", s.screen())
				}
			})
			t.Run("a slip is asked for again, with the reason", func(t *testing.T) {
				s, then := begin(t, "check")
				s.sees("Device: ", 1)
				s.hushed()
				s.types("12345\r")
				s.sees("this has 5", 1)
				s.sees("Device: ", 2)
				s.hushed()
				s.types("111111\r")
				s.sees("was used already", 1)
				s.sees("Device: ", 3)
				s.hushed()
				s.types("222222\r")
				s.tells(`"222222" <nil> <nil>`)
				then()
			})
			t.Run("a secret comes as it was typed", func(t *testing.T) {
				s, then := begin(t, "secret")
				s.sees("That was not it.", 1)
				s.sees("Passphrase of the keyring", 1)
				s.hushed()
				s.types("50% pferd\u00e9 \r")
				s.tells(fmt.Sprintf("%q <nil> <nil>", "50% pferdé "))
				then()
			})
			t.Run("Ctrl-C cancels", func(t *testing.T) {
				s, then := begin(t, "code")
				s.sees("Device: ", 1)
				s.hushed()
				s.types("12\x03")
				s.tells(`"" *errors.errorString cancelled`)
				then()
			})
			t.Run("SIGTERM ends it", func(t *testing.T) {
				s, then := begin(t, "code")
				s.sees("Device: ", 1)
				s.hushed()
				if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				s.tells(`"" mfa.goneError cancelled`)
				then()
			})
			t.Run("the deadline ends it", func(t *testing.T) {
				s, then := begin(t, "late")
				s.tells(late)
				then()
				if n := strings.Count(s.screen(), "\x1b[?1049h"); n != strings.Count(s.screen(), "\x1b[?1049l") {
					t.Errorf("what was on the screen before is gone: %q", s.screen())
				}
			})
			t.Run("it does not draw on a terminal unless it is named", func(t *testing.T) {
				s, then := begin(t, "unnamed")
				s.tells(`"" mfa.Unusable no usable dialog: pinentry: it needs a terminal, zenity is not installed, kdialog is not installed`)
				then()
				if strings.Contains(s.screen(), "alice") {
					t.Errorf("the terminal shows %q", s.screen())
				}
			})
		})
	}
}

func TestPinentryThatHangs(t *testing.T) {
	dir := t.TempDir()
	script := pinentryFake("cd " + dir + `; trap "" TERM; stty -echo </dev/tty; echo $$ >pid; while :; do sleep 300; done`)
	home := strings.TrimPrefix(fakes(t, map[string]string{"pinentry": script})[1], "HOME=")
	s, old := pinentrySession(t, filepath.Join(home, "pinentry"), "late")
	s.tells(`"" *mfa.Error no answer in time: waited for a token code of ` + alice)
	s.sees("Then: ", 1)
	if got := s.modes(); got != old {
		t.Errorf("the terminal is not as it was: %+v, was %+v", got, old)
	}
	s.types("on\n")
	s.tells(`"on" <nil> <nil>`)
	groupEnds(t, filepath.Join(dir, "pid"))
}
