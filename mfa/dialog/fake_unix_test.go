//go:build unix

package dialog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hatstand/mfa"
	"hatstand/mfa/internal/ttytest"
)

// fakes installs shell scripts as dialogs, for what real ones cannot be made to do.
func fakes(t *testing.T, scripts map[string]string) []string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		if !strings.HasPrefix(script, "#!") {
			script = "#!/bin/sh\nPATH=/usr/bin:/bin\n" + script
		}
		// Between fork and exec, a process that another test starts would hold the file open for writing, and a file
		// that is open for writing cannot be run.
		syscall.ForkLock.RLock()
		err := os.WriteFile(filepath.Join(dir, name), []byte(script+"\n"), 0o700)
		syscall.ForkLock.RUnlock()
		if err != nil {
			t.Fatal(err)
		}
	}
	return []string{"PATH=/nonexistent:" + dir, "HOME=" + dir, "DISPLAY=:0"}
}

// pinentryFake answers GETPIN as told.
func pinentryFake(getpin string) string {
	return `echo OK hello
while read -r word rest; do case $word in
GETPIN) ` + getpin + `;;
BYE) echo OK; exit;;
*) echo OK;;
esac; done`
}

func TestFakeDialogs(t *testing.T) {
	r := mfa.Request{Serial: alice, Profile: "prod", Attempt: 1}
	const none = "no usable dialog: "
	cancelled := "cancelled"
	for _, tt := range []struct {
		name    string
		only    string
		scripts map[string]string
		code    string
		err     string
	}{
		{"none is installed", "", nil, "", none + "pinentry is not installed, zenity is not installed, kdialog is not installed"},
		{"the named one is not installed", "kdialog", map[string]string{"zenity": "echo 123456"}, "", none + "kdialog is not installed"},
		{"each that does not work is passed over", "", map[string]string{"pinentry": "exit 1", "zenity": "exit 5", "kdialog": "echo 123456"}, "123456", ""},
		{"no name but a dialog's is run", "sh", nil, "", "no such dialog: sh"},

		{"zenity: Cancel", "zenity", map[string]string{"zenity": "exit $ZENITY_CANCEL"}, "", cancelled},
		{"zenity: a closed window", "zenity", map[string]string{"zenity": "exit $ZENITY_ESC"}, "", cancelled},
		{"zenity: a refusal is final", "", map[string]string{"zenity": "exit $ZENITY_ESC", "kdialog": "echo 123456"}, "", cancelled},
		{"zenity: another program of its name that is cancelled", "zenity", map[string]string{"zenity": "exit 1"}, "", cancelled},
		{"zenity: it reaches no display", "zenity", map[string]string{"zenity": "echo >&2 'Gtk-WARNING: cannot open display: :0'; exit 1"}, "", none + "zenity: Gtk-WARNING: cannot open display: :0"},
		{"zenity: an error without a word", "zenity", map[string]string{"zenity": "exit 255"}, "", none + "zenity: exit code 255"},
		{"zenity: what it says cannot steer a terminal", "zenity", map[string]string{"zenity": `printf >&2 'a\033[2Jb'; exit 255`}, "", none + "zenity: a?[2Jb"},
		{"zenity: it crashes", "zenity", map[string]string{"zenity": "kill -SEGV $$"}, "", none + "zenity: exit code -1"},
		{"zenity: it cannot be started", "zenity", map[string]string{"zenity": "#!/nonexistent"}, "", none + "zenity: no such file or directory"},
		{"zenity: an answer without end", "zenity", map[string]string{"zenity": "while :; do echo 123456; done | head -c 100000"}, "", "zenity: an answer of more than 4096 bytes"},
		{"zenity: something it started holds the pipe", "zenity", map[string]string{"zenity": "sleep 300 & echo 123456"}, "123456", ""},
		{"zenity: three slips are enough", "zenity", map[string]string{"zenity": "echo 12345"}, "", "a token code is six digits: this has 5"},
		{"kdialog: Cancel", "kdialog", map[string]string{"kdialog": "exit 1"}, "", cancelled},
		{"kdialog: Qt aborts", "kdialog", map[string]string{"kdialog": "echo >&2 could not connect to display; kill -ABRT $$"}, "", none + "kdialog: could not connect to display"},

		{"pinentry: an answer", "pinentry", map[string]string{"pinentry": pinentryFake("echo D 123456; echo OK")}, "123456", ""},
		{"pinentry: an answer in pieces, escaped", "pinentry", map[string]string{"pinentry": pinentryFake("echo S note; echo D 12%33; echo '# a comment'; echo D 456; echo OK")}, "123456", ""},
		{"pinentry: no answer is an empty one", "pinentry", map[string]string{"pinentry": pinentryFake("echo OK")}, "", "a token code is six digits: there is none"},
		{"pinentry: cancelled", "pinentry", map[string]string{"pinentry": pinentryFake("echo 'ERR 83886179 Operation cancelled <Pinentry>'")}, "", cancelled},
		{"pinentry: closed", "pinentry", map[string]string{"pinentry": pinentryFake("echo 'ERR 83886278 Operation fully cancelled <Pinentry>'")}, "", cancelled},
		{"pinentry: a failure of its own that it calls cancelled", "pinentry", map[string]string{"pinentry": pinentryFake("echo S ERROR x11.open 83886179; echo 'ERR 83886179 Operation cancelled <Pinentry>'")}, "", none + "pinentry: Operation cancelled"},
		{"pinentry: another error", "pinentry", map[string]string{"pinentry": pinentryFake("echo 'ERR 83918950 Inappropriate ioctl for device <Pinentry>'")}, "", none + "pinentry: Inappropriate ioctl for device"},
		{"pinentry: it has had enough of waiting", "pinentry", map[string]string{"pinentry": pinentryFake("echo 'ERR 83886142 Timeout <Pinentry>'")}, "", "no answer in time: waited for a token code of " + alice},
		{"pinentry: an error that is none", "pinentry", map[string]string{"pinentry": pinentryFake("echo ERR")}, "", none + "pinentry: it does not speak the Assuan protocol"},
		{"pinentry: garbage", "pinentry", map[string]string{"pinentry": "echo 123456; sleep 300"}, "", none + "pinentry: it does not speak the Assuan protocol"},
		{"pinentry: a line without end", "pinentry", map[string]string{"pinentry": "yes | tr -d '\\n'"}, "", none + "pinentry: it does not speak the Assuan protocol"},
		{"pinentry: an answer without end", "pinentry", map[string]string{"pinentry": pinentryFake("while :; do echo D 123456; done")}, "", none + "pinentry: an answer of more than 4096 bytes"},
		{"pinentry: it ends before its greeting", "pinentry", map[string]string{"pinentry": "exit 0"}, "", none + "pinentry: it ended"},
		{"pinentry: it ends while it asks, and says why", "pinentry", map[string]string{"pinentry": pinentryFake("echo >&2 lost the display; exit 2")}, "", none + "pinentry: lost the display"},
		{"pinentry: it stays after BYE", "pinentry", map[string]string{"pinentry": strings.Replace(pinentryFake("echo D 123456; echo OK"), "exit;;", "trap '' TERM; sleep 300;;", 1)}, "123456", ""},
		{"pinentry: the next one is tried", "pinentry", map[string]string{"pinentry": "exit 1", "pinentry-qt": pinentryFake("echo D 123456; echo OK")}, "123456", ""},
		{"pinentry: one that draws on terminals is not asked where there is none", "pinentry",
			map[string]string{"pinentry": strings.Replace(pinentryFake("echo D 111111; echo OK"), "case $word in", "case $word in\nGETINFO) echo D gtk2:curses; echo OK;;", 1)}, "", none + "pinentry: it needs a terminal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), ttytest.Patience)
			defer cancel()
			code, err := Source{Name: tt.only, Env: fakes(t, tt.scripts)}.Code(ctx, r)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if code != tt.code || got != tt.err {
				t.Fatalf("got  %q, %s\nwant %q, %s", code, got, tt.code, tt.err)
			}
			if strings.HasPrefix(got, none) != errors.Is(err, mfa.ErrUnusable) {
				t.Errorf("%v: unusable %v", err, errors.Is(err, mfa.ErrUnusable))
			}
			if (got == cancelled) != errors.Is(err, mfa.ErrCancelled) {
				t.Errorf("%v: cancelled %v", err, errors.Is(err, mfa.ErrCancelled))
			}
		})
	}
}

func TestDialogThatHangs(t *testing.T) {
	for name, script := range map[string]string{
		"zenity":   `trap "" TERM; echo $$ >pid.part; mv pid.part pid; while :; do sleep 300; done`,
		"kdialog":  `trap "" TERM; echo $$ >pid.part; mv pid.part pid; while :; do sleep 300; done`,
		"pinentry": pinentryFake(`trap "" TERM; echo $$ >pid.part; mv pid.part pid; while :; do sleep 300; done`),
	} {
		t.Run(name+" is killed at the deadline with all that it started", func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env := fakes(t, map[string]string{name: "cd " + dir + "\n" + script})
			ctx, cancel := context.WithTimeout(t.Context(), ttytest.Patience)
			defer cancel()
			code, err := Source{Name: name, Env: env}.Code(ctx, mfa.Request{Serial: alice, Profile: "prod", Deadline: time.Now().Add(time.Second)})
			var late *mfa.Error
			if code != "" || !(errors.As(err, &late) && late.Kind == mfa.Late) || ctx.Err() != nil {
				t.Fatal(code, err)
			}
			groupEnds(t, filepath.Join(dir, "pid"))
		})
	}
}

// groupEnds waits until no process is left of the group whose leader wrote its number into a file.
func groupEnds(t *testing.T, file string) {
	t.Helper()
	pid, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	group, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(ttytest.Patience); unix.Kill(-group, 0) == nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it lives on")
		}
	}
}

func TestDialogWithoutDisplay(t *testing.T) {
	touch := "touch started"
	for _, tt := range []struct{ name, only, err string }{
		{"none is started", "", "no usable dialog: neither DISPLAY nor WAYLAND_DISPLAY is set"},
		{"a named zenity", "zenity", "no usable dialog: neither DISPLAY nor WAYLAND_DISPLAY is set"},
		{"a named kdialog", "kdialog", "no usable dialog: neither DISPLAY nor WAYLAND_DISPLAY is set"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			script := "cd " + dir + "\n" + touch
			env := fakes(t, map[string]string{"pinentry": script, "zenity": script, "kdialog": script})[:2]
			_, err := Source{Name: tt.only, Env: append(env, "DISPLAY=")}.Code(t.Context(), mfa.Request{Serial: alice})
			if err == nil || err.Error() != tt.err || !errors.Is(err, mfa.ErrUnusable) {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
				t.Error("it was started")
			}
		})
	}
	t.Run("the current folder is no place to look", func(t *testing.T) {
		env := fakes(t, map[string]string{"zenity": "echo 123456"})
		t.Chdir(strings.TrimPrefix(env[1], "HOME="))
		_, err := Source{Name: "zenity", Env: []string{"PATH=.:", "DISPLAY=:0"}}.Code(t.Context(), mfa.Request{Serial: alice})
		if err == nil || err.Error() != "no usable dialog: zenity is not installed" {
			t.Error(err)
		}
	})
	t.Run("Wayland is one", func(t *testing.T) {
		env := fakes(t, map[string]string{"zenity": "echo 123456"})[:2]
		if code, err := (Source{Env: append(env, "WAYLAND_DISPLAY=wayland-0")}).Code(t.Context(), mfa.Request{Serial: alice}); code != "123456" || err != nil {
			t.Error(code, err)
		}
	})
	t.Run("a named pinentry may have another way to a screen", func(t *testing.T) {
		env := fakes(t, map[string]string{"pinentry": pinentryFake("echo D 123456; echo OK")})[:2]
		if code, err := (Source{Name: "pinentry", Env: env}).Code(t.Context(), mfa.Request{Serial: alice}); code != "123456" || err != nil {
			t.Error(code, err)
		}
	})
}

func TestPinentryOfGnuPG(t *testing.T) {
	env := fakes(t, map[string]string{
		"pinentry": pinentryFake("echo D 111111; echo OK"),
		"my own":   pinentryFake("echo D 222222; echo OK"),
	})
	home := strings.TrimPrefix(env[1], "HOME=")
	conf := filepath.Join(home, ".gnupg", "gpg-agent.conf")
	if err := os.Mkdir(filepath.Dir(conf), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, conf, code string }{
		{"is asked first", "# mine\ndefault-cache-ttl 60\n  pinentry-program  " + filepath.Join(home, "my own") + " \n", "222222"},
		{"that is gone is passed over", "pinentry-program /nonexistent\n", "111111"},
		{"must be an absolute path", "pinentry-program my own\n", "111111"},
		{"is not named", "pinentry-program\n", "111111"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(conf, []byte(tt.conf), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, err := (Source{Env: env}).Code(t.Context(), mfa.Request{Serial: alice}); code != tt.code || err != nil {
				t.Error(code, err)
			}
		})
	}
}

// What a dialog is given is looked at from inside.
func TestDialogIsTold(t *testing.T) {
	dir := t.TempDir()
	env := fakes(t, map[string]string{
		"zenity":   "cd " + dir + "; printf '%s\\n' \"$@\" >args; env >env; cat >stdin; echo 123456",
		"pinentry": "cd " + dir + "\nexec 3>args\n" + strings.Replace(pinentryFake("echo D 123456; echo OK"), "case $word in", "echo \"$word $rest\" >&3; case $word in", 1),
	})
	r := mfa.Request{
		Serial: alice, Profile: "--help\nBYE\u202e%0A", Role: "arn:aws:iam::222222222222:role/team/Admin",
		Attempt: 2, Refused: "AWS refused the code",
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	t.Run("zenity", func(t *testing.T) {
		if code, err := (Source{Name: "zenity", Env: env}).Code(t.Context(), r); code != "123456" || err != nil {
			t.Fatal(code, err)
		}
		want := `--entry
--title=hatstand
--text=AWS refused the code (attempt 2 of 3)

MFA code for alice, for --help?BYE?%0A (Admin in 222222222222)
Device: ` + alice + "\n"
		if got := read("args"); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		if got := read("stdin"); got != "" {
			t.Errorf("standard input: %q", got)
		}
		if got := read("env"); !strings.Contains(got, "DISPLAY=:0\n") || strings.Contains(got, "HATSTAND_") || strings.Contains(got, "AWS_") {
			t.Errorf("environment: %s", got)
		}
	})
	t.Run("pinentry", func(t *testing.T) {
		if code, err := (Source{Name: "pinentry", Env: env}).Code(t.Context(), r); code != "123456" || err != nil {
			t.Fatal(code, err)
		}
		want := `OPTION no-grab
GETINFO flavor
SETTITLE hatstand
SETDESC MFA code for alice, for --help?BYE?%250A (Admin in 222222222222)%0ADevice: ` + alice + `
SETPROMPT Code
SETERROR AWS refused the code (attempt 2 of 3)
SETTIMEOUT 301
GETPIN 
BYE 
`
		got := read("args")
		got = strings.Replace(got, "SETTIMEOUT 300", "SETTIMEOUT 301", 1) // by the clock
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	})
}
