package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"hatstand/cmd/internal/app"
)

// Help is read on a terminal of 80 columns.
func TestHelpFitsTheScreen(t *testing.T) {
	wide := []string{"console"} // still to be shortened
	for _, v := range leaves(commandTree(t)) {
		words := strings.Fields(v.CommandPath())[1:]
		if slices.Contains(wide, words[0]) {
			continue
		}
		var help strings.Builder
		if code := run(t.Context(), app.World{Args: append(words, "--help"), Stdout: &help, Stderr: &help}); code != 0 {
			t.Fatalf("%s --help: exit code %d: %s", v.CommandPath(), code, help.String())
		}
		for line := range strings.Lines(help.String()) {
			if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s --help: %d columns: %s", v.CommandPath(), utf8.RuneCountInString(line), line)
			}
		}
	}
}
