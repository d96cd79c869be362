package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/folder"
	"hatstand/cache/lock"
)

const (
	// questions is how often a passphrase is asked for in all.
	questions  = 3
	unlockLock = "unlock"
	// refusalHolds is how long a process that was not given the passphrase does not ask for it again: what it
	// does next would read the keyring once more.
	refusalHolds = 10 * time.Minute
	// unlockWithin is how long a process waits for another one that asks, unless its context ends sooner. After
	// sayAfter it tells the user that it waits.
	unlockWithin = 5 * time.Minute
	sayAfter     = 5 * time.Second
	// takeoverTime is how long a process that has nobody to ask waits for another one to take the lock: the kernel
	// wakes all waiting processes at once, in any order.
	takeoverTime = 800 * time.Millisecond
)

// ask gets the passphrase, one process at a time, and keeps the key. Without known parameters it makes them.
func (k *Keyring) ask(ctx context.Context, known *params) ([]byte, error) {
	if err := k.refusal(); err != nil {
		return nil, err
	}
	locks := lock.In(k.folder)
	key, waited, err := k.askAlone(ctx, locks, known)
	if waited && errors.Is(err, backend.ErrNobody) {
		return k.waitForOthers(ctx, locks, err)
	}
	return key, err
}

// askAlone is ask with the lock held; waited tells whether another process held it first.
func (k *Keyring) askAlone(ctx context.Context, locks *lock.Locks, known *params) (key []byte, waited bool, err error) {
	release, waited, err := k.acquire(ctx, locks)
	_, broken := errors.AsType[*lock.Error](err)
	switch {
	case broken: // a read-only folder can be read all the same
		k.log.WarnContext(ctx, "no lock: several processes may ask for the passphrase", "reason", backend.OneLine(err))
		release = func() {}
	case err != nil:
		return nil, waited, k.refusedElsewhere(err)
	}
	defer release()

	if known == nil { // another process may have made them while this one waited
		p, err := k.params()
		switch {
		case err == nil:
			known = &p
		case !errors.Is(err, fs.ErrNotExist):
			return nil, waited, err
		}
	}
	if known == nil {
		key, err = k.create(ctx)
	} else {
		if key, ok := k.unlocked(ctx, known.id()); ok {
			return key, waited, nil
		}
		key, err = k.verify(ctx, *known)
	}
	no, ok := errors.AsType[*backend.Error](err)
	if !ok || no.Kind != backend.WrongPassphrase && no.Kind != backend.PassphraseDeclined {
		return key, waited, err
	}
	k.rememberRefusal(no)
	// If neither holds, the passphrase of the environment was wrong, and nobody was asked.
	byPerson := no.Kind == backend.PassphraseDeclined || no.Err == nil
	if byPerson && !errors.Is(err, backend.ErrGone) && !broken {
		if err := locks.Refuse(unlockLock, "the passphrase was not given", k.now()); err != nil {
			k.log.WarnContext(ctx, "those who wait may ask again", "reason", backend.OneLine(err))
		}
	}
	return key, waited, err
}

// withPatience is a context for waiting for another process.
func (k *Keyring) withPatience(ctx context.Context) (context.Context, context.CancelFunc) {
	if k.patience == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, k.patience)
}

// acquire takes the lock, and says after a while that it waits.
func (k *Keyring) acquire(ctx context.Context, locks *lock.Locks) (release func(), waited bool, err error) {
	ctx, cancel := k.withPatience(ctx)
	defer cancel()
	if k.waits != nil {
		ended := make(chan struct{})
		defer close(ended)
		defer time.AfterFunc(sayAfter, func() {
			pid, _ := locks.Holder(unlockLock)
			k.waits(pid, ended)
		}).Stop()
	}
	return locks.Queue(ctx, unlockLock, "the keyring's passphrase")
}

// refusedElsewhere is the error of a wait for the lock: if the person said no to another process, this one does not ask
// again.
func (k *Keyring) refusedElsewhere(err error) error {
	if _, refused := errors.AsType[*lock.RefusedError](err); refused {
		no := k.noPassphrase(backend.PassphraseDeclined, fmt.Errorf("%w: %w", backend.ErrDeclined, err))
		k.rememberRefusal(no)
		return no
	}
	if _, held := errors.AsType[*lock.HeldError](err); held {
		return k.noPassphrase(backend.NoPassphrase, err)
	}
	return err
}

// rememberRefusal remembers why this process was not given the passphrase.
func (k *Keyring) rememberRefusal(no *backend.Error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refused, k.refusedAt = no, k.now()
}

// waitForOthers waits, without the lock, for another process to unlock the keyring. When a process that asked was
// killed, any of those that waited for it may be next, and one of them may have a terminal. If none takes the lock, or
// leaves no key in the kernel, the error is cause.
func (k *Keyring) waitForOthers(ctx context.Context, locks *lock.Locks, cause error) ([]byte, error) {
	ctx, cancel := k.withPatience(ctx)
	defer cancel()
	k.log.InfoContext(ctx, "the passphrase is left to others that wait", "why", backend.OneLine(cause))
	for {
		taken, err := locks.Await(ctx, unlockLock, takeoverTime)
		if err != nil {
			return nil, k.refusedElsewhere(err)
		}
		p, err := k.params()
		switch {
		case errors.Is(err, fs.ErrNotExist): // who took it had nobody to ask either
			if taken {
				continue
			}
			return nil, cause
		case err != nil:
			return nil, err
		}
		if key, ok := k.unlocked(ctx, p.id()); ok {
			return key, nil
		}
		if _, err := k.kernel.load(k.kernelName(p.id())); !taken || !errors.Is(err, errNoKey) {
			return nil, cause
		}
	}
}

// refusal is the error of the last question, as long as it holds.
func (k *Keyring) refusal() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if since := k.now().Sub(k.refusedAt); k.refused != nil && 0 <= since && since < refusalHolds {
		return k.refused
	}
	return nil
}

func (k *Keyring) verify(ctx context.Context, p params) ([]byte, error) {
	for try := range questions {
		passphrase, err := k.question(ctx, backend.PassphraseRequest{Folder: k.folder, Wrong: try > 0})
		if err != nil {
			return nil, err
		}
		if key, ok := p.key(passphrase); ok {
			k.keep(ctx, p.id(), key)
			return key, nil
		}
		k.log.WarnContext(ctx, "wrong passphrase", "folder", k.folder, "try", try+1)
	}
	return nil, k.noPassphrase(backend.WrongPassphrase, nil)
}

// create makes the parameters, exactly once: whoever comes second finds them.
func (k *Keyring) create(ctx context.Context) ([]byte, error) {
	if orphan, ok := k.anyItem(); ok {
		return nil, k.paramsLost("%s is missing, and a new one would not open %s", k.paramsPath(), orphan)
	}
	passphrase, err := k.question(ctx, backend.PassphraseRequest{Folder: k.folder, New: true})
	if err != nil {
		return nil, err
	}
	p, key := newParams(passphrase, k.cost)
	b, err := p.encode()
	if err != nil {
		return nil, err
	}
	err = folder.CreateFile(k.paramsPath(), b)
	if errors.Is(err, fs.ErrExist) { // only where the lock does not work
		if p, err = k.params(); err != nil {
			return nil, err
		}
		var ok bool
		if key, ok = p.key(passphrase); !ok {
			return k.verify(ctx, p)
		}
	}
	if err != nil {
		return nil, k.failed("write", err)
	}
	k.keep(ctx, p.id(), key)
	return key, nil
}

func (k *Keyring) question(ctx context.Context, q backend.PassphraseRequest) (string, error) {
	if k.passphrase == nil {
		return "", k.noPassphrase(backend.NoPassphrase, backend.ErrNobody)
	}
	passphrase, err := k.passphrase(ctx, q)
	if err != nil {
		declined := errors.Is(err, backend.ErrDeclined) || errors.Is(err, context.Canceled) ||
			errors.Is(err, context.DeadlineExceeded)
		kind := backend.NoPassphrase
		switch {
		case declined:
			kind = backend.PassphraseDeclined
		case q.Wrong:
			kind = backend.WrongPassphrase
		}
		return "", k.noPassphrase(kind, err)
	}
	if passphrase == "" && q.New {
		return "", k.noPassphrase(backend.NoPassphrase, errors.New("an empty passphrase protects nothing"))
	}
	return passphrase, nil
}
