// Package terraform writes a policy as Terraform has it: a data source aws_iam_policy_document. It is a package of its own
// so that only who writes HCL links a library for it.
package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"hatstand/credproc/policy"
)

// DataSource is the policy as a data source of that name, which may be any text.
func DataSource(name string, d policy.Document) string {
	f := hclwrite.NewEmptyFile()
	source := f.Body().AppendNewBlock("data", []string{"aws_iam_policy_document", Identifier(name)}).Body()
	for i, s := range d.Statements {
		if i > 0 {
			source.AppendNewline()
		}
		writeStatement(source.AppendNewBlock("statement", nil).Body(), s)
	}
	return string(f.Bytes())
}

func writeStatement(b *hclwrite.Body, s policy.Statement) {
	b.SetAttributeRaw("sid", text(policy.Value{Text: s.Sid}))
	b.SetAttributeRaw("effect", text(policy.Value{Text: s.Effect()}))
	for _, of := range []struct {
		name  string
		words []string
	}{{"actions", s.Actions}, {"not_actions", s.NotActions}} {
		if len(of.words) > 0 {
			b.SetAttributeRaw(of.name, listOf(of.words...))
		}
	}
	if len(s.Resources) > 0 {
		b.SetAttributeRaw("resources", list(s.Resources))
	}
	for _, kind := range []string{"AWS", "Federated"} {
		if names := s.Named(kind); len(names) > 0 {
			b.AppendNewline()
			principals := b.AppendNewBlock("principals", nil).Body()
			principals.SetAttributeRaw("type", text(policy.Value{Text: kind}))
			principals.SetAttributeRaw("identifiers", list(names))
		}
	}
	for _, c := range s.Conditions {
		b.AppendNewline()
		condition := b.AppendNewBlock("condition", nil).Body()
		condition.SetAttributeRaw("test", text(policy.Value{Text: c.Operator}))
		condition.SetAttributeRaw("variable", text(c.Key))
		condition.SetAttributeRaw("values", list(c.Values))
	}
}

func text(v policy.Value) hclwrite.Tokens {
	if v.Unknown != "" {
		return hclwrite.Tokens{{Type: hclsyntax.TokenIdent, Bytes: []byte(v.Placeholder())}}
	}
	return hclwrite.TokensForValue(cty.StringVal(v.Text))
}

func list(values []policy.Value) hclwrite.Tokens {
	var all []hclwrite.Tokens
	for _, v := range values {
		all = append(all, text(v))
	}
	return hclwrite.TokensForTuple(all)
}

func listOf(words ...string) hclwrite.Tokens {
	var all []policy.Value
	for _, w := range words {
		all = append(all, policy.Value{Text: w})
	}
	return list(all)
}

// Identifier makes a text the name of a data source.
func Identifier(s string) string {
	s = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' {
			return c
		}
		return '_'
	}, s)
	if s == "" || s[0] == '-' || s[0] >= '0' && s[0] <= '9' {
		s = "_" + s
	}
	return s
}
