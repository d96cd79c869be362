package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/reference"
	"hatstand/cmd/internal/ui"
)

// The page of what --json prints is made from the verbs' Go types and from package reference:
//
//	go test ./cmd/hatstand -run JSONPage -update
const jsonPage = "../../docs/json.md"

// aDocument is one that a verb prints, with its name in stories and in the page.
type aDocument struct {
	verb string
	ui.Document
}

func (d aDocument) name() string { return strings.TrimSpace(d.verb + " " + d.With) }

// documents are those of all verbs, in the order of the page.
var documents = sync.OnceValue(func() (all []aDocument) {
	w := app.World{Stdin: os.Stdin, Stdout: io.Discard, Stderr: io.Discard}
	settings := app.NewSettings(w)
	for _, v := range leaves(rootCommand(w, settings, verbs(w, settings, app.NewLog(w)))) {
		for _, d := range ui.Documents(v) {
			all = append(all, aDocument{verbOf(v), d})
		}
	}
	return all
})

func verbOf(v *cobra.Command) string { return strings.TrimPrefix(v.CommandPath(), "hatstand ") }

// TestEveryVerbHasJSONOrAReason walks the tree of verbs. A flag --json that was not made by ui.AddJSON has no documents.
func TestEveryVerbHasJSONOrAReason(t *testing.T) {
	t.Parallel()
	reasons := map[string]string{}
	for _, r := range reference.WithoutJSON() {
		reasons[r.Name] = r.Meaning
	}
	for _, v := range leaves(commandTree(t)) {
		name := verbOf(v)
		has := len(ui.Documents(v)) > 0
		if has == (reasons[name] != "") && name != "help" {
			t.Errorf("hatstand %s: it has --json by ui.AddJSON: %v; a reason for none in cmd/internal/reference/json.go: %q", name, has, reasons[name])
		}
		delete(reasons, name)
	}
	for name := range reasons {
		t.Errorf("cmd/internal/reference/json.go has a reason for %q, which is no verb", name)
	}
}

// TestEachFieldOfJSONIsDocumented holds the rows of package reference to the Go types, both ways.
func TestEachFieldOfJSONIsDocumented(t *testing.T) {
	t.Parallel()
	outputs := map[string]reference.Output{}
	for _, o := range reference.Outputs() {
		outputs[strings.TrimSpace(o.Verb+" "+o.With)] = o
	}
	for _, d := range documents() {
		o, ok := outputs[d.name()]
		if !ok {
			t.Errorf("hatstand %s: its document is not in cmd/internal/reference/json.go", d.name())
			continue
		}
		delete(outputs, d.name())
		var have, rows []string
		for _, f := range fieldsOf(d.Of) {
			have = append(have, f.path)
		}
		for _, r := range o.Rows {
			rows = append(rows, r.Name)
			if r.Example != "" && !json.Valid([]byte(r.Example)) {
				t.Errorf("hatstand %s: %s: the example is no JSON: %s", d.name(), r.Name, r.Example)
			}
		}
		if !slices.Equal(have, rows) {
			t.Errorf("hatstand %s: the Go type has\n%s\nand cmd/internal/reference/json.go\n%s", d.name(), strings.Join(have, "\n"), strings.Join(rows, "\n"))
		}
	}
	for name := range outputs {
		t.Errorf("cmd/internal/reference/json.go has %q, which no verb prints", name)
	}
}

// TestEachJSONDocumentIsSeenInAStory wants a line "documented NAME" for each document: a story has its verb print it, and
// the line holds what was printed to the page.
func TestEachJSONDocumentIsSeenInAStory(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^documented '?([^'\n]+)'?$`).FindAllStringSubmatch(string(text), -1) {
			seen[m[1]] = true
		}
	}
	for _, d := range documents() {
		if !seen[d.name()] {
			t.Errorf("no story has a line: documented '%s'", d.name())
		}
	}
}

// documented VERB [FLAG]: stdout is the document of that verb, and nothing else.
func documented(ts *testscript.TestScript, _ bool, args []string) {
	i := slices.IndexFunc(documents(), func(d aDocument) bool { return d.name() == strings.Join(args, " ") })
	if i < 0 {
		ts.Fatalf("no verb prints a document of that name")
	}
	d := documents()[i]
	texts := []string{ts.ReadFile("stdout")}
	if d.Lines {
		texts = strings.SplitAfter(strings.TrimSuffix(texts[0], "\n"), "\n")
	}
	for _, text := range texts {
		if fault := faultIn(text, reflect.TypeOf(d.Of)); fault != "" {
			ts.Fatalf("hatstand %s --json: %s: it is not as docs/json.md says:\n%s", d.name(), fault, text)
		}
	}
}

// TestFaultsInJSONAreFound is about the judge of the stories.
func TestFaultsInJSONAreFound(t *testing.T) {
	t.Parallel()
	type inner struct {
		Name string `json:"name"`
	}
	type document struct {
		Name  string            `json:"name"`
		Until string            `json:"until,omitempty"`
		Code  *int              `json:"code"`
		List  []inner           `json:"list"`
		Map   map[string]string `json:"map,omitempty"`
		Again *document         `json:"again,omitempty"`
	}
	for _, row := range []struct{ name, text, want string }{
		{"all is there", `{"name":"a","until":"b","code":1,"list":[{"name":"c"}],"map":{"d":"e"},"again":{"name":"f","code":null,"list":[]}}`, ""},
		{"what may be left out", `{"name":"a","code":null,"list":[]}`, ""},
		{"a field is missing", `{"code":1,"list":[]}`, "name is missing"},
		{"an unknown field", `{"name":"a","code":1,"list":[],"more":1}`, "more is not documented"},
		{"one further in", `{"name":"a","code":1,"list":[{"name":"b","more":1}]}`, "list[].more is not documented"},
		{"in itself", `{"name":"a","code":1,"list":[],"again":{"code":1,"list":[]}}`, "again.name is missing"},
		{"another type", `{"name":1,"code":1,"list":[]}`, "name is not a string"},
		{"no list", `{"name":"a","code":1,"list":null}`, "list is not a list"},
		{"a fraction", `{"name":"a","code":1.5,"list":[]}`, "code is not a whole number"},
		{"two documents", `{"name":"a","code":1,"list":[]} {}`, "there is more than one document"},
		{"no JSON", `oops`, "it is no JSON: invalid character 'o' looking for beginning of value"},
		{"nothing", ``, "it is no JSON: EOF"},
	} {
		if got := faultIn(row.text, reflect.TypeFor[document]()); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
	for text, want := range map[string]string{`"2026-11-30T10:04:00Z"`: "", `"2026-11-30T10:04:00.5Z"`: "",
		`"2026-11-30T10:04:00+01:00"`: "it is not a time in UTC", `"0001-01-01T00:00:00Z"`: "it is not a time in UTC", `"soon"`: "it is not a time in UTC"} {
		if got := faultIn(text, timeType); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestJSONPageIsTheReference makes the page.
func TestJSONPageIsTheReference(t *testing.T) {
	t.Parallel()
	want := jsonMarkdown()
	if *update {
		if err := os.WriteFile(jsonPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(jsonPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the verbs and cmd/internal/reference say; go test ./cmd/hatstand -run JSONPage -update makes it again", jsonPage)
	}
}

func jsonMarkdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`<!-- Made from the verbs and cmd/internal/reference by: go test ./cmd/hatstand -run JSONPage -update -->

# JSON for programs

Every command that tells something takes ` + "`--json`" + `. Then stdout is one JSON document and nothing else, or empty where the
command fails before it knows something. Errors, hints and notes stay on stderr, as text, and the exit codes are
[the same](config.md#exit-codes). A command that fails in part prints the document of what it has.

- Fields keep their names and meanings. New ones may be added: ignore those that you do not know.
- "may be missing": the field is left out where there is nothing to say. The others are always there.
- A time is a string as RFC 3339 has it, in UTC. A duration is a number of seconds.
- No document has a secret, but for the URL that ` + "`console --print`" + ` was asked for.
`)
	rows := map[string]reference.Output{}
	for _, o := range reference.Outputs() {
		rows[strings.TrimSpace(o.Verb+" "+o.With)] = o
	}
	for _, d := range documents() {
		o := rows[d.name()]
		line("# `hatstand %s --json`\n", d.name())
		if o.Intro != "" {
			line("%s\n", o.Intro)
		}
		switch kind := reflect.TypeOf(d.Of).Kind(); {
		case d.Lines:
			line("An object on each line:\n")
		case kind == reflect.Slice:
			line("A list of objects:\n")
		default:
			line("An object:\n")
		}
		line("| field | type | | meaning | example |\n|---|---|---|---|---|")
		types := map[string]fieldOf{}
		for _, f := range fieldsOf(d.Of) {
			types[f.path] = f
		}
		for _, r := range o.Rows {
			f, example := types[r.Name], r.Example
			missing := ""
			if f.optional {
				missing = "may be missing"
			}
			if example != "" {
				example = "`" + example + "`"
			}
			line("| `%s` | %s | %s | %s | %s |", r.Name, f.words, missing, r.Meaning, example)
		}
		line("")
	}
	line("# Commands without it\n\n| command | why |\n|---|---|")
	for _, r := range reference.WithoutJSON() {
		line("| `hatstand %s` | it %s |", r.Name, r.Meaning)
	}
	return b.String()
}
