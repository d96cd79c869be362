package ui

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/AlecAivazis/survey/v2"
	"golang.org/x/term"

	"hatstand/cmd/internal/ui/menu"
)

// A Choice is what a person chooses from.
type Choice struct {
	Question string
	Rows     []menu.Row // not empty
	// State is one more cell of a row; nil: there is none. It is called for rows that are shown, each once.
	State func(row int) string
	// Nothing says that no row is found by what was typed.
	Nothing string
}

// stateWidth is the width of the widest state: "until Wed 09:37".
const stateWidth = 15

// menu makes the choice's menu, without what could steer the terminal.
func (c Choice) menu() *menu.Menu {
	rows := make([]menu.Row, len(c.Rows))
	for i, r := range c.Rows {
		rows[i].Name = Plain(r.Name)
		for _, cell := range r.Cells {
			rows[i].Cells = append(rows[i].Cells, Plain(cell))
		}
	}
	if c.State == nil {
		return menu.New(rows, nil)
	}
	known := map[int]string{}
	return menu.New(rows, func(row int) string {
		state, ok := known[row]
		if !ok {
			state = Plain(c.State(row))
			known[row] = state
		}
		return state
	})
}

// CanChoose reports whether a person can choose here: there is a terminal to ask on, stderr's or the controlling one.
func (s Streams) CanChoose() bool {
	if s.drawsMenus() {
		return true
	}
	tty, err := s.Terminal()
	if err != nil {
		return false
	}
	tty.Close()
	return true
}

// drawsMenus reports whether menus are drawn, and not listed for who hears the screen or has a terminal without a
// cursor.
func (s Streams) drawsMenus() bool { return s.Interactive() && !s.accessible() }

// accessible reports whether ACCESSIBLE is set: programs that draw on the terminal take it for a screen reader's.
func (s Streams) accessible() bool {
	value := s.Getenv("ACCESSIBLE")
	on, err := strconv.ParseBool(value)
	return value != "" && (err != nil || on)
}

// Choose lets a person choose a row, and returns its index: in a menu, by the arrow keys or by typing parts of its
// words; where menus are not drawn, from a list, by number or name, on the controlling terminal. Stdin, which may be
// the command's, is read only for the menu, up to Enter.
func (s Streams) Choose(ctx context.Context, c Choice) (int, error) {
	if !s.drawsMenus() {
		return s.chooseByNumber(ctx, c)
	}
	columns, lines, err := term.GetSize(int(s.Err.(*os.File).Fd()))
	if err != nil {
		columns, lines = 0, 0
	}
	m, question := c.menu(), Plain(c.Question)
	page := menu.Page(lines, menu.Lines("? "+question+" ", columns-longestFilter))
	layout := m.Layout(rowColumns(columns), stateWidth)
	left := make(chan struct{}, 1)
	choice := &survey.Select{Message: question, Options: m.Names(), PageSize: page}
	choice.Filter = func(typed, _ string, i int) bool { return m.Search(typed)[i] }
	choice.Description = func(_ string, i int) string {
		// Only Windows has this: there survey reads the keys itself, and Esc switches to the keys of vi.
		if choice.VimMode {
			select {
			case left <- struct{}{}:
			default:
			}
		}
		name, rest := layout.Line(i)
		return name + rest
	}
	// Survey has no other way to say that nothing is found, nor to do without a hint that does not fit. It reads the
	// variable when it draws.
	survey.SelectQuestionTemplate = menuTemplate(columns, question, Plain(c.Nothing))
	var chosen int
	if err := s.ask(ctx, choice, &chosen, left); err != nil {
		return 0, err
	}
	return chosen, nil
}

// longestFilter is how many letters of what was typed are shown.
const longestFilter = 40

// rowColumns is what is left of a window's columns beside the mark of the row that Enter takes, and for one at the end
// that stays blank, lest the terminal begin a new line.
func rowColumns(columns int) int {
	if columns <= 0 {
		columns = 80
	}
	return max(1, columns-len("> ")-1)
}

// menuTemplate is survey's own for a menu, with a line for where nothing is found. The hint is shown where it fits.
func menuTemplate(columns int, question, nothing string) string {
	hint := "  [type to filter, arrows to move, Esc to cancel]"
	if columns > 0 && menu.Width("? "+question+hint) >= columns {
		hint = ""
	}
	if all := nothing + ". Backspace takes a letter back."; menu.Width(all) <= rowColumns(columns) {
		nothing = all
	}
	nothing = menu.Cut(nothing, rowColumns(columns))
	return fmt.Sprintf(`
{{- define "option"}}
    {{- if eq .SelectedIndex .CurrentIndex }}{{color .Config.Icons.SelectFocus.Format }}{{ .Config.Icons.SelectFocus.Text }} {{else}}{{color "default"}}  {{end}}
    {{- $.GetDescription .CurrentOpt}}{{color "reset"}}
{{end}}
{{- color .Config.Icons.Question.Format }}{{ .Config.Icons.Question.Text }} {{color "reset"}}
{{- color "default+hb"}}{{ .Message }}{{if not .ShowAnswer}}{{printf "%%.*s" %d .FilterMessage}}{{end}}{{color "reset"}}
{{- if .ShowAnswer}}{{color "cyan"}} {{.Answer}}{{color "reset"}}{{"\n"}}
{{- else}}
  {{- if not .FilterMessage}}{{color "cyan"}}{{%q}}{{color "reset"}}{{end}}{{"\n"}}
  {{- range $ix, $option := .PageEntries}}{{template "option" $.IterateOption $ix $option}}{{else}}  {{%q}}{{"\n"}}{{end}}
{{- end}}`, longestFilter, hint, nothing)
}

// Confirm asks yes or no; preset is what Enter alone means.
func (s Streams) Confirm(question string, preset bool) (bool, error) {
	var yes bool
	err := s.ask(context.Background(), &survey.Confirm{Message: Plain(question), Default: preset}, &yes, nil)
	return yes && err == nil, err
}
