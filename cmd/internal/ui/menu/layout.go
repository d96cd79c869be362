package menu

import (
	"slices"
	"strings"
)

const (
	between   = 2  // columns of blanks between two cells
	leastCell = 12 // columns of a cell, if it is shown: an account's number
	leastName = 20 // columns of a name, before it makes room for cells
)

// A Layout is how the rows of a menu stand in lines: which cells there is room for, and how wide each is.
type Layout struct {
	menu  *Menu
	name  int
	cells []int // of each cell, and at last of the state; 0: left out
}

// Layout fits the rows into lines of so many columns. The first two cells get room before the state, and the others
// after it. The first cell for which no room is left is left out, with all after it. stateWidth is the width of the
// widest state.
func (m *Menu) Layout(columns, stateWidth int) Layout {
	if m.state == nil {
		stateWidth = 0
	}
	name, cells := m.widths()
	cells = append(cells, stateWidth)
	l := Layout{menu: m, name: min(name, columns, max(columns*2/5, leastName)), cells: make([]int, len(cells))}
	left := columns - l.name
	order := order(len(cells))
	for _, i := range order {
		w := min(cells[i], leastCell)
		if i == len(cells)-1 {
			w = cells[i]
		}
		if w == 0 {
			continue
		}
		if left < w+between {
			break
		}
		l.cells[i] = w
		left -= w + between
	}
	grow := func(w *int, to int) {
		more := min(to-*w, left)
		*w += more
		left -= more
	}
	grow(&l.name, name)
	for _, i := range order {
		if l.cells[i] > 0 {
			grow(&l.cells[i], cells[i])
		}
	}
	return l
}

// widths returns the width of the widest name, and of the widest cell in each column.
func (m *Menu) widths() (name int, cells []int) {
	for _, r := range m.rows {
		name = max(name, Width(r.Name))
		for i, c := range r.Cells {
			if i == len(cells) {
				cells = append(cells, 0)
			}
			cells[i] = max(cells[i], Width(c))
		}
	}
	return name, cells
}

// order is the order in which n cells get their room; the last is the state.
func order(n int) []int {
	all := make([]int, 0, n)
	for i := range n - 1 {
		all = append(all, i)
	}
	return slices.Insert(all, min(2, n-1), n-1)
}

// Line is a row's line, in two parts: its name, and all beside it.
func (l Layout) Line(row int) (name, rest string) {
	name = Cut(l.menu.rows[row].Name, l.name)
	var b strings.Builder
	blanks := l.name - Width(name)
	cells := l.menu.rows[row].Cells
	for i, w := range l.cells {
		if w == 0 {
			continue
		}
		cell := ""
		switch {
		case i < len(cells):
			cell = cells[i]
		case i == len(l.cells)-1:
			cell = l.menu.state(row)
		}
		cell = Cut(cell, w)
		if cell != "" {
			b.WriteString(strings.Repeat(" ", blanks+between) + cell)
			blanks = w - Width(cell)
		} else {
			blanks += between + w
		}
	}
	return name, b.String()
}

// Page is how many rows fit into a window of so many lines, below so many of the question and above one for the cursor.
// A size of 0 is not known.
func Page(lines, question int) int {
	if lines <= 0 {
		return mostRows
	}
	return max(1, min(mostRows, lines-1-question))
}

// mostRows is enough to see at once.
const mostRows = 15

// Lines is how many lines of a terminal a text takes; columns of 0 are not known.
func Lines(text string, columns int) int {
	if columns <= 0 {
		return 1
	}
	return max(1, (Width(text)+columns-1)/columns)
}
