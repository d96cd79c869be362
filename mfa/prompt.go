package mfa

import (
	"fmt"
	"strings"
	"unicode"
)

// prompt is the line that asks for a code. All that comes from a file or from AWS is cleaned.
func prompt(r Request) string {
	return "MFA code for " + DeviceName(r.Serial) + purpose(r) + ": "
}

// DeviceName is what people call a device: the name in its ARN, else the serial number, made safe to draw.
func DeviceName(serial string) string {
	_, resource := splitARN(serial)
	if name := resource[strings.LastIndexByte(resource, '/')+1:]; name != "" {
		return clean(name, 64)
	}
	return clean(serial, 256)
}

// purpose is what the code is for: the profile, the role, or both.
func purpose(r Request) string {
	role := ""
	account, resource := splitARN(r.Role)
	if name := resource[strings.LastIndexByte(resource, '/')+1:]; name != "" {
		role = clean(name, 64) + " in " + clean(account, 12)
		if r.Profile == r.Role || r.Profile == account+":"+name { // a role without a profile
			return ", for " + role
		}
	} else if r.Role != "" {
		role = clean(r.Role, 256)
	}
	switch {
	case r.Profile == "" && role == "":
		return ""
	case r.Profile == "":
		return ", for " + role
	case role == "":
		return ", for " + clean(r.Profile, 64)
	}
	return ", for " + clean(r.Profile, 64) + " (" + role + ")"
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
