package mfa

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/provider"
	"hatstand/credproc/iam"
	"hatstand/mfa"
	"hatstand/profiles"
)

// An answer is what AWS said to one user about the user's devices.
type answer struct {
	profile string // with the user's keys
	user    iamuser.Identity
	devices []iam.Device
	err     error
}

// usersAtOnce is how many users' devices are asked for at the same time.
const usersAtOnce = 16

// askUsers asks AWS as each user whose keys are here: first with the keys as they are, all at the same time; then, one
// after the other and with MFA, as those to whom that was denied.
func askUsers(ctx context.Context, d Deps, set *profiles.Set, store *cache.Store) ([]answer, error) {
	limit, err := d.Settings.Patience()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	names, err := profilesWithKeys(ctx, set, store)
	if err != nil {
		return nil, err
	}
	answers := make([]answer, len(names))
	users := make([]*iamuser.User, len(names))
	slots := make(chan struct{}, usersAtOnce)
	var running sync.WaitGroup
	for i, name := range names {
		answers[i].profile = name
		if users[i], answers[i].err = d.Users.Find(ctx, name); answers[i].err != nil {
			continue
		}
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			answers[i].ask(ctx, users[i])
		})
	}
	running.Wait()
	for i := range answers {
		if !iam.Is(answers[i].err, iam.AccessDenied) {
			continue
		}
		if err := answers[i].askWithMFA(ctx, users[i]); err != nil {
			return nil, err
		}
	}
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return nil, mfa.ErrCancelled
	}
	return answers, nil
}

// profilesWithKeys are the profiles that have long-lived keys in the keyring or in a file, sorted.
func profilesWithKeys(ctx context.Context, set *profiles.Set, store *cache.Store) ([]string, error) {
	names, err := store.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range set.Profiles() {
		if p.Get("aws_access_key_id").IsSet() && !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// ask asks with the keys as they are.
func (a *answer) ask(ctx context.Context, user *iamuser.User) {
	var client *iam.Client
	if a.user, a.err = user.Identity(ctx); a.err != nil {
		return
	}
	if client, a.err = user.IAMWithKeys(); a.err != nil {
		return
	}
	a.devices, a.err = client.ListMFADevices(ctx)
}

// askWithMFA asks again with MFA, if the user has a device. An error says that the prompt was cancelled.
func (a *answer) askWithMFA(ctx context.Context, user *iamuser.User) error {
	client, err := user.IAM(ctx, &provider.RoleFlags{})
	switch {
	case errors.Is(err, mfa.ErrCancelled):
		return err
	case err == nil && client.MFA(): // without MFA the answer would be the same
		a.devices, a.err = client.ListMFADevices(ctx)
	}
	return nil
}

// baseFinder is a function that finds the profile with the keys that another profile's chain starts from; "" if there
// is none.
func baseFinder(d Deps, set *profiles.Set) func(profile string) string {
	return func(profile string) string {
		chain, err := set.Chain(profiles.Request{
			Target: profile, Getenv: d.World.Getenv, Self: d.World.Self(),
			HasKeys: d.Keyring.HasKeys(context.Background()),
		})
		if err != nil {
			return ""
		}
		return chain.Base.Profile
	}
}

// addStates adds to the devices what AWS said, and appends devices that only AWS named.
func addStates(infos []deviceInfo, answers []answer, base func(profile string) string) []deviceInfo {
	known := map[string]bool{}
	for i := range infos {
		known[infos[i].Serial] = true
		infos[i].AWS = stateOf(infos[i], answers, base)
	}
	for _, a := range answers {
		for _, d := range a.devices {
			if !known[d.Serial] {
				known[d.Serial] = true
				i := deviceInfo{Serial: d.Serial, Profiles: []string{}}
				i.AWS = stateOf(i, answers, base)
				infos = append(infos, i)
			}
		}
	}
	return infos
}

// stateOf works out the state of one device. Any user's answer that has the device decides. Else the device is missing
// if all users who could have it say that they do not: those of the profiles that name it or, if none does, those of
// its account.
func stateOf(i deviceInfo, answers []answer, base func(profile string) string) *state {
	var asked, failed bool
	why := "nobody to ask: no keys of its user are here"
	for _, a := range answers {
		for _, d := range a.devices {
			if d.Serial == i.Serial {
				since := d.Enabled.UTC()
				return &state{Status: stateEnabled, User: a.user.Name, Since: &since}
			}
		}
		mayHave := slices.ContainsFunc(i.Profiles, func(p string) bool { return base(p) == a.profile })
		if len(i.Profiles) == 0 {
			mayHave = a.user.Account != "" && strings.Contains(i.Serial, "::"+a.user.Account+":")
		}
		switch {
		case !mayHave:
		case a.err == nil:
			asked = true
		case iam.Is(a.err, iam.AccessDenied):
			failed, why = true, "not allowed to ask (iam:ListMFADevices)"
		default:
			failed, why = true, "not known: "+a.err.Error()
		}
	}
	if asked && !failed {
		return &state{Status: stateMissing}
	}
	return &state{Status: stateUnknown, Why: why}
}
