package ui

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"hatstand/cmd/internal/ui/menu"
	"hatstand/mfa"
)

// mostListed is how many rows are listed at a time.
const mostListed = 50

// chooseByNumber lists the rows on the controlling terminal, each on a line, and reads a number, a name or a part of
// one.
func (s Streams) chooseByNumber(ctx context.Context, c Choice) (int, error) {
	tty, err := s.Terminal()
	if err != nil {
		return 0, err
	}
	defer tty.Close()
	m := c.menu()
	text := Plain(c.Question) + "\n" + numbered(m, m.Search(""))
	for {
		if _, err := fmt.Fprint(tty, text); err != nil {
			return 0, err
		}
		line, err := mfa.ReadLine(ctx, tty, "Number or name: ")
		if err != nil {
			return 0, err
		}
		if strings.ContainsRune(line, '\x1b') { // Esc, and Enter
			return 0, mfa.ErrCancelled
		}
		row, found := answered(m, line)
		if row >= 0 {
			return row, nil
		}
		text = Plain(c.Nothing) + ".\n"
		if found != nil {
			text = numbered(m, found)
		}
	}
}

// answered is the row that an answer names; -1: none. Then found are the rows that have it; nil: none has.
func answered(m *menu.Menu, line string) (row int, found []bool) {
	answer := strings.TrimSpace(line)
	if row, ok := m.Named(answer); ok {
		return row, nil
	}
	found = m.Search(answer)
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(found) {
		return n - 1, nil
	}
	for _, ok := range found {
		if ok {
			return -1, found
		}
	}
	return -1, nil
}

// numbered lists rows with their numbers, and says how many more there are.
func numbered(m *menu.Menu, found []bool) string {
	var b strings.Builder
	listed, more := 0, 0
	for i, ok := range found {
		switch {
		case !ok:
		case listed == mostListed:
			more++
		default:
			listed++
			fmt.Fprintf(&b, "%d. %s\n", i+1, strings.Join(m.Words(i), ", "))
		}
	}
	if more > 0 {
		fmt.Fprintf(&b, "%d more: type a part of a name to list those that have it\n", more)
	}
	return b.String()
}
