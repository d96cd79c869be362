package ui

import (
	"strings"
	"unicode/utf8"
)

// A list is what a person chooses from.
type list struct {
	options, details []string

	typed string
	found []bool // what search said of typed
}

func newList(options, details []string) *list {
	l := &list{details: make([]string, len(options))}
	for i, o := range options {
		l.options = append(l.options, Plain(o))
		if i < len(details) {
			l.details[i] = Plain(details[i])
		}
	}
	return l
}

// search reports which options are found by what was typed: those that have each of its words in their name or in their
// details. Where there are none, those whose name has the letters in this order.
func (l *list) search(typed string) []bool {
	if l.found != nil && l.typed == typed {
		return l.found
	}
	words := strings.Fields(strings.ToLower(typed))
	found, some := make([]bool, len(l.options)), false
	for i := range l.options {
		text := strings.ToLower(l.options[i] + "\n" + l.details[i])
		found[i] = true
		for _, w := range words {
			found[i] = found[i] && strings.Contains(text, w)
		}
		some = some || found[i]
	}
	if !some {
		letters := strings.Join(words, "")
		for i, o := range l.options {
			found[i] = inOrder(strings.ToLower(o), letters)
		}
	}
	l.typed, l.found = typed, found
	return found
}

func inOrder(text, letters string) bool {
	for _, r := range letters {
		i := strings.IndexRune(text, r)
		if i < 0 {
			return false
		}
		text = text[i+utf8.RuneLen(r):]
	}
	return true
}

const (
	mostOptions  = 15
	leastOptions = 3
	// what survey draws around the question, with some letters of a filter
	aroundQuestion = len("?   [Use arrows to move, type to filter]") + 12
	aroundOption   = len("> ") + len(" - ")
)

// page is how many options fit into a window below the question, with a row for the cursor. Survey draws over the
// question where they do not. A size of 0 is not known.
func (l *list) page(question string, columns, rows int) int {
	if rows <= 0 || columns <= 0 {
		return mostOptions
	}
	height := func(letters int) int { return max(1, (letters+columns-1)/columns) }
	tallest := 1
	for i, o := range l.options {
		tallest = max(tallest, height(aroundOption+utf8.RuneCountInString(o)+utf8.RuneCountInString(l.details[i])))
	}
	left := rows - 1 - height(aroundQuestion+utf8.RuneCountInString(question))
	return min(mostOptions, max(leastOptions, left/tallest))
}
