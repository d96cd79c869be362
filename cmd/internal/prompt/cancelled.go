package prompt

import (
	"context"
	"errors"

	"hatstand/cmd/internal/app"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

// CancelledByUser reports whether an error means that a person does not want to go on.
func CancelledByUser(ctx context.Context, err error) bool {
	return err != nil && (errors.Is(context.Cause(ctx), app.ErrInterrupted) ||
		errors.Is(err, resolve.ErrDeclined) || errors.Is(err, mfa.ErrCancelled))
}
