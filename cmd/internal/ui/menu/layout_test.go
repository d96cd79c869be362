package menu

import (
	"strings"
	"testing"
)

// shown is a menu's lines in a window of so many columns.
func shown(m *Menu, columns, state int) string {
	l := m.Layout(columns, state)
	var lines []string
	for i := range m.rows {
		name, rest := l.Line(i)
		lines = append(lines, name+rest)
	}
	return strings.Join(lines, "\n")
}

func TestALineHasTheCellsThatFit(t *testing.T) {
	t.Parallel()
	state := func(i int) string { return []string{"until 09:37", "", "needs code"}[i] }
	m := New(rows(
		"payments-prod-admin|222222222222|Admin|me", "dev|||", "audit|333333333333|Auditor|corp",
	), state)
	for _, row := range []struct {
		name    string
		columns int
		want    string
	}{
		{"all", 77, "" +
			"payments-prod-admin  222222222222  Admin    me    until 09:37\n" +
			"dev\n" +
			"audit                333333333333  Auditor  corp  needs code"},
		{"no room for the base", 59, "" +
			"payments-prod-admin  222222222222  Admin    until 09:37\n" +
			"dev\n" +
			"audit                333333333333  Auditor  needs code"},
		{"no room for the state", 45, "" +
			"payments-prod-admin  222222222222  Admin\n" +
			"dev\n" +
			"audit                333333333333  Auditor"},
		{"no room for the role", 37, "" +
			"payments-prod-admin  222222222222\n" +
			"dev\n" +
			"audit                333333333333"},
		{"no room for the account, and so for none", 30, "" +
			"payments-prod-admin\n" +
			"dev\n" +
			"audit"},
		{"half a name", 10, "" +
			"payments-…\n" +
			"dev\n" +
			"audit"},
		{"no room at all", 0, "\n\n"},
	} {
		if got := shown(m, row.columns, len("until 09:37")); got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
}

func TestLongWordsMakeRoomForOthers(t *testing.T) {
	t.Parallel()
	n, r := strings.Repeat("n", 60), strings.Repeat("r", 60)
	state := func(int) string { return "needs code" }
	for _, row := range []struct {
		name    string
		m       *Menu
		columns int
		want    string
	}{
		{"name and role are cut", New(rows(n+"|222222222222|"+r+"|me", "dev|1|Admin|me"), state), 77, "" +
			n[:31] + "…  222222222222  " + r[:11] + "…  needs code\n" +
			"dev" + strings.Repeat(" ", 31) + "1             Admin         needs code"},
		{"neither is", New(rows(n+"|222222222222|"+r+"|me", "dev|1|Admin|me"), state), 197, "" +
			n + "  222222222222  " + r + "  me  needs code\n" +
			"dev" + strings.Repeat(" ", 59) + "1             Admin" + strings.Repeat(" ", 57) + "me  needs code"},
		{"the name has all the room", New(rows(n+"|222222222222|"+r+"|me", "dev|1|Admin|me"), state), 30, "" +
			n[:29] + "…\n" +
			"dev"},
		{"a role is cut where there is room for some of it", New(rows("prod|222222222222|"+r), nil), 77, "" +
			"prod  222222222222  " + r[:56] + "…"},
	} {
		if got := shown(row.m, row.columns, 15); got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
}

func TestWideLettersAreAligned(t *testing.T) {
	t.Parallel()
	m := New(rows("日本|1", "Büro|2", "x|3"), nil)
	if got, want := shown(m, 77, 0), "日本  1\nBüro  2\nx     3"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestNoLineIsLongerThanTheWindow(t *testing.T) {
	t.Parallel()
	m := New(rows(
		strings.Repeat("n", 300)+"|222222222222|"+strings.Repeat("r", 64)+"|"+strings.Repeat("日", 40), "dev|1|a|b",
	), func(int) string { return "needs sign-in" })
	for columns := range 250 {
		l := m.Layout(columns, 15)
		for i := range m.rows {
			if name, rest := l.Line(i); Width(name+rest) > columns {
				t.Errorf("%d columns: %q", columns, name+rest)
			}
		}
	}
}

func TestThePageFitsTheWindow(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name                  string
		lines, question, want int
	}{
		{"a large window", 50, 1, 15},
		{"twelve lines", 12, 1, 10},
		{"eight lines, of which the question takes two", 8, 2, 5},
		{"hardly a window", 2, 1, 1},
		{"no size is known", 0, 1, 15},
	} {
		if got := Page(row.lines, row.question); got != row.want {
			t.Errorf("%s: %d rows, want %d", row.name, got, row.want)
		}
	}
	for _, row := range []struct {
		text          string
		columns, want int
	}{{"", 10, 1}, {"0123456789", 10, 1}, {"0123456789a", 10, 2}, {"日本日本日本", 10, 2}, {"text", 0, 1}} {
		if got := Lines(row.text, row.columns); got != row.want {
			t.Errorf("%q in %d columns: %d lines, want %d", row.text, row.columns, got, row.want)
		}
	}
}
