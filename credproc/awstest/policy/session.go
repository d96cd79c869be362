package policy

import (
	"encoding/json"
	"slices"
	"strings"
)

// Session is a session policy cut down to actions; resources and conditions
// are not looked at.
type Session struct{ statements []statement }

type statement struct {
	deny   bool
	not    bool // NotAction
	action []string
}

func (t statement) covers(action string) bool { return MatchAny(t.action, action) != t.not }

// RuleSession narrows an action by all session policies together: AWS takes
// their union, and an explicit deny in any of them wins. None is no limit.
func RuleSession(policies []Session, action string) Ruling {
	if len(policies) == 0 {
		return Permitted
	}
	allowed := false
	for _, p := range policies {
		for _, t := range p.statements {
			if !t.covers(action) {
				continue
			}
			if t.deny {
				return DeniedBySessionPolicy
			}
			allowed = true
		}
	}
	if !allowed {
		return NotInSessionPolicy
	}
	return Permitted
}

// oneOrMany is a JSON string or a list of them, which policies take alike.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*o = oneOrMany{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(o))
}

// ParseSession reads an inline session policy; else problem is what AWS says of it.
func ParseSession(text string) (p Session, problem string) {
	type wireStatement struct {
		Effect    string
		Action    oneOrMany
		NotAction oneOrMany
		Resource  json.RawMessage
	}
	var doc struct{ Statement json.RawMessage }
	if !json.Valid([]byte(text)) {
		return Session{}, "The policy is not in the valid JSON format."
	}
	const syntax = "Syntax errors in policy."
	if json.Unmarshal([]byte(text), &doc) != nil || len(doc.Statement) == 0 {
		return Session{}, syntax
	}
	var list []wireStatement
	if json.Unmarshal(doc.Statement, &list) != nil {
		list = make([]wireStatement, 1)
		if json.Unmarshal(doc.Statement, &list[0]) != nil {
			return Session{}, syntax
		}
	}
	for _, w := range list {
		t := statement{deny: w.Effect == "Deny", action: w.Action}
		if len(w.NotAction) > 0 {
			t.not, t.action = true, w.NotAction
		}
		if w.Effect != "Allow" && w.Effect != "Deny" || len(t.action) == 0 ||
			len(w.Action) > 0 && len(w.NotAction) > 0 {
			return Session{}, syntax
		}
		p.statements = append(p.statements, t)
	}
	return p, ""
}

// Managed stands for a managed policy by its ARN: of AWS's own, those that
// read only allow no sts:AssumeRole; any other is taken to allow everything.
func Managed(arn string) Session {
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	if slices.Contains([]string{"ReadOnlyAccess", "ViewOnlyAccess", "SecurityAudit"}, name) {
		return Session{[]statement{{action: []string{"*:Get*", "*:List*", "*:Describe*"}}}}
	}
	return Session{[]statement{{action: []string{"*"}}}}
}
