package advice

import (
	"cmp"
	"errors"

	"hatstand/credproc/saml"
)

func samlError(err error) (answer, bool) {
	e, ok := err.(*saml.Error)
	if !ok {
		return answer{}, false
	}
	a := answer{rank: refused, exit: Refused, hints: samlHints(e)}
	switch e.Kind {
	case saml.SeveralProviders, saml.Encrypted, saml.Unreadable, saml.NoBrowser:
		a.rank, a.exit = usage, Usage
	case saml.Nobody, saml.Late:
		a.rank, a.exit = nobody, NoHuman
	case saml.Declined:
		a.rank, a.exit = byCancel, Cancelled
	case saml.BrowserFailed, saml.PortTaken, saml.ProcessFailed:
		a.rank, a.exit = none, Failed
	}
	return a, true
}

// samlHints say what to do about a SAML sign-in, the likeliest first.
func samlHints(e *saml.Error) []string {
	section := "[hatstand-saml " + e.Section + "]"
	switch e.Kind {
	case saml.Unusable:
		return []string{"give the whole value of the form field SAMLResponse, as the provider's page posts it"}
	case saml.ProviderRefused:
		return []string{"sign in there as somebody who may use AWS, or ask the provider's administrator"}
	case saml.NotOffered:
		return []string{"correct role_arn, or have the provider's administrator assign the role to you"}
	case saml.Encrypted:
		if e.Subject == "" { // no role was asked for
			return []string{"write the profiles yourself, each with role_arn, saml and saml_provider_arn"}
		}
		fallthrough
	case saml.SeveralProviders:
		return []string{"choose one: saml_provider_arn = ARN in the profile"}
	case saml.BadDuration:
		return []string{"set duration_seconds in the profile, or --duration"}
	case saml.Nobody, saml.Late:
		var who interface{ Hints() []string } // knows why nobody can be asked
		if errors.As(e.Err, &who) {
			return who.Hints()
		}
		return []string{"in a terminal: " + cmp.Or(e.Subject, "hatstand login "+ShellWord(e.Section))}
	case saml.NoBrowser:
		return []string{"name one: browser = chromium below " + section + " (chrome, edge, brave)",
			"or have another program give the assertion: saml_method = process"}
	case saml.BrowserFailed:
		return []string{"check that it starts: " + e.Subject}
	case saml.PortTaken:
		return []string{"end the program that listens on port " + e.Subject + ", or choose another: saml_port, and " +
			"the address that the provider posts to"}
	case saml.ProcessFailed:
		return []string{"run the command by hand and look at what it prints"}
	}
	return nil
}
