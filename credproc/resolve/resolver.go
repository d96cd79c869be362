// Package resolve runs a plan: it reuses cached credentials, asks for at most one token code, makes the calls that
// are missing, and stores what they give.
//
// It reaches the keyring, the locks, token codes and STS through small interfaces. Expired credentials are never
// returned, and never those of another role than the plan's.
package resolve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/saml"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// Sessions is the cache of temporary credentials. A miss is zero credentials and no error; an error means that the
// keyring cannot be read.
type Sessions interface {
	Session(ctx context.Context, item credproc.Item) (c credentials.Value, issued time.Time, err error)
	PutSession(ctx context.Context, item credproc.Item, c credentials.Value, issued time.Time) error
	// RemoveSession removes an item. It is no error if there is none.
	RemoveSession(ctx context.Context, item credproc.Item) error
}

// Keys is the store of long-lived keys. If there are none of that name, it returns zero credentials and no error. user
// is the IAM user's ARN; "" if it is not known.
type Keys interface {
	Keys(ctx context.Context, profile string) (c credentials.Value, user string, err error)
}

// Codes gets token codes. Code is called with the device's lock held, right before the call that carries the code; the
// code that it returns counts as spent. If it returns an error that wraps ErrNoOtherCode after a refusal, the refusal
// is the error. Stored reports whether a seed of the device is stored.
type Codes interface {
	Code(ctx context.Context, r CodeRequest) (string, error)
	Stored(ctx context.Context, serial string) bool
}

// Reasons gets the reason that a role is assumed for. Reason is called with the step's lock held.
type Reasons interface {
	Reason(ctx context.Context, r ReasonRequest) (string, error)
}

// A ReasonRequest says what a reason is for.
type ReasonRequest struct {
	Target   string           // what was asked for
	Source   string           // where an ad-hoc role starts
	Role     string           // the ARN of the role that is assumed for the reason
	Required profiles.Setting // where it is set that one is required
	Lock     string           // the lock that is held
	// Optional: the cached credentials still serve; the reason is for new ones.
	Optional bool
}

// Locks are held across processes. Lock waits until ctx ends. Await waits until nobody holds the lock; if nobody does,
// it waits up to linger for somebody to take it. Both report whether somebody else held it.
//
// Failed is called with the lock held when a call that carries a token code failed, or its prompt did. If a person was
// involved, Lock and Await of all who are waiting at that moment return ErrDeclined, so that nobody is asked again.
type Locks interface {
	Lock(ctx context.Context, name string) (unlock func(), waited bool, err error)
	Await(ctx context.Context, name string, linger time.Duration) (waited bool, err error)
	Failed(name string, why error)
}

// STS is the part of AWS's Security Token Service that a plan needs. A code is a token code, "" for none; a call that
// carries one is made once.
type STS interface {
	GetSessionToken(ctx context.Context, s credproc.Step, code string) (sts.Issue, error)
	// AssumeRole assumes the step's role under a session name.
	AssumeRole(ctx context.Context, s credproc.Step, name, code string) (sts.Issue, error)
	Federation
}

// Federation are the calls that take what a provider says of somebody in the place of keys, and the one that says of an
// IAM user what a provider might.
type Federation interface {
	GetFederationToken(ctx context.Context, s credproc.Step, name string) (sts.Issue, error)
	AssumeRoleWithWebIdentity(ctx context.Context, s credproc.Step, name, token string) (sts.Issue, error)
	AssumeRoleWithSAML(ctx context.Context, s credproc.Step, provider, assertion string) (sts.Issue, error)
}

// ErrDeclined is wrapped by the error of a prompt that a person cancelled or did not answer in time, in this process or
// in the one that it waited for.
var ErrDeclined = errors.New("the prompt was declined")

// ErrNoOtherCode is the error of a source of codes that has a single code, after that was refused.
var ErrNoOtherCode = errors.New("no other token code to try")

// A CodeRequest says what a code is for.
type CodeRequest struct {
	Serial     string
	Target     string // what was asked for
	Source     string // where an ad-hoc role starts
	Role       string // its role's ARN; "" if there is none
	MFAProcess profiles.Setting
	Attempt    int    // 1 to 3
	Refused    string // why the last one was refused; "" at the first attempt
	// Optional: the cached credentials still serve; the code is to renew them.
	Optional bool
}

// attempts is how many codes are tried before a wrong one is an error.
const attempts = 3

// A Resolver runs plans. All fields but Reopened and Warn are required.
type Resolver struct {
	Sessions Sessions
	Keys     Keys
	Codes    Codes
	Reasons  Reasons
	Locks    Locks
	// Reopened, if it is not nil, makes the resolver open new sessions where a reason is required: the cached ones were
	// opened for another reason.
	Reopened *Reopened
	// Connect makes a client for a step's region and endpoint.
	Connect func(region string, e profiles.Endpoint, c credentials.Value) (STS, error)
	// Grants has the tokens of people's sign-ins, for plans that exchange one.
	Grants Grants
	// Portal makes a client of the service that exchanges them.
	Portal func(g profiles.Grant) (Portal, error)
	// Identity finds out whose credentials are: an ARN.
	Identity func(ctx context.Context, region string, e profiles.Endpoint, c credentials.Value) (string, error)
	// CheckSignIn compares what is cached from a sign-in with the one of now: other programs may have signed in
	// meanwhile.
	CheckSignIn bool
	// Metadata gets the credentials of an instance or a container. They are not kept in the keyring: the service has
	// them for whoever asks again.
	Metadata func(ctx context.Context, b profiles.Base) (credentials.Value, error)
	// Assertion gets a SAML assertion for the plan's base: one that this process has, or a new one, for which a person
	// may have to sign in. It keeps it in memory alone, for other plans of the same sign-in.
	Assertion func(ctx context.Context, p credproc.Plan) (saml.Assertion, error)
	// SAMLPerson is who signed in last with SAML, as the role's session is named: the assertion's RoleSessionName. ""
	// where that is not known. It asks nobody.
	SAMLPerson func(ctx context.Context, at profiles.SAMLSetting) string
	// Run starts another program's credential_process and returns its stdout.
	Run func(ctx context.Context, profile string, args []string) ([]byte, error)
	Now func() time.Time
	Log *slog.Logger
	// UserName is the operating system's; the last resort for a role session's name.
	UserName func() string
	// NoCache neither reads nor writes sessions.
	NoCache bool
	// RenewAtHalf renews the credentials of a plan's last step when less than half of their lifetime is left.
	RenewAtHalf bool
	// Warn gets what went wrong without making the call fail, such as a failed write. It may be nil.
	Warn func(error)
}

// Credentials returns the credentials of the plan's last step: cached ones if they are fresh, else new ones. If renewal
// fails, cached ones are returned as long as more than a minute is left; expired ones never are.
func (r *Resolver) Credentials(ctx context.Context, p credproc.Plan) (credentials.Value, error) {
	if p.Refused != nil {
		return credentials.Value{}, p.Refused
	}
	if p.LongLived != nil {
		return r.undecided(ctx, p)
	}
	if !p.Base.Grant.IsZero() && len(p.Steps) > 0 {
		return r.whoseNow(ctx, p)
	}
	return r.step(ctx, p, len(p.Steps)-1, unlimited)
}

// Fresh returns the plan's credentials if they are cached and need no renewal, by one read of the keyring and
// nothing else.
func (r *Resolver) Fresh(ctx context.Context, p credproc.Plan) (c credentials.Value, ok bool, err error) {
	if len(p.Steps) == 0 {
		return c, false, nil
	}
	return r.fresh(ctx, p, len(p.Steps)-1)
}

// Ask makes the plan's call that carries a token code, and those before it, or has a person sign in, unless the
// credentials are cached or not needed. After it Credentials asks nobody.
func (r *Resolver) Ask(ctx context.Context, p credproc.Plan) error {
	if p.Refused != nil || p.LongLived != nil { // whether there is such a call, its base's answer says
		_, err := r.Credentials(ctx, p)
		return err
	}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		if _, ok, err := r.fresh(ctx, p, i); ok || err != nil {
			return err
		}
		if g := signInOf(p, i); !g.IsZero() {
			_, err := r.token(ctx, p, g)
			return err
		}
		if p.Steps[i].Call == credproc.AssumeRoleWithSAML {
			_, err := r.assertion(ctx, p)
			return err
		}
		if p.Steps[i].Serial != "" {
			_, err := r.step(ctx, p, i, unlimited)
			return err
		}
	}
	if p.Base.Kind.SignsInToCredentials() { // no step needs it, but the answer does
		_, err := r.token(ctx, p, p.Base.Grant)
		return err
	}
	return nil
}

// Cached returns the cached credentials of step i, or zero ones, and when they were issued.
func (r *Resolver) Cached(ctx context.Context, p credproc.Plan, i int) (credentials.Value, time.Time, error) {
	if r.NoCache || r.Reopened.wants(p, i) {
		return credentials.Value{}, time.Time{}, nil
	}
	item := p.Steps[i].Item
	return r.Sessions.Session(ctx, item)
}

// How long a process waits for another that makes the same call: as long as its context lasts, or briefly if its cached
// credentials still serve. The other process may be asking a person who is away.
const (
	unlimited = time.Duration(0)
	briefly   = 3 * time.Second
)

// step returns the credentials that step i gives; those of step -1 are the base's.
func (r *Resolver) step(ctx context.Context, p credproc.Plan, i int,
	wait time.Duration) (credentials.Value, error) {
	if i < 0 {
		c, _, err := r.base(ctx, p)
		return c, err
	}
	c, life, err := r.cached(ctx, p, i)
	switch {
	case err != nil || life == fresh:
		return c, err
	case life == due:
		wait = briefly
	}
	// Get the source credentials before locking, so that no process waits while it holds a lock. So locks cannot block
	// each other in a circle, and everyone who wants a code waits for the process that asks for it and gets its
	// refusal.
	var made string
	var with credentials.Value
	if i > 0 {
		made, _ = r.keyID(ctx, p)
		if with, err = r.step(ctx, p, i-1, wait); err == nil && madeByOtherKey(with, made) {
			// the keys may have been replaced while a person was asked for that session's code
			made, _ = r.keyID(ctx, p)
		}
		if err == nil && madeByOtherKey(with, made) {
			r.Log.Warn("a cached session was made with another key than the keyring's: not used", "base",
				p.Base.Profile)
			item := p.Steps[i-1].Item
			if err = r.Sessions.RemoveSession(ctx, item); err == nil {
				with, err = r.step(ctx, p, i-1, wait)
			}
		}
		if err != nil {
			return r.cachedElse(ctx, p, i, err)
		}
	}
	s := p.Steps[i]
	if g := signInOf(p, i); !g.IsZero() { // the same holds for a sign-in
		if _, err = r.token(ctx, p, g); err != nil {
			return r.cachedElse(ctx, p, i, err)
		}
	}
	// Wait before taking the lock: the process that has it may cache what we need, and then a hundred that waited can
	// read it at once instead of taking the lock one after the other.
	waiting, stop := ctx, context.CancelFunc(func() {})
	if wait != unlimited {
		waiting, stop = context.WithTimeout(ctx, wait)
	}
	defer stop()
	waited, err := r.Locks.Await(waiting, lockOf(s), 0)
	if err != nil {
		return r.cachedElse(ctx, p, i, err)
	}
	if waited {
		if c, ok, err := r.fresh(ctx, p, i); ok || err != nil {
			return c, err
		}
	}
	unlock, queued, err := r.Locks.Lock(waiting, lockOf(s))
	if err != nil {
		return r.cachedElse(ctx, p, i, err)
	}
	c, err = r.renew(ctx, p, i, with, made, wait == briefly, unlock)
	switch {
	case err == nil:
		return c, nil
	case leavesToOthers(waited || queued, wait == briefly || r.NoCache, err):
		return r.waitForOtherProcess(ctx, p, i, err)
	}
	return r.cachedElse(ctx, p, i, err)
}

// madeByOtherKey reports whether credentials come from another long-lived key than the one in the keyring now.
func madeByOtherKey(c credentials.Value, id string) bool {
	return id != "" && c.MadeWith != "" && c.MadeWith != id
}

// renew makes step i's call and caches the result, unless that is cached by now. The step's lock is held and released
// at the end. made is the key that the cached credentials before it come from; optional: the cached credentials still
// serve.
func (r *Resolver) renew(ctx context.Context, p credproc.Plan, i int, with credentials.Value, made string,
	optional bool,
	unlock func()) (credentials.Value, error) {
	defer unlock()
	if c, ok, err := r.fresh(ctx, p, i); ok || err != nil {
		return c, err
	}
	s := p.Steps[i]
	c, used, err := r.call(ctx, p, i, with, optional)
	switch {
	case !signInOf(p, i).IsZero():
		made = used.MadeWith
	case i == 0 && used.Source == fromKeyring:
		made = used.AccessKeyID
	}
	if err != nil {
		r.markReplaced(ctx, p, made, err)
		if s.Serial != "" || s.Call == credproc.AssumeRoleWithSAML || s.Role.ReasonRequired.IsSet() {
			r.Locks.Failed(lockOf(s), err)
		}
		return credentials.Value{}, err
	}
	c.MadeWith = made
	r.Reopened.add(s.Item)
	if !r.NoCache && (made != "" || !r.checksSignIn(p)) {
		// The credentials may have cost a token code: the caller gets them even if the keyring fails.
		storing, stop := cacheContext(ctx)
		defer stop()
		if err := r.store(storing, p, s.Item, c, made); err != nil {
			r.warn(fmt.Errorf("the credentials could not be cached: %w", err))
		}
	}
	return c, nil
}

// signInOf is the sign-in that step i is made with; zero: none.
func signInOf(p credproc.Plan, i int) profiles.Grant {
	if i == 0 && p.Base.Kind.SignsInToCredentials() {
		return p.Base.Grant
	}
	return p.Steps[i].Grant
}

// lockOf names the lock of a step. A code works once, whichever call carries it, so calls with a code have one lock a
// device; other calls have one for each item that they would cache.
func lockOf(s credproc.Step) string {
	if s.Serial != "" {
		return DeviceLock(s.Serial)
	}
	if s.Item.Grant != "" {
		return "granted/" + s.Item.Grant + "/" + s.Item.Hash
	}
	return "session/" + s.Item.Base + "/" + s.Item.Hash
}

// DeviceLock names the lock around the calls that carry a code of that device.
func DeviceLock(serial string) string { return "mfa/" + serial }

// life is what is left of cached credentials.
type life int

const (
	gone  life = iota // there are none, or they are of no use
	due               // they should be renewed, and still serve
	fresh             // no renewal needed
)

// cached returns the cached credentials of step i and what is left of them; zero ones if they are gone.
func (r *Resolver) cached(ctx context.Context, p credproc.Plan, i int) (credentials.Value, life, error) {
	c, issued, err := r.Cached(ctx, p, i)
	if err == nil && c.HasKeys() && r.checksSignIn(p) && !r.sameKeyQuietly(ctx, p, c.MadeWith) {
		return credentials.Value{}, gone, nil
	}
	switch {
	case err != nil || !c.HasKeys():
	case r.RenewAtHalf && i == len(p.Steps)-1 && !credproc.HalfLeft(r.Now(), issued, c.Expires) &&
		credproc.Usable(r.Now(), issued, c.Expires):
		r.Log.Debug("less than half is left of the cached credentials", "step", i, "call", p.Steps[i].Call, "expires",
			c.Expires)
		return c, due, nil
	case credproc.Fresh(r.Now(), issued, c.Expires):
		r.Log.Debug("cached credentials are fresh", "step", i, "call", p.Steps[i].Call, "expires", c.Expires)
		return c, fresh, nil
	case credproc.Usable(r.Now(), issued, c.Expires):
		return c, due, nil
	}
	return credentials.Value{}, gone, err
}

func (r *Resolver) fresh(ctx context.Context, p credproc.Plan, i int) (credentials.Value, bool, error) {
	c, life, err := r.cached(ctx, p, i)
	return c, life == fresh, err
}

// cachedElse returns the cached credentials if they still serve, else cause, for which they could not be renewed.
func (r *Resolver) cachedElse(ctx context.Context, p credproc.Plan, i int, cause error) (credentials.Value, error) {
	looking, stop := cacheContext(ctx)
	defer stop()
	c, life, err := r.cached(looking, p, i)
	if err != nil || life == gone {
		return credentials.Value{}, cause
	}
	r.Log.Warn("renewal failed: the cached credentials are used", "step", i, "call", p.Steps[i].Call, "expires",
		c.Expires, "error", cause.Error())
	return c, nil
}

// How long the keyring may take (for a passphrase or a dialog) to store the credentials of a call: the time that is
// left, without what is reserved for the calls after it and the answer; at least the shortest.
const (
	reserved = 10 * time.Second
	shortest = 3 * time.Second
)

// cacheContext is a context for storing the result of a call. An interruption does not end it.
func cacheContext(ctx context.Context) (context.Context, context.CancelFunc) {
	whole := context.WithoutCancel(ctx)
	end, ok := ctx.Deadline()
	if !ok {
		return whole, func() {}
	}
	return context.WithTimeout(whole, max(time.Until(end)-reserved, shortest))
}

func (r *Resolver) warn(err error) {
	r.Log.Warn(err.Error())
	if r.Warn != nil {
		r.Warn(err)
	}
}
