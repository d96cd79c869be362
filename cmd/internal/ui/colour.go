package ui

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Colours reports whether text on w may have colours: w is a terminal that knows them, and nobody has said otherwise.
// NO_COLOR (no-color.org) and CLICOLOR=0 switch them off, CLICOLOR_FORCE switches them on where w is no terminal
// (bixense.com/clicolors); of NO_COLOR and CLICOLOR_FORCE the first wins.
func (s Streams) Colours(w io.Writer) bool {
	if s.Getenv("NO_COLOR") != "" {
		return false
	}
	if force := s.Getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	f, ok := w.(*os.File)
	return ok && s.Getenv("CLICOLOR") != "0" && s.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// Coloured is text in a colour given as RRGGBB, as AWS Extend Switch Roles spells it, where w has colours.
func (s Streams) Coloured(w io.Writer, colour, text string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 24)
	if err != nil || len(strings.TrimPrefix(colour, "#")) != 6 || !s.Colours(w) {
		return text
	}
	return fmt.Sprintf("\x1b[38;2;%d;%d;%dm%s\x1b[0m", n>>16, n>>8&0xff, n&0xff, text)
}

// DiffLine is a line of a diff, without its newline, for stdout: what goes is red and what comes is green, where there
// are colours.
func (s Streams) DiffLine(line string) string {
	code := ""
	switch {
	case !s.Colours(s.Out):
		return line
	case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
		code = "1"
	case strings.HasPrefix(line, "@@"):
		code = "36"
	case strings.HasPrefix(line, "-"):
		code = "31"
	case strings.HasPrefix(line, "+"):
		code = "32"
	default:
		return line
	}
	return "\x1b[" + code + "m" + line + "\x1b[0m"
}

const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func styled(code, text string) string {
	if code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Head is a heading for stdout, bold where there are colours.
func (s Streams) Head(text string) string {
	if !s.Colours(s.Out) {
		return text
	}
	return styled(bold, text)
}

// StateWord is a state word for stdout, where there are colours in one of three: green is well, yellow waits for
// somebody, red is past or broken. A word that says none of it has none.
func (s Streams) StateWord(word string) string {
	if !s.Colours(s.Out) {
		return word
	}
	return styled(stateColour(word), word)
}

func stateColour(word string) string {
	for _, row := range []struct {
		code   string
		begins []string
	}{
		{green, []string{"ok", "until ", "cached", "signed in", "stored", "enabled", "Active"}},
		{yellow, []string{"warn", "needs ", "not signed in", "the sign-in is open", "not known", "unknown", "none: ", "Inactive"}},
		{red, []string{"FAIL", "expired", "not at AWS", "Deleted"}},
	} {
		for _, b := range row.begins {
			if strings.HasPrefix(word, b) {
				return row.code
			}
		}
	}
	return ""
}
