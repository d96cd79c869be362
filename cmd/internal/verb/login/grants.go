package login

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/grant"
	"hatstand/profiles"
	"hatstand/profiles/signins"
)

// addSignIn adds the flags that say how a person signs in.
func addSignIn(f *pflag.FlagSet, k *provider.RoleFlags) {
	f.BoolVar(&k.SignIn.Device, "device", false, "sign in with a code, in a browser anywhere")
	f.BoolVar(&k.SignIn.BrowserFlow, "browser-flow", false, "sign in with a browser of this machine")
	f.BoolVar(&k.SignIn.NoBrowser, "no-browser", false, "open no browser, only show the address")
	f.BoolVar(&k.SignIn.QR, "qr", false, "show the address as a QR code too")
	f.IntVar(&k.SignIn.CallbackPort, "callback-port", 0,
		"local `PORT` that the browser comes back to, with --browser-flow")
	f.BoolVar(&k.SignInAnew, "fresh", false, "sign in again, even where somebody is signed in")
}

// checkSignIn refuses flags that exclude each other.
func checkSignIn(k *provider.RoleFlags) error {
	s := k.SignIn
	switch {
	case s.Device && s.BrowserFlow:
		return &ui.UsageError{Reason: "--device and --browser-flow exclude each other", Next: "give one of them"}
	case s.CallbackPort != 0 && s.Device:
		return &ui.UsageError{Reason: "--callback-port is for --browser-flow: no browser comes back with --device",
			Next: "give one of them"}
	case s.CallbackPort < 0 || s.CallbackPort > 65535:
		return &ui.UsageError{Reason: fmt.Sprintf("--callback-port %d is not a port", s.CallbackPort),
			Next: "give a number from 1 to 65535"}
	}
	return nil
}

// A signIn is a grant to sign in to, for some of the profiles.
type signIn struct {
	grant profiles.Grant
	plan  *credproc.Plan // of a profile that says who has signed in; nil: none
	asked bool           // that profile's credentials are wanted
	token grant.Token
	was   bool // signed in before
	err   error
}

// signInsOf are the grants of the plans, each once, in their order, and those of the named sessions.
func signInsOf(plans []credproc.Plan, named []profiles.Grant, planOf func(profiles.Grant) *credproc.Plan) []*signIn {
	var all []*signIn
	add := func(g profiles.Grant, plan *credproc.Plan) {
		if g.IsZero() {
			return
		}
		i := slices.IndexFunc(all, func(s *signIn) bool { return s.grant.Key() == g.Key() })
		if i < 0 {
			all = append(all, &signIn{grant: g})
			i = len(all) - 1
		}
		if all[i].plan == nil {
			all[i].plan = plan
		}
	}
	for i := range plans {
		add(plans[i].Base.Grant, &plans[i])
	}
	for _, s := range all {
		s.asked = true
	}
	for _, g := range named {
		add(g, planOf(g))
	}
	return all
}

// planOf is the plan of the first profile, by name, that uses a sign-in; nil where none does.
func (d Deps) planOf(ctx context.Context) func(profiles.Grant) *credproc.Plan {
	return func(g profiles.Grant) *credproc.Plan {
		set, err := d.Settings.Profiles()
		if err != nil {
			return nil
		}
		for _, name := range slices.Sorted(slices.Values(signins.ProfilesOf(set, g.Key(), d.request()))) {
			if p, err := d.Provider.Plan(ctx, name, &provider.RoleFlags{}); err == nil {
				return &p
			}
		}
		return nil
	}
}

// signInAll signs in to one grant after the other. A grant that fails does not stop the others, but a person who
// declines does.
func signInAll(ctx context.Context, d Deps, all []*signIn, k *provider.RoleFlags) error {
	for _, s := range all {
		s.err = s.run(ctx, d, k)
		if declined(s.err) {
			return s.err
		}
	}
	return nil
}

func (s *signIn) run(ctx context.Context, d Deps, k *provider.RoleFlags) error {
	m, err := d.Provider.SignIns(ctx, s.grant, k, prompt.Insist, true)
	if err != nil {
		return err
	}
	var notKept error
	m.Warn = func(err error) {
		if grant.KindOf(err) == grant.NotKept {
			notKept = err
		}
	}
	before, _, err := m.Kept(ctx, s.grant)
	if err != nil {
		return err
	}
	limited, cancel, err := d.forSignIn(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	if s.token, err = m.Token(limited, s.grant); err != nil {
		return err
	}
	s.was = before.SignIn != "" && before.SignIn == s.token.SignIn
	if notKept != nil {
		return notKept
	}
	if err := s.exchange(limited, d, m, k); err != nil {
		return err
	}
	if s.token, err = d.Provider.NameSignIn(ctx, m, s.grant, s.token, s.plan, prompt.Insist); err != nil {
		return err
	}
	return notKept
}

// exchange makes the first call of a profile that is signed in to, if that tells who the person is: its credentials
// are kept, so that the call is made once. Where it fails, NameSignIn looks for another way, and the profile's own turn
// tells why.
func (s *signIn) exchange(ctx context.Context, d Deps, m *grant.Manager, k *provider.RoleFlags) error {
	named := s.token.User != "" && s.token.SignIn != ""
	if named || !s.asked || len(s.plan.Steps) == 0 || s.plan.Steps[0].Call != credproc.GetRoleCredentials {
		return nil
	}
	first, rest := *s.plan, *k
	first.Steps = first.Steps[:1]
	rest.SignInAnew, rest.Reason = false, ""
	b, err := d.Provider.Batch(ctx, []credproc.Plan{first}, &rest, prompt.Insist, true)
	if err != nil {
		return err
	}
	_, err = b.Credentials(ctx, 0)
	if kind := grant.KindOf(err); kind == grant.NoAccess || kind == grant.AccountGone {
		s.plan = nil
	}
	kept, ok, err := m.Kept(ctx, s.grant)
	if ok {
		s.token = kept
	}
	return err
}

// forSignIn is ctx for as long as a person may take to sign in.
func (d Deps) forSignIn(ctx context.Context) (context.Context, context.CancelFunc, error) {
	limit, err := d.Provider.SignInTime()
	if err != nil {
		return nil, nil, err
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	return limited, cancel, nil
}

func declined(err error) bool { return grant.KindOf(err) == grant.Declined }

// line is what login prints for a sign-in.
func (s *signIn) line() string {
	text := "signed in to " + s.grant.Name()
	if s.was {
		text = "already " + text
	}
	if s.token.User != "" {
		text += " as " + s.token.User
	}
	if s.otherPerson() {
		text += "; before it was " + s.token.Before
	}
	return text + "\n"
}

// otherPerson reports whether it was somebody else before.
func (s *signIn) otherPerson() bool {
	return s.token.Before != "" && s.token.User != "" && s.token.Before != s.token.User && !s.was
}
