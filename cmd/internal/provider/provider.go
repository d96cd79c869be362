// Package provider gets credentials for a profile: it wires the plan, the keyring, the locks and the prompts together.
// It returns credentials of the profile that was asked for and of no other, and caches them in the keyring. A
// Refreshing renews them for endpoints; a Batch gets those of several profiles with as few questions as possible.
package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/slips"
	"hatstand/credproc"
	awscredentials "hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/credproc/saml"
	"hatstand/credproc/sts"
	"hatstand/mfa"
	"hatstand/profiles"
)

type credentials = awscredentials.Value

// sdkPatience is how long a credential-process call may take in all: the Go SDKs kill it at 60 s.
const sdkPatience = 55 * time.Second

// ForSDK is a context for a call of credential-process, which an SDK waits for.
func (a *Provider) ForSDK(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(a.world.SDKLimit, sdkPatience))
}

// A Provider gets credentials. Make it with New.
type Provider struct {
	world    app.World
	settings *app.Settings
	logs     *app.Log
	clients  *app.HTTPClients
	guard    app.Guard
	prompts  *prompt.Prompts
	keyring  *Keyring
	stdin    *os.File

	opening *sync.Mutex // of what is opened when it is first wanted
	retries *sync.Map   // texts of sayRetrying
	notes   *sync.Map   // texts of sayNotCached
	saml    *assertions
}

// New makes a provider of what the verbs share.
func New(w app.World, s *app.Settings, l *app.Log, c *app.HTTPClients, p *prompt.Prompts, k *Keyring) *Provider {
	return &Provider{
		world: w, settings: s, logs: l, clients: c, guard: app.Guard{Getenv: w.Getenv, Environ: w.Environ},
		prompts: p, keyring: k,
		stdin: w.Stdin, opening: &sync.Mutex{}, retries: &sync.Map{}, notes: &sync.Map{}, saml: newAssertions(),
	}
}

// WithoutTerminal is the provider after a command was started. The terminal and stdin are the command's then, so
// questions are asked in a window.
func (a *Provider) WithoutTerminal(stdin *os.File) *Provider {
	a.prompts.LeaveTerminal()
	other := *a
	other.stdin = stdin
	return &other
}

// Lock takes a lock as the resolver does: a long wait is reported to the user. Other processes see holder as its
// holder.
func (a *Provider) Lock(ctx context.Context, holder, name string) (unlock func(), waited bool, err error) {
	log, err := a.logs.Open()
	if err != nil {
		return nil, false, err
	}
	return a.locks(log, holder, nil).Lock(ctx, name)
}

// locks makes one resolver's locks. asked is nil if no code is asked for.
func (a *Provider) locks(log *slog.Logger, target string, asked *lockNames) *locks {
	return &locks{
		folder: a.prompts.Locks, prompts: a.prompts, now: a.world.Now, log: log, target: target, asked: asked,
	}
}

// Credentials gets a profile's credentials: it makes the plan and runs it.
func (a *Provider) Credentials(
	ctx context.Context, target string, k *RoleFlags, policy prompt.Policy,
) (credentials, credproc.Plan, error) {
	p, err := a.Plan(ctx, target, k)
	if err != nil {
		return credentials{}, p, err
	}
	r, err := a.Resolver(ctx, p, k, policy)
	if err != nil {
		return credentials{}, p, err
	}
	c, err := a.Run(ctx, r, p)
	return c, p, err
}

// Run runs a plan. The error of a refusal names the slips in the settings that may have caused it.
func (a *Provider) Run(ctx context.Context, r *resolve.Resolver, p credproc.Plan) (credentials, error) {
	c, err := a.runPlan(ctx, r, p)
	return c, slips.Explain(err, p, a.settings.Profiles)
}

// runPlan runs a plan, and logs it.
func (a *Provider) runPlan(ctx context.Context, r *resolve.Resolver, p credproc.Plan) (credentials, error) {
	for i, s := range p.Steps {
		r.Log.Debug("plan", "target", p.Target, "step", i, "call", s.Call, "role", s.Role.ARN, "code", s.Serial != "",
			"duration", s.Duration.String(), "why", s.Reason, "shortened", s.Shortened)
	}
	limit, err := a.limits()
	if err != nil {
		return credentials{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit(p))
	defer cancel()
	// Most calls end here, and need neither signal handlers nor locks. The resolver looks again before it waits for a
	// lock, and once more when it has it: another process may have made the call meanwhile.
	if c, ok, err := r.Fresh(ctx, p); ok || err != nil {
		return c, err
	}
	ctx, catchNow, stop := app.InterruptibleLater(ctx, func() { r.Log.Debug("signals are caught") })
	defer stop()
	// Signals must be caught from here on where there is something to put right: the terminal after a prompt, a code
	// that is on its way, a program that must not outlive this one.
	interruptible := *r
	interruptible.Codes = interruptibleCodes{a.prompts, r.Codes, catchNow}
	interruptible.Grants = interruptibleGrants{r.Grants, catchNow}
	interruptible.Reasons = interruptibleReasons{a.prompts, r.Reasons, catchNow}
	interruptible.Assertion = func(ctx context.Context, p credproc.Plan) (saml.Assertion, error) {
		catchNow()
		return r.Assertion(ctx, p)
	}
	interruptible.Run = func(ctx context.Context, profile string, args []string) ([]byte, error) {
		catchNow()
		return r.Run(ctx, profile, args)
	}
	c, err := interruptible.Credentials(ctx, p)
	// A signal that ends the process means: no credentials, and no command to be started. But Ctrl-C at a prompt only
	// answers the prompt: credentials that are still valid are returned.
	cause := stop()
	if errors.Is(cause, app.ErrInterrupted) &&
		(err != nil || errors.Is(cause, app.ErrTerminated) || !a.prompts.Cancelled()) {
		return credentials{}, fmt.Errorf("profile %q: %w", p.Target, mfa.ErrCancelled)
	}
	return c, err
}

// limits says how long a plan may take. One that may have a person sign in has longer: they may have to find a browser
// first.
func (a *Provider) limits() (func(credproc.Plan) time.Duration, error) {
	limit, err := a.settings.Patience()
	if err != nil {
		return nil, err
	}
	signIn, err := a.SignInTime()
	if err != nil {
		return nil, err
	}
	return func(p credproc.Plan) time.Duration {
		if !p.Base.NeedsPerson() {
			return limit
		}
		return max(limit, signIn)
	}, nil
}

// interruptibleCodes install signal handlers before the first prompt, and remember that a person cancelled it.
type interruptibleCodes struct {
	prompts *prompt.Prompts
	resolve.Codes
	catchNow func()
}

func (c interruptibleCodes) Code(ctx context.Context, r resolve.CodeRequest) (string, error) {
	c.catchNow()
	code, err := c.Codes.Code(ctx, r)
	if errors.Is(err, mfa.ErrCancelled) && !errors.Is(err, mfa.ErrGone) {
		c.prompts.SetCancelled()
	}
	return code, err
}

// Resolver makes a resolver for a plan; processes that wait for it see its profile.
func (a *Provider) Resolver(
	ctx context.Context, p credproc.Plan, k *RoleFlags, policy prompt.Policy,
) (*resolve.Resolver, error) {
	return a.resolver(ctx, p, k, policy, false)
}

// resolver makes a resolver. mustStore: an error tells if there is no keyring to write to.
func (a *Provider) resolver(
	ctx context.Context, p credproc.Plan, k *RoleFlags, policy prompt.Policy, mustStore bool,
) (*resolve.Resolver, error) {
	target := p.Target
	a.opening.Lock()
	defer a.opening.Unlock()
	if err := a.guard.Check(target); err != nil {
		return nil, err
	}
	log, err := a.logs.Open()
	if err != nil {
		return nil, err
	}
	live, err := a.keyring.liveFor(prompt.With(ctx, policy), log, p, k.NoCache, mustStore)
	if err != nil {
		return nil, err
	}
	if live.absent != nil {
		a.sayNotCached(k, fmt.Errorf("nothing is cached: %w", live.absent))
	}
	var asked lockNames
	signIns, err := a.grants(log, live, target, k, policy)
	if err != nil {
		return nil, err
	}
	shared, err := SharedTokens(a.settings)
	if err != nil {
		return nil, err
	}
	return &resolve.Resolver{
		Sessions: keyringItems{live, policy},
		Keys:     keyringItems{live, policy},
		Codes: &codes{
			prompts: a.prompts, folder: a.prompts.Locks, now: a.world.Now, guard: a.guard, keyring: live, log: log,
			flag: k.MFACode, asked: &asked, policy: policy,
		},
		Reasons:  a.reasons(log, k, policy, &asked),
		Reopened: reopened(k),
		Locks:    keyringLocks{a.locks(log, target, &asked), live},
		Connect: func(region string, e profiles.Endpoint, c credentials) (resolve.STS, error) {
			client, err := a.clients.For(e.CABundle)
			if err != nil {
				return nil, err
			}
			return sts.Connect(a.callsUnder(client, policy), region, e, c), nil
		},
		Grants:   signIns,
		Portal:   func(g profiles.Grant) (resolve.Portal, error) { return a.Portal(g, policy) },
		Identity: a.identity(policy), CheckSignIn: shared,
		Run: a.runFor(target), Metadata: a.metadata, Assertion: a.assertion(log, live, k, policy),
		SAMLPerson: a.samlName(log, grantItems{live, policy}),
		Now:        a.world.Now, Log: log, UserName: a.world.UserName, NoCache: k.NoCache || live.none(),
		Warn: func(err error) { a.sayNotCached(k, err) },
	}, nil
}

// sayNotCached tells the user, once, that credentials are not cached. credential-process never does: some SDKs take
// its stderr for a part of the document.
func (a *Provider) sayNotCached(k *RoleFlags, why error) {
	text := why.Error()
	if _, said := a.notes.LoadOrStore(text, true); said || k.Silent {
		return
	}
	a.world.Streams().NoteAtTerminal(text)
}

// runFor runs programs that give credentials (credential_process). Their environment says for which profile, so that a
// program which starts hatstand for the same profile again is refused.
func (a *Provider) runFor(target string) func(context.Context, string, []string) ([]byte, error) {
	return func(ctx context.Context, profile string, args []string) ([]byte, error) {
		return resolve.RunProgram(ctx, args, a.guard.Environment(target, profile), a.stdin)
	}
}
