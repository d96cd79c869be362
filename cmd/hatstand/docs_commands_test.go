package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestDocumentedCommandsExist reads each command line that starts hatstand in the documents, in backquotes and in
// blocks of code: its verbs and its flags are there.
func TestDocumentedCommandsExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	tree := commandTree(t)
	code := regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]+`")
	starts := regexp.MustCompile(`(?m)(?:^|[\s("=])hatstand ((?:[a-z]|--)[^\n]*)`)
	seen := 0
	for _, file := range append(files, readme, "../../CONTRIBUTING.md", "../../SECURITY.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range code.FindAllString(string(text), -1) {
			for _, m := range starts.FindAllStringSubmatch(strings.Trim(part, "`"), -1) {
				seen++
				if why := wrongCommand(tree, m[1]); why != "" {
					t.Errorf("%s: hatstand %s: %s", filepath.Base(file), m[1], why)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d commands were found", seen)
	}
}

// wrongCommand says what the program does not have of a command line, without its own name; "" if it has all.
func wrongCommand(root *cobra.Command, line string) string {
	line = regexp.MustCompile(` -- .*| --$|[;|&>)].*|  #.*`).ReplaceAllString(line, "")
	cmd, args, err := root.Find(strings.Fields(line))
	if err != nil {
		return err.Error()
	}
	if cmd == root || cmd.HasSubCommands() {
		if word := strings.Fields(line)[0]; cmd == root && (word == "help" || word == "--help" || word == "--version") {
			return ""
		}
		if len(args) == 0 && cmd != root {
			return "" // the group as such
		}
		return "no such verb"
	}
	for _, word := range args {
		name, _, _ := strings.Cut(strings.Trim(word, `'",`), "=")
		if long, ok := strings.CutPrefix(name, "--"); ok && long != "" && long != "help" && cmd.Flag(long) == nil {
			return "no flag --" + long
		}
	}
	return ""
}
