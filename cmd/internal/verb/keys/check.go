package keys

import (
	"context"
	"errors"
	"sync"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/credproc/iam"
	"hatstand/mfa"
)

// keysAtOnce is how many keys are asked about at the same time.
const keysAtOnce = 16

// checkKeys asks AWS about each key: first it gets the sessions, one after the other, then it asks about all keys at
// the same time. A key that several profiles have is asked about once, and the keys of one user need one code. It
// returns the sessions. A --mfa-code that cannot do for all is an error before it is sent.
func checkKeys(
	ctx context.Context, d Deps, infos []keyInfo, k *provider.RoleFlags,
) (iamuser.Sessions, error) {
	users, askAs := make([]*iamuser.User, len(infos)), askedAs(infos, d.Users.HasDevice)
	var found []*iamuser.User
	for n := range infos {
		i := &infos[n]
		if of, ok := askAs[i.AccessKeyID]; !ok || of != n {
			continue
		}
		i.askedAs = true
		u, err := d.Users.Find(ctx, i.Profile)
		if prompt.CancelledByUser(ctx, err) {
			return nil, err
		}
		if i.failed(err); err == nil {
			users[n], found = u, append(found, u)
		}
	}
	sessions, err := d.Users.OpenSessions(ctx, found, k)
	if err != nil {
		return nil, err
	}
	clients := make([]*iam.Client, len(infos))
	for n, u := range users {
		if u == nil {
			continue
		}
		clients[n], err = sessions.IAM(u)
		infos[n].failed(err)
	}
	asked := 0
	for n, c := range clients {
		if c != nil && infos[n].err == nil {
			asked++
		}
	}
	show := d.World.Streams().NewProgress(asked)
	slots := make(chan struct{}, keysAtOnce)
	var running sync.WaitGroup
	for n, c := range clients {
		if c == nil || infos[n].err != nil {
			continue
		}
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			infos[n].failed(infos[n].check(ctx, c))
			show.Done(infos[n].Profile)
		})
	}
	running.Wait()
	show.End()
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return nil, mfa.ErrCancelled
	}
	for n := range infos {
		if f, ok := askAs[infos[n].AccessKeyID]; ok && f != n && infos[n].err == nil {
			same := &infos[n]
			same.Status, same.Created, same.LastUsed = infos[f].Status, infos[f].Created, infos[f].LastUsed
			same.now = infos[f].now
			same.countDays()
			same.failed(infos[f].err)
		}
	}
	return sessions, nil
}

// askedAs says for each key as which row's profile AWS is asked: the first one with an MFA device, since many accounts
// tell nothing without a code; else the first.
func askedAs(infos []keyInfo, hasDevice func(profile string) bool) map[string]int {
	askAs, has := map[string]int{}, map[string]bool{}
	for n, i := range infos {
		id := i.AccessKeyID
		if i.err != nil || has[id] {
			continue
		}
		has[id] = hasDevice(i.Profile)
		if _, ok := askAs[id]; !ok || has[id] {
			askAs[id] = n
		}
	}
	return askAs
}

// check asks AWS about one key. From now on its age is by AWS's clock.
func (i *keyInfo) check(ctx context.Context, c *iam.Client) error {
	keys, at, err := c.ListAccessKeys(ctx)
	if err != nil {
		return err
	}
	i.now, i.Status = at, statusDeleted
	for _, k := range keys {
		if k.ID != i.AccessKeyID {
			continue
		}
		created := k.Created.UTC()
		i.Created, i.Status = &created, statusInactive
		if k.Active {
			i.Status = statusActive
		}
	}
	i.countDays()
	if i.Status == statusDeleted {
		return nil
	}
	use, err := c.AccessKeyLastUsed(ctx, i.AccessKeyID)
	if err == nil && !use.At.IsZero() {
		i.LastUsed = &keyUse{use.At.UTC(), use.Service, use.Region}
	}
	return err
}
