package menu

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func rows(lines ...string) []Row {
	var all []Row
	for _, l := range lines {
		words := strings.Split(l, "|")
		all = append(all, Row{words[0], words[1:]})
	}
	return all
}

// found are the names that search finds.
func found(m *Menu, typed string) []string {
	var names []string
	for i, ok := range m.Search(typed) {
		if ok {
			names = append(names, m.rows[i].Name)
		}
	}
	return names
}

func TestRowsAreFoundByNameAccountRoleAndBase(t *testing.T) {
	t.Parallel()
	m := New(rows(
		"payments-prod-admin|222222222222|Admin|me", "payments-dev-admin|333333333333|Admin|me",
		"prod|444444444444|Deploy|corp", "Büro|||", "audit|122333222444|Auditor|corp",
	), nil)
	for typed, want := range map[string]string{
		"prod":            "payments-prod-admin prod",
		"PROD":            "payments-prod-admin prod",
		"prod admin":      "payments-prod-admin",
		"admin  prod ":    "payments-prod-admin",
		"admin":           "payments-prod-admin payments-dev-admin",
		"2222":            "payments-prod-admin",
		"deploy":          "prod",
		"corp":            "prod audit",
		"corp 444":        "prod audit",
		"corp 4444":       "prod",
		"büro":            "Büro",
		"bo":              "Büro",
		"payprodadm":      "payments-prod-admin",
		"pyprd":           "payments-prod-admin",
		"payprodadm 2222": "payments-prod-admin",
		"prddply":         "prod", // the name's letters, then the role's
		"pyadmn me":       "payments-prod-admin payments-dev-admin",
		"audit pay":       "",
		"22223":           "",
		"zz":              "",
		"nimda":           "",
		"":                strings.Join(m.Names(), " "),
		" ":               strings.Join(m.Names(), " "),
	} {
		if got := strings.Join(found(m, typed), " "); got != want {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
}

// Two words that stand in different rows find a row that has the letters of both.
func TestWhereNoRowHasAllWordsTheirLettersAreEnough(t *testing.T) {
	t.Parallel()
	m := New(rows("pay|1|Admin", "prod|2|Reader", "platform-apply-rode|3|x"), nil)
	if got := found(m, "pay rod"); !slices.Equal(got, []string{"platform-apply-rode"}) {
		t.Errorf("%q", got)
	}
}

func TestARowIsFoundByItsWholeName(t *testing.T) {
	t.Parallel()
	m := New(rows("a|1", "b|1"), nil)
	if i, ok := m.Named("b"); i != 1 || !ok {
		t.Errorf("%d %v", i, ok)
	}
	if _, ok := m.Named("B"); ok {
		t.Error("a name is found in other letters")
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text    string
		columns int
		want    string
	}{
		{"prod", 4, "prod"},
		{"prod", 3, "pr…"},
		{"prod", 1, "…"},
		{"prod", 0, ""},
		{"", 0, ""},
		{"Büro", 4, "Büro"},
		{"日本", 4, "日本"},
		{"日本", 3, "日…"},
		{"日本", 2, "…"},
		{"a日本", 3, "a…"},
	} {
		got := Cut(row.text, row.columns)
		if got != row.want || Width(got) > row.columns {
			t.Errorf("%q in %d columns: %q, want %q", row.text, row.columns, got, row.want)
		}
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("prod|222|Admin", "pr 22")
	f.Add("İ|ſ|ẞ", "i ss")
	f.Fuzz(func(t *testing.T, row, typed string) {
		m := New(rows(row, "other|1|x"), nil)
		if got := m.Search(typed); len(got) != 2 {
			t.Errorf("%d rows", len(got))
		}
		// A row is found by its own name.
		if name := m.rows[0].Name; !m.Search(name)[0] {
			t.Errorf("%q is not found by itself", name)
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	var all []string
	for i := range 10_000 {
		all = append(all, fmt.Sprintf("team-%d-prod|%012d|Administrator|base-%d", i, i*7919, i%50))
	}
	m := New(rows(all...), nil)
	for _, typed := range []string{"p", "prod 2222", "tmprdadm", "zzz"} {
		b.Run(typed, func(b *testing.B) {
			for b.Loop() {
				m.typed, m.found = "", nil
				m.Search(typed)
			}
		})
	}
}
