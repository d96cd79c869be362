package profiles

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/signins"
)

// assignmentInfo is what list --at tells of a permission set in an account.
type assignmentInfo struct {
	Account string `json:"account_id"`
	Name    string `json:"account_name"`
	Email   string `json:"email"`
	Role    string `json:"role_name"`
}

// listAt lists what the person may use at a sign-in.
func (d Deps) listAt(ctx context.Context, name string, f filter, asJSON bool) error {
	g, err := d.signIn(ctx, name)
	if err != nil {
		return err
	}
	got, err := d.assignments(ctx, g, f)
	if err != nil {
		return err
	}
	all, unlisted := got.chosen, got.unlistedErrors(g.Name())
	if len(all) == 0 && unlisted == nil {
		what := "you have no permission set at "
		if f != (filter{}) {
			what = "you have no such permission set at "
		}
		d.World.Streams().Note(what + ui.Quoted(g.Name()))
	}
	infos := []assignmentInfo{}
	var b strings.Builder
	t := ui.Columns(&b)
	fmt.Fprintln(t, "ACCOUNT\tNAME\tROLE")
	for _, r := range all {
		infos = append(infos, assignmentInfo{Account: r.AccountID, Name: r.Account, Email: r.Email, Role: r.Name})
		ui.Row(t, r.AccountID, r.Account, r.Name)
	}
	switch {
	case asJSON:
		return cmp.Or(d.World.Streams().PrintJSON(infos), unlisted)
	case len(all) == 0:
		return unlisted
	}
	t.Flush()
	return cmp.Or(d.World.Streams().Print(b.String()), unlisted)
}

// signIn is the sign-in that a session's name, a start URL or a profile's name means.
func (d Deps) signIn(ctx context.Context, name string) (profiles.Grant, error) {
	set, err := d.Settings.Profiles()
	if err != nil {
		return profiles.Grant{}, err
	}
	request := profiles.Request{Getenv: d.Settings.Environment().OfProfile}
	if slices.Contains(set.Sessions(), name) {
		return set.Session(name, request)
	}
	for _, g := range signins.All(set, request) {
		if g.Session == "" && profiles.TrimStartURL(g.StartURL) == profiles.TrimStartURL(name) {
			return g, nil
		}
	}
	if _, is := set.Profile(name); is {
		plan, err := d.Provider.Plan(ctx, name, &provider.RoleFlags{})
		if err != nil {
			return profiles.Grant{}, err
		}
		if g := plan.Base.Grant; !g.IsZero() {
			return g, nil
		}
		return profiles.Grant{}, &ui.UsageError{
			Reason: "profile " + ui.Quoted(name) + " does not sign in to IAM Identity Center",
			Next:   "name an [sso-session] of the config file",
		}
	}
	return set.Session(name, request)
}
