package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/declined"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
	"hatstand/profiles/cmdline"
)

// codes gets token codes from the first of these that has one: --mfa-code, a stored seed, mfa_process, the terminal, a
// dialog. The caller holds the device's lock. A code that was returned is recorded as spent.
type codes struct {
	prompts *prompt.Prompts
	folder  *app.LockFolder
	now     func() time.Time
	guard   app.Guard
	keyring *liveKeyring
	log     *slog.Logger
	flag    string
	asked   *lockNames // devices that a person was asked about
	policy  prompt.Policy

	mu     sync.Mutex
	source map[string]mfa.Source // by serial; kept, since --mfa-code is good for one call
}

// Code names the profile in its errors.
func (c *codes) Code(ctx context.Context, r resolve.CodeRequest) (string, error) {
	code, err := c.code(ctx, r)
	if err != nil {
		err = fmt.Errorf("profile %q: %w", r.Target, err)
	}
	return code, err
}

func (c *codes) code(ctx context.Context, r resolve.CodeRequest) (string, error) {
	if err := mfa.CheckDevice(r.Serial); err != nil {
		return "", err
	}
	source, err := c.sourceFor(r)
	if err != nil {
		return "", err
	}
	policy := c.policy
	if r.Optional && policy == prompt.Normal && c.declinedLately(r.Serial) {
		policy = prompt.Never
	}
	ctx = prompt.With(ctx, policy)
	var deadline time.Time // by the clock that codes are made by
	if end, ok := ctx.Deadline(); ok {
		deadline = c.now().Add(time.Until(end))
	}
	code, err := source.Code(ctx, mfa.Request{
		Serial: r.Serial, Profile: r.Target, Source: r.Source, Role: r.Role,
		Attempt: r.Attempt, Refused: r.Refused, Deadline: deadline,
	})
	// A spent code after a refusal is the refused code again: the source has no other one.
	if kind := mfa.KindOf(err); kind == mfa.Refused || kind == mfa.SeedRefused || r.Refused != "" && kind == mfa.Spent {
		return "", fmt.Errorf("%w: %w", resolve.ErrNoOtherCode, err)
	}
	if errors.Is(context.Cause(ctx), app.ErrTerminated) {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", declined.Of(err)
	}
	if err := c.prompts.Ledger().Spend(r.Serial, code, c.now()); err != nil {
		// The ledger guards against sending a code twice; STS does as well.
		c.log.Warn("the code could not be recorded as spent", "error", err.Error())
	}
	return code, nil
}

// declinedLately reports whether a person said no, or nothing, when they were last asked about a device. Then nobody is
// asked for a while, as long as there are credentials.
func (c *codes) declinedLately(serial string) bool {
	open, err := c.folder.Open()
	return err == nil && prompt.DeclinedLately(open.Refused(resolve.DeviceLock(serial)), c.now())
}

func (c *codes) sourceFor(r resolve.CodeRequest) (mfa.Source, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.source[r.Serial]; s != nil {
		return s, nil
	}
	s, err := c.sources(r, c.prompts.Ledger())
	if err != nil {
		return nil, err
	}
	if c.source == nil {
		c.source = map[string]mfa.Source{}
	}
	c.source[r.Serial] = s
	return s, nil
}

func (c *codes) sources(r resolve.CodeRequest, ledger mfa.Ledger) (mfa.Source, error) {
	check := func(serial, code string) error { return ledger.Check(serial, code, c.now()) }
	if c.flag != "" {
		if err := check(r.Serial, c.flag); err != nil {
			return nil, err
		}
		return c.logged("--mfa-code", mfa.Fixed(c.flag, "--mfa-code")), nil
	}
	process, err := c.process(r)
	if err != nil {
		return nil, err
	}
	now, wait := c.now, c.prompts.Countdown
	seed := mfa.FromSeeds(Seeds{c.keyring.store()}, ledger, now, wait)
	program := mfa.Unspent(process, ledger, now, wait)
	rules := prompt.CodeRules{
		Ready: mfa.FreshStep(ledger, now, wait), Check: check, Log: c.log,
		// Processes that wait for the answer must not ask again.
		Answered: func(serial string) { c.asked.Store(resolve.DeviceLock(serial), true) },
	}
	return c.prompts.Source(rules, c.logged("seed", seed), c.fromProgram(c.logged("mfa_process", program)))
}

// logged is a source that writes to the log whether it gave a code, and if not, why.
func (c *codes) logged(from string, src mfa.Source) mfa.Source {
	return mfa.SourceFunc(func(ctx context.Context, r mfa.Request) (string, error) {
		code, err := src.Code(ctx, r)
		prompt.LogCode(c.log, from, r, err)
		return code, err
	})
}

// fromProgram is an mfa_process. It may have asked a person to touch a key, so processes that wait must not run it
// again if it failed.
func (c *codes) fromProgram(src mfa.Source) mfa.Source {
	return mfa.SourceFunc(func(ctx context.Context, r mfa.Request) (string, error) {
		code, err := src.Code(ctx, r)
		if !errors.Is(err, mfa.ErrUnusable) {
			c.asked.Store(resolve.DeviceLock(r.Serial), true)
		}
		return code, err
	})
}

func (c *codes) process(r resolve.CodeRequest) (mfa.Process, error) {
	if r.MFAProcess.Value == "" {
		return mfa.Process{}, nil
	}
	args, err := cmdline.Split(r.MFAProcess.Value)
	if err != nil {
		return mfa.Process{}, &ui.UsageError{Reason: fmt.Sprintf("profile %s: mfa_process %v (%s:%d)",
			ui.Quoted(r.Target), err, r.MFAProcess.Path, r.MFAProcess.Line)}
	}
	return mfa.Process{Args: args, Env: c.guard.Environment(r.Target)}, nil
}

// Seeds are the keyring's seeds for package mfa. It is no error if a seed is missing, or if there is no keyring (Store
// is nil).
type Seeds struct{ Store *cache.Store }

func (s Seeds) Seed(ctx context.Context, serial string) (string, error) {
	if s.Store == nil {
		return "", nil
	}
	seed, err := s.Store.Seed(ctx, serial)
	if errors.Is(err, cache.ErrNotFound) {
		return "", nil
	}
	return seed, err
}

// Stored reports whether the device's seed is stored: the hints of a refused code are about it. A seed that cannot be
// read counts as not stored.
func (c *codes) Stored(ctx context.Context, serial string) bool {
	seed, err := Seeds{c.keyring.store()}.Seed(ctx, serial)
	return err == nil && seed != ""
}
