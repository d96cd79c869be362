package ui

import (
	"slices"
	"strings"
	"testing"

	"hatstand/cmd/internal/ui/menu"
)

func TestNoRowSteersTheTerminal(t *testing.T) {
	t.Parallel()
	c := Choice{
		Rows:  []menu.Row{{Name: "a\x1b[2Jb\nc", Cells: []string{"\x1b]0;title\a"}}},
		State: func(int) string { return "until\x1b[H" },
	}
	if got, want := c.menu().Words(0), []string{"a[2Jb c", "]0;title", "until[H"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTheStateOfARowIsLookedUpOnceWhenItIsShown(t *testing.T) {
	t.Parallel()
	var asked []int
	c := Choice{Rows: []menu.Row{{Name: "a"}, {Name: "b"}}, State: func(row int) string { asked = append(asked, row); return "" }}
	m := c.menu()
	l := m.Layout(80, stateWidth)
	m.Search("a b")
	l.Line(1)
	l.Line(1)
	if !slices.Equal(asked, []int{1}) {
		t.Errorf("asked for %v", asked)
	}
}

func TestAnAnswerIsANumberANameOrAPartOfOne(t *testing.T) {
	t.Parallel()
	m := menu.New([]menu.Row{{Name: "prod", Cells: []string{"222222222222"}}, {Name: "dev"}, {Name: "1"}, {Name: "developers"}}, nil)
	for _, row := range []struct {
		line  string
		row   int
		found string // where no row is named
	}{
		{"2", 1, ""},
		{" 2 ", 1, ""},
		{"1", 2, ""}, // a name comes before a number
		{"dev", 1, ""},
		{"devel", -1, "developers"},
		{"DEV", -1, "dev developers"},
		{"2222", -1, "prod"},
		{"0", -1, ""},
		{"-1", -1, ""},
		{"5", -1, ""},
		{"zzz", -1, ""},
		{"", -1, "prod dev 1 developers"},
	} {
		i, found := answered(m, row.line)
		var names []string
		for i, ok := range found {
			if ok {
				names = append(names, m.Names()[i])
			}
		}
		if i != row.row || strings.Join(names, " ") != row.found {
			t.Errorf("%q: row %d and %q, want %d and %q", row.line, i, names, row.row, row.found)
		}
	}
}

func TestTheHintIsShownWhereItFits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		columns       int
		hint, nothing string
	}{
		{80, "Esc to cancel", "No profile matches. Backspace takes a letter back."},
		{0, "Esc to cancel", "No profile matches. Backspace takes a letter back."},
		{40, "", "No profile matches"},
		{12, "", "No profi…"},
	} {
		text := menuTemplate(row.columns, "Which profile?", "No profile matches")
		if strings.Contains(text, "Esc to cancel") != (row.hint != "") || !strings.Contains(text, `"`+row.nothing+`"`) {
			t.Errorf("%d columns: %s", row.columns, text)
		}
	}
}
