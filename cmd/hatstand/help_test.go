package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"hatstand/cmd/internal/app"
)

// Help is read on a terminal of 80 columns.
func TestHelpFitsTheScreen(t *testing.T) {
	for _, v := range leaves(commandTree(t)) {
		words := strings.Fields(v.CommandPath())[1:]
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
