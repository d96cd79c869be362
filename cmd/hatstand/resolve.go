package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/credproc"
	awscredentials "hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/mfa"
	"hatstand/profiles"
)

type credentials = awscredentials.Value

// sdkPatience is how long a credential-process call may take in all: the Go SDKs kill it at 60 s.
const sdkPatience = 55 * time.Second

// credentialsFor is the whole road: profile, chain, plan, credentials.
func (a *parts) credentialsFor(ctx context.Context, target string, k *asking) (credentials, credproc.Plan, error) {
	p, err := a.plan(target, k)
	if err != nil {
		return credentials{}, p, err
	}
	r, err := a.resolver(ctx, target, k)
	if err != nil {
		return credentials{}, p, err
	}
	c, err := a.resolve(ctx, r, p)
	return c, p, err
}

// resolve runs a plan. A refusal names the slips in the settings that may be why.
func (a *parts) resolve(ctx context.Context, r *resolve.Resolver, p credproc.Plan) (credentials, error) {
	c, err := a.runPlan(ctx, r, p)
	return c, a.withSlips(err, p)
}

// runPlan runs a plan, and logs what it decides.
func (a *parts) runPlan(ctx context.Context, r *resolve.Resolver, p credproc.Plan) (credentials, error) {
	for i, s := range p.Steps {
		r.Log.Debug("plan", "target", p.Target, "step", i, "call", s.Call, "role", s.Role.ARN, "code", s.Serial != "",
			"duration", s.Duration.String(), "why", s.Reason, "shortened", s.Shortened)
	}
	limit, err := a.settings.Patience()
	if err != nil {
		return credentials{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// Most calls end here, and need neither signals nor locks.
	if c, ok, err := r.Fresh(ctx, p); ok || err != nil {
		return c, err
	}
	ctx, catchNow, stop := app.InterruptibleLater(ctx, func() { r.Log.Debug("signals are caught") })
	defer stop()
	// A prompt has a terminal to put right, a code that is on its way is not to be thrown away, and a program
	// that was started does not outlive this one.
	catches := *r
	catches.Codes = catching{a, r.Codes, catchNow}
	catches.Run = func(ctx context.Context, profile string, args []string) ([]byte, error) {
		catchNow()
		return r.Run(ctx, profile, args)
	}
	c, err := catches.Credentials(ctx, p)
	// Whoever ends this process wants nothing of it any more, and no command started. But Ctrl-C at a prompt is
	// its answer: what still serves without it is served.
	cause := stop()
	if errors.Is(cause, app.ErrInterrupted) && (err != nil || errors.Is(cause, app.ErrTerminated) || !a.saidNo.Load()) {
		return credentials{}, fmt.Errorf("profile %q: %w", p.Target, mfa.ErrCancelled)
	}
	return c, err
}

// catching are codes before whose first signals are caught.
type catching struct {
	app *parts
	resolve.Codes
	catchNow func()
}

func (c catching) Code(ctx context.Context, r resolve.CodeRequest) (string, error) {
	c.catchNow()
	code, err := c.Codes.Code(ctx, r)
	if errors.Is(err, mfa.ErrCancelled) && !errors.Is(err, mfa.ErrGone) {
		c.app.saidNo.Store(true)
	}
	return code, err
}

func (a *parts) resolver(ctx context.Context, target string, k *asking) (*resolve.Resolver, error) {
	if err := a.guard.Check(target); err != nil {
		return nil, err
	}
	log, err := a.logs.Open()
	if err != nil {
		return nil, err
	}
	store, err := a.store(ctx)
	if err != nil {
		return nil, err
	}
	var typed typed
	ring := a.ringOf(store, log)
	return &resolve.Resolver{
		Sessions: sessions{ring},
		Keys:     keys{ring},
		Codes:    &codes{app: a, ring: ring, log: log, flag: k.mfaCode, typed: &typed, insists: k.insists},
		Locks:    settling{&locks{app: a, log: log, target: target, typed: &typed}, ring},
		Connect: func(region string, e profiles.Endpoint, c credentials) (resolve.STS, error) {
			client, err := a.clients.For(e.CABundle)
			if err != nil {
				return nil, err
			}
			return sts.Connect(a.calls(client), region, e, c), nil
		},
		Run: a.runFor(target),
		Now: a.Now, Log: log, UserName: a.UserName, NoCache: k.noCache,
	}, nil
}

// runFor runs the programs that give credentials to one profile, and tells them whose they are.
func (a *parts) runFor(target string) func(context.Context, string, []string) ([]byte, error) {
	return func(ctx context.Context, profile string, args []string) ([]byte, error) {
		return resolve.RunProgram(ctx, args, a.guard.Environment(target, profile), a.Stdin)
	}
}
