package profiles

import (
	"fmt"
	"slices"
	"strings"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/limits"
)

const extendSwitchRoles = "extend-switch-roles"

func (d Deps) printSwitchRoles(set *profiles.Set) error {
	text := switchRolesConfig(d.World, set)
	if text == "" {
		next := ""
		if len(d.Targets.SignIns()) > 0 {
			next = ": who signs in by IAM Identity Center opens the console by hatstand console PROFILE"
		}
		d.World.Streams().Note("no profile has a role to switch to" + next)
	}
	return d.World.Streams().Print(text)
}

// switchRolesConfig is the configuration of AWS Extend Switch Roles for all profiles with a role.
//
// The extension shows a role with a source_profile only to who is signed in to that profile's account,
// and only the first source of an account counts; one without is always shown. It cuts a line at any ";"
// or "#", and a value at its first "=", so that what it would read as something else is left out.
// https://github.com/tilfinltd/aws-extend-switch-roles
func switchRolesConfig(w app.World, set *profiles.Set) string {
	type base struct{ name, account string }
	var bases []base
	var roles strings.Builder
	for _, p := range set.Profiles() {
		role, err := limits.ParseRoleARN(p.Get("role_arn").Value)
		if err != nil {
			continue
		}
		if !takes(role.ARN) {
			fmt.Fprintf(&roles, "\n; %s is left out: the extension cannot read its role_arn\n", p.Name)
			continue
		}
		fmt.Fprintf(&roles, "\n[profile %s]\nrole_arn = %s\n", p.Name, role.ARN)
		if name, account := signInAccount(w, set, p.Name); account != "" {
			i := slices.IndexFunc(bases, func(b base) bool { return b.account == account })
			if i < 0 {
				i, bases = len(bases), append(bases, base{name, account})
			}
			fmt.Fprintf(&roles, "source_profile = %s\n", bases[i].name)
		}
		for _, setting := range []struct{ key, value string }{
			{"color", ui.HexColour(p.Get("color").Value)}, {"region", p.Get("region").Value}, {"image", p.Get("image").Value},
		} {
			if setting.value != "" && takes(setting.value) {
				fmt.Fprintf(&roles, "%s = %s\n", setting.key, setting.value)
			}
		}
	}
	var all strings.Builder
	for _, b := range bases {
		fmt.Fprintf(&all, "\n[profile %s]\naws_account_id = %s\n", b.name, b.account)
	}
	return strings.TrimPrefix(all.String()+roles.String(), "\n")
}

// takes reports whether the extension reads a value as it is.
func takes(value string) bool { return !strings.ContainsAny(value, ";#=\n") }

// signInAccount is the profile of the IAM user that a role's chain starts from, and the account that the
// user signs in to the console of; "" if either is not known.
func signInAccount(w app.World, set *profiles.Set, name string) (base, account string) {
	c, err := set.Chain(profiles.Request{Target: name, Getenv: w.Getenv, Self: w.Self()})
	if err != nil || !c.Base.OwnKeys() || c.Base.Profile == name {
		return "", ""
	}
	account = c.Base.AccountID
	if f := strings.Split(c.Base.MFASerial.Value, ":"); account == "" && len(f) > 5 {
		account = f[4]
	}
	if !takes(account) {
		return "", ""
	}
	return c.Base.Profile, account
}
