package advice_test

import (
	"errors"
	"slices"
	"testing"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/saml"
)

func TestAdviceOnSAML(t *testing.T) {
	seen := map[saml.Kind]bool{}
	for _, row := range []struct {
		claim string
		err   saml.Error
		exit  int
		hints []string
	}{
		{"no response", saml.Error{Kind: saml.Unusable}, 4,
			[]string{"give the whole value of the form field SAMLResponse, as the provider's page posts it"}},
		{"a refusal", saml.Error{Kind: saml.ProviderRefused}, 4,
			[]string{"sign in there as somebody who may use AWS, or ask the provider's administrator"}},
		{"no such role", saml.Error{Kind: saml.NotOffered}, 4,
			[]string{"correct role_arn, or have the provider's administrator assign the role to you"}},
		{"two providers", saml.Error{Kind: saml.SeveralProviders}, 2,
			[]string{"choose one: saml_provider_arn = ARN in the profile"}},
		{"encrypted", saml.Error{Kind: saml.Encrypted, Subject: "arn"}, 2,
			[]string{"choose one: saml_provider_arn = ARN in the profile"}},
		{"encrypted, for a list", saml.Error{Kind: saml.Encrypted}, 2,
			[]string{"write the profiles yourself, each with role_arn, saml and saml_provider_arn"}},
		{"a bad duration", saml.Error{Kind: saml.BadDuration}, 4,
			[]string{"set duration_seconds in the profile, or --duration"}},
		{"no such file", saml.Error{Kind: saml.Unreadable, Err: errors.New("no")}, 2, nil},
		{"nobody to ask", saml.Error{Kind: saml.Nobody}, 3, []string{"in a terminal: hatstand login 'my corp'"}},
		{"nobody to ask for a list", saml.Error{Kind: saml.Nobody, Subject: "hatstand profiles sync --saml corp"}, 3,
			[]string{"in a terminal: hatstand profiles sync --saml corp"}},
		{"closed", saml.Error{Kind: saml.Declined}, 130, nil},
		{"late", saml.Error{Kind: saml.Late}, 3, []string{"in a terminal: hatstand login 'my corp'"}},
		{"no browser", saml.Error{Kind: saml.NoBrowser}, 2, []string{
			"name one: browser = chromium below [hatstand-saml my corp] (chrome, edge, brave)",
			"or have another program give the assertion: saml_method = process"}},
		{"a browser that fails", saml.Error{Kind: saml.BrowserFailed, Subject: "chromium"}, 1,
			[]string{"check that it starts: chromium"}},
		{"a port that is taken", saml.Error{Kind: saml.PortTaken, Subject: "8080"}, 1, []string{
			"end the program that listens on port 8080, or choose another: saml_port, and the address that the provider posts to"}},
		{"a program that fails", saml.Error{Kind: saml.ProcessFailed}, 1,
			[]string{"run the command by hand and look at what it prints"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			seen[row.err.Kind] = true
			err := saml.Of("my corp", &row.err)
			if exit, hints := advice.For(err); exit != row.exit || !slices.Equal(hints, row.hints) {
				t.Errorf("exit %d, hints %q", exit, hints)
			}
		})
	}
	for k := saml.Unusable; k <= saml.ProcessFailed; k++ {
		if !seen[k] {
			t.Errorf("kind %d has no row", k)
		}
	}
}
