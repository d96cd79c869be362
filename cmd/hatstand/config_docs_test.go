package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"hatstand/cmd/internal/reference"
)

// The page of all settings is made from the tables of package reference:
//
//	go test ./cmd/hatstand -run ConfigPage -update
const configPage = "../../docs/config.md"

func TestConfigPageIsTheReference(t *testing.T) {
	t.Parallel()
	want := configMarkdown()
	if *update {
		if err := os.WriteFile(configPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(configPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what cmd/internal/reference says; go test ./cmd/hatstand -run ConfigPage -update makes it again", configPage)
	}
}

// TestReadmesExitCodes holds README's table to the one that the man page and docs/config.md have.
func TestReadmesExitCodes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, r := range reference.ExitCodes().Rows {
		fmt.Fprintf(&want, "| %s | %s |\n", r.Name, r.Meaning)
	}
	if !strings.Contains(string(text), "| code | meaning |\n|---|---|\n"+want.String()+"\n") {
		t.Errorf("README's exit codes are not\n%s", want.String())
	}
}

func configMarkdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`<!-- Made from cmd/internal/reference by: go test ./cmd/hatstand -run ConfigPage -update -->

# All settings

hatstand has no configuration file of its own. It reads AWS's two, and a few variables. You can write a setting beside the AWS
ones in ` + "`[profile NAME]`, or in a section `[hatstand NAME]`" + ` of the same file: other programs skip that one, and for
hatstand its settings win.

` + "```ini" + `
[hatstand]                  # the program itself
prompt_timeout = 2m

[profile prod]              # read by every program
region = eu-west-1
credential_process = hatstand-credential-process prod

[hatstand prod]             # read by no other program
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
` + "```" + `

` + "`hatstand doctor` finds misspelt settings, `hatstand explain prod`" + ` shows what the settings of a profile lead to.`)
	line("\n# Settings of a profile\n\nIn `[profile NAME]`, `[default]`, `[hatstand NAME]`, or `[NAME]` of the credentials file.")
	others := false
	for _, table := range reference.Settings() {
		if !others && table.Section != "profile" {
			others = true
			line("\n# Other sections of the config file")
		}
		markdownTable(line, table, "setting")
	}
	line("\n# Variables of the environment")
	for _, table := range reference.Variables() {
		markdownTable(line, table, "variable")
	}
	for _, table := range []reference.Table{reference.Files(), reference.ExitCodes()} {
		line("\n# %s\n", table.Title)
		if table.Intro != "" {
			line("%s\n", table.Intro)
		}
		line("| | |\n|---|---|")
		for _, r := range table.Rows {
			line("| `%s` | %s |", r.Name, r.Meaning)
		}
	}
	return b.String()
}

func markdownTable(line func(string, ...any), table reference.Table, kind string) {
	line("\n## %s\n", table.Title)
	if table.Intro != "" {
		line("%s\n", table.Intro)
	}
	line("| %s | meaning | if not set | example |\n|---|---|---|---|", kind)
	for _, r := range table.Rows {
		line("| `%s` | %s | %s | `%s` |", r.Name, r.Meaning, r.Default, r.Example)
	}
}

// references are the sections of hatstand's own man page that come from package reference.
func references() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(".SH ENVIRONMENT")
	for _, table := range reference.Variables() {
		line(`.SS "%s"`, escape(table.Title))
		if table.Intro != "" {
			line("%s", escape(plainText(table.Intro)))
		}
		manRows(line, table.Rows)
	}
	line(".SH FILES\nThe settings of the config file are in docs/config.md.")
	manRows(line, reference.Files().Rows)
	b.WriteString(exitStatus(true))
	return b.String()
}

// exitStatus are the exit codes; those of exec are the command's too.
func exitStatus(exec bool) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.SH "EXIT STATUS"`)
	if exec {
		line("%s", escape(plainText(reference.ExitCodes().Intro)))
	}
	manRows(line, reference.ExitCodes().Rows)
	return b.String()
}

func manRows(line func(string, ...any), rows []reference.Row) {
	for _, r := range rows {
		text := r.Meaning
		if r.Default != "" {
			text += "; if it is not set: " + r.Default
		}
		line(".TP\n\\fB%s\\fR\n%s", escape(r.Name), escape(sentence(text)))
	}
}

// plainText is markdown without the backquotes, and links as their text.
func plainText(markdown string) string {
	markdown = regexp.MustCompile(` \(\[[^]]*\]\([^)]*\)\)`).ReplaceAllString(markdown, "")
	return strings.ReplaceAll(markdown, "`", "")
}

// sentence begins with a capital letter, unless it begins with a value, which is as it is written.
func sentence(markdown string) string {
	if strings.HasPrefix(markdown, "`") {
		return plainText(markdown) + "."
	}
	return plainText(strings.ToUpper(markdown[:1])+markdown[1:]) + "."
}
