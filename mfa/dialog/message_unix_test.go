//go:build unix

package dialog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatstand/mfa"
	"hatstand/mfa/internal/ttytest"
)

// confirmFake is a pinentry that answers CONFIRM as told.
func confirmFake(confirm string) string {
	return strings.Replace(pinentryFake("echo OK"), "GETPIN)", "CONFIRM) "+confirm+";;\nGETPIN)", 1)
}

// ended waits until a message's window is gone, and tells whether the person cancelled.
func ended(t *testing.T, m *Message) (cancelled bool) {
	t.Helper()
	select {
	case <-m.over:
	case <-time.After(ttytest.Patience):
		t.Fatal("the window stays")
	}
	select {
	case <-m.Cancelled():
		return true
	default:
		return false
	}
}

func TestMessage(t *testing.T) {
	const none = "no usable dialog: "
	for _, tt := range []struct {
		name      string
		only      string
		scripts   map[string]string
		cancelled bool
		err       string
	}{
		{"none is installed", "", nil, false, none + "pinentry is not installed, zenity is not installed, kdialog is not installed"},
		{"no name but a dialog's is run", "sh", nil, false, "no such dialog: sh"},
		{"each that does not work is passed over", "", map[string]string{"pinentry": "exit 1", "zenity": "exit 5", "kdialog": "exit 1"}, true, ""},
		{"zenity: OK closes it and cancels nothing", "zenity", map[string]string{"zenity": "exit 0"}, false, ""},
		{"zenity: Cancel", "zenity", map[string]string{"zenity": "exit $ZENITY_CANCEL"}, true, ""},
		{"zenity: a closed window", "zenity", map[string]string{"zenity": "exit $ZENITY_ESC"}, true, ""},
		{"zenity: it reaches no display", "zenity", map[string]string{"zenity": "echo >&2 'cannot open display: :0'; exit 1"}, false, none + "zenity: cannot open display: :0"},
		{"kdialog: OK", "kdialog", map[string]string{"kdialog": "exit 0"}, false, ""},
		{"kdialog: Cancel", "kdialog", map[string]string{"kdialog": "exit 1"}, true, ""},
		{"kdialog: a closed window", "kdialog", map[string]string{"kdialog": "exit 2"}, true, ""},
		{"pinentry: OK", "pinentry", map[string]string{"pinentry": confirmFake("echo OK")}, false, ""},
		{"pinentry: Cancel", "pinentry", map[string]string{"pinentry": confirmFake("echo 'ERR 83886179 Operation cancelled <Pinentry>'")}, true, ""},
		{"pinentry: Cancel in another's words", "pinentry", map[string]string{"pinentry": confirmFake("echo 'ERR 83886194 Not confirmed <Pinentry>'")}, true, ""},
		{"pinentry: time is up", "pinentry", map[string]string{"pinentry": confirmFake("echo 'ERR 83886142 Timeout <Pinentry>'")}, false, "no answer in time: waited for an answer in a dialog"},
		{"pinentry: it needs a terminal", "pinentry",
			map[string]string{"pinentry": strings.Replace(confirmFake("echo OK"), "case $word in", "case $word in\nGETINFO) echo D gtk2:curses; echo OK;;", 1)}, false, none + "pinentry: it needs a terminal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := Source{Name: tt.only, Env: fakes(t, tt.scripts)}.Show(t.Context(), "a text")
			if err == nil { // on a busy machine a failure may come late
				cancelled := ended(t, m)
				if err = m.err; errors.Is(err, mfa.ErrCancelled) {
					err = nil
				}
				if cancelled != tt.cancelled {
					t.Errorf("cancelled: %v", cancelled)
				}
				m.Close()
			}
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.err || strings.HasPrefix(got, none) != errors.Is(err, mfa.ErrUnusable) {
				t.Errorf("got %q (%v)", got, errors.Is(err, mfa.ErrUnusable))
			}
		})
	}
}

func TestAMessageIsClosedWithAllThatItStarted(t *testing.T) {
	stays := `trap "" TERM; echo $$ >pid.part; mv pid.part pid; while :; do sleep 300; done`
	for name, script := range map[string]string{"zenity": stays, "kdialog": stays, "pinentry": confirmFake(stays)} {
		for how, end := range map[string]func(m *Message, cancel context.CancelFunc){
			"by Close":     func(m *Message, _ context.CancelFunc) { m.Close(); m.Close() },
			"with its ctx": func(_ *Message, cancel context.CancelFunc) { cancel() },
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				m, err := Source{Name: name, Env: fakes(t, map[string]string{name: "cd " + dir + "\n" + script})}.Show(ctx, "a text")
				if err != nil {
					t.Fatal(err)
				}
				for end := time.Now().Add(ttytest.Patience); ; time.Sleep(5 * time.Millisecond) {
					if _, err := os.Stat(filepath.Join(dir, "pid")); err == nil {
						break
					}
					if time.Now().After(end) {
						t.Fatal("it is not started")
					}
				}
				end(m, cancel)
				if ended(t, m) {
					t.Error("nobody cancelled")
				}
				groupEnds(t, filepath.Join(dir, "pid"))
			})
		}
	}
	t.Run("a context that has ended shows nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		env := fakes(t, map[string]string{"zenity": "exit 0"})
		if m, err := (Source{Name: "zenity", Env: env}).Show(ctx, "a text"); !errors.Is(err, mfa.ErrCancelled) || m != nil {
			t.Error(m, err)
		}
	})
}

func TestWhatAMessageIsTold(t *testing.T) {
	dir := t.TempDir()
	env := fakes(t, map[string]string{
		"zenity":   "cd " + dir + "; printf '%s\\n' \"$@\" >args",
		"pinentry": "cd " + dir + "\nexec 3>args\n" + strings.Replace(confirmFake("echo OK"), "case $word in", "echo \"$word $rest\" >&3; case $word in", 1),
	})
	for _, tt := range []struct{ name, text, want string }{
		{"zenity", "a_b <b>\\n</b>\n--x\x1b", "--question\n--no-markup\n--title=hatstand\n--text=a_b <b>\\\\n</b>\n--x?\n--ok-label=OK\n--cancel-label=Cancel\n"},
		{"pinentry", "a_b <b>%0A</b>\n--x\x1b", "OPTION no-grab\nGETINFO flavor\nSETTITLE hatstand\nSETDESC a_b ‹b>%250A‹/b>%0A--x?\nSETOK _OK\nSETCANCEL _Cancel\nSETTIMEOUT 90\nCONFIRM \nBYE \n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Source{Name: tt.name, Env: env}.Show(t.Context(), tt.text)
			if err != nil {
				t.Fatal(err)
			}
			ended(t, m)
			got, err := os.ReadFile(filepath.Join(dir, "args"))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(got), "\n")
			for i, l := range lines {
				if strings.HasPrefix(l, "SETTIMEOUT 90") || strings.HasPrefix(l, "SETTIMEOUT 89") { // by the clock
					lines[i] = "SETTIMEOUT 90"
				}
			}
			if text := strings.Join(lines, "\n"); text != tt.want {
				t.Errorf("got\n%swant\n%s", text, tt.want)
			}
		})
	}
}

func TestADialogIsAvailableWhereItCouldOpenAWindow(t *testing.T) {
	zenity := fakes(t, map[string]string{"zenity": "exit 0"})
	for _, tt := range []struct {
		name string
		d    Source
		want bool
	}{
		{"with a display", Source{Env: zenity}, true},
		{"named", Source{Name: "zenity", Env: zenity}, true},
		{"another one named", Source{Name: "kdialog", Env: zenity}, false},
		{"without a display", Source{Env: zenity[:2]}, false},
		{"none installed", Source{Env: fakes(t, nil)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.d.Available(); got != tt.want {
				t.Error(got)
			}
		})
	}
}
