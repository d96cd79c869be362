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
	"hatstand/credproc/grant"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/naming"
)

// A filter chooses accounts and permission sets: comma-separated lists of globs, of which an empty one chooses all.
type filter struct{ accounts, roles string }

func (f *filter) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.accounts, "accounts", "", "only accounts with such a name or ID, as `GLOB,...`")
	flags.StringVar(&f.roles, "roles", "", "only permission sets with such a name, as `GLOB,...`")
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

// assignments asks AWS which accounts and permission sets the person may use by a sign-in, sorted by account.
func (d Deps) assignments(ctx context.Context, g profiles.Grant, f filter) (chosen []naming.Role, err error) {
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
		status.Say("AWS wants fewer calls: waiting for " + wait.Round(time.Second).String())
	})
	if err != nil {
		return nil, err
	}
	accounts, err := l.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	// An account that is not chosen is not asked for: it costs a call.
	accounts = slices.DeleteFunc(accounts, func(a grant.Account) bool { return !roleIn(a, "").Matches(f.accounts, "") })
	done := 0
	all, err := l.Assignments(ctx, accounts, func(a grant.Account) {
		done++
		status.Say(fmt.Sprintf("%d of %d accounts: %s", done, len(accounts), a.Name))
	})
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if r := roleIn(a.Account, a.PermissionSet); r.Matches(f.accounts, f.roles) {
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

func roleIn(a grant.Account, permissionSet string) naming.Role {
	return naming.Role{AccountID: a.ID, Account: a.Name, Email: a.Email, Name: permissionSet}
}
