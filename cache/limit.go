package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/99designs/keyring"
)

const (
	defaultTimeout = 5 * time.Second
	// dialogTimeout is how long a keyring's own dialog may wait for a person. Callers with less time
	// give a context with a deadline.
	dialogTimeout = 3 * time.Minute
)

// A binder is a keyring that asks a person itself and needs the caller's context for it.
type binder interface {
	bind(context.Context) keyring.Keyring
}

// A backend is an opened keyring and what hatstand knows about its manners.
type backend struct {
	name string
	ring keyring.Keyring
	// ours: a call is a few file operations, and waits for a person no longer than its context lasts. It
	// needs no time limit, nor the goroutine and the timer of one, which a warm call would pay for.
	ours bool
	// patience is how long a call may take when a person is asked; 0 is dialogTimeout.
	patience time.Duration
	// asks: the keyring may show a dialog of its own during any call, and nobody can tell.
	asks bool
	// waiting tells, of a call that took too long, whether it waits for a person. nil: it does not.
	waiting func() bool
	// missed tells why an item that was not found may be there after all (a locked or denied keyring
	// looks like an empty one to 99designs/keyring). nil: not found means not found.
	missed func(keyring.Keyring, string) error
	// why turns an error of this backend into a cause. nil: Failed.
	why func(error) Cause
	// retries is how often a failed call is made again at once, for keyrings whose calls disturb each other.
	retries int
	// settles is about how long the room of what was removed may take to come back.
	settles time.Duration
}

// call makes one keyring call within the time limit. A call that does not return is abandoned: its
// goroutine ends with the process, and its result is never looked at.
func call[T any](ctx context.Context, s *Store, op, item string, f func(keyring.Keyring) (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	ring := s.b.ring
	if b, ok := ring.(binder); ok {
		ring = b.bind(ctx)
	}
	v, err := within(ctx, s.timeout, s.b, func() (T, error) { return persist(s.b.retries, ring, f) })
	if err == nil {
		return v, nil
	}
	return none, s.explain(op, item, err)
}

// persist repeats a call that failed for no lasting reason.
func persist[T any](retries int, ring keyring.Keyring, f func(keyring.Keyring) (T, error)) (T, error) {
	for wait := time.Millisecond; ; wait *= 2 {
		v, err := f(ring)
		if err == nil || retries == 0 || isMiss(err) || isQuota(err) {
			return v, err
		}
		retries--
		time.Sleep(wait)
	}
}

// errTimeout is the error of a call that did not return.
var errTimeout = errors.New("no answer")

type result[T any] struct {
	v   T
	err error
}

func within[T any](ctx context.Context, limit time.Duration, b *backend, f func() (T, error)) (T, error) {
	if b.ours {
		return f()
	}
	done := make(chan result[T], 1)
	go func() {
		// 99designs/keyring and its D-Bus library trust the other side's types and panic where they differ.
		defer func() {
			if p := recover(); p != nil {
				done <- result[T]{err: fmt.Errorf("the keyring library failed: %v", p)}
			}
		}()
		v, err := f()
		done <- result[T]{v, err}
	}()
	patience := b.patience
	if patience == 0 {
		patience = dialogTimeout
	}
	if b.asks {
		limit = max(limit, patience)
	}
	// A dialog is looked for every now and then, not at the end alone: it may be answered, and gone, just
	// before, and the call has its time again from there.
	start := time.Now()
	step, last := limit, start.Add(limit)
	if b.waiting != nil {
		step /= 5
	}
	timer := time.NewTimer(step)
	defer timer.Stop()
	for {
		select {
		case r := <-done:
			if r.err != nil && errors.Is(ctx.Err(), context.Canceled) {
				return *new(T), ctx.Err() // a program that was killed for it has another story
			}
			return r.v, r.err
		case <-ctx.Done():
			return *new(T), ctx.Err()
		case now := <-timer.C:
			if b.waiting != nil && now.Before(start.Add(patience)) && b.waiting() {
				now = time.Now()
				last = now.Add(step + limit)
				if end := start.Add(patience); end.Before(last) {
					last = end
				}
			}
			if !now.Before(last) {
				return *new(T), errTimeout
			}
			timer.Reset(min(step, time.Until(last)))
		}
	}
}

func isMiss(err error) bool {
	return errors.Is(err, keyring.ErrKeyNotFound) || errors.Is(err, ErrNotFound)
}

// explain makes the error that callers see.
func (s *Store) explain(op, item string, err error) error {
	if isMiss(err) {
		return ErrNotFound
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	var (
		unavailable *UnavailableError
		corrupt     *CorruptError
		passphrase  *PassphraseError
		syntax      *json.SyntaxError
		kind        *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &unavailable):
		unavailable.From = s.from
		return err
	case errors.As(err, &corrupt), errors.As(err, &passphrase):
		return err
	case errors.As(err, &syntax), errors.As(err, &kind):
		return &CorruptError{Backend: s.b.name, Item: item, Err: errNotJSON}
	}
	e := &UnavailableError{Backend: s.b.name, From: s.from, Op: op, Err: err}
	if item != "" {
		e.Item = subject(item)
	}
	switch {
	case errors.Is(err, errTimeout), errors.Is(err, context.DeadlineExceeded):
		e.Cause = TimedOut
		if errors.Is(err, errTimeout) {
			e.Err = fmt.Errorf("%w within %s", err, s.timeout)
		}
	case s.b.why != nil:
		e.Cause = s.b.why(err)
	}
	return e
}
