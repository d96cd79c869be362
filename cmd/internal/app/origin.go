package app

import (
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/limits"
)

// An origin is what a profile leads to: the account and the role, and where its credentials come from. Each is "" where
// it is not known from the settings.
type origin struct{ account, role, from string }

// origins finds them without making a chain of each profile: there may be thousands, and a list is to be shown at once.
type origins struct {
	set   *profiles.Set
	known map[string]origin
}

func (o *origins) of(name string) origin {
	if known, ok := o.known[name]; ok {
		return known
	}
	o.known[name] = origin{} // for a loop
	p, ok := o.set.Profile(name)
	if !ok {
		return origin{}
	}
	found := ownOrigin(p)
	if source := p.Get("source_profile").Value; found.from == "" && source != "" && source != name {
		before := o.of(source)
		if found.from = before.from; found.from == "" {
			found.from = source
		}
		if found.role == "" { // another name for its source
			found.account, found.role = before.account, before.role
		}
	}
	o.known[name] = found
	return found
}

// ownOrigin is what a profile's own settings say.
func ownOrigin(p *profiles.Profile) origin {
	value := func(key string) string { return p.Get(key).Value }
	if arn := value("role_arn"); arn != "" {
		role, err := limits.ParseRoleARN(arn)
		if err != nil {
			return origin{}
		}
		o := origin{account: role.AccountID, role: role.Name, from: value("credential_source")}
		if o.from == "" && value("source_profile") == "" && value("sso_session") != "" {
			o.from = value("sso_session")
		}
		return o
	}
	if account := value("sso_account_id"); account != "" {
		from := value("sso_session")
		if from == "" {
			from = strings.TrimPrefix(value("sso_start_url"), "https://")
		}
		return origin{account: account, role: value("sso_role_name"), from: from}
	}
	return origin{account: value("aws_account_id"), role: value("role_name")}
}
