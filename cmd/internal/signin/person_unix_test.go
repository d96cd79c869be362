//go:build unix

package signin

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/grant"
	"hatstand/profiles"
)

const (
	pageURL  = "https://device.sso.eu-west-1.amazonaws.com/"
	complete = pageURL + "?user_code=ABCD-EFGH"
	sheet    = "\nTo sign in to corp, open this page and go on only if it shows this code:\n  " + pageURL + "\n  ABCD-EFGH\n"
	ours     = "[hatstand]\nbrowser = %BROWSER%\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
	display  = "DISPLAY=:0"
)

func asked() sent { return sent{UserCode: "ABCD-EFGH", URL: pageURL, CompleteURL: complete} }

// browsed checks what a browser was given: an address on loopback in its command line, and from there the page.
func (c *child) browsed(want string) {
	c.t.Helper()
	args, page, _ := strings.Cut(c.file("browsed"), "\n")
	if !regexp.MustCompile(`^http://127\.0\.0\.1:[0-9]+/[A-Z2-7]{26}$`).MatchString(args) || page != want+"\n" {
		c.t.Errorf("command line %q, page %q", args, page)
	}
}

// quiet checks that no secret is anywhere.
func (c *child) quiet(r result) {
	c.t.Helper()
	for what, text := range map[string]string{"screen": c.screen(), "log": r.Log, "error": r.Err} {
		if strings.Contains(text, "VERY-SECRET") || what != "screen" && strings.Contains(text, "user_code") {
			c.t.Errorf("%s: %s", what, text)
		}
	}
}

func TestShowOnTheTerminal(t *testing.T) {
	for _, tt := range []struct {
		name    string
		at      place
		options Options
		config  string
		opened  time.Time
		screen  string
		browser bool
	}{
		{"with a browser", place{env: []string{display}}, Options{}, ours, time.Time{}, sheet + "Your browser is opening it.\n" + waiting, true},
		{"without a display", place{}, Options{}, ours, time.Time{}, sheet + waiting, false},
		{"in an SSH session", place{env: []string{display, "SSH_TTY=/dev/pts/0"}}, Options{}, ours, time.Time{}, sheet + waiting, false},
		{"--no-browser", place{env: []string{display}}, Options{NoBrowser: true}, ours, time.Time{}, sheet + waiting, false},
		{"HATSTAND_PROMPT=terminal opens nothing", place{env: []string{display, "HATSTAND_PROMPT=terminal"}}, Options{}, ours, time.Time{}, sheet + waiting, false},
		{"no second window", place{env: []string{display}}, Options{}, ours, time.Unix(1, 0), sheet + waiting, false},
		{"for a program that waits", place{env: []string{display}}, Options{Background: true}, ours, time.Time{}, sheet + "Your browser is opening it.\n" + waiting, true},
		{"a browser that fails", place{env: []string{display}, scripts: map[string]string{"broken": "exit 3"}}, Options{}, "[hatstand]\nbrowser = broken\n", time.Time{},
			sheet + "No browser was opened: browser \"broken\": it failed (exit status 3).\n" + waiting, false},
		{"a browser that is not installed", place{env: []string{display}}, Options{}, "[hatstand]\nbrowser = none\n", time.Time{}, sheet + waiting, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.at.terminal = true
			a := asked()
			a.WindowOpened = tt.opened
			c := start(t, tt.at, job{Method: "show", Config: tt.config, Options: tt.options, Grant: corp, Auth: a})
			r := c.gets()
			if r.Err != "" || r.Opened != tt.browser {
				t.Errorf("%+v", r)
			}
			c.sees(tt.screen)
			if tt.browser {
				c.browsed(complete)
			}
			c.done()
			c.quiet(r)
			if !tt.browser {
				c.absent("browsed")
			}
		})
	}
	t.Run("as a QR code", func(t *testing.T) {
		t.Parallel()
		c := start(t, place{terminal: true}, job{Method: "show", Config: ours, Options: Options{QR: true}, Grant: corp, Auth: asked()})
		c.quiet(c.gets())
		c.done()
		if text := c.seesEnd("\x1b[0m\n" + waiting); !strings.HasPrefix(text, sheet+"\x1b[38;5;16;48;5;231m") {
			t.Errorf("%q", text)
		}
	})
	t.Run("as a QR code where none can be drawn", func(t *testing.T) {
		t.Parallel()
		c := start(t, place{terminal: true, env: []string{"TERM=dumb"}}, job{Method: "show", Config: ours, Options: Options{QR: true}, Grant: corp, Auth: asked()})
		c.quiet(c.gets())
		c.done()
		c.sees(sheet + "No QR code: this terminal (TERM) shows no colours.\n" + waiting)
	})
	t.Run("Ctrl-C ends the wait", func(t *testing.T) {
		t.Parallel()
		c := start(t, place{terminal: true}, job{Method: "show", Config: ours, Grant: corp, Auth: asked()})
		c.gets()
		if _, err := c.master.WriteString("\x03"); err != nil {
			t.Fatal(err)
		}
		c.tells("interrupted")
		c.tells("done")
	})
	t.Run("a page that is not encrypted is not shown", func(t *testing.T) {
		t.Parallel()
		a := asked()
		a.CompleteURL = "http://evil.example/"
		c := start(t, place{terminal: true, env: []string{display}}, job{Method: "show", Config: ours, Grant: corp, Auth: a})
		r := c.gets()
		if r.Err != "the sign-in to corp: the page's address is not https" || r.Exit != advice.Refused || r.Nobody {
			t.Errorf("%+v", r)
		}
		c.sees("")
		c.absent("browsed")
	})
	t.Run("a terminal whose output is held does not hold the sign-in for ever", func(t *testing.T) {
		t.Parallel()
		c := start(t, place{terminal: true, held: true}, job{Method: "show", Config: ours, Grant: corp, Auth: asked(), Limit: time.Second})
		if r := c.gets(); r.Err != "context deadline exceeded" || r.Exit != advice.NoHuman || r.Nobody {
			t.Errorf("%+v", r)
		}
	})
}

func TestShowInADialog(t *testing.T) {
	const stays = "printf '%s\\n' \"$@\" >%DIR%/args.part; mv %DIR%/args.part %DIR%/args; echo $$ >%DIR%/pid; while :; do sleep 300; done"
	const args = "--question\n--no-markup\n--title=hatstand\n--text=" + "To sign in to corp, open this page and go on only if it shows this code:\n  " + pageURL + "\n  ABCD-EFGH\n" +
		"--ok-label=OK\n--cancel-label=Cancel\n"
	for _, tt := range []struct {
		name    string
		at      place
		options Options
		opened  time.Time
		browser bool
		dialog  bool
	}{
		{"where there is no terminal", place{env: []string{display}}, Options{NoBrowser: true}, time.Time{}, false, true},
		{"beside the browser", place{env: []string{display}}, Options{Background: true}, time.Time{}, true, true},
		{"if it is named, though there is a terminal", place{terminal: true, env: []string{display, "HATSTAND_PROMPT=zenity"}}, Options{NoBrowser: true}, time.Time{}, false, true},
		{"again before somebody who has started this program", place{env: []string{display}}, Options{}, time.Unix(1, 0), false, true},
		{"once before nobody", place{env: []string{display}}, Options{Background: true}, time.Unix(1, 0), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.at.scripts = map[string]string{"zenity": stays}
			a := asked()
			a.WindowOpened = tt.opened
			c := start(t, tt.at, job{Method: "show", Config: ours, Options: tt.options, Grant: corp, Auth: a})
			r := c.gets()
			if r.Err != "" || r.Opened != (tt.browser || tt.dialog) {
				t.Errorf("%+v", r)
			}
			if tt.dialog {
				if got := c.file("args"); got != args {
					t.Errorf("got\n%swant\n%s", got, args)
				}
			}
			if tt.browser {
				c.browsed(complete)
			}
			c.done()
			c.quiet(r)
			if !tt.dialog {
				c.absent("args")
			}
			if !tt.browser {
				c.absent("browsed")
			}
			if c.screen() != "" {
				t.Errorf("the terminal shows %q", c.screen())
			}
		})
	}
	t.Run("its Cancel", func(t *testing.T) {
		t.Parallel()
		c := start(t, place{env: []string{display}, scripts: map[string]string{"zenity": "exit $ZENITY_CANCEL"}},
			job{Method: "show", Config: ours, Options: Options{NoBrowser: true}, Grant: corp, Auth: asked()})
		if r := c.gets(); r.Err != "" || !r.Opened {
			t.Errorf("%+v", r)
		}
		c.tells("cancelled")
		c.tells("done")
	})
}

func TestNobodyToSignIn(t *testing.T) {
	login := "in a terminal: hatstand login corp"
	broken := map[string]string{"zenity": "echo >&2 no display; exit 255", "broken": "exit 3"}
	for _, tt := range []struct {
		name   string
		at     place
		job    job
		err    string
		hint   string
		shows  bool // Show alone fails
		exists string
	}{
		{"nothing at all", place{}, job{}, "there is nobody to ask (no terminal; no dialog; no browser: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set))", login, false, ""},
		{"HATSTAND_PROMPT=none", place{terminal: true, env: []string{display, "HATSTAND_PROMPT=none"}}, job{}, "HATSTAND_PROMPT says that nobody may be asked", "in a terminal: HATSTAND_PROMPT=terminal hatstand login corp", false, ""},
		{"prompt = none", place{terminal: true, env: []string{display}}, job{Config: "[hatstand]\nprompt = none\n"}, "~/config:2 says that nobody may be asked", "in a terminal: HATSTAND_PROMPT=terminal hatstand login corp", false, ""},
		{"HATSTAND_PROMPT=terminal, and no terminal", place{env: []string{display, "HATSTAND_PROMPT=terminal"}, scripts: map[string]string{"zenity": "exit 0"}}, job{Config: ours}, "terminal, which HATSTAND_PROMPT names, cannot ask here", login, false, ""},
		{"a dialog that is not installed", place{terminal: true, env: []string{"HATSTAND_PROMPT=kdialog"}}, job{Config: ours}, "kdialog, which HATSTAND_PROMPT names, cannot ask here", "unset it, so that hatstand finds a prompt that works here, or name another: terminal, pinentry, zenity, kdialog, osascript, powershell, none", false, ""},
		{"a policy", place{terminal: true}, job{Options: Options{Policy: 1}}, "nobody is asked now", "sign in: hatstand login corp", false, ""},
		{"a policy of the context", place{terminal: true}, job{Never: true}, "nobody is asked now", "sign in: hatstand login corp", false, ""},
		{"the older form", place{}, job{Grant: profiles.Grant{Kind: profiles.SSO, StartURL: "https://corp.awsapps.com/start"}}, "there is nobody to ask (no terminal; no dialog; no browser: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set))", "in a terminal: hatstand login https://corp.awsapps.com/start", false, ""},
		{"a dialog and a browser that do not work", place{env: []string{display}, scripts: broken}, job{Config: "[hatstand]\nbrowser = broken\n"},
			"there is nowhere to show the code (no usable dialog: pinentry is not installed, zenity: no display, kdialog is not installed; browser \"broken\": it failed (exit status 3))", login, true, ""},
	} {
		for _, method := range []string{"way", "show", "open"} {
			if tt.shows && method != "show" {
				continue
			}
			t.Run(tt.name+", "+method, func(t *testing.T) {
				t.Parallel()
				j := tt.job
				j.Method, j.Auth, j.URL = method, asked(), pageURL
				if j.Grant.IsZero() {
					j.Grant = corp
				}
				c := start(t, tt.at, j)
				r := c.gets()
				if r.Err != tt.err || !r.Nobody || r.Exit != advice.NoHuman || !slices.Equal(r.Hints, []string{tt.hint}) {
					t.Errorf("got  %s, nobody %v, exit %d, %q\nwant %s, %q", r.Err, r.Nobody, r.Exit, r.Hints, tt.err, tt.hint)
				}
				c.quiet(r)
				if c.screen() != "" {
					t.Errorf("the terminal shows %q", c.screen())
				}
				c.absent("browsed")
			})
		}
	}
}

func TestOpen(t *testing.T) {
	const authorize = "https://oidc.eu-west-1.amazonaws.com/authorize?client_id=x&state=VERY-SECRET"
	const printed = "\nTo sign in to corp, open this page:\n  " + authorize + "\n" + waiting
	const opened = "\nA browser window was opened to sign in to corp.\n" + waiting
	for _, tt := range []struct {
		name    string
		at      place
		options Options
		config  string
		screen  string
		err     string
		browser bool
	}{
		{"in the browser", place{terminal: true, env: []string{display}}, Options{}, ours, opened, "", true},
		{"in the browser, without a terminal", place{env: []string{display}}, Options{}, ours, "", "", true},
		{"on a forwarded display, since the user insists", place{terminal: true, env: []string{display, "SSH_TTY=x"}}, Options{BrowserFlow: true}, ours, opened, "", true},
		{"--no-browser prints", place{terminal: true, env: []string{display}}, Options{NoBrowser: true, BrowserFlow: true}, ours, printed, "", false},
		{"HATSTAND_PROMPT=terminal prints", place{terminal: true, env: []string{display, "HATSTAND_PROMPT=terminal"}}, Options{BrowserFlow: true}, ours, printed, "", false},
		{"--callback-port in an SSH session prints", place{terminal: true, env: []string{"SSH_TTY=x"}}, Options{CallbackPort: 8400}, ours, printed, "", false},
		{"a browser that fails", place{terminal: true, env: []string{display}, scripts: map[string]string{"broken": "exit 3"}}, Options{}, "[hatstand]\nbrowser = broken\n", "", `browser "broken": it failed (exit status 3)`, false},
		{"a browser that is not installed", place{terminal: true, env: []string{display}}, Options{}, "[hatstand]\nbrowser = none\n", "", `~/config:2: "none" is not installed`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, tt.at, job{Method: "open", Config: tt.config, Options: tt.options, Grant: corp, URL: authorize})
			r := c.gets()
			if r.Err != tt.err || r.Nobody || strings.Contains(r.Log, "SECRET") {
				t.Errorf("%+v", r)
			}
			if tt.at.terminal {
				c.sees(tt.screen)
			}
			if tt.browser {
				c.browsed(authorize)
			} else {
				c.absent("browsed")
			}
		})
	}
	t.Run("no page that is not encrypted", func(t *testing.T) {
		t.Parallel()
		c := start(t, place{env: []string{display}}, job{Method: "open", Config: ours, Grant: corp, URL: "http://evil.example/"})
		if r := c.gets(); r.Err != "the sign-in to corp: the page's address is not https" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("Ctrl-C while the browser starts", func(t *testing.T) {
		t.Parallel()
		c := start(t, place{terminal: true, env: []string{display}, scripts: map[string]string{"slow": "echo >%DIR%/started; while [ ! -e %DIR%/over ]; do sleep 0.1; done"}},
			job{Method: "open", Config: "[hatstand]\nbrowser = slow\n", Grant: corp, URL: authorize})
		defer os.WriteFile(filepath.Join(c.dir, "over"), nil, 0o600) // a browser outlives hatstand
		c.file("started")
		if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if r := c.gets(); r.Err != "cancelled" || r.Exit != advice.Cancelled {
			t.Errorf("%+v", r)
		}
	})
}

// What the flow hangs on is read from the right places.
func TestWayOfThisMachine(t *testing.T) {
	older := profiles.Grant{Kind: profiles.SSO, StartURL: "https://corp.awsapps.com/start"}
	for _, tt := range []struct {
		name   string
		at     place
		job    job
		flow   grant.Flow
		why    string
		failed string
	}{
		{"a desktop", place{terminal: true, env: []string{display}}, job{Config: ours}, grant.Browser, "", ""},
		{"no browser but the one that is named, and that is missing", place{terminal: true, env: []string{display}}, job{Config: "[hatstand]\nbrowser = none\n"}, grant.Device, `~/config:2: "none" is not installed`, ""},
		{"the session's own browser", place{terminal: true, env: []string{display}}, job{Config: "[hatstand]\nbrowser = %BROWSER%\n[hatstand-session corp]\nbrowser = none\n"}, grant.Device, `~/config:4: "none" is not installed`, ""},
		{"another session's", place{terminal: true, env: []string{display}}, job{Config: "[hatstand]\nbrowser = %BROWSER%\n[hatstand-session other]\nbrowser = none\n"}, grant.Browser, "", ""},
		{"the environment's", place{terminal: true, env: []string{display, "HATSTAND_BROWSER=none"}}, job{Config: ours}, grant.Device, `HATSTAND_BROWSER: "none" is not installed`, ""},
		{"no terminal, but a desktop", place{env: []string{display}}, job{Config: ours}, grant.Browser, "", ""},
		{"a terminal alone", place{terminal: true}, job{Config: ours}, grant.Device, "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)", ""},
		{"a program that waits", place{env: []string{display}}, job{Config: ours, Options: Options{Background: true}}, grant.Device, "a program is waiting, which may give up before you have signed in", ""},
		{"the older form", place{env: []string{display}}, job{Config: ours, Grant: older}, grant.Device, "the profile has no sso_session", ""},
		{"sign_in of the session", place{env: []string{display}}, job{Config: ours + "[hatstand-session corp]\nsign_in = device\n"}, grant.Device, "sign_in is device", ""},
		{"sign_in of the program", place{env: []string{display}}, job{Config: "[hatstand]\nsign_in = device\nbrowser = %BROWSER%\n"}, grant.Device, "sign_in is device", ""},
		{"a sign_in that there is not", place{env: []string{display}}, job{Config: ours + "[hatstand-session corp]\nsign_in = telepathy\n"}, "", "", `sign_in`},
		{"a prompt that there is not", place{env: []string{display, "HATSTAND_PROMPT=crystal"}}, job{Config: ours}, "", "", `HATSTAND_PROMPT: unknown prompt "crystal"`},
		{"a browser's command with an open quote", place{env: []string{display, "HATSTAND_BROWSER='x"}}, job{Config: ours}, "", "", "HATSTAND_BROWSER: the browser's command has a quote that is not closed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.job.Method = "way"
			if tt.job.Grant.IsZero() {
				tt.job.Grant = corp
			}
			r := start(t, tt.at, tt.job).gets()
			if tt.failed != "" {
				if !strings.Contains(r.Err, tt.failed) || r.Exit != advice.Usage || r.Nobody {
					t.Errorf("%+v", r)
				}
				return
			}
			if got := fmt.Sprint(r.Flow, r.Why, r.Err); got != fmt.Sprint(tt.flow, tt.why) {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestABrowserThatFailedIsNotTriedAgain(t *testing.T) {
	c := start(t, place{terminal: true, env: []string{display}, scripts: map[string]string{"broken": "echo >>%DIR%/started; exit 3"}},
		job{Method: "show", Config: "[hatstand]\nbrowser = broken\n", Grant: corp, Auth: asked(), Twice: true})
	if r := c.gets(); r.Err != "" || r.Opened {
		t.Errorf("%+v", r)
	}
	c.done()
	if got := c.file("started"); got != "\n" {
		t.Errorf("it was started %d times", len(got))
	}
	c.sees(sheet + "No browser was opened: browser \"broken\": it failed (exit status 3).\n" + waiting + sheet + waiting)
}
