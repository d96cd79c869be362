package profiles

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/credproc/saml"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/naming"
)

// A filter chooses accounts and permission sets: comma-separated lists of globs, of which an empty one chooses all.
type filter struct{ accounts, roles string }

func (f *filter) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.accounts, "accounts", "", "`GLOB,...` only accounts whose name or ID matches one of these")
	flags.StringVar(&f.roles, "roles", "", "`GLOB,...` only roles whose name matches one of these")
}

func (f *filter) check(flags *pflag.FlagSet) error {
	for name, list := range map[string]string{"accounts": f.accounts, "roles": f.roles} {
		if flags.Changed(name) && slices.Contains(strings.Split(strings.ReplaceAll(list, " ", ""), ","), "") {
			return &ui.UsageError{Reason: "--" + name + " has an empty name in it",
				Next: "give names separated by commas, with * for any text: --" + name + " 'dev-*,prod'"}
		}
	}
	return nil
}

// assignments are what the person may use by a sign-in.
type assignments struct {
	chosen []naming.Role // by a filter, sorted by account
	// accounts are all that AWS lists, by ID, those that the filter leaves out included.
	accounts map[string]identitycenter.Account
	// refused are the accounts whose permission sets AWS does not list.
	refused []identitycenter.Refusal
	// offers are what the chosen roles stand for, with SAML.
	offers map[naming.Role]saml.Offer
}

// unlisted reports whether AWS does not tell the permission sets of an account.
func (a assignments) unlisted(account string) bool {
	return slices.ContainsFunc(a.refused, func(r identitycenter.Refusal) bool { return r.Account.ID == account })
}

// assignments asks AWS which accounts and permission sets the person may use by a sign-in.
func (d Deps) assignments(ctx context.Context, g profiles.Grant, f filter) (got assignments, err error) {
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	defer func() {
		if err != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted) {
			err = mfa.ErrCancelled
		}
	}()
	status := d.World.Streams().NewStatus()
	defer status.Wipe()
	status.About(g.Name())
	l, err := d.Provider.Lister(ctx, g, prompt.Normal, func(wait time.Duration) {
		status.Say("AWS asks for fewer calls: waiting for " + wait.Round(time.Second).String())
	})
	if err != nil {
		return got, err
	}
	accounts, err := l.Accounts(ctx)
	if err != nil {
		return got, err
	}
	got.accounts = map[string]identitycenter.Account{}
	var wanted []identitycenter.Account // an account that is not wanted is not asked for: it costs a call
	for _, a := range accounts {
		got.accounts[a.ID] = a
		if roleIn(a, "").Matches(f.accounts, "") {
			wanted = append(wanted, a)
		}
	}
	done := 0
	all, refused, err := l.Assignments(ctx, wanted, func(a identitycenter.Account) {
		done++
		status.Say(fmt.Sprintf("%d of %d accounts: %s", done, len(wanted), a.Name))
	})
	if err != nil {
		return got, err
	}
	got.refused = refused
	for _, a := range all {
		if r := roleIn(a.Account, a.PermissionSet); r.Matches("", f.roles) {
			got.chosen = append(got.chosen, r)
		}
	}
	return got, nil
}

func roleIn(a identitycenter.Account, permissionSet string) naming.Role {
	return naming.Role{AccountID: a.ID, Account: a.Name, Email: a.Email, Name: permissionSet}
}
