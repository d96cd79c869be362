package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestWhereTheLogGoes(t *testing.T) {
	const inJSON = `^\{"time":"[^"]+","level":"DEBUG","msg":"call","pid":[0-9]+,"of":"a\\u001bb c","n":3\}\n$`
	const inWords = `^hatstand: [0-9:.]{12} call: of="a\\x1bb c" n=3\n$`
	for _, row := range []struct {
		name, variable string // FILE is a file
		flags          []string
		silent         bool // as under credential-process
		stderr, file   string
	}{
		{"nothing is asked for", "", nil, false, "^$", "^$"},
		{"a file", "FILE", nil, false, "^$", inJSON},
		{"stderr", "-", nil, false, inJSON, "^$"},
		{"--verbose", "", []string{"-v"}, false, inWords, "^$"},
		{"--verbose=false", "", []string{"-v", "--verbose=false"}, false, "^$", "^$"},
		{"--verbose and a file", "FILE", []string{"--verbose"}, false, inWords, inJSON},
		{"--verbose and stderr: once", "-", []string{"-v"}, false, inJSON, "^$"},
		{"stderr is not for it", "-", nil, true, "^$", "^$"},
		{"stderr is not for --verbose either", "", []string{"-v"}, true, "^$", "^$"},
		{"nor where there is a file", "FILE", []string{"-v"}, true, "^$", inJSON},
	} {
		t.Run(row.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "log")
			var stderr strings.Builder
			l := NewLog(World{Stderr: &stderr, Getenv: func(string) string { return strings.ReplaceAll(row.variable, "FILE", file) }})
			inner := &cobra.Command{Use: "inner", RunE: func(*cobra.Command, []string) error {
				if row.silent {
					l.KeepOffStderr()
				}
				_, err := l.Open()
				l.Logger().Debug("call", "of", "a\x1bb c", "n", 3)
				return err
			}}
			outer := &cobra.Command{Use: "outer"}
			outer.AddCommand(inner)
			l.AddFlag(outer)
			outer.SetArgs(append([]string{"inner"}, row.flags...))
			if err := outer.Execute(); err != nil {
				t.Fatal(err)
			}
			l.Close()
			text, err := os.ReadFile(file)
			if err != nil && row.variable == "FILE" {
				t.Fatal(err)
			}
			for _, got := range []struct{ where, text, want string }{{"stderr", stderr.String(), row.stderr}, {"the file", string(text), row.file}} {
				if !regexp.MustCompile(got.want).MatchString(got.text) {
					t.Errorf("%s has %q, want %s", got.where, got.text, got.want)
				}
			}
		})
	}
}

func TestALoggerOfAPersonKeepsItsAttributes(t *testing.T) {
	var b strings.Builder
	log := newLineLogger(&b)
	log.With("profile", "prod").WithGroup("call").Info("sent", "ms", 3)
	log.Info("alone")
	want := regexp.MustCompile(`^hatstand: [0-9:.]{12} sent: profile=prod call\.ms=3\nhatstand: [0-9:.]{12} alone\n$`)
	if !want.MatchString(b.String()) {
		t.Errorf("%q", b.String())
	}
}

func TestVerboseTakesNoOtherWord(t *testing.T) {
	cmd := &cobra.Command{Use: "x", Run: func(*cobra.Command, []string) {}, SilenceErrors: true, SilenceUsage: true}
	NewLog(World{}).AddFlag(cmd)
	cmd.SetArgs([]string{"--verbose=perhaps"})
	if err := cmd.Execute(); err == nil {
		t.Error("no error")
	}
}
