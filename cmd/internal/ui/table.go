package ui

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"hatstand/cmd/internal/ui/menu"
)

// A Column is one of a table.
type Column struct {
	Head string
	// Leave says which columns make room where a window is narrow: that with the highest number is left out first, and
	// one with 0 never.
	Leave int
	// Least is the least width of the column where it is shown, if its cells are as wide; 12 at least.
	Least int
	// State is set where the cells are state words: they have the colours of StateWord.
	State bool
}

// A Table aligns rows of cells for a person.
type Table struct {
	columns []Column
	rows    [][]string
}

// NewTable is a table without rows.
func NewTable(columns ...Column) *Table { return &Table{columns: columns} }

// Row adds a row, which has a cell for each column. A cell is one line, whatever a config file says.
func (t *Table) Row(cells ...string) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = Plain(c)
	}
	t.rows = append(t.rows, row)
}

// PrintTable prints a table on stdout. Where that is a terminal, no line is longer than its window: columns are left out
// for it, and cells are cut.
func (s Streams) PrintTable(t *Table) error {
	_, err := io.WriteString(s.Out, t.text(s.outColumns(), s.Colours(s.Out)))
	return err
}

// outColumns is how many columns there are for a line in the window that stdout is; 0: it is none. One at the end stays
// blank, lest the terminal begin a new line.
func (s Streams) outColumns() int {
	f, ok := s.Out.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return max(1, columns-1)
}

// text is the table in a window of so many columns; 0: the lines may be as long as they are.
func (t *Table) text(columns int, colours bool) string {
	widths := t.widths()
	if columns > 0 {
		fit(t.columns, widths, columns)
	}
	var b strings.Builder
	line := func(cell func(column int) string, style func(column int, cell string) string) {
		blanks := 0
		for i, w := range widths {
			if w == 0 {
				continue
			}
			text := cutCell(cell(i), w)
			if text != "" {
				b.WriteString(strings.Repeat(" ", blanks))
				if colours {
					b.WriteString(style(i, text))
				} else {
					b.WriteString(text)
				}
				blanks = 0
			}
			blanks += w - menu.Width(text) + betweenCells
		}
		b.WriteString("\n")
	}
	line(func(i int) string { return t.columns[i].Head }, func(_ int, head string) string { return styled(bold, head) })
	for _, row := range t.rows {
		line(func(i int) string { return row[i] }, func(i int, cell string) string {
			if t.columns[i].State {
				return styled(stateColour(row[i]), cell)
			}
			return cell
		})
	}
	return b.String()
}

// widths returns the width of each column's widest cell.
func (t *Table) widths() []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = menu.Width(c.Head)
		for _, row := range t.rows {
			widths[i] = max(widths[i], menu.Width(row[i]))
		}
	}
	return widths
}

const (
	betweenCells = 2
	leastWidth   = 12
)

func (c Column) least(width int) int { return min(width, max(c.Least, leastWidth)) }

// fit narrows the table until a line has at most that many characters. A width of 0 leaves a column out. Columns go,
// the least important first, until each of the others has its least width. Width that is left over goes to the first of
// them, then to the next.
func fit(of []Column, widths []int, columns int) {
	all := append([]int(nil), widths...)
	for {
		total, least, leave := -betweenCells, -betweenCells, -1
		for i, w := range all {
			if w == 0 {
				continue
			}
			total += w + betweenCells
			least += of[i].least(w) + betweenCells
			if of[i].Leave > 0 && (leave < 0 || of[i].Leave > of[leave].Leave) {
				leave = i
			}
		}
		switch {
		case total <= columns:
			copy(widths, all)
			return
		case least > columns && leave >= 0:
			all[leave] = 0
			continue
		}
		left := columns - least
		grow := func(i int) {
			w := of[i].least(all[i])
			more := max(0, min(all[i]-w, left))
			left -= more
			widths[i] = w + more
		}
		for i := range all { // a state is short, and says nothing when it is cut
			if of[i].State {
				grow(i)
			}
		}
		for i := range all {
			if !of[i].State {
				grow(i)
			}
		}
		return
	}
}

// cutCell cuts a cell down to so many columns. The end of an ARN, and of ACCOUNT:ROLE, tells more than its beginning.
func cutCell(cell string, columns int) string {
	account, _, _ := strings.Cut(cell, ":")
	isName := account == "arn" || len(account) == 12 && strings.Trim(account, "0123456789") == ""
	if !isName || menu.Width(cell) <= columns || columns < 2 {
		return menu.Cut(cell, columns)
	}
	tail := []rune(cell)
	for len(tail) > 0 && menu.Width(string(tail)) > columns-1 {
		tail = tail[1:]
	}
	return "…" + string(tail)
}

// A Fact is a line of a report: what it is about, and what there is to tell.
type Fact struct {
	About, Text string
	// State is the part of the text that has the colour of StateWord; "": none.
	State string
}

// PrintFacts prints a report on stdout, its texts below one another. Where stdout is a terminal, texts go on in the next
// line where the window ends.
func (s Streams) PrintFacts(facts []Fact) error {
	_, err := io.WriteString(s.Out, factLines(facts, s.outColumns(), s.Colours(s.Out)))
	return err
}

func factLines(facts []Fact, columns int, colours bool) string {
	margin := 0
	for _, f := range facts {
		margin = max(margin, menu.Width(Plain(f.About))+betweenCells)
	}
	style := func(code, text string) string {
		if text == "" || !colours {
			return text
		}
		return styled(code, text)
	}
	var b strings.Builder
	for _, f := range facts {
		about, text, state := Plain(f.About), Plain(f.Text), Plain(f.State)
		from := strings.Index(text, state)
		to := from + len(state)
		for n, l := range wrap(text, columns-margin) {
			blanks := margin
			if n == 0 {
				b.WriteString(style(bold, about))
				blanks -= menu.Width(about)
			}
			if l.from < l.to {
				b.WriteString(strings.Repeat(" ", blanks))
			}
			a, z := min(max(from, l.from), l.to), min(max(to, l.from), l.to)
			b.WriteString(text[l.from:a] + style(stateColour(state), text[a:z]) + text[z:l.to] + "\n")
		}
	}
	return b.String()
}

// A span is a part of a text.
type span struct{ from, to int }

// wrap divides a text at blanks into lines of so many columns. A longer word has a line of its own; less than 1 column
// means that nothing is divided.
func wrap(text string, columns int) []span {
	lines := []span{{0, 0}}
	for at := 0; at <= len(text); {
		end := len(text)
		if n := strings.IndexByte(text[at:], ' '); n >= 0 {
			end = at + n
		}
		last := &lines[len(lines)-1]
		if columns < 1 || last.to == last.from || menu.Width(text[last.from:end]) <= columns {
			last.to = end
		} else {
			lines = append(lines, span{at, end})
		}
		at = end + 1
	}
	return lines
}
