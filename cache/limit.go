package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hatstand/cache/backend"
)

// call makes one keyring call within the time limit.
func call[T any](ctx context.Context, s *Store, op, item string, f func(backend.Keyring) (T, error)) (T, error) {
	if err := ctx.Err(); err != nil {
		return *new(T), err
	}
	v, err := backend.Within(ctx, s.timeout, s.b, func() (T, error) { return retry(s.b.Retries, s.b.Keyring, f) })
	if err != nil {
		return *new(T), s.explain(op, item, err)
	}
	return v, nil
}

// retry repeats a call that failed for no lasting reason.
func retry[T any](retries int, k backend.Keyring, f func(backend.Keyring) (T, error)) (T, error) {
	for wait := time.Millisecond; ; wait *= 2 {
		v, err := f(k)
		if err == nil || retries == 0 || errors.Is(err, ErrNotFound) || isQuota(err) {
			return v, err
		}
		retries--
		time.Sleep(wait)
	}
}

// explain makes the error that callers see.
func (s *Store) explain(op, item string, err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrNotFound
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	var (
		known  *Error
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &known):
		if known.Kind <= TimedOut {
			known.From = s.from
		}
		if known.Name != "" && known.Item == "" {
			known.Item = subject(known.Name)
		}
		return err
	case errors.As(err, &syntax), errors.As(err, &kind): // of pass's files
		return s.corrupt(item, errNotJSON)
	}
	e := &Error{Backend: s.b.Name, From: s.from, Op: op, Err: err}
	if item != "" {
		e.Item = subject(item)
	}
	switch {
	case errors.Is(err, backend.ErrTimeout):
		e.Kind, e.Err = TimedOut, fmt.Errorf("%w within %s", err, s.timeout)
	case errors.Is(err, context.DeadlineExceeded):
		e.Kind = TimedOut
	case s.b.KindOf != nil:
		e.Kind = s.b.KindOf(err)
	}
	return e
}

func (s *Store) corrupt(item string, err error) error {
	kind := Corrupt
	if v, ok := errors.AsType[versionError](err); ok && v.newer() {
		kind = Newer
	}
	return &Error{Kind: kind, Backend: s.b.Name, Item: subject(item), Name: item, Err: err}
}
