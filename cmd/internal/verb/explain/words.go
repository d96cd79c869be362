package explain

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/profiles"
)

func (d Deps) print(e explanation) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", e.Target)
	if e.Region != "" {
		fmt.Fprintf(&b, " in %s", e.Region)
	}
	fmt.Fprintf(&b, "\n\n")
	d.writeSteps(&b, e)
	if e.LongLived != nil {
		b.WriteString("\nIf the program's answer has no session token, its keys are long-lived, and instead:\n\n")
		d.writeSteps(&b, *e.LongLived)
	}
	fmt.Fprintf(&b, "\n%s\n", e.next())
	for _, h := range e.hints {
		fmt.Fprintf(&b, "  %s\n", h)
	}
	if e.Keyring != "" {
		fmt.Fprintf(&b, "The keyring could not be read: %s\n", e.Keyring)
	}
	if len(e.sends) > 0 {
		b.WriteString("\nThe environment says where calls go:\n")
		for _, v := range e.sends {
			fmt.Fprintf(&b, "  %s=%s\n", v.Name, v.Shown)
		}
	}
	return d.World.Streams().Print(b.String())
}

// writeSteps writes a plan's steps, and below them the reason of each.
func (d Deps) writeSteps(b *strings.Builder, e explanation) {
	t := ui.Columns(b)
	if e.SignIn != nil {
		fmt.Fprintf(t, "  1\tsign in\t%s\n", e.SignIn.words(d.World.Now()))
	} else {
		fmt.Fprintf(t, "  1\tstart with %s\t%s\t\n", e.Base.kind.Start(), ui.Quoted(e.Base.Profile))
	}
	for i, s := range e.Steps {
		what, on, state := s.Call, s.Role, "not cached yet"
		if s.Set != "" {
			on = s.Set + " in " + s.Account
		}
		if s.MFASerial != "" {
			what += " + MFA code"
		}
		if s.Tagged {
			what += " + reason"
		}
		if s.CachedUntil != nil {
			state = "cached until " + ui.ClockTime(*s.CachedUntil, d.World.Now())
			if !s.Fresh {
				state += ", due for renewal"
			}
		}
		if s.unseen {
			state = "unknown whether cached"
		}
		fmt.Fprintf(t, "  %d\t%s\t%s\t%s\n", i+2, what, on, state)
	}
	t.Flush()
	if e.bare {
		b.WriteString("\n  1: the long-lived keys themselves are given out, since no session is used;\n" +
			"     only exec, env and credential-process do that\n")
	}
	if e.Base.kind == profiles.LoginSession && len(e.Steps) == 0 {
		b.WriteString("\n  1: AWS gives credentials of 15 minutes: some programs then start hatstand for each\n" +
			"     request. Let them use a role on top, which is cached for an hour, or exec --server\n")
	}
	for i, s := range e.Steps {
		life := "for as long as the permission set says"
		if s.Call == string(credproc.AssumeRoleWithSAML) {
			life = "for as long as the SAML assertion says, else 1 h"
		}
		if s.Seconds != 0 {
			life = "for " + credproc.Human(time.Duration(s.Seconds)*time.Second)
		}
		fmt.Fprintf(b, "\n  %d: %s\n     %s", i+2, s.Reason, life)
		if s.Shortened != "" {
			fmt.Fprintf(b, ", shortened %s", s.Shortened)
		}
		b.WriteString("\n")
		if s.MFASerial != "" {
			fmt.Fprintf(b, "     device %s\n", s.MFASerial)
		}
		if s.Tagged {
			b.WriteString("     a reason is required: CloudTrail shows it, as the session tag Reason. It lasts as\n" +
				"     long as the session that it opened; --reason opens a new one\n")
		}
	}
}

// next says what the next use asks for.
func (e explanation) next() string {
	var needs []string
	switch {
	case e.Fails != "":
		return "The next use fails: " + e.Fails
	case e.locked:
		needs = append(needs, "the keyring's passphrase")
	case e.Keyring != "":
		needs = append(needs, "the keyring")
	}
	if e.SignIn != nil && e.SignIn.Needed {
		needs = append(needs, e.SignIn.need(e.Keyring != ""))
	}
	if e.SAML != "" {
		needs = append(needs, "a SAML sign-in to "+ui.Plain(e.SAML)+", in a browser")
	}
	serial, from := e.AsksFor, e.CodeFrom
	if serial == "" && e.LongLived != nil {
		serial, from = e.LongLived.AsksFor, e.LongLived.CodeFrom
	}
	if serial != "" {
		code := "a code of " + serial
		if e.AsksFor == "" || slices.ContainsFunc(e.Steps, func(s explainedStep) bool { return s.unseen }) {
			code = "perhaps " + code
		}
		if from != "" {
			code += ", from " + from
		}
		needs = append(needs, code)
	}
	if at := e.reason(); at != "" {
		needs = append(needs, "a reason ("+at+")")
	}
	if len(needs) == 0 {
		return "The next use asks for nothing."
	}
	return "The next use needs " + strings.Join(needs, ", and ") + "."
}

// reason is where it is set that the next use needs a reason.
func (e explanation) reason() string {
	if e.AsksReason == "" && e.LongLived != nil {
		return e.LongLived.AsksReason
	}
	return e.AsksReason
}

// named is the variables by their names.
func named(all []app.Variable) map[string]string {
	m := map[string]string{}
	for _, v := range all {
		m[v.Name] = v.Shown
	}
	return m
}

func isUsage(err error) bool {
	_, ok := errors.AsType[*ui.UsageError](err)
	return ok
}
