package policy

import (
	"strings"

	"hatstand/credproc"
)

// A Need is what both sides of a call that assumes a role have to allow. One that is refused lacks one of these, or is
// forbidden by a policy that no plan tells of.
type Need struct {
	Call    credproc.Call
	Profile string // that has the role; "" for an ad-hoc one
	Role    string // ARN
	Caller  string // in words
	By      string // the profile whose role calls; "": the base does
	// Allowed is what the caller has to be allowed, each an action; nil where a token is the proof. Trusted is what the
	// role has to trust, each a condition with what it is compared with.
	Allowed, Trusted []string
	MFA              string // why the call has no MFA, or how it has; "" where nobody calls with credentials
}

// Needs returns what each call of a plan that assumes a role needs, in order. Errors are *Error.
func Needs(p credproc.Plan, f Facts) ([]Need, error) {
	all := calls(p)
	if len(all) == 0 {
		_, err := Trust(p, f) // says why there is none
		return nil, err
	}
	var needs []Need
	for _, c := range all {
		part := p
		part.Steps = p.Steps[:c.index+1]
		d, err := Trust(part, f)
		if err != nil {
			return nil, err
		}
		n := Need{Call: c.Call, Profile: c.Role.Profile, Role: c.Role.ARN, Caller: c.caller(p, f), Trusted: trusted(d)}
		if !c.base() {
			n.By = c.before.Role.Profile
		}
		if !c.Call.Federates() {
			n.Allowed, n.MFA = allowed(c), mfaOf(c)
		}
		needs = append(needs, n)
	}
	return needs, nil
}

func allowed(c call) []string {
	w := &writer{}
	w.allow(c, "")
	var all []string
	for _, s := range w.doc.Statements {
		all = append(all, s.Actions...)
	}
	return all
}

func mfaOf(c call) string {
	switch {
	case c.mfa == bySession:
		return "the session before it has MFA"
	case c.mfa == withCall:
		return "a code comes with the call"
	case c.mfa == perhaps:
		return "a code is asked for if the program gives long-lived keys"
	case c.before != nil && !c.permissionSet():
		return "none: MFA does not go on from one role to the next"
	case c.permissionSet():
		return "none that a policy sees: people prove it to IAM Identity Center"
	}
	return "none: no device is set"
}

// trusted is a trust policy's first statement, in words, and the actions of the others.
func trusted(d Document) []string {
	var all []string
	show := func(v Value) string {
		if v.Unknown != "" {
			return v.Placeholder()
		}
		return v.Text
	}
	first := d.Statements[0]
	for _, p := range first.Principals {
		all = append(all, p.Kind+" "+show(p.Name))
	}
	for _, c := range first.Conditions {
		var values []string
		for _, v := range c.Values {
			values = append(values, show(v))
		}
		key := c.Key.Text
		if c.Key.Unknown != "" {
			key = c.Key.Placeholder()
		}
		all = append(all, key+" "+word(c.Operator)+" "+strings.Join(values, ", "))
	}
	for _, s := range d.Statements[1:] {
		all = append(all, s.Actions...)
	}
	return all
}

func word(operator string) string {
	switch operator {
	case "StringLike", "ArnLike":
		return "like"
	case "ForAllValues:StringEquals":
		return "within"
	case "Null":
		return "absent:"
	}
	return "="
}
