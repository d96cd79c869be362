package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/declined"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/signin"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/credproc/grant/loginsession"
	"hatstand/credproc/grant/oidc"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/mfa"
	"hatstand/profiles"
)

// SharedTokens reports whether sign-ins are shared with the AWS CLI: the setting sso_cache.
func SharedTokens(s *app.Settings) (bool, error) {
	const name, shared = "sso_cache", "shared"
	value, from, err := s.Get(name)
	if err != nil || value == "" || value == "keyring" || value == shared {
		return value == shared, err
	}
	return false, &ui.UsageError{Reason: fmt.Sprintf("%s: unknown %s %s", from, name, ui.Quoted(value)),
		Next: "choose one of: keyring, " + shared}
}

// grants makes the manager of people's sign-ins.
func (a *Provider) grants(log *slog.Logger, live *liveKeyring, target string, k *RoleFlags,
	policy prompt.Policy) (*grant.Manager, error) {
	shared, err := SharedTokens(a.settings)
	if err != nil {
		return nil, err
	}
	items := grantItems{live, policy}
	m := &grant.Manager{
		Items: items, Tokens: tokensIn(items, a.world, shared),
		Locks:   grantLocks{keyringLocks{a.locks(log, target, &lockNames{}), live}},
		Person:  a.person(log, k, policy),
		Connect: a.services(policy),
		Resolve: func(ctx context.Context, g profiles.Grant) (profiles.Grant, error) {
			if g.Kind != profiles.SSO {
				return g, nil
			}
			client, err := a.clients.For(g.Service.CABundle)
			if err != nil {
				return g, err
			}
			sent, note, err := identitycenter.ResolveStartURL(ctx, a.callsUnder(client, policy), g)
			if note != "" {
				a.sayAtTerminal(ctx, policy, note)
			}
			return sent, err
		},
		Forget: func(ctx context.Context, key string) error {
			if live.none() {
				return nil
			}
			_, err := live.current(ctx).DropGranted(prompt.With(ctx, policy), key)
			return err
		},
		Where: func(g profiles.Grant, key string) string {
			set, err := a.settings.Profiles()
			if err != nil {
				return ""
			}
			return set.SignInSetting(g, key).Location().String()
		},
		Now: a.world.Now, Log: log, Background: k.Silent,
		Acting:       policy == prompt.Insist || a.atTerminal(policy) && !k.Renewal,
		CallbackPort: k.SignIn.CallbackPort, Anew: k.SignInAnew,
		ByBrowser: k.SignIn.BrowserFlow || k.SignIn.CallbackPort != 0,
		Warn:      func(err error) { a.sayNotCached(k, err) },
		Say:       func(ctx context.Context, text string) { a.sayAtTerminal(ctx, policy, text) },
	}
	return m, nil
}

// person is who signs in, on this machine.
func (a *Provider) person(log *slog.Logger, k *RoleFlags, policy prompt.Policy) *signin.Person {
	options := k.SignIn
	options.Background, options.Policy = k.Silent || k.SignIn.Background, policy
	return &signin.Person{World: a.world, Settings: a.settings, Prompts: a.prompts, Log: log, Options: options}
}

// SignIns is the manager of a grant's sign-in, for a verb that takes a sign-in and no profile. With mustStore it is an
// error if there is no keyring to write to.
func (a *Provider) SignIns(ctx context.Context, g profiles.Grant, k *RoleFlags, policy prompt.Policy,
	mustStore bool) (*grant.Manager, error) {
	a.opening.Lock()
	defer a.opening.Unlock()
	log, err := a.logs.Open()
	if err != nil {
		return nil, err
	}
	plan := credproc.Plan{Target: g.Name(), Base: profiles.Base{Kind: g.Kind, Grant: g}}
	live, err := a.keyring.liveFor(prompt.With(ctx, policy), log, plan, false, mustStore)
	if err != nil {
		return nil, err
	}
	return a.grants(log, live, g.Name(), k, policy)
}

// services makes clients, one for each grant: what a provider says of itself is asked for once.
func (a *Provider) services(policy prompt.Policy) func(profiles.Grant) (grant.Service, error) {
	var mu sync.Mutex
	made := map[profiles.Grant]grant.Service{}
	return func(g profiles.Grant) (grant.Service, error) {
		mu.Lock()
		defer mu.Unlock()
		if s, ok := made[g]; ok {
			return s, nil
		}
		s, err := a.service(g, policy)
		if err == nil {
			made[g] = s
		}
		return s, err
	}
}

// service makes a client of where a person signs in, by the kind of the sign-in.
func (a *Provider) service(g profiles.Grant, policy prompt.Policy) (grant.Service, error) {
	if g.Kind == profiles.SSO {
		return a.Portal(g, policy)
	}
	client, err := a.clients.For(g.Service.CABundle)
	if err != nil {
		return nil, err
	}
	if g.Kind == profiles.OIDC {
		return oidc.Connect(a.callsUnder(client, policy), g), nil
	}
	return loginsession.Connect(a.callsUnder(client, policy), g), nil
}

// Portal makes a client for what a sign-in gives access to.
func (a *Provider) Portal(g profiles.Grant, policy prompt.Policy) (*identitycenter.Client, error) {
	client, err := a.clients.For(g.Service.CABundle)
	if err != nil {
		return nil, err
	}
	return identitycenter.Connect(a.callsUnder(client, policy), g), nil
}

// identity finds out whose credentials are.
func (a *Provider) identity(policy prompt.Policy) func(context.Context, string, profiles.Endpoint,
	credentials) (string, error) {
	return func(ctx context.Context, region string, e profiles.Endpoint, c credentials) (string, error) {
		client, err := a.clients.For(e.CABundle)
		if err != nil {
			return "", err
		}
		return sts.Connect(a.callsUnder(client, policy), region, e, c).GetCallerIdentity(ctx)
	}
}

// atTerminal reports whether a person may be looking at a terminal of this process.
func (a *Provider) atTerminal(policy prompt.Policy) bool {
	return policy != prompt.Never && a.prompts.TerminalPath() != ""
}

func (a *Provider) sayAtTerminal(ctx context.Context, policy prompt.Policy, text string) {
	if !a.atTerminal(policy) {
		return
	}
	draw := func(int, int) string { return "hatstand: " + ui.Plain(text) + "\n" }
	if err := a.prompts.Tell(ctx, draw); err != nil {
		a.logs.Logger().Debug("not told", "text", text, "error", err.Error())
	}
}

// grantItems are the keyring's items of sign-ins, looked up under a policy.
type grantItems struct {
	*liveKeyring
	policy prompt.Policy
}

func (i grantItems) Item(ctx context.Context, kind grant.ItemKind, name string) ([]byte, error) {
	if i.none() {
		return nil, nil
	}
	data, err := i.store().GrantItem(prompt.With(ctx, i.policy), cache.GrantItem(kind), name)
	if errors.Is(err, cache.ErrNotFound) {
		return nil, nil
	}
	return data, err
}

func (i grantItems) PutItem(ctx context.Context, kind grant.ItemKind, name string, data []byte) error {
	if i.none() {
		return i.absent
	}
	ctx = prompt.With(ctx, i.policy)
	return i.current(ctx).PutGrantItem(ctx, cache.GrantItem(kind), name, data)
}

func (i grantItems) RemoveItem(ctx context.Context, kind grant.ItemKind, name string) error {
	if i.none() {
		return nil
	}
	ctx = prompt.With(ctx, i.policy)
	return i.current(ctx).RemoveGrantItem(ctx, cache.GrantItem(kind), name)
}

// grantLocks are the locks around a grant. If a sign-in or a refresh fails, all that wait for it fail too: a hundred
// that try one after the other what has just failed would hang, or ask a person a hundred times.
type grantLocks struct{ keyringLocks }

func isGrantLock(name string) bool { return strings.HasPrefix(name, "grant/") }

func (l grantLocks) Lock(ctx context.Context, name string) (unlock func(), waited bool, err error) {
	unlock, waited, err = l.keyringLocks.Lock(ctx, name)
	return unlock, waited, withLogin(name, err)
}

func (l grantLocks) Await(ctx context.Context, name string, linger time.Duration) (waited bool, err error) {
	waited, err = l.keyringLocks.Await(ctx, name, linger)
	return waited, withLogin(name, err)
}

// withLogin has the error of a process that waited in vain say how to sign in.
func withLogin(name string, err error) error {
	if refused, ok := errors.AsType[*declined.Error](err); ok && refused.ExitCode() == advice.NoHuman {
		_, grantName, _ := strings.Cut(strings.TrimPrefix(name, "grant/"), ":")
		return &unansweredError{err: refused, hint: "sign in: " + advice.LoginTo(grantName)}
	}
	return err
}

// An unansweredError says that nobody answered the sign-in of the process that was waited for.
type unansweredError struct {
	err  *declined.Error
	hint string
}

func (e *unansweredError) Error() string { return e.err.Error() }

func (e *unansweredError) Unwrap() error { return e.err }

func (e *unansweredError) Hints() []string { return []string{e.hint} }

func (l grantLocks) Failed(name string, why error) {
	switch {
	case errors.Is(why, grant.ErrNobody), errors.Is(why, mfa.ErrGone), errors.Is(why, app.ErrInterrupted),
		errors.Is(why, context.Canceled), errors.Is(why, context.DeadlineExceeded),
		grant.KindOf(why) == grant.StillOpen, grant.KindOf(why) == grant.NotSignedIn:
		return // another process may have somebody to ask, or more time
	}
	open, err := l.folder.Open()
	if err == nil {
		err = open.Refuse(name, declined.SignInReason(why), l.now())
	}
	if err != nil {
		l.log.Warn("processes that wait may try again", "name", name, "error", err.Error())
	}
}

// interruptibleGrants install signal handlers before a token is got, which may have a person sign in.
type interruptibleGrants struct {
	resolve.Grants
	catchNow func()
}

func (g interruptibleGrants) Token(ctx context.Context, of profiles.Grant) (grant.Token, error) {
	g.catchNow()
	return g.Grants.Token(ctx, of)
}
