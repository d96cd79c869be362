package mfa

import (
	"fmt"
	"strings"

	"hatstand/mfa/internal/plain"
)

// prompt is the line that asks for a code. All that comes from a file or from AWS is cleaned.
func prompt(r Request) string {
	return "MFA code for " + DeviceName(r.Serial) + Purpose(r) + ": "
}

// DeviceName is what people call a device: the name in its ARN, else the serial number, made safe to draw.
func DeviceName(serial string) string {
	_, resource := splitARN(serial)
	if name := resource[strings.LastIndexByte(resource, '/')+1:]; name != "" {
		return plain.Line(name, 64)
	}
	return plain.Line(serial, 256)
}

// Purpose is what the code is for, as the end of a sentence: the profile, the role, or both.
func Purpose(r Request) string {
	role := ""
	account, resource := splitARN(r.Role)
	if name := resource[strings.LastIndexByte(resource, '/')+1:]; name != "" {
		role = plain.Line(name, 64) + " in " + plain.Line(account, 12)
		if r.Profile == r.Role || r.Profile == account+":"+name { // a role without a profile
			return ", for " + role
		}
	} else if r.Role != "" {
		role = plain.Line(r.Role, 256)
	}
	switch {
	case r.Profile == "" && role == "":
		return ""
	case r.Profile == "":
		return ", for " + role
	case role == "":
		return ", for " + plain.Line(r.Profile, 64)
	}
	return ", for " + plain.Line(r.Profile, 64) + " (" + role + ")"
}

// Refusal is the line that says why the code is asked for again; "" at first.
func Refusal(r Request) string {
	if r.Attempt <= 1 && r.Refused == "" {
		return ""
	}
	why := r.Refused
	if why == "" {
		why = "the code was refused"
	}
	text := plain.Line(why, 300)
	if r.Attempt > 1 {
		text += fmt.Sprintf(" (attempt %d of 3)", r.Attempt)
	}
	return text + "\n"
}
