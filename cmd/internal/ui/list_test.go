package ui

import (
	"slices"
	"testing"
)

func TestWhatIsTypedFindsByNameAccountAndRole(t *testing.T) {
	t.Parallel()
	l := newList(
		[]string{"payments-prod-admin", "payments-dev-admin", "prod", "Büro"},
		[]string{"222222222222:Admin", "333333333333:Admin", "444444444444:Deploy"},
	)
	for typed, want := range map[string][]string{
		"payprodadm":   {"payments-prod-admin"},
		"prod admin":   {"payments-prod-admin"},
		"admin  prod ": {"payments-prod-admin"},
		"2222":         {"payments-prod-admin"},
		"deploy":       {"prod"},
		"PROD":         {"payments-prod-admin", "prod"},
		"büro":         {"Büro"},
		"bo":           {"Büro"},
		"zz":           nil,
		"nimda":        nil,
		"":             l.options,
		" ":            l.options,
	} {
		var got []string
		for i, found := range l.search(typed) {
			if found {
				got = append(got, l.options[i])
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
}

func TestThePageFitsTheWindow(t *testing.T) {
	t.Parallel()
	short := newList([]string{"prod", "dev"}, nil)
	long := newList([]string{"payments-production-administrators", "dev"}, []string{"222222222222:OrganizationAccountAccessRole"})
	for _, c := range []struct {
		name                string
		list                *list
		columns, rows, want int
	}{
		{"a large window", short, 80, 50, 15},
		{"twelve rows", short, 80, 12, 10},
		{"the question takes two rows", short, 50, 12, 9},
		{"options take two rows", long, 50, 12, 4},
		{"hardly a window", short, 80, 2, 3},
		{"no size is known", short, 0, 0, 15},
	} {
		if got := c.list.page("Which profile?", c.columns, c.rows); got != c.want {
			t.Errorf("%s: %d options, want %d", c.name, got, c.want)
		}
	}
}

func TestNoOptionSteersTheTerminal(t *testing.T) {
	t.Parallel()
	l := newList([]string{"a\x1b[2Jb\nc"}, []string{"\x1b]0;title\a"})
	if l.options[0] != "a[2Jb c" || l.details[0] != "]0;title" {
		t.Errorf("%q %q", l.options, l.details)
	}
}
