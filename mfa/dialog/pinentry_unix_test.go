//go:build unix

package dialog

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"hatstand/mfa"
	"hatstand/mfa/internal/ttytest"
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
		tell(d.Secret(ctx, "Passphrase of the keyring", "That passphrase is wrong."))
	case "message", "message that is closed":
		// Ctrl-C reaches pinentry, or this process where the terminal is not pinentry's yet: then it is the caller's.
		ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
		defer stop()
		m, err := d.Show(ctx, "To sign in to corp:\nABCD-EFGH")
		if ctx.Err() != nil {
			tell("cancelled", nil)
			break
		}
		if err != nil {
			tell("", err)
			break
		}
		if mode != "message" {
			m.Close()
		}
		<-m.over
		select {
		case <-m.Cancelled():
			tell("cancelled", nil)
		case <-ctx.Done():
			tell("cancelled", nil)
		default:
			tell("closed", nil)
		}
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

func pinentrySession(t *testing.T, program, mode string) (*ttytest.Session, unix.Termios) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(program, filepath.Join(dir, "pinentry")); err != nil {
		t.Fatal(err)
	}
	var old unix.Termios
	s := ttytest.Start(t, mode, func(s *ttytest.Session) {
		if err := pty.Setsize(s.Slave, &pty.Winsize{Rows: 24, Cols: 100}); err != nil {
			t.Fatal(err)
		}
		s.Cmd.Env = append(s.Cmd.Env, "HATSTAND_DIALOG_PATH="+dir)
		old = s.Modes()
	})
	return s, old
}

func TestPinentry(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"pinentry-curses", "pinentry-tty"} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			const late = `"" *mfa.Error no answer in time: waited for a token code of ` + alice
			begin := func(t *testing.T, mode string) (*ttytest.Session, func()) {
				s, old := pinentrySession(t, ttytest.Need(t, tool, tool), mode)
				then := func() {
					t.Helper()
					s.Sees("Then: ", 1)
					if got := s.Modes(); got != old {
						t.Errorf("the terminal is not as it was: %+v, was %+v", got, old)
					}
					s.Types("on\n")
					s.Tells(`"on" <nil> <nil>`)
				}
				return s, then
			}
			t.Run("a code is typed, and what it is for is drawn as it stands", func(t *testing.T) {
				s, then := begin(t, "code")
				s.Sees("MFA code for alice, for prod%0AGETPIN ‹b>", 1)
				s.Sees("(Admin in 222222222222)", 1)
				s.Sees("Device: "+alice, 1)
				s.Hushed()
				s.Types("123 456\r")
				s.Tells(`"123456" <nil> <nil>`)
				then()
				if strings.Contains(s.Screen(), "123") {
					t.Errorf("the code is drawn: %q", s.Screen())
				}
			})
			t.Run("a slip is asked for again, with the reason", func(t *testing.T) {
				s, then := begin(t, "check")
				s.Sees("Device: ", 1)
				s.Hushed()
				s.Types("12345\r")
				s.Sees("this has 5", 1)
				s.Sees("Device: ", 2)
				s.Hushed()
				s.Types("111111\r")
				s.Sees("was used already", 1)
				s.Sees("Device: ", 3)
				s.Hushed()
				s.Types("222222\r")
				s.Tells(`"222222" <nil> <nil>`)
				then()
			})
			t.Run("a secret comes as it was typed", func(t *testing.T) {
				s, then := begin(t, "secret")
				s.Sees("That passphrase is wrong.", 1)
				s.Sees("Passphrase of the keyring", 1)
				s.Hushed()
				s.Types("50% pferd\u00e9 \r")
				s.Tells(fmt.Sprintf("%q <nil> <nil>", "50% pferdé "))
				then()
			})
			t.Run("Ctrl-C cancels", func(t *testing.T) {
				s, then := begin(t, "code")
				s.Sees("Device: ", 1)
				s.Hushed()
				s.Types("12\x03")
				s.Tells(`"" *errors.errorString cancelled`)
				then()
			})
			t.Run("SIGTERM ends it", func(t *testing.T) {
				s, then := begin(t, "code")
				s.Sees("Device: ", 1)
				s.Hushed()
				if err := s.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				s.Tells(`"" mfa.goneError cancelled`)
				then()
			})
			t.Run("the deadline ends it", func(t *testing.T) {
				s, then := begin(t, "late")
				s.Tells(late)
				then()
				if n := strings.Count(s.Screen(), "\x1b[?1049h"); n != strings.Count(s.Screen(), "\x1b[?1049l") {
					t.Errorf("what was on the screen before is gone: %q", s.Screen())
				}
			})
			ok, toCancel := "\r", "\t\r"
			if tool == "pinentry-tty" {
				ok, toCancel = "o\r", "c\r"
			}
			for claim, row := range map[string]struct{ mode, keys, told string }{
				"Cancel of a message":        {"message", toCancel, "cancelled"},
				"OK of a message":            {"message", ok, "closed"},
				"Ctrl-C at a message":        {"message", "\x03", "cancelled"},
				"a message goes when it may": {"message that is closed", "", "closed"},
			} {
				t.Run(claim, func(t *testing.T) {
					s, then := begin(t, row.mode)
					s.Sees("To sign in to corp:", 1)
					s.Sees("ABCD-EFGH", 1)
					if row.keys != "" {
						s.Hushed() // what comes before that, pinentry may drop
						s.Types(row.keys)
					}
					s.Tells(`"` + row.told + `" <nil> <nil>`)
					then()
				})
			}
			t.Run("it does not draw on a terminal unless it is named", func(t *testing.T) {
				s, then := begin(t, "unnamed")
				s.Tells(`"" mfa.Unusable no usable dialog: pinentry: it needs a terminal, zenity is not installed, kdialog is not installed`)
				then()
				if strings.Contains(s.Screen(), "alice") {
					t.Errorf("the terminal shows %q", s.Screen())
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
	s.Tells(`"" *mfa.Error no answer in time: waited for a token code of ` + alice)
	s.Sees("Then: ", 1)
	if got := s.Modes(); got != old {
		t.Errorf("the terminal is not as it was: %+v, was %+v", got, old)
	}
	s.Types("on\n")
	s.Tells(`"on" <nil> <nil>`)
	groupEnds(t, filepath.Join(dir, "pid"))
}
