// Package policy writes the policies that a plan needs of the other side: a role's trust policy, the identity policy of
// who assumes it, and what an IAM user needs to look after their own credentials. It is pure: it uses no network.
//
// A policy allows what the plan does and no more. Where the plan does not say enough, the policy never has a wildcard.
// It has an unknown part, which is written so that AWS rejects the document.
package policy

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Document is a policy.
type Document struct {
	Statements []Statement
	// Unknown are the parts that the plan does not tell, in the order in which they stand in the document.
	Unknown []Unknown
	// Notes are what a reader of the policy has to know beside it, each a sentence.
	Notes []string
}

// A Statement is one of a policy's. What is empty is left out.
type Statement struct {
	Sid        string
	Deny       bool
	Principals []Principal
	Actions    []string
	NotActions []string
	Resources  []Value
	Conditions []Condition
}

// A Principal is who a trust policy's statement is about: AWS or Federated, and an ARN.
type Principal struct {
	Kind string
	Name Value
}

// A Condition is one key of a statement's conditions.
type Condition struct {
	Operator string
	Key      Value
	Values   []Value
}

// A Value is a text of a policy. With Unknown it has no text: the part of that name is not known.
type Value struct{ Text, Unknown string }

// An Unknown is a part of a policy that a plan does not tell.
type Unknown struct {
	Name string // in capitals: PRINCIPAL
	What string // "who the credentials of ... are of"
}

// Placeholder stands where an unknown part is to be filled in. It is a value of neither JSON nor YAML nor HCL: in none of
// them does anything begin with an @.
func (v Value) Placeholder() string { return "@UNKNOWN_" + v.Unknown + "@" }

func known(texts ...string) []Value {
	var all []Value
	for _, t := range texts {
		all = append(all, Value{Text: t})
	}
	return all
}

// An object is a JSON object whose members keep their order. Values are Value, string, []Value, []string, object and
// []object.
type object []member

type member struct {
	key   Value
	value any
}

func (o *object) put(key string, value any) { *o = append(*o, member{Value{Text: key}, value}) }

// JSON is the document as IAM takes it, indented by two spaces, with a line end behind it.
func (d Document) JSON() string { return render(d.tree()) + "\n" }

func (d Document) tree() object {
	var statements []object
	for _, s := range d.Statements {
		statements = append(statements, s.tree())
	}
	var o object
	o.put("Version", "2012-10-17")
	o.put("Statement", statements)
	return o
}

func (s Statement) tree() object {
	var o object
	o.put("Sid", s.Sid)
	o.put("Effect", s.Effect())
	if len(s.Principals) > 0 {
		var who object
		for _, kind := range []string{"AWS", "Federated"} {
			if names := s.Named(kind); len(names) > 0 {
				who.put(kind, names)
			}
		}
		o.put("Principal", who)
	}
	if len(s.Actions) > 0 {
		o.put("Action", s.Actions)
	}
	if len(s.NotActions) > 0 {
		o.put("NotAction", s.NotActions)
	}
	if len(s.Resources) > 0 {
		o.put("Resource", s.Resources)
	}
	var conditions object
	for _, operator := range s.operators() {
		var keys object
		for _, c := range s.Conditions {
			if c.Operator == operator {
				keys = append(keys, member{c.Key, c.Values})
			}
		}
		conditions.put(operator, keys)
	}
	if len(conditions) > 0 {
		o.put("Condition", conditions)
	}
	return o
}

// Effect is Allow or Deny.
func (s Statement) Effect() string {
	if s.Deny {
		return "Deny"
	}
	return "Allow"
}

// Named are the principals of a kind.
func (s Statement) Named(kind string) []Value {
	var names []Value
	for _, p := range s.Principals {
		if p.Kind == kind {
			names = append(names, p.Name)
		}
	}
	return names
}

func (s Statement) operators() []string {
	var all []string
	for _, c := range s.Conditions {
		if !slices.Contains(all, c.Operator) {
			all = append(all, c.Operator)
		}
	}
	return all
}

// Size is how many characters IAM counts: white space between the parts is none of them.
func (d Document) Size() int {
	var b strings.Builder
	write(&b, d.tree(), "")
	return utf8.RuneCountInString(b.String())
}

func render(v any) string {
	var b strings.Builder
	write(&b, v, "\n")
	return b.String()
}

// write writes a value. newline is a line end with the indent of the value; "": without white space.
func write(b *strings.Builder, v any, newline string) {
	deeper, colon := newline+"  ", ": "
	if newline == "" {
		deeper, colon = "", ":"
	}
	switch v := v.(type) {
	case string:
		b.WriteString(quoted(v))
	case int:
		b.WriteString(strconv.Itoa(v))
	case Value:
		if v.Unknown != "" {
			b.WriteString(v.Placeholder())
			return
		}
		b.WriteString(quoted(v.Text))
	case []string:
		write(b, known(v...), newline)
	case []Value:
		if len(v) == 1 {
			write(b, v[0], newline)
			return
		}
		list(b, "[]", len(v), newline, deeper, func(i int) { write(b, v[i], deeper) })
	case []object:
		list(b, "[]", len(v), newline, deeper, func(i int) { write(b, v[i], deeper) })
	case object:
		list(b, "{}", len(v), newline, deeper, func(i int) {
			write(b, v[i].key, deeper)
			b.WriteString(colon)
			write(b, v[i].value, deeper)
		})
	}
}

func list(b *strings.Builder, ends string, n int, newline, deeper string, each func(int)) {
	b.WriteString(ends[:1])
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(deeper)
		each(i)
	}
	if n > 0 {
		b.WriteString(newline)
	}
	b.WriteString(ends[1:])
}

func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
