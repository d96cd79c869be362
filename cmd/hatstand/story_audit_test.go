package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/user"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc"
)

// auditPage has the table of whom CloudTrail names, which a story holds to what AWS has on record.
const auditPage = "../../docs/audit.md"

// auditRows are the table's rows by their first cells.
func auditRows(fail func(string, ...any)) map[string][]string {
	text, err := os.ReadFile(auditPage)
	if err != nil {
		fail("%v", err)
	}
	_, table, found := strings.Cut(string(text), "| a trust policy holds it to |\n|---|---|---|---|\n")
	if !found {
		fail("%s has no such table", auditPage)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|\n "), " | ") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if len(cells) != 4 {
			fail("a row of %d cells: %s", len(cells), line)
		}
		rows[cells[0]] = cells
	}
	return rows
}

// recorded ROW PROFILE CELL NAME [SOURCE] holds a row of the table in docs/audit.md to what AWS has on record: the session
// that last asked who it is has that NAME, "-" for whoever is logged in, which the row calls CELL; the last role was
// assumed with that source identity, or none; and "policy trust PROFILE" has the condition keys that the row names.
func recorded(ts *testscript.TestScript, _ bool, args []string) {
	cells := auditRows(ts.Fatalf)[args[0]]
	if cells == nil {
		ts.Fatalf("%s has no row %q", auditPage, args[0])
	}
	name, source := args[3], ""
	if name == "-" {
		u, err := user.Current()
		ts.Check(err)
		name = credproc.FitSessionName(u.Username)
	}
	if len(args) > 4 {
		source = args[4]
	}
	var caller, sent string
	for _, c := range of(ts).aws.Calls() {
		if c.Action == "GetCallerIdentity" {
			caller = c.Caller
		}
		if strings.HasPrefix(c.Action, "AssumeRole") {
			sent = c.Params["SourceIdentity"]
		}
	}
	if cells[1] != args[2] || !strings.Contains(caller, ":assumed-role/") || !strings.HasSuffix(caller, "/"+name) {
		ts.Fatalf("AWS saw %s; the row says %q", caller, cells[1])
	}
	if sent != source || (source == "") != strings.HasPrefix(cells[2], "none") && args[0] != "a role on top of a role" {
		ts.Fatalf("AWS saw the source identity %q; the row says %q", sent, cells[2])
	}
	if got, want := trustKeys(ts, args[1]), keysNamed(cells[3]); !slices.Equal(got, want) {
		ts.Fatalf("the policy has %q, the row %q", got, want)
	}
	of(ts).aws.Reset()
}

// keysNamed are the condition keys that a cell names.
func keysNamed(cell string) []string {
	var keys []string
	for _, m := range regexp.MustCompile("`([A-Za-z]+:[A-Za-z]+)`").FindAllStringSubmatch(cell, -1) {
		keys = append(keys, m[1])
	}
	slices.Sort(keys)
	return keys
}

// trustKeys are the condition keys of a profile's trust policy that say who it is; none where it has no such policy.
func trustKeys(ts *testscript.TestScript, profile string) []string {
	if ts.Exec("hatstand", "policy", "trust", profile) != nil {
		return nil
	}
	text := regexp.MustCompile(`@[A-Z_]+@`).ReplaceAllString(ts.ReadFile("stdout"), `"?"`)
	var doc struct {
		Statement []struct{ Condition map[string]map[string]any }
	}
	ts.Check(json.Unmarshal([]byte(text), &doc))
	keys := map[string]bool{}
	for _, by := range doc.Statement[0].Condition {
		for key := range by {
			service, claim, _ := strings.Cut(key, ":")
			if i := strings.LastIndexByte(key, ':'); strings.Contains(service, ".") {
				service, claim = "HOST", key[i+1:]
			}
			if key = service + ":" + claim; key != "aws:MultiFactorAuthPresent" {
				keys[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

func TestEachRowOfTheAuditPageIsInItsStory(t *testing.T) {
	t.Parallel()
	story, err := os.ReadFile("testdata/script/audit_names.txtar")
	if err != nil {
		t.Fatal(err)
	}
	rows := auditRows(t.Fatalf)
	if len(rows) < 10 {
		t.Errorf("only %d rows", len(rows))
	}
	for row := range rows {
		if !strings.Contains(string(story), "\nrecorded '"+strings.ReplaceAll(row, "'", "''")+"' ") {
			t.Errorf("no story has recorded %q", row)
		}
	}
}
