package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/testkit"
)

// The man pages are the help of all verbs, a page each, and the tables of package reference:
//
//	go test ./cmd/hatstand -run Man -update
//
// Packages install all of the folder's files.
const manFolder = "man"

// A manPage is one of them, but for its date.
type manPage struct {
	name string // "hatstand-keys"
	body string
	// verbs are those whose help it has.
	verbs []*cobra.Command
}

func (p manPage) file() string { return filepath.Join(manFolder, p.name+".1") }

// TestManPagesAreTheHelp takes a page's date from the page: it is the day on which the words last changed.
func TestManPagesAreTheHelp(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the help names the keyrings of its own system")
	}
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(manFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range manPages(commandTree(t)) {
		files = slices.DeleteFunc(files, func(f string) bool { return f == p.file() })
		old, err := os.ReadFile(p.file())
		if err != nil && !*update {
			t.Error(err)
		}
		date := ""
		if m := regexp.MustCompile(`(?m)^\.TH \S+ 1 (\S+) `).FindSubmatch(old); m != nil {
			date = string(m[1])
		}
		if string(old) == p.roff(date) {
			continue
		}
		if !*update {
			t.Errorf("%s is not what the help says; go test ./cmd/hatstand -run Man -update makes it again", p.file())
		} else if err := os.WriteFile(p.file(), []byte(p.roff(time.Now().UTC().Format(time.DateOnly))), 0o644); err != nil {
			t.Error(err)
		}
	}
	for _, f := range files {
		if !*update {
			t.Errorf("%s is the page of no verb", f)
		} else if err := os.Remove(f); err != nil {
			t.Error(err)
		}
	}
}

// TestManPagesRead holds each page, as a reader sees it, to what its verbs' --help prints, so that nothing is lost to
// roff's own syntax; and each page that it names is there.
func TestManPagesRead(t *testing.T) {
	t.Parallel()
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		missingPart(t, "mandoc")
	}
	pages := manPages(commandTree(t))
	for _, p := range pages {
		lint, err := exec.Command(mandoc, "-T", "lint", "-W", "warning", p.file()).CombinedOutput()
		if err != nil || len(lint) > 0 {
			t.Errorf("mandoc finds fault: %v\n%s", err, lint)
		}
		text, err := exec.Command(mandoc, "-T", "utf8", p.file()).Output()
		if err != nil {
			t.Fatal(err)
		}
		// Bold and underlined characters are overstruck: X, backspace, X.
		for i := bytes.IndexByte(text, '\b'); i > 0; i = bytes.IndexByte(text, '\b') {
			text = append(text[:i-1], text[i+1:]...)
		}
		page := words(string(text))
		for _, v := range p.verbs {
			readsAsHelp(t, p, page, v)
		}
		for _, m := range regexp.MustCompile(`(hatstand[a-z-]*)\(1\)`).FindAllStringSubmatch(page, -1) {
			if !slices.ContainsFunc(pages, func(p manPage) bool { return p.name == m[1] }) {
				t.Errorf("%s names %s, which is not there", p.file(), m[0])
			}
		}
	}
}

func readsAsHelp(t *testing.T, p manPage, page string, v *cobra.Command) {
	t.Helper()
	var help strings.Builder
	if code := run(t.Context(), app.World{Args: append(strings.Fields(v.CommandPath())[1:], "--help"), Stdin: os.Stdin, Stdout: &help, Stderr: &help}); code != 0 {
		t.Fatalf("%s --help: exit code %d: %s", v.CommandPath(), code, help.String())
	}
	for line := range strings.Lines(help.String()) {
		line = words(line)
		switch line {
		case "Usage:", "Flags:", "Examples:":
			continue
		}
		if strings.HasPrefix(line, "-h, --help") {
			continue
		}
		if line = strings.TrimSuffix(line, " [flags]"); !strings.Contains(page, line) {
			t.Errorf("%s does not say what %s --help does: %q", p.file(), v.CommandPath(), line)
		}
	}
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }

func commandTree(t *testing.T) *cobra.Command {
	t.Helper()
	w := app.World{Stdin: os.Stdin, Stdout: t.Output(), Stderr: t.Output()}
	settings := app.NewSettings(w)
	return rootCommand(w, settings, verbs(w, settings, app.NewLog(w)))
}

// leaves are the verbs that do something, in the order of the help.
func leaves(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, v := range c.Commands() {
		switch {
		case v.Hidden:
		case v.HasSubCommands():
			all = append(all, leaves(v)...)
		default:
			all = append(all, v)
		}
	}
	return all
}

func missingPart(t testing.TB, debianPackage string) {
	t.Helper()
	testkit.MissingPart(t, debianPackage)
}

func missing(t testing.TB, why string) {
	t.Helper()
	testkit.Missing(t, why)
}
