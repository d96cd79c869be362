package profiles

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/edit"
	"hatstand/profiles/limits"
	"hatstand/profiles/naming"
)

// syncAll does one after the other. One that fails does not stop the others, but a person who gives up does.
func (d Deps) syncAll(ctx context.Context, syncs []syncTask, k syncFlags) (err error) {
	options, err := d.syncOptions(k)
	if err != nil {
		return err
	}
	config, _, err := settings.ReadFiles(settings.LocateFiles(d.World.Getenv, d.World.GOOS))
	if err != nil {
		return err
	}
	for _, s := range syncs {
		// A block that cannot be written is told of before AWS is asked for a thousand permission sets.
		if err := d.checkBlock(config, s, options); err != nil {
			return err
		}
	}
	tell := d.newSyncReporter(k)
	defer func() { err = cmp.Or(tell.end(), err) }()
	var errs ui.Errors
	for _, s := range syncs {
		err := d.sync(ctx, s, &config, options, k, tell)
		several, isSeveral := errors.AsType[ui.Errors](err)
		switch {
		case errors.Is(err, mfa.ErrCancelled):
			return err
		case isSeveral:
			errs = append(errs, several...)
		case err != nil:
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// syncOptions are how the profiles are written.
func (d Deps) syncOptions(k syncFlags) (edit.SyncOptions, error) {
	o := edit.SyncOptions{Prune: k.prune, Overwrite: k.dryRun}
	if k.plain {
		return o, nil
	}
	starter, err := app.CredentialProcess(d.World)
	if err != nil {
		return o, err
	}
	o.Command = func(name string) string { return starter + " " + app.ProfileWord(name, d.World.GOOS) }
	return o, nil
}

func (d Deps) checkBlock(config profiles.File, s syncTask, o edit.SyncOptions) error {
	o.Partial = true
	_, _, err := edit.Sync(config, profiles.File{}, s.source, nil, o)
	return err
}

// sync brings the block of one session up to date. With dryRun it writes nothing but into config, which is the file as
// it would be.
func (d Deps) sync(ctx context.Context, s syncTask, config *profiles.File, o edit.SyncOptions, k syncFlags,
	tell *syncReporter) error {
	got, err := d.rolesOf(ctx, s, k)
	if err != nil {
		return err
	}
	unlisted := got.unlistedErrors(s.session)
	if len(got.chosen) == 0 && unlisted != nil {
		return unlisted
	}
	if len(got.chosen) == 0 {
		d.World.Streams().Note(s.nothing() + ": its profiles stay as they are")
		tell.untouched(s.session)
		return nil
	}
	// The profiles of accounts that are not listed this time have their share in the names of the others.
	names, err := naming.Names(s.template, s.session, append(slices.Clone(got.chosen), s.keptRoles(*config, got)...))
	if err != nil {
		return err
	}
	entries := make([]edit.Managed, len(got.chosen))
	for i, r := range got.chosen {
		entries[i] = s.entry(names[i], r, got)
	}
	o.Listed = s.lists(got)
	o.Unlisted = func(m edit.Managed) bool { return got.unlisted(m.Get("sso_account_id")) }
	var change *edit.Change
	var report edit.Report
	var same bool
	decide := func(config profiles.File) ([]byte, error) {
		_, credentials, err := settings.ReadFiles(settings.LocateFiles(d.World.Getenv, d.World.GOOS))
		if err != nil {
			return nil, err
		}
		if change, report, err = edit.Sync(config, credentials, s.source, entries, o); err != nil {
			return nil, err
		}
		same = bytes.Equal(change.Bytes(), config.Data)
		return change.Bytes(), nil
	}
	if !k.dryRun {
		if err := d.Files.Rewrite(ctx, awsfile.Config, decide); err != nil {
			return err
		}
		return cmp.Or(tell.session(s.session, report, same, ""), unlisted)
	}
	after, err := decide(*config)
	if err != nil {
		return err
	}
	edited := d.checkBlock(*config, s, edit.SyncOptions{Command: o.Command})
	config.Data = after
	if err := tell.session(s.session, report, same, change.Diff()); err != nil || edited == nil {
		return cmp.Or(err, unlisted)
	}
	return &ui.UsageError{Reason: edited.Error(),
		Next: "this would be written if the block were whole: undo the edits, or remove the block from the file"}
}

// rolesOf are the roles that the person may use by a sign-in.
func (d Deps) rolesOf(ctx context.Context, s syncTask, k syncFlags) (assignments, error) {
	if s.saml.Name != "" {
		return d.samlRoles(ctx, s.saml, s.filter, &k.role)
	}
	return d.assignments(ctx, s.grant, s.filter)
}

// nothing says that there is no role for which to write a profile.
func (s syncTask) nothing() string {
	what := "permission set"
	if s.saml.Name != "" {
		what = "role"
	}
	if s.filter != (filter{}) {
		what = "such " + what
	}
	return "you have no " + what + " at " + ui.Quoted(s.session)
}

// entry is a role's profile.
func (s syncTask) entry(name string, r naming.Role, got assignments) edit.Managed {
	if s.saml.Name != "" {
		return edit.SAMLRole(name, s.region, s.session, got.offers[r].Role, got.offers[r].Provider)
	}
	return edit.PermissionSet(name, s.region, s.session, r.AccountID, r.Name)
}

// keptRoles are the permission sets of the profiles that stay because their accounts are not listed.
func (s syncTask) keptRoles(config profiles.File, got assignments) (all []naming.Role) {
	for _, m := range edit.ManagedIn(config, s.source) {
		if id := m.Get("sso_account_id"); got.unlisted(id) {
			all = append(all, roleIn(got.accounts[id], m.Get("sso_role_name")))
		}
	}
	return all
}

// lists reports whether a profile would have been among the chosen ones if it were still the person's: a permission set
// that the filter leaves out is not lost.
func (s syncTask) lists(got assignments) func(edit.Managed) bool {
	return func(m edit.Managed) bool {
		if r, err := limits.ParseRoleARN(m.Get("role_arn")); s.saml.Name != "" && err == nil {
			return samlRole(r).Matches(s.filter.accounts, s.filter.roles)
		}
		a, there := got.accounts[m.Get("sso_account_id")]
		if !there {
			return true // all accounts are listed: this one is gone
		}
		return roleIn(a, m.Get("sso_role_name")).Matches(s.filter.accounts, s.filter.roles)
	}
}
