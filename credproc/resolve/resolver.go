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
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// Sessions is where temporary credentials wait between calls. A miss is zero credentials and no
// error; an error means that the keyring cannot be read.
type Sessions interface {
	Session(ctx context.Context, base, hash string) (c credentials.Value, issued time.Time, err error)
	PutSession(ctx context.Context, base, hash string, c credentials.Value, issued time.Time) error
	// RemoveSession removes one; that there is none is no error.
	RemoveSession(ctx context.Context, base, hash string) error
}

// Keys is where long-lived keys are kept. None of that name is zero credentials and no error. user is
// the IAM user's ARN, if it was ever learnt.
type Keys interface {
	Keys(ctx context.Context, profile string) (c credentials.Value, user string, err error)
}

// Codes gives token codes. Code is called with the device's lock held, right before the call that
// carries the code; what it returns counts as spent. An error that wraps ErrNoOtherCode after a
// refusal makes the refusal the answer. Stored reports whether there is a seed of the device, to compare a
// refused code with.
type Codes interface {
	Code(ctx context.Context, r CodeRequest) (string, error)
	Stored(ctx context.Context, serial string) bool
}

// Locks are held across processes. Lock waits until ctx ends; Await waits until nobody holds the lock, and,
// where nobody does, as long as linger for somebody to take it. Both tell whether somebody else held it.
// Failed is called with the lock held when a call that carries a token code failed, or its prompt: where a
// person had to do with it, that answers for all that wait at that moment, whose Lock or Await then fails
// with an error that wraps ErrDeclined, so that nobody is asked again for what has just failed.
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
}

// ErrDeclined is wrapped by the error of a prompt that a person cancelled or did not answer in time,
// here or in the process that was waited for.
var ErrDeclined = errors.New("the prompt was declined")

// ErrNoOtherCode is the answer of a source of codes that has only one, after it was refused.
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
	// Spare: there are credentials that still serve, to be renewed.
	Spare bool
}

// attempts is how many codes STS is asked about before a wrong one is an error.
const attempts = 3

// A Resolver runs plans. All fields but Warn are required.
type Resolver struct {
	Sessions Sessions
	Keys     Keys
	Codes    Codes
	Locks    Locks
	// Connect makes a client for a step's region and endpoint.
	Connect func(region string, e profiles.Endpoint, c credentials.Value) (STS, error)
	// Run starts another program's credential_process and returns its stdout.
	Run func(ctx context.Context, profile string, args []string) ([]byte, error)
	Now func() time.Time
	Log *slog.Logger
	// UserName is the operating system's; the last resort for a role session's name.
	UserName func() string
	// NoCache neither reads nor writes sessions.
	NoCache bool
	// Young renews the credentials of a plan's last step when less than half of their life is left.
	Young bool
	// Warn is told what went wrong beside the answer, such as a failed write. It may be nil.
	Warn func(error)
}

// Credentials returns the credentials of the plan's last step: kept ones where they are fresh, else
// new ones. Credentials due for renewal are returned as they are when the renewal fails and more than
// a minute is left; expired ones never.
func (r *Resolver) Credentials(ctx context.Context, p credproc.Plan) (credentials.Value, error) {
	if p.LongLived != nil {
		return r.undecided(ctx, p)
	}
	return r.step(ctx, p, len(p.Steps)-1, patient)
}

// Fresh returns the plan's credentials if they are kept and need no renewal: the warm path, one read of
// the keyring and nothing else.
func (r *Resolver) Fresh(ctx context.Context, p credproc.Plan) (c credentials.Value, ok bool, err error) {
	if len(p.Steps) == 0 {
		return c, false, nil
	}
	return r.fresh(ctx, p, len(p.Steps)-1)
}

// Ask makes the plan's call that carries a token code, and those before it, unless what it gives is
// kept or not needed. Credentials afterwards asks nobody.
func (r *Resolver) Ask(ctx context.Context, p credproc.Plan) error {
	if p.LongLived != nil { // whether there is such a call, its base's answer says
		_, err := r.Credentials(ctx, p)
		return err
	}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		if _, ok, err := r.fresh(ctx, p, i); ok || err != nil {
			return err
		}
		if p.Steps[i].Serial != "" {
			_, err := r.step(ctx, p, i, patient)
			return err
		}
	}
	return nil
}

// Kept returns the kept credentials of step i, or zero ones.
func (r *Resolver) Kept(ctx context.Context, p credproc.Plan, i int) (credentials.Value, time.Time, error) {
	if r.NoCache {
		return credentials.Value{}, time.Time{}, nil
	}
	item := p.Steps[i].Item
	return r.Sessions.Session(ctx, item.Base, item.Hash)
}

// How long a process waits for another that does the same call: as long as its context lasts, or, where
// it has credentials that still serve, a moment. The other one may be asking a person who is away.
const (
	patient = time.Duration(0)
	brief   = 3 * time.Second
)

// step returns the credentials that step i gives; those of step -1 are the base's.
func (r *Resolver) step(ctx context.Context, p credproc.Plan, i int,
	patience time.Duration) (credentials.Value, error) {
	if i < 0 {
		c, _, err := r.base(ctx, p)
		return c, err
	}
	c, life, err := r.look(ctx, p, i)
	switch {
	case err != nil || life == fresh:
		return c, err
	case life == due:
		patience = brief
	}
	// What the call is made with is had before its lock is taken. So nobody waits with a lock in hand:
	// locks cannot block each other in a ring, everyone who wants a code waits for the very process that
	// asks for it, and hears its refusal.
	var made string
	var with credentials.Value
	if i > 0 {
		made, _ = r.keyID(ctx, p)
		if with, err = r.step(ctx, p, i-1, patience); err == nil && madeWithAnother(with, made) {
			// the keys may have been replaced while a person was asked for that session's code
			made, _ = r.keyID(ctx, p)
		}
		if err == nil && madeWithAnother(with, made) {
			r.Log.Warn("a cached session was made with another key than the keyring's: not used", "base",
				p.Base.Profile)
			item := p.Steps[i-1].Item
			if err = r.Sessions.RemoveSession(ctx, item.Base, item.Hash); err == nil {
				with, err = r.step(ctx, p, i-1, patience)
			}
		}
		if err != nil {
			return r.stale(ctx, p, i, err)
		}
	}
	s := p.Steps[i]
	// Whoever holds the lock may leave what we need, and then a hundred that waited can have it at once: to
	// have them take the lock in turn is slow where the machine is busy, as it is then.
	waiting, stop := ctx, context.CancelFunc(func() {})
	if patience != patient {
		waiting, stop = context.WithTimeout(ctx, patience)
	}
	defer stop()
	waited, err := r.Locks.Await(waiting, lockOf(s), 0)
	if err != nil {
		return r.stale(ctx, p, i, err)
	}
	if waited {
		if c, ok, err := r.fresh(ctx, p, i); ok || err != nil {
			return c, err
		}
	}
	unlock, queued, err := r.Locks.Lock(waiting, lockOf(s))
	if err != nil {
		return r.stale(ctx, p, i, err)
	}
	c, err = r.renew(ctx, p, i, with, made, patience == brief, unlock)
	switch {
	case err == nil:
		return c, nil
	case handsOver(waited || queued, patience == brief || r.NoCache, err):
		return r.handOver(ctx, p, i, err)
	}
	return r.stale(ctx, p, i, err)
}

// madeWithAnother tells whether credentials come from another long-lived key than the one that the keyring has now.
func madeWithAnother(c credentials.Value, id string) bool {
	return id != "" && c.MadeWith != "" && c.MadeWith != id
}

// renew makes step i's call, unless what it gives is kept by now, and keeps it. The step's lock is held, and
// let go at the end. made is the key that the kept credentials before it come from; spare: there are
// credentials that still serve.
func (r *Resolver) renew(ctx context.Context, p credproc.Plan, i int, with credentials.Value, made string, spare bool,
	unlock func()) (credentials.Value, error) {
	defer unlock()
	if c, ok, err := r.fresh(ctx, p, i); ok || err != nil {
		return c, err
	}
	s := p.Steps[i]
	c, used, err := r.call(ctx, p, i, with, spare)
	if i == 0 && used.Source == fromKeyring {
		made = used.AccessKeyID
	}
	if err != nil {
		r.sayReplaced(ctx, p, made, err)
		if s.Serial != "" {
			r.Locks.Failed(lockOf(s), err)
		}
		return credentials.Value{}, err
	}
	c.MadeWith = made
	if !r.NoCache {
		// The credentials may have cost a token code: they are the caller's whatever the keyring does.
		keeping, stop := outlasting(ctx)
		defer stop()
		if err := r.keep(keeping, p, s.Item, c, made); err != nil {
			r.warn(fmt.Errorf("the credentials could not be kept: %w", err))
		}
	}
	return c, nil
}

// lockOf names what must not happen twice at once. A code works once, whichever call it goes with, so
// that calls with a code wait for each other by device; others by what they would store.
func lockOf(s credproc.Step) string {
	if s.Serial != "" {
		return DeviceLock(s.Serial)
	}
	return "session/" + s.Item.Base + "/" + s.Item.Hash
}

// DeviceLock names the lock around the calls that carry a code of that device.
func DeviceLock(serial string) string { return "mfa/" + serial }

// life is what is left in kept credentials.
type life int

const (
	gone  life = iota // there are none, or none that serve
	due               // to be renewed; they still serve
	fresh             // no renewal needed
)

// look returns the kept credentials of step i and how they are; zero ones if they are gone.
func (r *Resolver) look(ctx context.Context, p credproc.Plan, i int) (credentials.Value, life, error) {
	c, issued, err := r.Kept(ctx, p, i)
	switch {
	case err != nil || !c.HasKeys():
	case r.Young && i == len(p.Steps)-1 && !credproc.Young(r.Now(), issued, c.Expires) &&
		credproc.Usable(r.Now(), issued, c.Expires):
		r.Log.Debug("kept credentials are half spent", "step", i, "call", p.Steps[i].Call, "expires", c.Expires)
		return c, due, nil
	case credproc.Fresh(r.Now(), issued, c.Expires):
		r.Log.Debug("kept credentials are fresh", "step", i, "call", p.Steps[i].Call, "expires", c.Expires)
		return c, fresh, nil
	case credproc.Usable(r.Now(), issued, c.Expires):
		return c, due, nil
	}
	return credentials.Value{}, gone, err
}

func (r *Resolver) fresh(ctx context.Context, p credproc.Plan, i int) (credentials.Value, bool, error) {
	c, life, err := r.look(ctx, p, i)
	return c, life == fresh, err
}

// stale serves what is kept when it could not be renewed, for cause.
func (r *Resolver) stale(ctx context.Context, p credproc.Plan, i int, cause error) (credentials.Value, error) {
	looking, stop := outlasting(ctx)
	defer stop()
	c, life, err := r.look(looking, p, i)
	if err != nil || life == gone {
		return credentials.Value{}, cause
	}
	r.Log.Warn("renewal failed; the kept credentials are served", "step", i, "call", p.Steps[i].Call, "expires",
		c.Expires, "error", cause.Error())
	return c, nil
}

// How long the keyring may take, for a passphrase or a dialog, with what a call gave: the calls after it, and the
// answer, need the rest of the time. A call that took all of it leaves a moment.
const (
	afterKeeping = 10 * time.Second
	moment       = 3 * time.Second
)

// outlasting is a context for the keyring's part once a call was made, which an interruption does not end.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	whole := context.WithoutCancel(ctx)
	end, ok := ctx.Deadline()
	if !ok {
		return whole, func() {}
	}
	return context.WithTimeout(whole, max(time.Until(end)-afterKeeping, moment))
}

func (r *Resolver) warn(err error) {
	r.Log.Warn(err.Error())
	if r.Warn != nil {
		r.Warn(err)
	}
}
