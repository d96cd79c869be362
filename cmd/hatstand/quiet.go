package main

import (
	"context"
	"fmt"

	"hatstand/mfa"
)

type quietKey struct{}

// quietly is a context in which no person is asked for anything: nobody waits for what is being got.
func quietly(ctx context.Context) context.Context {
	return context.WithValue(ctx, quietKey{}, true)
}

func quiet(ctx context.Context) bool { return ctx.Value(quietKey{}) != nil }

var errQuiet = fmt.Errorf("nobody is asked now: %w", mfa.ErrUnusable)
