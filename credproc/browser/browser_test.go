package browser

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatstand/credproc/internal/onetime"
)

// A launcher is one that a test has started: when it ends and how, and when its browser comes.
type launcher struct {
	cannot  error         // it cannot be started
	ends    time.Duration // after the start; 0: at once, negative: never
	fails   error
	visits  time.Duration // after the start; negative: never
	program string
}

func TestHowABrowserIsWaitedFor(t *testing.T) {
	failure := errors.New("exit status 3")
	const never = -1
	for _, row := range []struct {
		name      string
		launchers []launcher
		cancel    time.Duration
		want      string
		after     time.Duration
	}{
		{"a launcher that ends, and its browser comes", []launcher{{visits: 10 * time.Second}}, 0, "<nil>", 10 * time.Second},
		{"a browser that stays", []launcher{{ends: never, visits: time.Second}}, 0, "<nil>", time.Second},
		{"a slow one", []launcher{{visits: 59 * time.Second}}, 0, "<nil>", 59 * time.Second},
		{"nobody comes", []launcher{{visits: never}}, 0, "no browser came for the sign-in in 60 s", time.Minute},
		{"one that fails at once", []launcher{{fails: failure, visits: never, program: "x"}}, 0, `browser "x": exit status 3`, failGrace},
		{"one that fails later", []launcher{{fails: failure, ends: 20 * time.Second, visits: never, program: "x"}}, 0, `browser "x": exit status 3`, 20*time.Second + failGrace},
		{"one that says it failed, and comes", []launcher{{fails: failure, visits: 2 * time.Second}}, 0, "<nil>", 2 * time.Second},
		{"one that cannot be started", []launcher{{cannot: os.ErrPermission, program: "x"}}, 0, `browser "x": permission denied`, 0},
		{"the next one, where the first cannot", []launcher{{cannot: os.ErrPermission}, {visits: time.Second}}, 0, "<nil>", time.Second},
		{"the next one, where the first fails", []launcher{{fails: failure, visits: never}, {visits: time.Second}}, 0, "<nil>", failGrace + time.Second},
		{"all fail: the first one's reason", []launcher{{fails: failure, visits: never, program: "x"}, {cannot: os.ErrPermission, program: "y"}}, 0, `browser "x": exit status 3`, failGrace},
		{"cancelled", []launcher{{visits: never}}, 5 * time.Second, "context canceled", 5 * time.Second},
		{"cancelled after the launcher failed", []launcher{{fails: failure, visits: never}}, time.Second, "context canceled", time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipes()
				h := addressOn(onetime.New(p, everybody), secretTarget)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if row.cancel > 0 {
					time.AfterFunc(row.cancel, cancel)
				}
				var lines []line
				for _, l := range row.launchers {
					lines = append(lines, line{name: l.program, words: []string{l.program}})
				}
				next := 0
				start := func(args, env []string) (<-chan error, error) {
					l := row.launchers[next]
					next++
					if l.cannot != nil {
						return nil, l.cannot
					}
					exited := make(chan error, 1)
					if l.ends >= 0 {
						time.AfterFunc(l.ends, func() { exited <- l.fails })
					}
					if l.visits >= 0 {
						time.AfterFunc(l.visits, func() {
							if answer := p.visit(h); !strings.Contains(answer, secretTarget) {
								t.Errorf("the browser got %q", answer)
							}
						})
					}
					return exited, nil
				}
				began := time.Now()
				err := Launcher{}.deliver(ctx, h, lines, start)
				if got := fmt.Sprint(err); got != row.want {
					t.Errorf("want %s, got %s", row.want, got)
				}
				if took := time.Since(began); took != row.after {
					t.Errorf("after %v, want %v", took, row.after)
				}
				select {
				case <-p.over:
				default:
					t.Error("it still listens")
				}
			})
		})
	}
}

func TestWhoWasTurnedAwayIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		h := addressOn(onetime.New(p, func(net.Conn) error { return errors.New("a stranger") }), secretTarget)
		start := func(args, env []string) (<-chan error, error) {
			go p.visit(h)
			return nil, nil
		}
		err := Launcher{}.deliver(t.Context(), h, []line{{words: []string{"x"}}}, start)
		if got := fmt.Sprint(err); got != "no browser came for the sign-in in 60 s; refused: a stranger" {
			t.Errorf("got %s", got)
		}
	})
}

// The real thing, with this program as the browser.
func TestOpen(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it looks at a process as Unix has them")
	}
	note := filepath.Join(t.TempDir(), "visit")
	browser := link(t, "chromium")
	b := Launcher{
		Commands: [][]string{{"no-such-browser"}, {browser, "--one", "two words"}}, From: "BROWSER", Profile: "Profile 7",
		Env: append(plainEnviron(), playPart+"=browser", visitFile+"="+note, "AWS_SECRET_ACCESS_KEY=not-for-browsers", "HATSTAND_FILE_PASSPHRASE=not-for-browsers"),
	}
	if err := b.Open(t.Context(), secretTarget); err != nil {
		t.Fatal(err)
	}
	v := visited(t, note)
	if v.Status != 303 || v.Location != secretTarget {
		t.Errorf("%d %q", v.Status, v.Location)
	}
	if len(v.Args) != 4 || !slices.Equal(v.Args[:3], []string{"--one", "two words", "--profile-directory=Profile 7"}) || !strings.HasPrefix(v.Args[3], "http://127.0.0.1:") {
		t.Errorf("arguments %q", v.Args)
	}
	for what, all := range map[string][]string{"argument": v.Args, "variable": v.Env} {
		for _, s := range all {
			if strings.Contains(s, "VERY-SECRET") || strings.Contains(s, "not-for-browsers") {
				t.Errorf("%s %q", what, s)
			}
		}
	}
	if v.Session != 0 && v.Session != v.PID {
		t.Errorf("process %d is in session %d", v.PID, v.Session)
	}
	for i, file := range v.Files {
		if runtime.GOOS == "linux" && file != os.DevNull {
			t.Errorf("file %d is %q", i, file)
		}
	}
}

func TestABrowserThatFails(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no sh")
	}
	for _, row := range []struct {
		name    string
		command []string
		want    string
	}{
		{"its exit status is told", []string{"sh", "-c", "exit 3"}, `browser "sh": it failed (exit status 3)`},
		{"its signal too", []string{"sh", "-c", "kill -TERM $$"}, `browser "sh": it failed (signal: terminated)`},
		{"what cannot be run", []string{"/dev/null"}, `--browser: "/dev/null" is not installed`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := Launcher{Commands: [][]string{row.command}, From: "--browser", Env: os.Environ()}.Open(t.Context(), secretTarget)
			if got := fmt.Sprint(err); got != row.want {
				t.Errorf("want %s\ngot  %s", row.want, got)
			}
		})
	}
}
