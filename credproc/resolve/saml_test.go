package resolve_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awstest"
	idp "hatstand/credproc/awstest/saml"
	"hatstand/credproc/resolve"
	"hatstand/credproc/saml"
	"hatstand/profiles"
)

const (
	samlProvider = "arn:aws:iam::222222222222:saml-provider/corp"
	samlRoads    = `
[hatstand-saml corp]
saml_url = https://idp.example.com
[profile dev]
role_arn = arn:aws:iam::222222222222:role/Dev
saml = corp
[profile short]
role_arn = arn:aws:iam::222222222222:role/Dev
saml = corp
duration_seconds = 900
[profile other]
role_arn = arn:aws:iam::222222222222:role/Other
saml = corp
[profile guest]
role_arn = arn:aws:iam::333333333333:role/Guest
source_profile = dev
[profile named]
role_arn = arn:aws:iam::333333333333:role/Guest
source_profile = dev
role_session_name = robot
`
)

// newSAMLWorld has a provider. asked counts how often an assertion was wanted.
func newSAMLWorld(t *testing.T, duration string) (w *world, asked *int) {
	w = newWorld(t)
	p := idp.New(samlProvider, "https://idp.example.com")
	w.aws.AddSAMLProvider(p)
	w.aws.AddRole("arn:aws:iam::222222222222:role/Dev", awstest.Role{MaxSession: 4 * time.Hour,
		Trust: []awstest.Trust{{Federated: samlProvider, Audience: idp.SignIn}}})
	w.aws.AddRole("arn:aws:iam::333333333333:role/Guest", awstest.Role{
		Trust: []awstest.Trust{{Principal: "arn:aws:iam::222222222222:role/Dev"}}})
	w.r.SAMLPerson = func(context.Context, profiles.SAMLSetting) string { return "alice@example.com" }
	asked = new(int)
	w.r.Assertion = func(context.Context, credproc.Plan) (saml.Assertion, error) {
		*asked++
		s := idp.Says("alice@example.com", time.Now(), "arn:aws:iam::222222222222:role/Dev,"+samlProvider)
		s.Duration = duration
		return saml.Parse(p.Response(s))
	}
	return w, asked
}

func TestAnAssertionIsExchangedForARole(t *testing.T) {
	for _, row := range []struct{ name, target, says, want string }{
		{"the provider says for how long", "dev", "7200", "7200"},
		{"nobody says it", "dev", "", "3600"},
		{"the profile says it", "short", "7200", "900"},
		{"the profile says it, and the provider nothing that can be", "short", "soon", "900"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, asked := newSAMLWorld(t, row.says)
			p := w.plan(samlRoads, row.target, credproc.Options{})
			before := p.Steps[0].Duration
			c, err := w.r.Credentials(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.aws.Calls()[0].Params["DurationSeconds"]; got != row.want || p.Steps[0].Duration != before {
				t.Errorf("for %s s, %v in the plan", got, p.Steps[0].Duration)
			}
			w.wantIdentity(c, "arn:aws:sts::222222222222:assumed-role/Dev/alice@example.com")
			if _, err := w.r.Credentials(t.Context(), p); err != nil || *asked != 1 {
				t.Errorf("%v, %d assertions", err, *asked)
			}
		})
	}
}

func TestARoleOnTopOfSAMLIsTheSAMLPersons(t *testing.T) {
	for _, row := range []struct{ name, person, target, want string }{
		{"the assertion names the person", "alice@example.com", "guest", "alice@example.com"},
		{"STS does not take all of the name", "älice b", "guest", "-lice-b"},
		{"nobody knows the name", "", "guest", "os-user"},
		{"the profile names the session", "alice@example.com", "named", "robot"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, _ := newSAMLWorld(t, "")
			w.r.SAMLPerson = func(_ context.Context, at profiles.SAMLSetting) string {
				if at.Name != "corp" {
					t.Errorf("asked for %q", at.Name)
				}
				return row.person
			}
			c, err := w.r.Credentials(t.Context(), w.plan(samlRoads, row.target, credproc.Options{}))
			if err != nil {
				t.Fatal(err)
			}
			w.wantIdentity(c, "arn:aws:sts::333333333333:assumed-role/Guest/"+row.want)
		})
	}
}

func TestWhatIsWrongWithAnAssertionSaysForWhichProfile(t *testing.T) {
	w, _ := newSAMLWorld(t, "soon")
	for target, want := range map[string]string{
		"dev": `profile "dev": SAML sign-in to corp: the assertion's SessionDuration "soon" is not 900 to 43200 seconds`,
		"other": `profile "other": SAML sign-in to corp: the assertion does not offer arn:aws:iam::222222222222:role/Other; ` +
			`it offers arn:aws:iam::222222222222:role/Dev`,
	} {
		_, err := w.r.Credentials(t.Context(), w.plan(samlRoads, target, credproc.Options{}))
		if err == nil || err.Error() != want {
			t.Errorf("%v", err)
		}
	}
	w.wantSaw("")
}

func TestWhoDeclinesIsNotAskedAgain(t *testing.T) {
	w, _ := newSAMLWorld(t, "")
	for kind, is := range map[saml.Kind]error{saml.Declined: resolve.ErrDeclined, saml.Nobody: resolve.ErrNobody} {
		w.r.Assertion = func(context.Context, credproc.Plan) (saml.Assertion, error) {
			return saml.Assertion{}, &saml.Error{Kind: kind, Reason: "no"}
		}
		p := w.plan(samlRoads, "dev", credproc.Options{})
		_, err := w.r.Credentials(t.Context(), p)
		asked := w.r.Ask(t.Context(), p)
		if !errors.Is(err, is) || !errors.Is(asked, is) || err.Error() != `profile "dev": SAML sign-in to corp: no` {
			t.Errorf("%v, %v", err, asked)
		}
	}
}

func TestCachedCredentialsNeedNoAssertion(t *testing.T) {
	w, asked := newSAMLWorld(t, "")
	p := w.plan(samlRoads, "dev", credproc.Options{})
	if err := w.r.Ask(t.Context(), p); err != nil || *asked != 1 {
		t.Error(err, *asked)
	}
	if _, err := w.r.Credentials(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if err := w.r.Ask(t.Context(), p); err != nil || *asked != 2 {
		t.Error(err, *asked)
	}
}
