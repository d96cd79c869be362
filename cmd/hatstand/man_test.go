package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/testkit"
)

// The man page is the help of all verbs on one page, and the tables of package reference:
//
//	go test ./cmd/hatstand -run Man -update
const manPage = "man/hatstand.1"

// TestManPageIsTheHelp takes the page's date from the page: it is the day on which the words last
// changed.
func TestManPageIsTheHelp(t *testing.T) {
	old, err := os.ReadFile(manPage)
	if err != nil && !*update {
		t.Fatal(err)
	}
	date := ""
	if m := regexp.MustCompile(`(?m)^\.TH HATSTAND 1 (\S+) `).FindSubmatch(old); m != nil {
		date = string(m[1])
	}
	want := roff(commandTree(t), date)
	if *update && string(old) != want {
		want = roff(commandTree(t), time.Now().UTC().Format(time.DateOnly))
		if err := os.WriteFile(manPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(old) != want {
		t.Errorf("%s is not what the help says; go test ./cmd/hatstand -run Man -update makes it again", manPage)
	}
}

// TestManPageReads holds the page, as a reader sees it, to what each verb's --help prints, so that
// nothing is lost to roff's own syntax.
func TestManPageReads(t *testing.T) {
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		missingPart(t, "mandoc")
	}
	lint, err := exec.Command(mandoc, "-T", "lint", "-W", "warning", manPage).CombinedOutput()
	if err != nil || len(lint) > 0 {
		t.Errorf("mandoc finds fault: %v\n%s", err, lint)
	}
	text, err := exec.Command(mandoc, "-T", "utf8", manPage).Output()
	if err != nil {
		t.Fatal(err)
	}
	// Bold and underlined characters are overstruck: X, backspace, X.
	for i := bytes.IndexByte(text, '\b'); i > 0; i = bytes.IndexByte(text, '\b') {
		text = append(text[:i-1], text[i+1:]...)
	}
	page := words(string(text))
	for _, v := range leaves(commandTree(t)) {
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
				t.Errorf("the page does not say what %s --help does: %q", v.CommandPath(), line)
			}
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

// roff writes the page in the man(7) macros.
func roff(root *cobra.Command, date string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.\" Made from the help and cmd/internal/reference by: go test ./cmd/hatstand -run Man -update`)
	line(`.TH HATSTAND 1 %s hatstand "User Commands"`, date)
	line(".SH NAME\nhatstand \\- %s", escape(lowerFirst(root.Short)))
	line(".SH SYNOPSIS\n.nf")
	for _, v := range leaves(root) {
		line(`\fBhatstand\fR %s`, escape(strings.TrimPrefix(v.UseLine(), "hatstand ")))
	}
	line(".fi\n.SH DESCRIPTION")
	b.WriteString(prose(root.Long))
	line(".SH COMMANDS")
	for _, v := range leaves(root) {
		line(`.SS "%s"`, escape(strings.TrimSuffix(v.UseLine(), " [flags]")))
		b.WriteString(prose(cmp.Or(v.Long, v.Short+".")))
		v.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && f.Name != "verbose" && !f.Hidden {
				line("%s", roffFlag(f))
			}
		})
		if v.Example != "" {
			line(".PP\nExamples:")
			b.WriteString(verbatim(v.Example))
		}
	}
	line(`.SH "FLAGS OF EVERY COMMAND"` + "\n.TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nhelp for it")
	line("%s", roffFlag(leaves(root)[0].Flag("verbose")))
	b.WriteString(references())
	return b.String()
}

func roffFlag(f *pflag.Flag) string {
	kind, usage := pflag.UnquoteUsage(f)
	name := `\fB` + escape("--"+f.Name) + `\fR`
	if f.Shorthand != "" {
		name = `\fB` + escape("-"+f.Shorthand) + `\fR, ` + name
	}
	if kind != "" {
		name += ` \fI` + escape(kind) + `\fR`
	}
	return ".TP\n" + name + "\n" + escape(usage)
}

// prose sets paragraphs; indented lines stay as they are.
func prose(text string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(text, "\n\n") {
		if strings.HasPrefix(paragraph, "  ") {
			b.WriteString(verbatim(paragraph))
			continue
		}
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(escape(paragraph) + "\n")
	}
	return b.String()
}

func verbatim(text string) string {
	return ".PP\n.nf\n.RS 4\n" + escape(strings.ReplaceAll(strings.TrimPrefix(text, "  "), "\n  ", "\n")) + "\n.RE\n.fi\n"
}

// escape keeps roff from reading text as its own: every hyphen is one that can be copied into a
// shell, every quote is straight, and no line begins with a control character.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "~", `\(ti`, "^", `\(ha`, "`", `\(ga`, "'", `\(aq`, `"`, `\(dq`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return strings.ReplaceAll(text, "\n.", "\n\\&.")
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func missingPart(t testing.TB, debianPackage string) {
	t.Helper()
	testkit.MissingPart(t, debianPackage)
}

func missing(t testing.TB, why string) {
	t.Helper()
	testkit.Missing(t, why)
}
