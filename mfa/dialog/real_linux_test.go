package dialog

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hatstand/mfa"
	"hatstand/mfa/internal/ttytest"
)

// answered is what a dialog gave.
type answered struct {
	text string
	err  error
}

func asks(f func() (string, error)) <-chan answered {
	ch := make(chan answered, 1)
	go func() {
		text, err := f()
		ch <- answered{text, err}
	}()
	return ch
}

// asksCode asks until the test ends.
func asksCode(t *testing.T, d Source, r mfa.Request) <-chan answered {
	return asks(func() (string, error) { return d.Code(t.Context(), r) })
}

func gets(t *testing.T, ch <-chan answered) answered {
	t.Helper()
	select {
	case a := <-ch:
		return a
	case <-time.After(ttytest.Patience):
		t.Fatal("no answer")
		return answered{}
	}
}

// Each is asked on a display of its own, by its real program.
func TestDialogs(t *testing.T) {
	t.Parallel()
	r := mfa.Request{Serial: alice, Profile: "prod", Role: "arn:aws:iam::222222222222:role/Admin", Attempt: 1}
	for _, tt := range []struct {
		name, tool string
		toCancel   []string // the keys that press that button
	}{
		{"zenity", "zenity", []string{"Tab", "space"}},
		{"kdialog", "kdialog", []string{"Tab", "Tab", "space"}},
		{"pinentry", "pinentry-gtk-2", []string{"alt+c"}},
	} {
		tool, name, toCancel := tt.tool, tt.name, tt.toCancel
		t.Run(tool, func(t *testing.T) {
			ttytest.Need(t, tool, strings.Replace(tool, "gtk-2", "gtk2", 1))
			t.Parallel() // its parts share a keyboard, and follow each other
			whole := newDesktop(t)
			d := Source{Name: name, Env: whole.env(tool)}
			run := func(claim string, f func(t *testing.T, x *desktop)) {
				t.Run(claim, func(t *testing.T) { f(t, whole.in(t)) })
			}
			wants := func(x *desktop, ch <-chan answered, text string, err error) {
				x.t.Helper()
				if a := gets(x.t, ch); a.text != text || !errors.Is(a.err, err) {
					x.t.Fatalf("got %q, %v; want %q, %v", a.text, a.err, text, err)
				}
				x.empty()
			}
			run("a code is typed", func(t *testing.T, x *desktop) {
				ch := asksCode(t, d, r)
				x.window().types("123 456", "Return")
				wants(x, ch, "123456", nil)
			})
			run("it is found when none is named", func(t *testing.T, x *desktop) {
				d := d
				d.Name = ""
				ch := asksCode(t, d, r)
				x.window().types("123456", "Return")
				wants(x, ch, "123456", nil)
			})
			run("a slip is asked for again, with the reason", func(t *testing.T, x *desktop) {
				ch := asksCode(t, d, r)
				first := x.window()
				height := first.height()
				first.types("12345", "Return")
				second := x.window(first)
				if h := second.height(); h <= height {
					t.Errorf("the second window is %d high, the first %d: no reason is given", h, height)
				}
				second.types("123456", "Return")
				wants(x, ch, "123456", nil)
			})
			run("a secret comes as it was typed", func(t *testing.T, x *desktop) {
				ch := asks(func() (string, error) { return d.Secret(t.Context(), "Passphrase of the keyring", "") })
				x.window().types(" 50% horse--staple ", "Return")
				wants(x, ch, " 50% horse--staple ", nil)
			})
			run("Cancel refuses", func(t *testing.T, x *desktop) {
				ch := asksCode(t, d, r)
				x.window().types("123456", toCancel...)
				wants(x, ch, "", mfa.ErrCancelled)
			})
			run("Escape refuses", func(t *testing.T, x *desktop) {
				ch := asksCode(t, d, r)
				x.window().types("", "Escape")
				wants(x, ch, "", mfa.ErrCancelled)
			})
			run("a closed window refuses", func(t *testing.T, x *desktop) {
				ch := asksCode(t, d, r)
				x.window().close()
				wants(x, ch, "", mfa.ErrCancelled)
			})
			run("the deadline closes the window", func(t *testing.T, x *desktop) {
				r := r
				r.Deadline = time.Now().Add(2 * time.Second)
				ch := asksCode(t, d, r)
				var late *mfa.Error
				if a := gets(t, ch); !(errors.As(a.err, &late) && late.Kind == mfa.Late) || late.Profile != "prod" {
					t.Fatal(a)
				}
				x.empty()
			})
			run("a context that ends closes the window", func(t *testing.T, x *desktop) {
				ctx, cancel := context.WithCancel(t.Context())
				ch := asks(func() (string, error) { return d.Code(ctx, r) })
				x.window()
				cancel()
				wants(x, ch, "", mfa.ErrCancelled)
			})
			run("a profile's name is neither markup, nor an escape, nor an option", func(t *testing.T, x *desktop) {
				r := r
				r.Profile = `--file=/etc/passwd <h1>a</h1><br>\n\n%0A%0A&amp;_a`
				heights := map[string]int{}
				harmless := strings.Map(func(c rune) rune {
					if c == ' ' {
						return c
					}
					return 'x'
				}, r.Profile)
				for _, profile := range []string{r.Profile, harmless} {
					r.Profile = profile
					ch := asksCode(t, d, r)
					w := x.window()
					heights[profile] = w.height()
					w.types("123456", "Return")
					wants(x, ch, "123456", nil)
				}
				if h := heights[`--file=/etc/passwd <h1>a</h1><br>\n\n%0A%0A&amp;_a`]; h != heights[r.Profile] {
					t.Errorf("the window is %d high, and %d with a harmless name", h, heights[r.Profile])
				}
			})
			run("a display that is not there is no refusal", func(t *testing.T, x *desktop) {
				d := d
				d.Env = append(dialogEnv(t, tool), "DISPLAY=:12345")
				a := gets(t, asksCode(t, d, r))
				if !errors.Is(a.err, mfa.ErrUnusable) || a.text != "" {
					t.Fatal(a)
				}
			})
			run("a hatstand that is killed leaves no window", func(t *testing.T, x *desktop) {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(d.Env, ttytest.ChildMode("window "+d.Name))
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				x.window()
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				x.empty()
			})
		})
	}
	t.Run("the first that works is used", func(t *testing.T) {
		t.Parallel()
		x := newDesktop(t)
		ch := asksCode(t, Source{Env: x.env("pinentry-tty", "zenity")}, r)
		x.window().types("123456", "Return")
		if a := gets(t, ch); a.text != "123456" || a.err != nil {
			t.Fatal(a)
		}
	})
}

// Each real program shows a message on a display of its own.
func TestMessages(t *testing.T) {
	t.Parallel()
	const text = "To sign in to corp, go on only if the page shows this code:\nABCD-EFGH"
	for _, tt := range []struct {
		name, tool string
		toClose    []string // the keys that press OK
		toCancel   []string // the keys that press Cancel
	}{
		{"zenity", "zenity", []string{"Return"}, []string{"Tab", "Tab", "space"}},
		{"kdialog", "kdialog", []string{"Return"}, []string{"Tab", "space"}},
		{"pinentry", "pinentry-gtk-2", []string{"alt+o"}, []string{"alt+c"}},
	} {
		tool, name, toClose, toCancel := tt.tool, tt.name, tt.toClose, tt.toCancel
		t.Run(tool, func(t *testing.T) {
			ttytest.Need(t, tool, strings.Replace(tool, "gtk-2", "gtk2", 1))
			t.Parallel() // its parts share a keyboard, and follow each other
			whole := newDesktop(t)
			d := Source{Name: name, Env: whole.env(tool)}
			show := func(t *testing.T, text string) *Message {
				t.Helper()
				m, err := d.Show(t.Context(), text)
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			for claim, row := range map[string]struct {
				end       func(w window, m *Message)
				cancelled bool
			}{
				"OK closes it":           {func(w window, _ *Message) { w.types("", toClose...) }, false},
				"Cancel cancels":         {func(w window, _ *Message) { w.types("", toCancel...) }, true},
				"Escape cancels":         {func(w window, _ *Message) { w.types("", "Escape") }, true},
				"a closed window is one": {func(w window, _ *Message) { w.close() }, true},
				"Close closes it":        {func(_ window, m *Message) { m.Close() }, false},
			} {
				t.Run(claim, func(t *testing.T) {
					x := whole.in(t)
					m := show(t, text)
					row.end(x.window(), m)
					if ended(t, m) != row.cancelled {
						t.Errorf("cancelled: %v (%v)", !row.cancelled, m.err)
					}
					x.empty()
				})
			}
			t.Run("its text is neither markup, nor an escape, nor an option", func(t *testing.T) {
				x := whole.in(t)
				hostile := `--file=/etc/passwd <h1>a</h1><br>\n\n%0A%0A&amp;_a`
				harmless := strings.Map(func(c rune) rune {
					if c == ' ' {
						return c
					}
					return 'x'
				}, hostile)
				heights := map[string]int{}
				for _, text := range []string{hostile, harmless} {
					m := show(t, text)
					heights[text] = x.window().height()
					m.Close()
					x.empty()
				}
				if heights[hostile] != heights[harmless] {
					t.Errorf("the window is %d high, and %d with a harmless text", heights[hostile], heights[harmless])
				}
			})
			t.Run("a display that is not there", func(t *testing.T) {
				d := d
				d.Env = append(dialogEnv(t, tool), "DISPLAY=:12345")
				m, err := d.Show(t.Context(), text)
				if err == nil { // on a busy machine it may come late
					ended(t, m)
					err = m.err
				}
				if !errors.Is(err, mfa.ErrUnusable) {
					t.Error(err)
				}
			})
		})
	}
}
