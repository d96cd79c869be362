// Package backend says what a keyring must do to hold hatstand's items, and how it says what went wrong.
//
// A new backend is a package below cache with a type that has the four methods of [Keyring], a function
// that makes an [Opened] of it, and an entry in the table of cache/backends_GOOS.go.
//
// It promises that a call of a keyring ends within a time limit ([Within]) and that an error is one line.
// It never opens a keyring itself.
package backend

import (
	"context"
	"errors"
	"time"
)

// An Item is one value under its name.
type Item struct {
	Name  string
	Label string // what the keyring's own window shows
	Data  []byte
}

// A Keyring holds items. Its methods may be called at the same time. An item that is not there is
// [ErrNotFound], from Remove too where the keyring can tell.
type Keyring interface {
	Get(ctx context.Context, name string) ([]byte, error)
	Set(ctx context.Context, item Item) error
	Remove(ctx context.Context, name string) error
	// Keys are the names of all items. It reads no item's value.
	Keys(ctx context.Context) ([]string, error)
}

// Opened is a keyring that was opened, and how it behaves.
type Opened struct {
	Name    string
	Keyring Keyring
	// EndsItself: a call ends when its context does, and takes only as long as a few file operations if nobody is
	// asked.
	EndsItself bool
	// MayAsk: any call may show a dialog of the keyring's own, and nobody can tell whether it does.
	MayAsk bool
	// Waiting tells, of a call that takes long, whether it waits for a person. nil: it does not.
	Waiting func() bool
	// WhyMissing tells why an item that was not found may be there after all: a locked or denied keyring may look
	// like an empty one. name is "" for the whole list. nil: not found means not found.
	WhyMissing func(ctx context.Context, name string) error
	// KindOf turns an error of this backend into a kind. nil: Failed.
	KindOf func(error) Kind
	// Retries is how often a failed call is made again at once, for keyrings whose calls disturb each other.
	Retries int
	// RoomAfter is how long the room of a removed item may take to come back.
	RoomAfter time.Duration
	// Lock forgets the unlocked key. nil: hatstand does not unlock this keyring.
	Lock func(context.Context) error
	// Locked tells, without asking anybody, whether the next read would ask for a passphrase. nil: nobody can tell.
	Locked func(context.Context) (bool, error)
}

// A PassphraseRequest is one question for the passphrase of a keyring of files.
type PassphraseRequest struct {
	Folder string
	New    bool // nothing is stored yet: the answer will be the passphrase from now on
	// Wrong: the answer before this one was wrong. The question is put three times in all; whoever would
	// give the same answer again returns an error instead.
	Wrong bool
}

// Within runs f within the time limit: longer while a dialog waits for a person, at most [DialogTimeout]. A call
// that does not return is left alone: its goroutine ends with the process, and its result is never looked at.
func Within[T any](ctx context.Context, limit time.Duration, o *Opened, f func() (T, error)) (T, error) {
	if o.EndsItself {
		return f()
	}
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		// The keyring library and its D-Bus library trust the other side's types and panic where they differ.
		defer func() {
			if p := recover(); p != nil {
				done <- result{err: panicError(p)}
			}
		}()
		v, err := f()
		done <- result{v, err}
	}()
	if o.MayAsk {
		limit = max(limit, DialogTimeout)
	}
	// A dialog is looked for now and then, not only at the end: it may be answered, and gone, just before, and the
	// call has its whole time again from there.
	start := time.Now()
	step, last := limit, start.Add(limit)
	if o.Waiting != nil {
		step /= 5
	}
	timer := time.NewTimer(step)
	defer timer.Stop()
	for {
		select {
		case r := <-done:
			if r.err != nil && errors.Is(ctx.Err(), context.Canceled) {
				return *new(T), ctx.Err() // a program that was killed by the cancellation reports something else
			}
			return r.v, r.err
		case <-ctx.Done():
			return *new(T), ctx.Err()
		case now := <-timer.C:
			if o.Waiting != nil && now.Before(start.Add(DialogTimeout)) && o.Waiting() {
				now = time.Now()
				last = now.Add(step + limit)
				if end := start.Add(DialogTimeout); end.Before(last) {
					last = end
				}
			}
			if !now.Before(last) {
				return *new(T), ErrTimeout
			}
			timer.Reset(min(step, time.Until(last)))
		}
	}
}

const (
	// DefaultTimeout bounds a call to a keyring where nobody is asked.
	DefaultTimeout = 5 * time.Second
	// DialogTimeout is how long a keyring's own dialog may wait for a person. Callers with less time give a context
	// with a deadline.
	DialogTimeout = 3 * time.Minute
)

// Timeouts returns the two limits, each with its default in place of 0.
func Timeouts(call, dialog time.Duration) (time.Duration, time.Duration) {
	if call <= 0 {
		call = DefaultTimeout
	}
	if dialog <= 0 {
		dialog = DialogTimeout
	}
	return call, dialog
}
