package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"hatstand/credproc"
	judge "hatstand/credproc/awstest/policy"
	"hatstand/credproc/policy"
	"hatstand/credproc/policy/terraform"
)

func TestEachPolicyIsATemplateAndADataSource(t *testing.T) {
	each(t, func(t *testing.T, w world, p credproc.Plan, _ *strings.Replacer) {
		d, err := policy.Trust(p, w.facts)
		if err != nil {
			t.Fatal(err)
		}
		var template struct {
			Resources struct {
				Role struct {
					Type       string
					Properties struct {
						RoleName, Path           string
						MaxSessionDuration       int
						AssumeRolePolicyDocument json.RawMessage
					}
				}
			}
		}
		if err := json.Unmarshal([]byte(policy.TrustTemplate(p, d)), &template); err != nil {
			t.Fatal(err)
		}
		is := template.Resources.Role
		if is.Type != "AWS::IAM::Role" || is.Properties.RoleName != "Admin" || is.Properties.Path != "/team/" {
			t.Errorf("%+v", is)
		}
		if want := strings.Contains(w.config, "duration_seconds = 7200"); want != (is.Properties.MaxSessionDuration == 7200) {
			t.Errorf("%+v", is)
		}
		if _, problem := judge.ParseTrust(string(is.Properties.AssumeRolePolicyDocument), p.Partition); problem != "" {
			t.Error(problem)
		}
		file, problems := hclsyntax.ParseConfig([]byte(terraform.DataSource("prod", d)), "x.tf", hcl.InitialPos)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		if source := file.Body.(*hclsyntax.Body).Blocks[0]; len(source.Body.Blocks) != len(d.Statements) {
			t.Errorf("%d statements, want %d", len(source.Body.Blocks), len(d.Statements))
		}
	})
	p := planOf(t, strings.NewReplacer("PART", "aws", "REGION", "eu-west-1").Replace(me+keys))
	d, err := policy.Assume([]policy.Ask{{Plan: p}}, "", "")
	var template struct {
		Resources struct {
			Policy struct {
				Properties struct{ PolicyDocument json.RawMessage }
			}
		}
	}
	if e := json.Unmarshal([]byte(policy.PolicyTemplate(d)), &template); err != nil || e != nil {
		t.Fatal(err, e)
	}
	if _, problem := judge.ParseIdentity(string(template.Resources.Policy.Properties.PolicyDocument), "aws"); problem != "" {
		t.Error(problem)
	}
}

// What is not known is a value in no format.
func TestAnUnknownPartIsNoValueInAnyFormat(t *testing.T) {
	p := planOf(t, strings.NewReplacer("PART", "aws", "REGION", "eu-west-1").Replace(me+keys))
	d, err := policy.Trust(p, policy.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	if json.Valid([]byte(policy.TrustTemplate(p, d))) || json.Valid([]byte(d.JSON())) {
		t.Error("it is JSON")
	}
	if !strings.Contains(d.JSON(), `"AWS": @UNKNOWN_PRINCIPAL@`) { // no value of YAML begins with an @ either
		t.Error(d.JSON())
	}
}
