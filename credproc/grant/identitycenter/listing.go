package identitycenter

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"hatstand/credproc/grant"
	"hatstand/profiles"
	"hatstand/profiles/limits"
)

// accountsAtOnce is how many accounts are asked for at the same time.
const accountsAtOnce = 5

// An Assignment is a permission set that the person may use in an account.
type Assignment struct {
	Account       Account
	PermissionSet string
}

// A TokenSource gets tokens of a sign-in; *grant.Manager is one.
type TokenSource interface {
	Token(context.Context, profiles.Grant) (grant.Token, error)
	Refused(profiles.Grant, grant.Token)
}

// A Lister lists what a person may use, which may be thousands of permission sets: at most 10 calls a second, 5 at a
// time, and none for a while after AWS has said that there are too many. It waits so for 5 minutes in all.
//
// Its lists are whole, or say which accounts are not in them, or are an error. They hold nothing that has not the form
// of an account or a permission set. It uses one token, and another one if AWS takes that no more; it never does this
// twice.
type Lister struct {
	grant   profiles.Grant
	tokens  TokenSource
	connect func(profiles.Grant) (*Client, error)
	pace    *pace

	mu      sync.Mutex
	token   grant.Token
	renewed bool
}

// NewLister makes a Lister, which calls nobody yet. sleep waits by the clock that now reads. paused is told of each
// pause that AWS wants; it may be nil.
func NewLister(g profiles.Grant, tokens TokenSource, connect func(profiles.Grant) (*Client, error),
	now func() time.Time, sleep func(context.Context, time.Duration) error, paused func(time.Duration)) *Lister {
	return &Lister{grant: g, tokens: tokens, connect: connect, pace: &pace{now: now, sleep: sleep, paused: paused}}
}

// Accounts are all accounts that the person has permission sets in, each once, sorted by name and ID.
func (l *Lister) Accounts(ctx context.Context) (all []Account, err error) {
	err = l.signedIn(ctx, func(c *Client, t grant.Token) error {
		all = nil
		for page, err := range c.Accounts(ctx, t) {
			if err != nil {
				return err
			}
			for _, a := range page {
				if err := limits.CheckAccountID(a.ID); err != nil {
					return l.impossible(listAccounts, err)
				}
			}
			all = append(all, page...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Account) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return slices.CompactFunc(all, func(a, b Account) bool { return a.ID == b.ID }), nil
}

// A Refusal is an account that AWS lists, and whose permission sets it does not tell.
type Refusal struct {
	Account Account
	Err     error
}

// Assignments are all permission sets that the person may use in the accounts, each once, in the order of the accounts,
// sorted by name. An account that was closed or taken from the person meanwhile has none; one that AWS still lists is
// among the refused ones. listed is called after each account, by one goroutine at a time; it may be nil.
func (l *Lister) Assignments(ctx context.Context, accounts []Account, listed func(Account)) (all []Assignment,
	refused []Refusal, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	sets, gone := make([][]string, len(accounts)), make([]error, len(accounts))
	queue := make(chan int, len(accounts))
	for i := range accounts {
		queue <- i
	}
	close(queue)
	var running sync.WaitGroup
	var telling sync.Mutex
	for range min(accountsAtOnce, len(accounts)) {
		running.Go(func() {
			for i := range queue {
				var err error
				sets[i], err = l.permissionSets(ctx, accounts[i].ID)
				if kind := grant.KindOf(err); kind == grant.AccountGone || kind == grant.NoAccess {
					gone[i] = err
				} else if err != nil {
					stop(err)
					return
				}
				if listed != nil {
					telling.Lock()
					listed(accounts[i])
					telling.Unlock()
				}
			}
		})
	}
	running.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, nil, err
	}
	if refused, err = l.refusals(ctx, accounts, gone); err != nil {
		return nil, nil, err
	}
	for i, a := range accounts {
		for _, set := range sets[i] {
			all = append(all, Assignment{Account: a, PermissionSet: set})
		}
	}
	return all, refused, nil
}

func (l *Lister) permissionSets(ctx context.Context, account string) (all []string, err error) {
	err = l.signedIn(ctx, func(c *Client, t grant.Token) error {
		all = nil
		for page, err := range c.Roles(ctx, t, account) {
			if err != nil {
				return err
			}
			for _, set := range page {
				if err := limits.CheckPermissionSet(set); err != nil {
					return l.impossible(listAccountRoles, err)
				}
			}
			all = append(all, page...)
		}
		return nil
	})
	slices.Sort(all)
	return slices.Compact(all), err
}

// refusals are those of the accounts that AWS told nothing of and that it still lists.
func (l *Lister) refusals(ctx context.Context, accounts []Account, gone []error) (all []Refusal, err error) {
	if !slices.ContainsFunc(gone, func(err error) bool { return err != nil }) {
		return nil, nil
	}
	now, err := l.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for i, err := range gone {
		if err != nil && slices.ContainsFunc(now, func(a Account) bool { return a.ID == accounts[i].ID }) {
			all = append(all, Refusal{accounts[i], err})
		}
	}
	return all, nil
}

// impossible is the error of an answer that cannot be true.
func (l *Lister) impossible(call string, err error) error {
	return &grant.Error{Kind: grant.BadAnswer, Grant: l.grant.Name(), Call: call, Err: err,
		Reason: fmt.Sprintf("sign-in to %s: AWS's answer to %s is wrong: %v", l.grant.Name(), call, err)}
}

// signedIn calls with the token, and once more where AWS did not take it.
func (l *Lister) signedIn(ctx context.Context, call func(*Client, grant.Token) error) error {
	for {
		t, err := l.current(ctx)
		if err != nil {
			return err
		}
		c, err := l.connect(t.Of(l.grant))
		if err != nil {
			return err
		}
		err = call(c.at(l.pace), t)
		if grant.KindOf(err) != grant.TokenRefused || !l.drop(t) {
			return err
		}
	}
}

// current is the token that calls are made with.
func (l *Lister) current(ctx context.Context) (grant.Token, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token.Access == "" {
		t, err := l.tokens.Token(ctx, l.grant)
		if err != nil {
			return grant.Token{}, err
		}
		l.token = t
	}
	return l.token, nil
}

// drop drops a token that AWS did not take. It reports whether another one may be tried.
func (l *Lister) drop(t grant.Token) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.token.Access != t.Access: // another call has dropped it
		return true
	case l.renewed:
		return false
	}
	l.renewed = true
	l.tokens.Refused(l.grant, t)
	l.token = grant.Token{}
	return true
}

// at is the client, at a pace.
func (c *Client) at(p *pace) *Client {
	own := *c
	own.pace = p
	return &own
}
