package terraform

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"hatstand/credproc/policy"
)

func value(texts ...string) []policy.Value {
	var all []policy.Value
	for _, t := range texts {
		all = append(all, policy.Value{Text: t})
	}
	return all
}

func document(key, v string) policy.Document {
	return policy.Document{Statements: []policy.Statement{
		{Sid: "Assume", Actions: []string{"sts:AssumeRole"},
			Principals: []policy.Principal{{Kind: "AWS", Name: value("arn:aws:iam::111111111111:root")[0]}},
			Conditions: []policy.Condition{{Operator: "StringEquals", Key: value(key)[0], Values: value(v, "two")}}},
		{Sid: "Nothing", Deny: true, NotActions: []string{"iam:GetUser", "sts:*"}, Resources: value("*")},
	}}
}

func TestDataSource(t *testing.T) {
	const want = `data "aws_iam_policy_document" "_2prod_x" {
  statement {
    sid     = "Assume"
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111111111111:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:RoleSessionName"
      values   = ["$${aws:username}", "two"]
    }
  }

  statement {
    sid         = "Nothing"
    effect      = "Deny"
    not_actions = ["iam:GetUser", "sts:*"]
    resources   = ["*"]
  }
}
`
	if got := DataSource("2prod/x", document("sts:RoleSessionName", "${aws:username}")); got != want {
		t.Errorf("%s", got)
	}
}

func TestAnUnknownPartIsNoHCL(t *testing.T) {
	d := document("sts:ExternalId", "x")
	d.Statements[0].Principals[0].Name = policy.Value{Unknown: "PRINCIPAL"}
	text := DataSource("prod", d)
	if _, problems := hclsyntax.ParseConfig([]byte(text), "x.tf", hcl.InitialPos); !problems.HasErrors() {
		t.Errorf("it parses:\n%s", text)
	}
	if !strings.Contains(text, "[@UNKNOWN_PRINCIPAL@]") {
		t.Errorf("%s", text)
	}
}

// What a policy says, HCL reads: neither a quote nor a template in it is anything but text.
func FuzzDataSource(f *testing.F) {
	f.Add("prod", "sts:ExternalId", "partner-7")
	f.Add("", "${x}", "%{ for a in b }")
	f.Add("ä\n", `"`, "\\\x00$${")
	f.Fuzz(func(t *testing.T, name, key, v string) {
		if !utf8.ValidString(key) || !utf8.ValidString(v) {
			t.Skip("no text")
		}
		text := DataSource(name, document(key, v))
		file, problems := hclsyntax.ParseConfig([]byte(text), "x.tf", hcl.InitialPos)
		if problems.HasErrors() {
			t.Fatalf("%v\n%s", problems, text)
		}
		blocks := file.Body.(*hclsyntax.Body).Blocks
		if len(blocks) != 1 || len(blocks[0].Body.Blocks) != 2 {
			t.Fatalf("%s", text)
		}
		condition := blocks[0].Body.Blocks[0].Body.Blocks[1].Body
		got, problems := condition.Attributes["variable"].Expr.Value(nil)
		if problems.HasErrors() || !got.RawEquals(cty.StringVal(key)) {
			t.Errorf("%q is read as %#v: %v", key, got, problems)
		}
		all, problems := condition.Attributes["values"].Expr.Value(nil)
		if problems.HasErrors() || !all.Index(cty.NumberIntVal(0)).RawEquals(cty.StringVal(v)) {
			t.Errorf("%q is read as %#v: %v", v, all, problems)
		}
	})
}
