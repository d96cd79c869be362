package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/grant"
	"hatstand/profiles"
)

// Grants has the tokens of people's sign-ins. Token returns one that has some life left, and may have a person sign in.
// Refused notes that AWS did not take a token: the next Token is another one. Named adds the person's name to a token;
// learn finds it out. Kept returns the stored token, expired or not, and asks nobody.
type Grants interface {
	Token(ctx context.Context, g profiles.Grant) (grant.Token, error)
	Refused(g profiles.Grant, t grant.Token)
	Named(ctx context.Context, g profiles.Grant, t grant.Token,
		learn func(context.Context) (string, error)) (grant.Token, error)
	Kept(ctx context.Context, g profiles.Grant) (t grant.Token, ok bool, err error)
}

// A Portal exchanges a token for credentials.
type Portal interface {
	RoleCredentials(ctx context.Context, t grant.Token, account, permissionSet string) (credentials.Value, error)
}

// signIns is how many sign-ins a plan is run with, where another person signs in each time meanwhile.
const signIns = 3

// whoseNow gets the plan's credentials for the person who is signed in when it returns. If another person has signed in
// meanwhile, it gets them again.
func (r *Resolver) whoseNow(ctx context.Context, p credproc.Plan) (credentials.Value, error) {
	last := len(p.Steps) - 1
	for range signIns {
		c, err := r.step(ctx, p, last, unlimited)
		if err != nil {
			return c, err
		}
		now, err := r.keyID(context.WithoutCancel(ctx), p)
		if err != nil { // it could be read a moment ago
			r.Log.Warn("who is signed in now is not known", "grant", p.Base.Grant.Key(), "error", err.Error())
		}
		if now == "" || now == c.MadeWith {
			return c, nil
		}
		r.Log.Info("another person has signed in meanwhile", "grant", p.Base.Grant.Key())
		if err := r.dropOthers(ctx, p, last, now); err != nil {
			return credentials.Value{}, err
		}
	}
	return credentials.Value{}, signInChanges(p.Target, p.Base.Grant)
}

// dropOthers removes what is cached for step i unless it comes from the sign-in of now. The lock around storing is
// held: otherwise what another process stores between the look and the removal, for the person of now, would be lost.
func (r *Resolver) dropOthers(ctx context.Context, p credproc.Plan, i int, now string) error {
	unlock, _, err := r.Locks.Lock(ctx, grant.StoreLockName(p.Base.Grant))
	if err != nil {
		return err
	}
	defer unlock()
	if kept, _, err := r.Cached(ctx, p, i); err == nil && kept.MadeWith == now {
		return nil
	}
	return r.Sessions.RemoveSession(ctx, p.Steps[i].Item)
}

// exchange turns a sign-in into credentials. MadeWith of used names the sign-in.
func (r *Resolver) exchange(ctx context.Context, p credproc.Plan, i int) (c, used credentials.Value, err error) {
	s := p.Steps[i]
	began := r.Now()
	var token grant.Token
	for range signIns {
		if c, token, err = r.exchangeNow(ctx, p, i); !errors.Is(err, grant.ErrReplaced) {
			break
		}
	}
	switch {
	case errors.Is(err, grant.ErrReplaced):
		return credentials.Value{}, used, signInChanges(p.Target, s.Grant)
	case err != nil:
		r.Log.Info("call failed", "call", s.Call, "account", s.Account, "permission_set", s.PermissionSet,
			"error", err.Error())
		return credentials.Value{}, used, forProfile(p.Target, err)
	}
	used.MadeWith = token.SignIn
	if s.Call != credproc.GetRoleCredentials {
		return c, used, nil
	}
	c.AccountID, c.CanExpire, c.Source = s.Account, true, "hatstand"
	r.Log.Info("call", "call", s.Call, "account", s.Account, "permission_set", s.PermissionSet, "region", s.Region,
		"ms", r.Now().Sub(began).Milliseconds(), "expires", c.Expires, "why", s.Reason)
	return c, used, nil
}

// exchangeNow exchanges the current token, and finds out whose it is if that is not known. The error is
// grant.ErrReplaced if another sign-in has replaced it meanwhile.
func (r *Resolver) exchangeNow(ctx context.Context, p credproc.Plan, i int) (c credentials.Value,
	t grant.Token, err error) {
	s := p.Steps[i]
	t, err = r.token(ctx, p, s.Grant)
	if err == nil {
		c, err = r.exchangeToken(ctx, p, i, t)
	}
	if tokenRefused(err, t) { // AWS has ended the sign-in: once another token, never a loop
		r.Grants.Refused(s.Grant, t)
		if t, err = r.token(ctx, p, s.Grant); err == nil {
			c, err = r.exchangeToken(ctx, p, i, t)
		}
	}
	if err != nil {
		return credentials.Value{}, t, err
	}
	if !c.Expires.After(r.Now()) {
		return credentials.Value{}, t, badAnswer(p.Target, s.Call,
			"has credentials that expired at "+c.Expires.UTC().Format(time.RFC3339))
	}
	if t.User != "" && t.SignIn != "" {
		return c, t, nil
	}
	named, err := r.Grants.Named(ctx, s.Grant, t, func(ctx context.Context) (string, error) {
		arn, err := r.Identity(ctx, s.Region, s.Endpoint, c)
		return arn[strings.LastIndexByte(arn, '/')+1:], err
	})
	switch {
	case errors.Is(err, grant.ErrReplaced):
		return credentials.Value{}, t, err
	case err != nil: // a name is no more than that
		r.Log.Info("the person's name is not known", "grant", s.Grant.Key(), "error", err.Error())
		return c, t, nil
	}
	return c, named, nil
}

// signInChanges is the error where sign-in follows sign-in.
func signInChanges(target string, g profiles.Grant) error {
	return forProfile(target, &grant.Error{Kind: grant.Refused, Grant: g.Name(), Err: grant.ErrReplaced,
		Reason: "sign-in to " + g.Name() + ": another person signs in again and again"})
}

// tokenRefused reports whether AWS does not take a token, so that another one may serve. Where a person would have to
// sign in for it, that is left to them: STS also says so where the account does not know the provider, and they would
// be asked at each use.
func tokenRefused(err error, t grant.Token) bool {
	return grant.KindOf(err) == grant.TokenRefused || staleToken(err) && t.Refresh != ""
}

// exchangeToken makes the call of a step that exchanges a token.
func (r *Resolver) exchangeToken(ctx context.Context, p credproc.Plan, i int, t grant.Token) (credentials.Value,
	error) {
	s := p.Steps[i]
	if s.Call == credproc.AssumeRoleWithWebIdentity {
		client, err := r.Connect(s.Region, s.Endpoint, credentials.Value{})
		if err != nil {
			return credentials.Value{}, err
		}
		return r.makeCall(ctx, caller{client: client, token: t.Access}, p, i, "")
	}
	portal, err := r.Portal(t.Of(s.Grant))
	if err != nil {
		return credentials.Value{}, err
	}
	return portal.RoleCredentials(ctx, t, s.Account, s.PermissionSet)
}

// token gets a token of the plan's grant.
func (r *Resolver) token(ctx context.Context, p credproc.Plan, g profiles.Grant) (grant.Token, error) {
	t, err := r.Grants.Token(ctx, g)
	return t, forProfile(p.Target, err)
}

// forProfile says in an error of a sign-in for which profile it was wanted.
func forProfile(target string, err error) error {
	e, ok := errors.AsType[*grant.Error](err)
	if _, said := errors.AsType[*signInError](err); !ok || said {
		return err
	}
	return &signInError{target, e, err}
}

// A signInError is the error of a sign-in that a plan needs.
type signInError struct {
	target string
	signIn *grant.Error
	err    error
}

func (e *signInError) Error() string { return fmt.Sprintf("profile %q: %v", e.target, e.err) }

func (e *signInError) Unwrap() error { return e.err }

// Is reports ErrDeclined where the person declined, so that nobody is asked again.
func (e *signInError) Is(target error) bool {
	return target == ErrDeclined && e.signIn.Kind == grant.Declined
}
