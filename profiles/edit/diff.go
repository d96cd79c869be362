package edit

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"hatstand/profiles"
)

// around is how many lines a diff shows around a change.
const around = 3

// secretLine matches a setting, or one that was made a comment, that holds a secret.
func secretLine() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^([ \t#;]*aws_(?:secret_access_key|session_token)[ \t]*=[ \t]*)[^ \t\r\n].*`)
}

// Diff is the change in unified form; "" if there is none. A secret's value is masked, in what did not
// change too.
func (c *Change) Diff() string {
	var b strings.Builder
	secretLine := secretLine()
	var hunk []splice
	before, after := 0, 0 // how many lines stand before the hunk; after counts the new ones
	at := 0               // where the lines counted end
	write := func() {
		if len(hunk) == 0 {
			return
		}
		if b.Len() == 0 {
			b.WriteString("--- " + profiles.Location{Path: c.path}.String() + "\n+++ " +
				profiles.Location{Path: c.path}.String() + "\n")
		}
		from := back(c.full, hunk[0].start, around)
		to := forward(c.full, hunk[len(hunk)-1].end, around)
		skipped := bytes.Count(c.full[at:from], []byte("\n"))
		before, after = before+skipped, after+skipped
		var body strings.Builder
		olds, news := 0, 0
		lines := func(sign, text string, last bool) {
			for line := range strings.Lines(text) {
				if sign != "+" {
					olds++
				}
				if sign != "-" {
					news++
				}
				body.WriteString(sign + secretLine.ReplaceAllString(line, "${1}"+profiles.Secret("").String()))
			}
			if last && text != "" && c.cut {
				body.WriteString("\\ No newline at end of file\n")
			}
		}
		off := from
		for _, s := range hunk {
			lines(" ", string(c.full[off:s.start]), false)
			lines("-", string(c.full[s.start:s.end]), s.end == len(c.full))
			lines("+", s.text, s.end == len(c.full))
			off = s.end
		}
		lines(" ", string(c.full[off:to]), to == len(c.full))
		b.WriteString("@@ -" + extent(before, olds) + " +" + extent(after, news) + " @@\n" + body.String())
		before, after, at = before+olds, after+news, to
		hunk = nil
	}
	for _, s := range c.lined() {
		if len(hunk) > 0 && bytes.Count(c.full[hunk[len(hunk)-1].end:s.start], []byte("\n")) > 2*around {
			write()
		}
		hunk = append(hunk, s)
	}
	write()
	return b.String()
}

// lined are the splices that change something, with what makes them readable: one that comes after a last
// line that has no newline takes that line in, which has one then.
func (c *Change) lined() []splice {
	var all []splice
	for _, s := range c.splices {
		if string(c.full[s.start:s.end]) == s.text {
			continue
		}
		if n := len(all); n > 0 && all[n-1].end == s.start {
			all[n-1].end, all[n-1].text = s.end, all[n-1].text+s.text
			continue
		}
		all = append(all, s)
	}
	if n := len(all); c.cut && n > 0 && all[n-1].end == len(c.full) && all[n-1].start > 0 &&
		(all[n-1].start == len(c.full) || all[n-1].text == "") {
		last := &all[n-1]
		from := back(c.full, last.start, 1)
		last.text = string(c.full[from:last.start]) + last.text
		last.start = from
	}
	return all
}

// extent is a hunk's place: of no lines, the line before it.
func extent(before, lines int) string {
	if lines > 0 {
		before++
	}
	return strconv.Itoa(before) + "," + strconv.Itoa(lines)
}

// back is where the n lines before off begin, forward where those after it end.
func back(text []byte, off, n int) int {
	for ; n > 0 && off > 0; n-- {
		off = bytes.LastIndexByte(text[:off-1], '\n') + 1
	}
	return off
}

func forward(text []byte, off, n int) int {
	for ; n > 0 && off < len(text); n-- {
		off += bytes.IndexByte(text[off:], '\n') + 1
	}
	return off
}
