package ui

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"hatstand/cmd/internal/ui/menu"
)

func profileTable() *Table {
	t := NewTable(Column{Head: "PROFILE"}, Column{Head: "ROLE"}, Column{Head: "FROM", Leave: 1},
		Column{Head: "REGION", Leave: 2}, Column{Head: "STATE", State: true})
	t.Row("payments-prod-admin", "222222222222:Admin", "me", "eu-west-1", "until 09:37")
	t.Row("日本", "", "", "", "")
	t.Row("a\tb\x1b[2J", "arn:aws:iam::111111111111:user/alice", "", "", "needs code")
	return t
}

func TestATableFitsTheWindow(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		columns int
		want    string
	}{
		{"no window", 0, "" +
			"PROFILE              ROLE                                  FROM  REGION     STATE\n" +
			"payments-prod-admin  222222222222:Admin                    me    eu-west-1  until 09:37\n" +
			"日本\n" +
			"a b[2J               arn:aws:iam::111111111111:user/alice                   needs code\n"},
		{"80: a cell is cut", 80, "" +
			"PROFILE              ROLE                           FROM  REGION     STATE\n" +
			"payments-prod-admin  222222222222:Admin             me    eu-west-1  until 09:37\n" +
			"日本\n" +
			"a b[2J               …iam::111111111111:user/alice                   needs code\n"},
		{"40: columns are left out", 40, "" +
			"PROFILE        ROLE          STATE\n" +
			"payments-pro…  …22222:Admin  until 09:37\n" +
			"日本\n" +
			"a b[2J         …:user/alice  needs code\n"},
	} {
		if got := profileTable().text(row.columns, false); got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
}

func TestNoLineOfATableIsLongerThanTheWindow(t *testing.T) {
	t.Parallel()
	for columns := 40; columns < 100; columns++ {
		for line := range strings.Lines(profileTable().text(columns, false)) {
			if menu.Width(strings.TrimSuffix(line, "\n")) > columns {
				t.Errorf("%d columns: %q", columns, line)
			}
		}
	}
}

var escapes = regexp.MustCompile(`\x1b\[\d*m`)

func TestColoursMoveNoColumn(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{0, 40, 80} {
		coloured := profileTable().text(columns, true)
		if plain := profileTable().text(columns, false); escapes.ReplaceAllString(coloured, "") != plain {
			t.Errorf("%d columns:\n%q\nwant\n%q", columns, coloured, plain)
		}
		for _, want := range []string{"\x1b[1mPROFILE\x1b[0m", "\x1b[32muntil 09:37\x1b[0m", "\x1b[33mneeds code\x1b[0m"} {
			if !strings.Contains(coloured, want) {
				t.Errorf("%d columns: no %q in %q", columns, want, coloured)
			}
		}
	}
}

func TestAReportIsWrappedAtTheWindow(t *testing.T) {
	t.Parallel()
	facts := []Fact{
		{"this shell", "prod: Admin in 222222222222, until 09:37, then renewed", "until 09:37"},
		{"sign-ins", "corp: not signed in: hatstand login corp", "not signed in"},
		{"", "x\ty", ""},
		{"keyring", "", ""},
	}
	for _, row := range []struct {
		columns int
		want    string
	}{
		{0, "" +
			"this shell  prod: Admin in 222222222222, until 09:37, then renewed\n" +
			"sign-ins    corp: not signed in: hatstand login corp\n" +
			"            x y\n" +
			"keyring\n"},
		{40, "" +
			"this shell  prod: Admin in 222222222222,\n" +
			"            until 09:37, then renewed\n" +
			"sign-ins    corp: not signed in:\n" +
			"            hatstand login corp\n" +
			"            x y\n" +
			"keyring\n"},
	} {
		if got := factLines(facts, row.columns, false); got != row.want {
			t.Errorf("%d columns:\n%s\nwant\n%s", row.columns, got, row.want)
		}
		coloured := factLines(facts, row.columns, true)
		if got := escapes.ReplaceAllString(coloured, ""); got != row.want {
			t.Errorf("%d columns:\n%s\nwant\n%s", row.columns, got, row.want)
		}
		for _, want := range []string{"\x1b[32muntil 09:37\x1b[0m", "\x1b[33mnot signed in\x1b[0m", "\x1b[1mthis shell\x1b[0m"} {
			if !strings.Contains(coloured, want) {
				t.Errorf("%d columns: no %q in %q", row.columns, want, coloured)
			}
		}
	}
	if got := factLines([]Fact{{"a", "now until then, much later", "until then"}}, 11, true); !strings.Contains(got,
		"\x1b[32muntil\x1b[0m\n   \x1b[32mthen\x1b[0m,") {
		t.Errorf("a state in two lines: %q", got)
	}
}

func TestStateWordsHaveColours(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"ok": green, "until 09:37": green, "cached": green, "signed in": green, "stored": green, "Active": green,
		"warn": yellow, "needs code": yellow, "needs sign-in": yellow, "needs keys": yellow, "not signed in": yellow,
		"Inactive": yellow, "unknown": yellow,
		"FAIL": red, "expired at 09:37": red, "not at AWS": red, "Deleted": red,
		"": "", "-": "", "prod": "",
	} {
		if got := stateColour(word); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	var out bytes.Buffer
	s := Streams{Out: &out, Getenv: func(string) string { return "" }}
	if s.StateWord("FAIL") != "FAIL" || s.Head("files") != "files" {
		t.Error("colours where there are none")
	}
}
