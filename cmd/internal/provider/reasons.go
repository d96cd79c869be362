package provider

import (
	"context"
	"errors"
	"log/slog"

	"hatstand/cmd/internal/declined"
	"hatstand/cmd/internal/prompt"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

// reasons gets the reasons of one resolver: --reason, else a person's.
type reasons struct{ *prompt.Reasons }

func (a *Provider) reasons(log *slog.Logger, k *RoleFlags, policy prompt.Policy, asked *lockNames) reasons {
	return reasons{&prompt.Reasons{
		Prompts: a.prompts, Given: k.Reason, Policy: policy, Log: log,
		Asked: func(lock string) { asked.Store(lock, askedReason) },
	}}
}

func (r reasons) Reason(ctx context.Context, q resolve.ReasonRequest) (string, error) {
	answer, err := r.Reasons.Reason(ctx, q)
	return answer, declined.Of(err)
}

// reopened makes the resolver open new sessions if a reason is given with the command; nil if none is.
func reopened(k *RoleFlags) *resolve.Reopened {
	if k.Reason == "" {
		return nil
	}
	return &resolve.Reopened{}
}

// interruptibleReasons install signal handlers before a question, and remember that a person cancelled it.
type interruptibleReasons struct {
	prompts *prompt.Prompts
	resolve.Reasons
	catchNow func()
}

func (r interruptibleReasons) Reason(ctx context.Context, q resolve.ReasonRequest) (string, error) {
	r.catchNow()
	answer, err := r.Reasons.Reason(ctx, q)
	if errors.Is(err, mfa.ErrCancelled) && !errors.Is(err, mfa.ErrGone) {
		r.prompts.SetCancelled()
	}
	return answer, err
}
