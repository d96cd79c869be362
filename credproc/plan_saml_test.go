package credproc_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/profiles"
)

const withSAML = `
[hatstand-saml corp]
saml_url = https://idp.example.com/aws
[profile dev]
role_arn = arn:aws:iam::111111111111:role/Dev
saml = corp
[profile prod]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = dev
duration_seconds = 7200
`

func TestASAMLRoleIsOneStepAndDirect(t *testing.T) {
	p := planOf(t, withSAML, profiles.Request{Target: "dev"}, credproc.Options{})
	if len(p.Steps) != 1 || !p.Direct() || p.BareKeys() || p.Account() != "111111111111" || !p.Temporary {
		t.Fatalf("%+v", p)
	}
	s := p.Steps[0]
	if s.Call != credproc.AssumeRoleWithSAML || s.Role.Name != "Dev" || s.Duration != 0 || s.Serial != "" ||
		s.Item.Grant != "saml:corp" || s.Item.Base != "" || s.Item.Hash == "" {
		t.Errorf("%+v", s)
	}
	narrowed := planOf(t, withSAML, profiles.Request{Target: "dev"}, credproc.Options{Duration: 4 * time.Hour, ReadOnly: true})
	if n := narrowed.Steps[0]; n.Duration != 4*time.Hour || len(n.Role.PolicyARNs) != 1 || n.Item == s.Item {
		t.Errorf("%+v", n)
	}
}

func TestARoleOnTopOfASAMLRoleIsChained(t *testing.T) {
	p := planOf(t, withSAML, profiles.Request{}, credproc.Options{Tags: []profiles.Tag{{Key: "a", Value: "b"}}})
	if len(p.Steps) != 2 || p.Steps[1].Call != credproc.AssumeRole || p.Steps[1].Duration != time.Hour ||
		p.Steps[1].Item.Grant != "saml:corp" || p.Direct() || p.Steps[0].Role.Tags != nil ||
		p.Steps[1].Reason != "the base's credentials are temporary: a SAML sign-in gives them" {
		t.Errorf("%+v", p.Steps)
	}
}

func TestWhatMakesAnotherSAMLItem(t *testing.T) {
	was := planOf(t, withSAML, profiles.Request{Target: "dev"}, credproc.Options{}).Steps[0].Item
	for change, other := range map[string]bool{
		"saml_url = https://idp.example.com/other": true,
		"browser = edge": false,
		"[profile dev]\nsaml_provider_arn = arn:aws:iam::111111111111:saml-provider/corp": true,
		"[profile dev]\nduration_seconds = 7200":                                          true,
		"[profile dev]\noutput = json":                                                    false,
	} {
		config := strings.Replace(withSAML, "[profile dev]", change+"\n[profile dev]", 1)
		if is := planOf(t, config, profiles.Request{Target: "dev"}, credproc.Options{}).Steps[0].Item; (is != was) != other {
			t.Errorf("%s: %v", change, is)
		}
	}
}

func TestWhatTheSAMLProviderDecides(t *testing.T) {
	for subject, o := range map[string]credproc.Options{
		"session tag":     {Tags: []profiles.Tag{{Key: "a", Value: "b"}}},
		"source identity": {SourceIdentity: "me"},
		"session name":    {SessionName: "me"},
	} {
		_, err := credproc.NewPlan(chainOf(t, withSAML, "", profiles.Request{Target: "dev"}), o)
		e, ok := errors.AsType[*credproc.Error](err)
		if !ok || e.Kind != credproc.ProviderDecides || e.Subject != subject ||
			e.Error() != `profile "dev": a `+subject+` cannot be asked for: the SAML provider decides` {
			t.Errorf("%s: %v", subject, err)
		}
	}
}
