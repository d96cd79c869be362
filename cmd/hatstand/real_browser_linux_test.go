package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestRealBrowser is hatstand console as it is built, and real browsers: what AWS shows them, and what the
// command lines and environments of all that was started show meanwhile.
func TestRealBrowser(t *testing.T) {
	long(t)
	t.Parallel()
	bin := build(t, "hatstand", ".")
	for _, row := range []struct {
		name  string
		flags []string // of console
		// options are the browser's own, which has a folder and writes a file when the page is there.
		options func(dir, page string) string
		profile string // how the browser is told its profile
		shows   string // what the file must hold
	}{
		{"chromium", []string{"--browser-profile", "Work"}, func(dir, _ string) string {
			return "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking" +
				" --disable-component-update --disable-sync --user-data-dir=" + dir + " --dump-dom"
		}, `--profile-directory=Work\x00`, `<b id="arn">` + asAdmin + `</b>`},
		{"firefox-esr", nil, func(dir, page string) string {
			return "--headless --no-remote --profile " + dir + " --screenshot " + page
		}, "", "PNG"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			browser, err := exec.LookPath(row.name)
			if err != nil {
				missingPart(t, row.name)
			}
			realBrowser(t, bin, browser, row.flags, row.options, row.profile, row.shows)
		})
	}
}

func realBrowser(t *testing.T, bin, browser string, flags []string, options func(dir, page string) string, profile, shows string) {
	w := newRealWorld(t, bin)
	w.storeSeed()
	dir, err := os.MkdirTemp("", "hatstand-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { until(t, "the browser lets go of its folder", func() bool { return os.RemoveAll(dir) == nil }) })
	page := filepath.Join(dir, "page")
	script := filepath.Join(dir, filepath.Base(browser))
	// It begins when the watch has seen it, however slow that is. What goes to stdout is the page, of browsers that write
	// it there.
	text := "#!/bin/sh\nuntil test -e " + dir + "/watched; do sleep 0.01; done\n" + browser + ` "$@" >` + page + ".part && { [ -s " + page + " ] || mv " + page + ".part " + page + "; }\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	p := w.run(append(append([]string{w.bin, "console", "prod"}, flags...), "--browser", script+" "+options(dir, page))...)
	p.cmd.Env = append(p.cmd.Env[:len(p.cmd.Env):len(p.cmd.Env)], "AWS_ENDPOINT_URL_SIGNIN="+w.aws.URL, "HATSTAND_LOG="+filepath.Join(dir, "log"), "MARK="+dir)
	seen := watch(t, dir)
	p.start()
	p.wait()
	if p.exitCode() != 0 || p.errs.Len() > 0 || !strings.HasPrefix(p.out.String(), "prod: arn:aws:iam::222222222222:role/Admin until ") {
		t.Fatalf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
	}
	until(t, "the page", func() bool { _, err := os.Stat(page); return err == nil })
	until(t, "what it shows", func() bool { b, err := os.ReadFile(page); return err == nil && strings.Contains(string(b), shows) })
	if calls := w.aws.Calls(); calls[len(calls)-1].Action != "GetPage" || calls[len(calls)-1].Caller != asAdmin {
		t.Errorf("AWS saw %v", calls)
	}
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 1, "getSigninToken": 1, "login": 1, "GetPage": 1})

	secret := regexp.MustCompile(`SigninToken|/federation|ASIA[A-Z2-7]{16}|correct horse|AWS_|HATSTAND_`)
	oneTime := regexp.MustCompile(`\x00` + profile + `http://127\.0\.0\.1:[0-9]+/[A-Z2-7]{26}\x00`)
	hatstand, browsers := 0, 0
	for started, environment := range seen() {
		if strings.HasPrefix(started, w.bin+"\x00") {
			hatstand++
			environment = "" // its own passphrase is there, and who may read it is its owner
		} else {
			browsers++
		}
		if oneTime.MatchString(started) {
			browsers += 1000
		}
		if found := secret.FindString(started + environment); found != "" {
			t.Errorf("%.20q... is in the command line or the environment of %.60q...", found, started)
		}
	}
	if hatstand == 0 || browsers <= 1000 {
		t.Errorf("the watch saw hatstand %d times, and of its browser %d", hatstand, browsers)
	}
}

// watch looks at all processes that have a mark, again and again, until what it has seen is asked for: the
// environments by command lines. It leaves a file in the mark's folder when it has seen a one-time address.
func watch(t *testing.T, mark string) (seen func() map[string]string) {
	stop, over := make(chan struct{}), make(chan map[string]string, 1)
	go func() {
		all := map[string]string{}
		for {
			paths, _ := filepath.Glob("/proc/[0-9]*/environ")
			for _, path := range paths {
				line, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
				if err != nil {
					continue
				}
				environment, _ := os.ReadFile(path) // hatstand's own is closed to all but root
				if strings.Contains(string(line)+string(environment), mark) {
					all[string(line)] += string(environment)
					if strings.Contains(string(line), "http://127.0.0.1:") {
						_ = os.WriteFile(filepath.Join(mark, "watched"), nil, 0o600)
					}
				}
			}
			select {
			case <-stop:
				over <- all
				return
			case <-t.Context().Done():
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() map[string]string { close(stop); return <-over }
}

// until waits for what another process does.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patient); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}
