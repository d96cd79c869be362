package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Document is a whole policy: principals, resources and conditions are looked at. It is a role's trust policy, or the
// identity policy of a user or a role.
type Document struct{ statements []fullStatement }

type fullStatement struct {
	deny       bool
	actions    []string
	not        bool // NotAction
	resources  []string
	principals map[string][]string // by kind: AWS, Federated
	conditions []condition
}

// version is the only one in which policies have variables.
const version = "2012-10-17"

// ParseTrust reads a role's trust policy in a partition. problem is what is wrong with it: what AWS says, where it says
// something, or that a part of it can never hold.
func ParseTrust(text, partition string) (d Document, problem string) {
	return parse(text, partition, true)
}

// ParseIdentity reads the identity policy of a user or a role in a partition.
func ParseIdentity(text, partition string) (d Document, problem string) {
	return parse(text, partition, false)
}

// A wireRule is a statement as it is written.
type wireRule struct {
	Sid, Effect                 string
	Principal                   json.RawMessage
	Action, NotAction, Resource oneOrMany
	Condition                   map[string]map[string]oneOrMany
}

func parse(text, partition string, trust bool) (Document, string) {
	if !json.Valid([]byte(text)) {
		return Document{}, "This policy contains invalid Json"
	}
	if again := repeated(text); again != "" {
		return Document{}, "duplicate key " + again
	}
	var wire struct {
		Version, ID string
		Statement   json.RawMessage
	}
	if strictly([]byte(text), &wire) != nil || len(wire.Statement) == 0 {
		return Document{}, "Syntax errors in policy."
	}
	if wire.Version != version {
		return Document{}, "the version is not " + version + ": variables are no variables then"
	}
	var list []wireRule
	if wire.Statement[0] != '[' {
		wire.Statement = slices.Concat([]byte("["), wire.Statement, []byte("]"))
	}
	if strictly(wire.Statement, &list) != nil || len(list) == 0 {
		return Document{}, "Syntax errors in policy."
	}
	var d Document
	sids := map[string]bool{}
	for _, w := range list {
		if w.Sid != "" && (sids[w.Sid] || !regexp.MustCompile(`^[A-Za-z0-9]+$`).MatchString(w.Sid)) {
			return Document{}, "Statement IDs (SID) must be alpha-numeric, and each of its own: " + w.Sid
		}
		sids[w.Sid] = true
		s, problem := w.read(partition, trust)
		if problem != "" {
			return Document{}, problem
		}
		d.statements = append(d.statements, s)
	}
	return d, ""
}

func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// repeated is a key that an object of the text has twice.
func repeated(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	var walk func() string
	walk = func() string {
		t, err := d.Token()
		if err != nil {
			return ""
		}
		switch t {
		case json.Delim('{'):
			seen := map[string]bool{}
			for d.More() {
				key, err := d.Token()
				name, _ := key.(string)
				if err != nil || seen[name] {
					return name
				}
				seen[name] = true
				if again := walk(); again != "" {
					return again
				}
			}
			_, _ = d.Token()
		case json.Delim('['):
			for d.More() {
				if again := walk(); again != "" {
					return again
				}
			}
			_, _ = d.Token()
		}
		return ""
	}
	return walk()
}

func (w wireRule) read(partition string, trust bool) (s fullStatement, problem string) {
	s = fullStatement{deny: w.Effect == "Deny", actions: w.Action, resources: w.Resource}
	switch {
	case w.Effect != "Allow" && w.Effect != "Deny":
		return s, "Policy statement must contain an Effect of Allow or Deny."
	case len(w.Action) == 0 == (len(w.NotAction) == 0):
		return s, "Policy statement must contain actions."
	}
	if len(w.NotAction) > 0 {
		s.actions, s.not = w.NotAction, true
	}
	for _, a := range s.actions {
		if !regexp.MustCompile(`^(\*|[a-z0-9-]+:[A-Za-z*?]+)$`).MatchString(a) {
			return s, "Actions/Conditions must be prefaced by a vendor: " + a
		}
		if trust && !slices.Contains(trustActions(), a) {
			return s, "AssumeRole policy may only specify STS AssumeRole actions: " + a
		}
	}
	switch {
	case trust && len(w.Resource) > 0:
		return s, "Has prohibited field Resource"
	case trust && w.Principal == nil:
		return s, "Missing required field Principal"
	case !trust && w.Principal != nil:
		return s, "Policy document should not specify a principal."
	case !trust && len(w.Resource) == 0:
		return s, "Policy statement must contain resources."
	}
	for _, r := range w.Resource {
		if f := strings.SplitN(r, ":", 6); r != "*" && (len(f) != 6 || f[0] != "arn" || f[1] != partition) {
			return s, "Resource " + r + " must be in ARN format or \"*\"."
		}
	}
	if trust {
		if s.principals, problem = readPrincipals(w.Principal, partition); problem != "" {
			return s, problem
		}
	}
	s.conditions, problem = readConditions(w.Condition)
	return s, problem
}

func trustActions() []string {
	return []string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession",
		"sts:SetSourceIdentity"}
}

func readPrincipals(raw json.RawMessage, partition string) (map[string][]string, string) {
	if string(raw) == `"*"` {
		return map[string][]string{"AWS": {"*"}}, ""
	}
	var by map[string]oneOrMany
	if json.Unmarshal(raw, &by) != nil || len(by) == 0 {
		return nil, "Syntax errors in policy."
	}
	iam := "arn:" + regexp.QuoteMeta(partition) + `:iam::\d{12}:`
	patterns := map[string]string{
		"AWS": `^(\*|\d{12}|` + iam + `(root|(user|role)/[\w+=,.@/-]+)|arn:` + regexp.QuoteMeta(partition) +
			`:sts::\d{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+)$`,
		"Federated": "^" + iam + `(oidc-provider|saml-provider)/[\w+=,.@:/-]+$`,
	}
	out := map[string][]string{}
	for kind, names := range by {
		pattern, known := patterns[kind]
		if !known {
			return nil, "Invalid principal in policy: " + kind
		}
		for _, name := range names {
			if !regexp.MustCompile(pattern).MatchString(name) {
				return nil, fmt.Sprintf("Invalid principal in policy: %q:%q", kind, name)
			}
		}
		out[kind] = names
	}
	return out, ""
}
