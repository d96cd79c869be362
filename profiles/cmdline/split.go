// Package cmdline splits the command lines of credential_process and says which program they start: hatstand,
// aws-vault or another one. It promises to read a line as botocore does on the same system. It never starts a program,
// and it expands nothing: no variables, no "~", no patterns.
package cmdline

import (
	"errors"
	"runtime"
	"strings"
)

// Split splits a line into words as botocore does, with no shell: by POSIX quoting, and on Windows by the rules of
// Windows' own programs. It returns at least one word, or an error whose text says what is wrong with the line and
// shows nothing of it.
func Split(line string) ([]string, error) {
	words, problem := split(line, runtime.GOOS)
	if problem == "" && len(words) == 0 {
		problem = "has no words"
	}
	if problem != "" {
		return nil, errors.New(problem)
	}
	return words, nil
}

func split(line, goos string) (words []string, problem string) {
	if goos == "windows" {
		return splitWindows(line)
	}
	return splitPOSIX(line)
}

// A splitLine is as much of a line as was split.
type splitLine struct {
	words  []string
	word   strings.Builder // the word being read, which may be empty between quotes
	inWord bool
}

func (l *splitLine) endWord() {
	if l.inWord {
		l.words = append(l.words, l.word.String())
		l.word.Reset()
		l.inWord = false
	}
}

// splitPOSIX: quotes group; a backslash takes the next character as it is, but within '...' it is
// itself, and within "..." too unless '"' or a backslash follows.
func splitPOSIX(line string) (words []string, problem string) {
	var l splitLine
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == '\'' && c != '\'':
			l.word.WriteByte(c)
		case quote == '"' && c == '\\' && i+1 < len(line):
			i++
			if line[i] != '"' && line[i] != '\\' {
				l.word.WriteByte(c)
			}
			l.word.WriteByte(line[i])
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			l.word.WriteByte(c)
		case c == '\'' || c == '"':
			l.inWord, quote = true, c
		case c == '\\':
			i++
			if i == len(line) {
				return nil, "ends in a backslash"
			}
			l.inWord = true
			l.word.WriteByte(line[i])
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			l.endWord()
		default:
			l.inWord = true
			l.word.WriteByte(c)
		}
	}
	if quote != 0 {
		return nil, "has a quote that is not closed"
	}
	l.endWord()
	return l.words, ""
}

// splitWindows: only '"' groups, and a backslash is itself unless a run of them ends at a '"': then two
// make one, and an odd one takes the '"' as it is.
func splitWindows(line string) (words []string, problem string) {
	var l splitLine
	quote := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\':
			run := i
			for i < len(line) && line[i] == '\\' {
				i++
			}
			run = i - run
			l.inWord = true
			if i == len(line) || line[i] != '"' {
				l.word.WriteString(strings.Repeat(`\`, run))
				i--
				continue
			}
			l.word.WriteString(strings.Repeat(`\`, run/2))
			if run%2 == 1 {
				l.word.WriteByte('"')
			} else {
				i-- // the '"' is a quote: the next turn sees it
			}
		case c == '"':
			l.inWord, quote = true, !quote
		case !quote && (c == ' ' || c == '\t' || c == '\n'):
			l.endWord()
		default:
			l.inWord = true
			l.word.WriteByte(c)
		}
	}
	if quote {
		return nil, "has a quote that is not closed"
	}
	l.endWord()
	return l.words, ""
}
