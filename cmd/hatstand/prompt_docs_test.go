//go:build unix

package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The snippets that the docs give put the profile into the prompt of the real shells.
func TestPromptSnippets(t *testing.T) {
	page, err := os.ReadFile("../../docs/shells.md")
	if err != nil {
		t.Fatal(err)
	}
	snippet := func(shell string) string {
		m := regexp.MustCompile("(?s)\n```" + shell + "\n(.*?)```").FindStringSubmatch(string(page))
		if m == nil {
			t.Fatalf("docs/shells.md has no snippet for %s", shell)
		}
		return m[1]
	}
	for _, row := range []struct {
		shell         string
		args          []string
		before, after string // what makes a plain prompt, and what shows it
	}{
		{"bash", []string{"--norc", "--noprofile", "-c"}, "PS1='> '\n", `printf '%s' "${PS1@P}"`},
		{"zsh", []string{"-f", "-c"}, "PROMPT='> '\n", `print -rn -- "${(%%)${(e)PROMPT}}"`},
		{"fish", []string{"--no-config", "-c"}, "function fish_prompt; echo -n '> '; end\n", "fish_prompt"},
	} {
		t.Run(row.shell, func(t *testing.T) {
			if _, err := exec.LookPath(row.shell); err != nil {
				missingPart(t, row.shell)
			}
			for _, profile := range []string{"", "prod"} {
				cmd := exec.Command(row.shell, append(row.args, row.before+snippet(row.shell)+row.after)...)
				cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=dumb"}
				want := "> "
				if profile != "" {
					cmd.Env = append(cmd.Env, "HATSTAND_PROFILE="+profile)
					want = "(" + profile + ") > "
				}
				out, err := cmd.CombinedOutput()
				if got := strings.TrimSuffix(string(out), "\n"); err != nil || got != want {
					t.Errorf("the prompt is %q, want %q (%v)", got, want, err)
				}
			}
		})
	}
}
