package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/signins"
)

// NewLogout is the verb logout.
func NewLogout(d Deps) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "logout [PROFILE...|SESSION...|--all]",
		Short: "Forget sessions and sign out, so that the next use asks again",
		Long: `Removes the profiles' sessions from the keyring: everything that was made with
the keys that their chains start from, other roles' sessions included. Keys and
MFA seeds stay. If a profile's credentials come from a sign-in, that sign-in is
ended at AWS or the provider, and all credentials that came from it are removed;
SESSION is the name of a sign-in's section. Credentials that a process already
has work until they expire.`,
		ValidArgsFunction: d.Targets.CompleteSignIns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return &ui.UsageError{Reason: "logout needs profiles, sessions, or --all", Next: "hatstand logout --all"}
			}
			done, err := logout(cmd.Context(), d, args)
			if asJSON && (err == nil || len(done) > 0) {
				return errors.Join(d.UI.PrintJSON(append([]forgotten{}, done...)), err)
			}
			if len(done) == 0 && err == nil {
				return d.UI.Print("nothing to forget: no sessions and no sign-ins\n")
			}
			text := ""
			for _, f := range done {
				text += f.line()
			}
			return errors.Join(d.UI.Print(text), err)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "forget every session")
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: []forgotten{}})
	return cmd
}

// logout removes the sessions of all bases that the profiles start from; without profiles, all sessions. It tells what
// was removed, after an error too.
func logout(ctx context.Context, d Deps, targets []string) (done []forgotten, err error) {
	// Check all names before anything is removed.
	set, err := d.Settings.Profiles()
	if err != nil {
		return nil, err
	}
	if targets, err = set.Expand(targets, append(signins.Names(set), set.SAMLSections()...)...); err != nil {
		return nil, err
	}
	var bases []string
	var grants []profiles.Grant
	var samls []string             // the names of SAML sign-ins
	var kept []string              // the keys of sign-ins that only the keyring knows by the name
	users := map[string][]string{} // of a base: the profiles that start from it
	for _, target := range targets {
		if keys := d.Targets.SignInsNamed(set, target, "hatstand logout"); len(keys) > 0 {
			if section, ok := strings.CutPrefix(keys[0], "saml:"); ok {
				samls = append(samls, section)
				continue
			}
			g, err := signins.Named(set, target, d.request())
			switch {
			case err == nil:
				grants = addGrant(grants, g)
			case d.keptUnder(ctx, set, keys[0]) == keys[0]: // the section was whole when somebody signed in
				kept = append(kept, keys[0])
			default:
				return nil, err
			}
			continue
		}
		if g, ok := signins.OfStartURL(set, target, d.request()); ok {
			grants = addGrant(grants, g)
			continue
		}
		if key := d.keptUnder(ctx, set, target); strings.HasPrefix(key, "saml:") {
			samls = append(samls, strings.TrimPrefix(key, "saml:"))
			continue
		} else if key != "" {
			kept = append(kept, key)
			continue
		}
		if err := misspelt(set, target); err != nil {
			return nil, err
		}
		p, err := d.Provider.Plan(ctx, target, &provider.RoleFlags{LongLived: true})
		if err != nil {
			return nil, err
		}
		if !p.Base.Grant.IsZero() {
			grants = addGrant(grants, p.Base.Grant)
			continue
		}
		if section := p.Base.SAML.Name; section != "" {
			samls = append(samls, section)
			continue
		}
		base := p.Base.Profile
		if !slices.Contains(bases, base) {
			bases = append(bases, base)
		}
		if target != base {
			users[base] = append(users[base], target)
		}
	}
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return nil, err
	}
	known := signins.Known(set, d.request())
	if len(targets) == 0 {
		return removeAll(ctx, d, store, set, known)
	}
	slices.Sort(samls)
	for _, name := range slices.Compact(samls) {
		n, err := forgetSAML(ctx, store, name)
		if err != nil {
			return done, err
		}
		done = append(done, ofSAML(name, n))
	}
	if len(kept) > 0 {
		removed, err := d.removed(ctx, set, known)
		if err != nil {
			return done, err
		}
		for _, g := range slices.Concat(known, removed) {
			if slices.Contains(kept, g.Key()) {
				grants = addGrant(grants, g)
			}
		}
	}
	for _, g := range grants {
		ended, err := signOut(ctx, d, g)
		if done = append(done, ended...); err != nil {
			return done, err
		}
	}
	for _, base := range bases {
		n, err := store.DropSessions(ctx, base)
		if err != nil {
			return done, err
		}
		done = append(done, forgotten{Kind: ofBase, Name: base, Profiles: users[base], Result: resultForgotten, Sessions: &n})
	}
	return done, nil
}

// forgetSAML removes what came from a SAML sign-in. There is nothing to end elsewhere: an assertion is never kept, and
// the provider's own session is the browser's.
func forgetSAML(ctx context.Context, store *cache.Store, name string) (int, error) {
	key := profiles.SAMLSetting{Name: name}.Key()
	n, err := store.DropGranted(ctx, key)
	return n, errors.Join(err, store.RemoveGrantItem(ctx, cache.GrantPerson, key))
}

func addGrant(all []profiles.Grant, g profiles.Grant) []profiles.Grant {
	if slices.ContainsFunc(all, func(have profiles.Grant) bool { return have.Key() == g.Key() }) {
		return all
	}
	return append(all, g)
}

// keptUnder is the key of a sign-in that the keyring has under that name or key; "": there is none, or the name is a
// profile's. It asks nobody.
func (d Deps) keptUnder(ctx context.Context, set *profiles.Set, name string) string {
	if _, isProfile := set.Profile(name); isProfile {
		return ""
	}
	keys, err := d.Keyring.KeptSignIns(ctx)
	if err != nil {
		return "" // then it is the name of nothing
	}
	i := slices.IndexFunc(keys, func(key string) bool {
		_, bare, _ := strings.Cut(key, ":")
		return key == name || bare == name
	})
	if i < 0 {
		return ""
	}
	return keys[i]
}

// removed are the sign-ins that the keyring alone still has.
func (d Deps) removed(ctx context.Context, set *profiles.Set, known []profiles.Grant) ([]profiles.Grant, error) {
	all, err := d.Keyring.RemovedSignIns(ctx, known)
	for i := 0; i < len(all) && err == nil; i++ {
		all[i], err = set.Removed(all[i], d.request())
	}
	return all, err
}

// signOut ends a sign-in, and one with settings that its section had before.
func signOut(ctx context.Context, d Deps, g profiles.Grant) (done []forgotten, err error) {
	m, err := d.Provider.SignIns(ctx, g, &provider.RoleFlags{}, prompt.Normal, true)
	if err != nil {
		return nil, err
	}
	ended, err := m.Logout(ctx, g)
	for _, e := range ended {
		f := forgotten{Kind: ofSignIn, Name: g.Name(), User: e.User, Result: resultSignedOut}
		if e.Grant != g {
			f.Before = strings.TrimSuffix(cmp.Or(e.Grant.StartURL, e.Grant.Issuer, e.Grant.ARN)+" in "+e.Grant.Region, " in ")
		}
		done = append(done, f)
	}
	if len(done) == 0 && err == nil {
		done = []forgotten{{Kind: ofSignIn, Name: g.Name(), Result: resultNotSignedIn}}
	}
	return done, err
}

// signOutOfAll ends all sign-ins, also those that only the keyring has.
func signOutOfAll(ctx context.Context, d Deps, set *profiles.Set, known []profiles.Grant) (done []forgotten, err error) {
	removed, err := d.removed(ctx, set, known)
	if err != nil {
		return nil, err
	}
	for i, g := range slices.Concat(known, removed) {
		ended, err := signOut(ctx, d, g)
		for _, f := range ended {
			if f.Result == resultNotSignedIn && i >= len(known) {
				f.Result = resultForgotten // there was something of it
			}
			if f.Result != resultNotSignedIn {
				done = append(done, f)
			}
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// removeAll signs out everywhere and removes all sessions, those of one base after the other.
func removeAll(ctx context.Context, d Deps, store *cache.Store, set *profiles.Set, known []profiles.Grant,
) (done []forgotten, err error) {
	if done, err = signOutOfAll(ctx, d, set, known); err != nil {
		return done, err
	}
	samls := set.SAMLSections()
	kept, err := store.ListGrantItems(ctx, cache.GrantPerson)
	if err != nil {
		return done, err
	}
	for _, key := range kept { // those that the config file does not have any more, too
		samls = append(samls, strings.TrimPrefix(key, "saml:"))
	}
	slices.Sort(samls)
	for _, name := range slices.Compact(samls) {
		n, err := forgetSAML(ctx, store, name)
		if err != nil {
			return done, err
		}
		if n > 0 {
			done = append(done, ofSAML(name, n))
		}
	}
	for _, kind := range []cache.GrantItem{cache.GrantPending, cache.GrantClient} {
		names, err := store.ListGrantItems(ctx, kind)
		if err != nil {
			return done, err
		}
		for _, name := range names {
			if err := store.RemoveGrantItem(ctx, kind, name); err != nil {
				return done, err
			}
		}
	}
	counts, err := store.CountSessions(ctx)
	if err != nil {
		return done, err
	}
	for _, base := range slices.Sorted(maps.Keys(counts)) {
		n, err := store.DropSessions(ctx, base)
		if err != nil {
			return done, err
		}
		done = append(done, forgotten{Kind: ofBase, Name: base, Result: resultForgotten, Sessions: &n})
	}
	// Another process may have stored one meanwhile, and an item's name may be unreadable.
	rest, err := store.DropAllSessions(ctx)
	if rest > 0 {
		done = append(done, forgotten{Kind: ofOthers, Result: resultForgotten, Sessions: &rest})
	}
	return done, err
}

// forgotten is what logout removed of one sign-in or base.
type forgotten struct {
	Kind     string   `json:"kind"`
	Name     string   `json:"name,omitempty"`
	User     string   `json:"user,omitempty"`
	Before   string   `json:"before,omitempty"`   // where the sign-in was made, if the section has been edited since
	Profiles []string `json:"profiles,omitempty"` // that were named, and start from this base
	Result   string   `json:"result"`
	Sessions *int     `json:"sessions,omitempty"`
}

// The kinds of what is forgotten.
const (
	ofSignIn = "sign-in"
	ofSAMLs  = "saml"
	ofBase   = "base"
	ofOthers = "others" // sessions of which it is not known whose they are
)

// The results of a sign-out.
const (
	resultSignedOut   = "signed-out"
	resultNotSignedIn = "not-signed-in"
	resultForgotten   = "forgotten" // only here: there is nothing to end elsewhere, or nobody knows where
)

func ofSAML(name string, sessions int) forgotten {
	return forgotten{Kind: ofSAMLs, Name: name, Result: resultForgotten, Sessions: &sessions}
}

const workOn = "credentials that programs already have work until they expire\n"

// line is it for people.
func (f forgotten) line() string {
	whose := f.Name
	switch {
	case f.Result == resultNotSignedIn:
		return "not signed in to " + f.Name + "\n"
	case f.Result == resultSignedOut && f.Before != "":
		return "signed out of " + f.Name + " as it was before it was edited (" + strings.TrimSpace(f.User+" at "+f.Before) +
			"); " + workOn
	case f.Result == resultSignedOut:
		return "signed out of " + f.Name + "; " + workOn
	case f.Kind == ofSignIn:
		return "forgot what was kept of the sign-in to " + f.Name + "\n"
	case f.Kind == ofSAMLs:
		whose = "SAML sign-in to " + f.Name
	case f.Kind == ofOthers:
		whose = "others"
	case len(f.Profiles) > 0:
		whose += ", the base of " + strings.Join(f.Profiles, ", ")
	}
	if *f.Sessions == 1 {
		return whose + ": 1 session forgotten\n"
	}
	return fmt.Sprintf("%s: %d sessions forgotten\n", whose, *f.Sessions)
}
