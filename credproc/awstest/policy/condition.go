package policy

import (
	"regexp"
	"slices"
	"strings"
)

// A condition is one key of a statement's conditions.
type condition struct {
	operator string
	all, any bool // ForAllValues, ForAnyValue
	ifExists bool
	key      string
	values   []string
}

// comparison is what an operator does to one value of the request.
func comparison(operator string) func(pattern, value string) bool {
	switch operator {
	case "StringEquals":
		return func(p, v string) bool { return p == v }
	case "StringEqualsIgnoreCase", "Bool":
		return strings.EqualFold
	case "StringLike":
		return Like
	case "ArnLike", "ArnEquals":
		return arnLike
	}
	return nil
}

// arnLike compares each of an ARN's six parts by itself.
func arnLike(pattern, arn string) bool {
	want, got := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	return slices.EqualFunc(want, got, Like)
}

// keyNames are the condition keys that a request for a role can have. AWS takes any other, which then never holds.
func keyNames() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(aws:(PrincipalArn|PrincipalAccount|username|userid|MultiFactorAuthPresent|` +
		`MultiFactorAuthAge|SourceIdentity|TagKeys|(RequestTag|PrincipalTag)/.+)|` +
		`sts:(ExternalId|RoleSessionName|SourceIdentity|TransitiveTagKeys)|SAML:(aud|sub|iss)|` +
		`[\w.-]+(:\d+)?(/[\w./-]*)?:(aud|sub))$`)
}

func readConditions(by map[string]map[string]oneOrMany) (all []condition, problem string) {
	for operator, keys := range by {
		c := condition{operator: operator}
		c.operator, c.all = strings.CutPrefix(c.operator, "ForAllValues:")
		c.operator, c.any = strings.CutPrefix(c.operator, "ForAnyValue:")
		if base, ok := strings.CutSuffix(c.operator, "IfExists"); ok {
			c.operator, c.ifExists = base, true
		}
		if c.operator != "Null" && comparison(strings.Replace(c.operator, "Not", "", 1)) == nil {
			return nil, "Invalid Condition type : " + operator
		}
		for key, values := range keys {
			if !keyNames().MatchString(key) {
				return nil, "no request for a role has the condition key " + key
			}
			if len(values) == 0 {
				return nil, "a condition without a value: " + key
			}
			each := c
			each.key, each.values = key, values
			all = append(all, each)
		}
	}
	return all, ""
}

// A Request is what policies are asked about.
type Request struct {
	Action   string
	Resource string
	// Principal is the ARN of the user or of the role session, Role that of the session's role, Account theirs. Of a call
	// that a token is the proof of, Federated alone is set: the ARN of the provider.
	Principal, Role, Account string
	Federated                string
	// Context has the values of the condition keys, by their names in small letters. A key that is absent is not there.
	Context map[string][]string
}

// Set adds a value of a condition key.
func (r *Request) Set(key string, values ...string) {
	if r.Context == nil {
		r.Context = map[string][]string{}
	}
	r.Context[strings.ToLower(key)] = append(r.Context[strings.ToLower(key)], values...)
}

// A Verdict is what a document says of a request.
type Verdict struct {
	Allowed, Denied bool
	// Directly: the statement that allows names the caller, not its account. Within one account that is enough.
	Directly bool
}

// Judge holds a request against a document.
func (d Document) Judge(r Request) Verdict {
	var v Verdict
	for _, s := range d.statements {
		named, directly := s.names(r)
		if !named || MatchAny(s.actions, r.Action) == s.not || !s.covers(r) || !s.holds(r) {
			continue
		}
		if s.deny {
			v.Denied = true
		} else {
			v.Allowed, v.Directly = true, v.Directly || directly
		}
	}
	v.Allowed = v.Allowed && !v.Denied
	return v
}

func (s fullStatement) names(r Request) (named, directly bool) {
	if s.principals == nil {
		return true, false
	}
	for _, p := range s.principals["AWS"] {
		account, root := strings.CutSuffix(p, ":root")
		switch {
		case r.Federated != "":
		case p == r.Principal || r.Role != "" && p == r.Role:
			return true, true
		case p == "*", p == r.Account, root && strings.HasSuffix(account, ":iam::"+r.Account):
			named = true
		}
	}
	return named || r.Federated != "" && slices.Contains(s.principals["Federated"], r.Federated), false
}

// covers reports whether the statement is about the resource. A trust policy is about its role.
func (s fullStatement) covers(r Request) bool {
	return s.resources == nil || slices.ContainsFunc(s.resources, func(pattern string) bool {
		p, ok := r.fill(pattern)
		return ok && Like(p, r.Resource)
	})
}

func (s fullStatement) holds(r Request) bool {
	return !slices.ContainsFunc(s.conditions, func(c condition) bool { return !c.holds(r) })
}

func (c condition) holds(r Request) bool {
	have, present := r.Context[strings.ToLower(c.key)]
	if c.operator == "Null" {
		return slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(v, "true") != present })
	}
	positive := strings.Replace(c.operator, "Not", "", 1)
	compare, negated := comparison(positive), positive != c.operator
	fits := func(value string) bool {
		found := slices.ContainsFunc(c.values, func(pattern string) bool {
			p, ok := r.fill(pattern)
			return ok && compare(p, value)
		})
		return found != negated
	}
	switch {
	case c.all:
		return !slices.ContainsFunc(have, func(v string) bool { return !fits(v) })
	case !present:
		return c.ifExists || negated && !c.any
	case c.any:
		return slices.ContainsFunc(have, fits)
	}
	// Without ForAllValues and ForAnyValue a key has one value.
	return len(have) == 1 && fits(have[0])
}

// fill puts values into a text's variables; false: one has none, so that nothing is like the text.
func (r Request) fill(text string) (string, bool) {
	ok := true
	filled := regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllStringFunc(text, func(v string) string {
		have := r.Context[strings.ToLower(v[2:len(v)-1])]
		if len(have) != 1 {
			ok = false
			return v
		}
		return have[0]
	})
	return filled, ok
}
