package mfa

import (
	"fmt"
	"strings"
	"unicode"
)

// prompt is the line that asks for a code. All that comes from a file or from AWS is cleaned.
func prompt(r Request) string {
	var b strings.Builder
	b.WriteString("MFA code for ")
	_, resource := splitARN(r.Serial)
	name := resource[strings.LastIndexByte(resource, '/')+1:]
	if name != "" {
		fmt.Fprintf(&b, "%s (%s)", clean(name, 64), clean(r.Serial, 256))
	} else {
		b.WriteString(clean(r.Serial, 256))
	}
	b.WriteString(purpose(r))
	b.WriteString(": ")
	return b.String()
}

// purpose is what the code is for.
func purpose(r Request) string {
	var b strings.Builder
	if account, resource := splitARN(r.Role); resource != "" {
		role := resource[strings.LastIndexByte(resource, '/')+1:]
		fmt.Fprintf(&b, ", to wear role %s in %s", clean(role, 64), clean(account, 12))
	} else if r.Role != "" {
		fmt.Fprintf(&b, ", to wear role %s", clean(r.Role, 256))
	}
	if r.Profile != "" {
		fmt.Fprintf(&b, " (profile %s)", clean(r.Profile, 64))
	}
	return b.String()
}

// refusal is the line that says why the code is asked for again; "" at first.
func refusal(r Request) string {
	if r.Attempt <= 1 && r.Refused == "" {
		return ""
	}
	why := r.Refused
	if why == "" {
		why = "the code was refused"
	}
	text := clean(why, 300)
	if r.Attempt > 1 {
		text += fmt.Sprintf(" (attempt %d of 3)", r.Attempt)
	}
	return text + "\n"
}

// clean makes text safe to draw on a terminal: one line, at most max characters, nothing that moves the
// cursor or turns the direction of writing.
func clean(text string, max int) string {
	var b strings.Builder
	n := 0
	for _, c := range text {
		if n == max {
			b.WriteString("...")
			break
		}
		if c == unicode.ReplacementChar || !unicode.IsPrint(c) {
			c = '?'
		}
		b.WriteRune(c)
		n++
	}
	return b.String()
}

// cleanLines is clean for a text of several lines.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean(line, 2048)
	}
	return strings.Join(lines, "\n")
}
