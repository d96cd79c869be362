// Package menu is a list that a person chooses from, without the terminal: rows of words, which rows match what is
// typed, and how rows fit a window. It is pure.
package menu

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// A Row is what can be chosen. The name comes first, and beside it what is known of it, by column: "" is blank.
type Row struct {
	Name  string
	Cells []string
}

// A Menu is a list of rows. Make it with New.
type Menu struct {
	rows  []Row
	texts []string // what is searched of each row, in lower case
	state func(row int) string

	typed string
	found []bool // by typed; nil: not searched yet
}

// New makes a menu of rows with equally many cells. state, which may be nil, is one more cell of a row, the last. It is
// called for rows that are shown, and is not searched. What could steer a terminal has to be left out of the rows.
func New(rows []Row, state func(row int) string) *Menu {
	m := &Menu{rows: rows, state: state, texts: make([]string, len(rows))}
	for i, r := range rows {
		m.texts[i] = strings.ToLower(strings.Join(append([]string{r.Name}, r.Cells...), "\n"))
	}
	return m
}

// Names returns the rows' names.
func (m *Menu) Names() []string {
	names := make([]string, len(m.rows))
	for i, r := range m.rows {
		names[i] = r.Name
	}
	return names
}

// Search reports which rows are found by what was typed: those that have all of its words, in any of their cells. A
// word that no row has is found where its letters stand in this order, with others in between. Where no row has all
// the words like that, the letters of each word are enough.
func (m *Menu) Search(typed string) []bool {
	if m.found == nil || m.typed != typed {
		words := strings.Fields(strings.ToLower(typed))
		found := m.all(words, m.matches(words))
		if !slices.Contains(found, true) {
			found = m.all(words, func(string) func(text, word string) bool { return inOrder })
		}
		m.typed, m.found = typed, found
	}
	return m.found
}

// all reports which rows have all the words; matching says how a word is looked for.
func (m *Menu) all(words []string, matching func(word string) func(text, word string) bool) []bool {
	found := make([]bool, len(m.texts))
	for i := range found {
		found[i] = true
	}
	for _, w := range words {
		has := matching(w)
		for i, text := range m.texts {
			found[i] = found[i] && has(text, w)
		}
	}
	return found
}

// matches is how each of the words is looked for: as it stands, if a row has it.
func (m *Menu) matches(words []string) func(word string) func(text, word string) bool {
	how := map[string]func(text, word string) bool{}
	for _, w := range words {
		how[w] = inOrder
		if slices.ContainsFunc(m.texts, func(text string) bool { return strings.Contains(text, w) }) {
			how[w] = strings.Contains
		}
	}
	return func(word string) func(text, word string) bool { return how[word] }
}

// inOrder reports whether a text has the letters of a word in their order.
func inOrder(text, word string) bool {
	for _, r := range word {
		i := strings.IndexRune(text, r)
		if i < 0 {
			return false
		}
		text = text[i+utf8.RuneLen(r):]
	}
	return true
}

// Named is the row of that name.
func (m *Menu) Named(name string) (row int, ok bool) {
	row = slices.IndexFunc(m.rows, func(r Row) bool { return r.Name == name })
	return row, row >= 0
}

// letterWidth is how many columns of a terminal a letter takes. It counts as survey does, which erases as many lines as
// it takes the menu to have: combining marks too.
func letterWidth(r rune) int {
	if ' ' <= r && r <= '~' {
		return 1
	}
	switch k := width.LookupRune(r).Kind(); {
	case k == width.EastAsianWide || k == width.EastAsianFullwidth:
		return 2
	case !unicode.IsPrint(r):
		return 0
	}
	return 1
}

// Width is how many columns of a terminal a text takes.
func Width(text string) int {
	n := 0
	for _, r := range text {
		n += letterWidth(r)
	}
	return n
}

// Cut shortens a text to at most that many columns. If letters are left out, it ends in an ellipsis.
func Cut(text string, columns int) string {
	if Width(text) <= columns {
		return text
	}
	n := 0
	for i, r := range text {
		if n += letterWidth(r); n > columns-1 {
			return text[:i] + strings.Repeat("…", min(1, max(0, columns)))
		}
	}
	return text
}

// Words are a row's name, cells and state, without those that are blank.
func (m *Menu) Words(row int) []string {
	words := append([]string{m.rows[row].Name}, m.rows[row].Cells...)
	if m.state != nil {
		words = append(words, m.state(row))
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}
