package shell

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// NewWords is a hidden verb that completes a line for the shells that give its words as they were typed, quotes and
// all. They are unquoted here and not by the shell, whose eval would run what is in $(...).
//
//	__words bash COMP_TYPE COLUMNS COMP_WORDBREAKS WORD...
//	__words powershell COUNT WORD...
func NewWords(root *cobra.Command, stdout io.Writer) *cobra.Command {
	return &cobra.Command{
		Use: "__words", Hidden: true, DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 4 && args[0] == "bash":
				columns, _ := strconv.Atoi(args[2])
				menu := args[1] == "37" || args[1] == "42" // a key that inserts one after the other, or all
				return bashReply(root, stdout, args[4:], args[3], columns, menu)
			case len(args) > 1 && args[0] == "powershell":
				words := args[2:]
				if strconv.Itoa(len(words)) != args[1] {
					words = append(words, "")
				}
				found, directive := suggestions(root, words)
				for _, c := range found {
					fmt.Fprintln(stdout, c.lead+c.line)
				}
				_, err := fmt.Fprintf(stdout, ":%d\n", directive)
				return err
			}
			return nil
		},
	}
}

// A suggestion may replace the last word.
type suggestion struct {
	lead string // of the word, up to the value that line is: "--region="
	line string // the value; behind a tab a description
}

// suggestions asks cobra. The words are unquoted; the last one is what has been typed of it.
func suggestions(root *cobra.Command, words []string) (all []suggestion, directive int) {
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(io.Discard)
	root.SetArgs(append([]string{cobra.ShellCompRequestCmd}, words...))
	if root.Execute() != nil {
		return nil, int(cobra.ShellCompDirectiveError)
	}
	typed, lead := words[len(words)-1], ""
	if i := strings.IndexByte(typed, '='); i > 0 && strings.HasPrefix(typed, "-") {
		lead, typed = typed[:i+1], typed[i+1:]
	}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if n, ok := strings.CutPrefix(line, ":"); ok {
			directive, _ = strconv.Atoi(n)
		} else if line != "" && strings.HasPrefix(line, typed) {
			all = append(all, suggestion{lead, line})
		}
	}
	return all, directive
}

// bashReply prints cobra's directive and then what COMPREPLY is to hold. Bash takes a word apart at the characters of
// breaks and replaces only the last part.
func bashReply(root *cobra.Command, stdout io.Writer, raw []string, breaks string, columns int, menu bool) error {
	words := make([]string, len(raw))
	var quote byte
	for i, w := range raw {
		words[i], quote = unquote(w)
	}
	found, directive := suggestions(root, words)
	typed := raw[len(raw)-1]
	part := 0
	if quote == 0 {
		part = strings.LastIndexFunc(
			typed,
			func(r rune) bool { return (r == ':' || r == '=') && strings.ContainsRune(breaks, r) },
		) + 1
	}
	inserts, longest := make([]string, len(found)), 0
	for i, c := range found {
		value, _, _ := strings.Cut(c.line, "\t")
		if quote == 0 {
			value = c.lead + bashWord(value)
			if strings.HasPrefix(value, typed[:part]) {
				value = value[part:]
			}
		}
		inserts[i], longest = value, max(longest, len([]rune(value)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", directive)
	for i, c := range found {
		b.WriteString(inserts[i])
		if _, text, ok := strings.Cut(c.line, "\t"); ok && len(found) > 1 && !menu {
			b.WriteString(strings.Repeat(" ", longest-len([]rune(inserts[i]))))
			b.WriteString(remark(text, columns-longest-4))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(stdout, b.String())
	return err
}

// remark is a description behind a suggestion, of at most room characters.
func remark(text string, room int) string {
	r := []rune(text)
	switch {
	case room < 8:
		return ""
	case len(r) > room:
		r = append(r[:room-1], '…')
	}
	return "  (" + string(r) + ")"
}

// unquote takes the quotes off a word of a POSIX shell and expands nothing. quote is the one that is still open.
func unquote(word string) (text string, quote byte) {
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		c := word[i]
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote && quote != 0:
			quote = 0
		case c == '\\' && quote == 0 && i+1 < len(word),
			c == '\\' && quote == '"' && i+1 < len(word) && strings.IndexByte("\\\"$`", word[i+1]) >= 0:
			i++
			b.WriteByte(word[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), quote
}

// bashWord puts a backslash before what a shell would take for something else.
func bashWord(text string) string {
	var b strings.Builder
	for _, c := range text {
		if strings.ContainsRune(" \t'\"\\$`&|;<>()*?[]{}!#~^", c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}
