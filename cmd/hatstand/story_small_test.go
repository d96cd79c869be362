package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/cmd/internal/cached"
	"hatstand/cmd/internal/harden"
)

// TestSmallStories runs every story of credential-process once more, through the small program: what is printed, the
// exit codes and the calls that AWS sees are the same. With HATSTAND_LOG set, the small program leaves everything to
// the full one, so stories that do not test the log run without it.
func TestSmallStories(t *testing.T) {
	notOnWindows(t)
	t.Parallel()
	dir := t.TempDir()
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	logged := map[string]bool{}
	stands := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text, changed := throughSmall(string(b))
		if !changed {
			continue
		}
		stands++
		name := filepath.Base(file)
		logged[strings.TrimSuffix(name, ".txtar")] = regexp.MustCompile(`(?m)^logged |HATSTAND_LOG|\blog\b`).MatchString(text)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if stands < 50 {
		t.Errorf("%d stories start credential-process", stands)
	}
	p := stories()
	p.Dir, p.UpdateScripts = dir, false
	p.Setup = func(env *testscript.Env) error {
		if err := newStory(env); err != nil {
			return err
		}
		if name := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-"); !logged[name] {
			env.Setenv("HATSTAND_LOG", "")
		}
		return nil
	}
	testscript.Run(t, p)
}

// throughSmall has a story start the small program wherever it, a shell script of it, or its config starts
// credential-process.
func throughSmall(story string) (text string, changed bool) {
	started := regexp.MustCompile(`(?m)^((?:\[[^\]]*\] )?(?:run|terminal|fails|exits|types|sees|exec|! exec|credential_process =) .*?|\s*(?:exec )?)\bhatstand credential-process\b`)
	text = started.ReplaceAllString(story, "${1}hatstand-credential-process")
	text = strings.ReplaceAll(text, `credential_process "hatstand" `, `credential_process "hatstand-credential-process" `)
	return text, text != story
}

// small is the main of the small program.
func small() {
	harden.Memory()
	now := time.Now
	if path := os.Getenv(clockVariable); path != "" {
		now = testClock{path}.now
	}
	os.Exit(cached.Run(context.Background(), cached.World{
		Args: os.Args, Getenv: os.Getenv, Environ: os.Environ, GOOS: runtime.GOOS, Stdout: os.Stdout, Stderr: os.Stderr,
		Now: now, Executable: os.Executable, Become: cached.Become,
	}))
}
