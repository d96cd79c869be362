package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"sync"

	"hatstand/cache"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/signin"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/grant"
	"hatstand/credproc/resolve"
	"hatstand/credproc/saml"
	"hatstand/profiles"
	"hatstand/profiles/cmdline"
	"hatstand/profiles/userfile"
)

// fromStdin is the file that stands for stdin.
const fromStdin = "-"

// assertions are the SAML assertions of this process, each good for a few minutes: all roles of a command are assumed
// with one. They are nowhere else.
type assertions struct {
	busy chan struct{} // holds a value while one is got: of two that want the same, the second finds it
	had  sync.Map      // by the sign-in's key
}

func newAssertions() *assertions { return &assertions{busy: make(chan struct{}, 1)} }

// assertion gets assertions for one resolver.
func (a *Provider) assertion(log *slog.Logger, live *liveKeyring, k *RoleFlags, policy prompt.Policy) func(
	context.Context, credproc.Plan) (saml.Assertion, error) {
	return func(ctx context.Context, p credproc.Plan) (saml.Assertion, error) {
		select {
		case a.saml.busy <- struct{}{}:
			defer func() { <-a.saml.busy }()
		case <-ctx.Done():
			return saml.Assertion{}, ctx.Err()
		}
		key := p.Base.SAML.Key()
		if had, ok := a.saml.had.Load(key); ok {
			if had := had.(saml.Assertion); had.Usable(a.world.Now()) {
				return had, nil
			}
		}
		began := a.world.Now()
		text, way, err := a.samlResponse(ctx, p, log, k, policy)
		var got saml.Assertion
		if err == nil {
			got, err = saml.Parse(text)
		}
		if err == nil {
			err = a.ofPerson(ctx, grantItems{live, policy}, p.Base.SAML, got.SessionName, log)
		}
		took := a.world.Now().Sub(began).Milliseconds()
		if err != nil {
			log.Info("no SAML assertion", "sign_in", key, "way", way, "ms", took, "error", err.Error())
			return saml.Assertion{}, err
		}
		log.Info("SAML assertion", "sign_in", key, "way", way, "ms", took, "roles", len(got.Roles()))
		got.Got = a.world.Now()
		a.saml.had.Store(key, got)
		return got, nil
	}
}

// SAMLOffers has the person sign in and returns what the provider offers, sorted by account and role: each role once,
// by its first provider.
func (a *Provider) SAMLOffers(ctx context.Context, at profiles.SAMLSetting, k *RoleFlags) ([]saml.Offer, error) {
	p := credproc.Plan{Target: at.Name, Base: profiles.Base{Kind: profiles.SAML, SAML: at}}
	a.opening.Lock()
	log, err := a.logs.Open()
	if err != nil {
		a.opening.Unlock()
		return nil, err
	}
	live, err := a.keyring.liveFor(ctx, log, p, k.NoCache, false)
	a.opening.Unlock()
	if err != nil {
		return nil, err
	}
	limit, err := a.limits()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit(p))
	defer cancel()
	got, err := a.assertion(log, live, k, prompt.Normal)(ctx, p)
	if err == nil {
		var all []saml.Offer
		if all, err = got.Listing(); err == nil {
			return all, nil
		}
	}
	return nil, saml.Of(at.Name, err)
}

// ofPerson drops credentials that came from another person's sign-in: they do not belong to the person who signs in
// now. An encrypted assertion does not say whose it is.
func (a *Provider) ofPerson(ctx context.Context, items grantItems, at profiles.SAMLSetting, name string,
	log *slog.Logger) error {
	was, err := items.Item(ctx, grant.ItemKind(cache.GrantPerson), at.Key())
	if err != nil || name != "" && string(was) == name || items.none() {
		return err
	}
	if len(was) > 0 || name == "" {
		n, err := items.current(ctx).DropGranted(prompt.With(ctx, items.policy), at.Key())
		if err != nil {
			return err
		}
		log.Info("another person has signed in: credentials dropped", "sign_in", at.Key(), "credentials", n)
		if name != "" {
			a.sayAtTerminal(ctx, items.policy, "signed in to "+at.Name+" as "+name+"; before it was "+string(was))
		}
	}
	if name == "" {
		return items.RemoveItem(ctx, grant.ItemKind(cache.GrantPerson), at.Key())
	}
	return items.PutItem(ctx, grant.ItemKind(cache.GrantPerson), at.Key(), []byte(name))
}

// samlName tells who signed in: what is kept comes first, since another process may have had another person sign in.
func (a *Provider) samlName(log *slog.Logger, items grantItems) func(context.Context, profiles.SAMLSetting) string {
	return func(ctx context.Context, at profiles.SAMLSetting) string {
		name, err := items.Item(ctx, grant.ItemKind(cache.GrantPerson), at.Key())
		if err != nil {
			log.Info("the person's name is not known", "sign_in", at.Key(), "error", err.Error())
		}
		if had, ok := a.saml.had.Load(at.Key()); ok && len(name) == 0 {
			return had.(saml.Assertion).SessionName
		}
		return string(name)
	}
}

// samlResponse gets a response by the way that the command line or the settings say.
func (a *Provider) samlResponse(ctx context.Context, p credproc.Plan, log *slog.Logger, k *RoleFlags,
	policy prompt.Policy) (response, way string, err error) {
	if k.SAMLResponse != "" {
		response, err = a.givenResponse(ctx, k.SAMLResponse)
		return response, "--saml-response", err
	}
	at := p.Base.SAML
	if at.Method == profiles.SAMLProcess {
		response, err = a.responseOfProcess(ctx, p)
		return response, at.Method, err
	}
	response, err = a.samlPerson(log, p.Target, k, policy).Response(ctx, at)
	return response, at.Method, err
}

// samlPerson has a person sign in, in a browser.
func (a *Provider) samlPerson(log *slog.Logger, target string, k *RoleFlags, policy prompt.Policy) signin.SAML {
	const lock = "grant/saml" // for all of them
	p := a.person(log, k, policy)
	p.Options.Background = k.Silent || k.Renewal
	return signin.SAML{
		Person: p,
		Lock: func(ctx context.Context) (func(), error) {
			unlock, _, err := a.locks(log, target, &lockNames{}).Lock(ctx, lock)
			return unlock, err
		},
		State: func() (string, error) {
			if dir := a.settings.Environment().StateDir(); dir != "" {
				return dir, nil
			}
			return "", errNoHome{}
		},
		Say:        func(ctx context.Context, text string) { a.sayAtTerminal(ctx, policy, text) },
		AtTerminal: a.atTerminal(policy),
	}
}

// givenResponse reads the response that the command line names.
func (a *Provider) givenResponse(ctx context.Context, file string) (string, error) {
	const most = 2 * saml.MaxText // with line ends
	var data []byte
	var err error
	if file == fromStdin {
		data, err = readUntil(ctx, io.LimitReader(a.stdin, most+1))
	} else {
		data, err = userfile.Read(file, most)
	}
	if err != nil {
		if inside, ok := errors.AsType[*fs.PathError](err); ok {
			err = inside.Err
		}
		return "", &saml.Error{Kind: saml.Unreadable, Subject: file, Err: err,
			Reason: fmt.Sprintf("--saml-response %s: %v", ui.Quoted(file), err)}
	}
	return string(data), nil
}

// readUntil reads all that comes before ctx ends: a terminal may never come to an end.
func readUntil(ctx context.Context, from io.Reader) (data []byte, err error) {
	read := make(chan struct{})
	go func() {
		data, err = io.ReadAll(from)
		close(read)
	}()
	select {
	case <-read:
		return data, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// responseOfProcess has another program give the response, as a credential_process gives credentials.
func (a *Provider) responseOfProcess(ctx context.Context, p credproc.Plan) (string, error) {
	command := p.Base.SAML.Process
	args, err := cmdline.Split(command.Value)
	if err != nil || len(args) == 0 {
		return "", fmt.Errorf("saml_process: %w", err) // it was checked
	}
	out, err := resolve.RunSAMLProgram(ctx, args, a.guard.Environment(p.Target, p.Base.Profile), a.stdin)
	if err != nil && ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", &saml.Error{Kind: saml.ProcessFailed, Subject: args[0], Err: err,
			Reason: fmt.Sprintf("saml_process %q (%s): %v", args[0], command.Where(), err)}
	}
	return string(out), nil
}
