package profiles

import (
	"cmp"
	"context"
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
	ARN     string `json:"role_arn,omitempty"` // with SAML
}

// listAt lists what the person may use at a sign-in.
func (d Deps) listAt(ctx context.Context, name string, k syncFlags, asJSON bool) error {
	s, err := d.signIn(ctx, name, "hatstand list --at")
	if err != nil {
		return err
	}
	if s.filter = k.filter; s.saml.Name == "" && k.role.SAMLResponse != "" {
		return &ui.UsageError{Reason: ui.Quoted(name) + " is not a SAML sign-in, and --saml-response is for one",
			Next: "leave it out"}
	}
	got, err := d.rolesOf(ctx, s, k)
	if err != nil {
		return err
	}
	all, unlisted := got.chosen, got.unlistedErrors(s.session)
	if len(all) == 0 && unlisted == nil {
		d.World.Streams().Note(s.nothing())
	}
	infos := []assignmentInfo{}
	t := ui.NewTable(ui.Column{Head: "ACCOUNT"}, ui.Column{Head: "NAME", Leave: 1}, ui.Column{Head: "ROLE"})
	for _, r := range all {
		infos = append(infos, assignmentInfo{Account: r.AccountID, Name: r.Account, Email: r.Email, Role: r.Name,
			ARN: got.offers[r].Role})
		t.Row(r.AccountID, r.Account, r.Name)
	}
	switch {
	case asJSON:
		return cmp.Or(d.World.Streams().PrintJSON(infos), unlisted)
	case len(all) == 0:
		return unlisted
	}
	return cmp.Or(d.World.Streams().PrintTable(t), unlisted)
}

// signIn is the sign-in that a profile's name, a section's or a start URL means. A profile that signs in nowhere does
// not stand in the way of a section of its name. command is the one that a note of another meaning tells.
func (d Deps) signIn(ctx context.Context, name, command string) (syncTask, error) {
	set, err := d.Settings.Profiles()
	if err != nil {
		return syncTask{}, err
	}
	request := profiles.Request{Getenv: d.Settings.Environment().OfProfile}
	// An OpenID provider has no list of roles.
	keys := slices.DeleteFunc(signins.Sections(set, name), func(key string) bool { return strings.HasPrefix(key, "oidc:") })
	if _, isProfile := set.Profile(name); isProfile {
		task, lists, err := d.signInOf(ctx, name)
		if lists || len(keys) == 0 {
			d.Targets.NoteMeaning(name, true, keys, command)
			return task, err
		}
	}
	d.Targets.NoteMeaning(name, false, keys, command)
	if len(keys) > 0 {
		kind, section, _ := strings.Cut(keys[0], ":")
		if kind == "saml" {
			at, err := set.SAML(section)
			return syncTask{session: section, saml: at}, err
		}
		return taskOf(set.Session(section, request))
	}
	if g, ok := signins.OfStartURL(set, name, request); ok {
		return taskOf(g, nil)
	}
	return taskOf(set.Session(name, request))
}

func taskOf(g profiles.Grant, err error) (syncTask, error) {
	return syncTask{session: g.Name(), grant: g}, err
}

// signInOf is the sign-in of a profile; lists: it tells what the person may use.
func (d Deps) signInOf(ctx context.Context, profile string) (task syncTask, lists bool, err error) {
	plan, err := d.Provider.Plan(ctx, profile, &provider.RoleFlags{})
	if err != nil {
		return syncTask{}, false, err
	}
	if at := plan.Base.SAML; at.Name != "" {
		return syncTask{session: at.Name, saml: at}, true, nil
	}
	if g := plan.Base.Grant; g.ListsRoles() {
		task, err := taskOf(g, nil)
		return task, true, err
	}
	return syncTask{}, false, &ui.UsageError{
		Reason: "profile " + ui.Quoted(profile) + " does not sign in to IAM Identity Center, nor with SAML",
		Next:   "name an [sso-session] or a [hatstand-saml] section of the config file",
	}
}
