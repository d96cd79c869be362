package console

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/recent"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	signin "hatstand/credproc/console"
	"hatstand/credproc/resolve"
	"hatstand/profiles"
	"hatstand/profiles/limits"
)

// A consoleSession is one console that is being signed in to.
type consoleSession struct {
	plan        credproc.Plan
	hosts       signin.Hosts
	destination string
	lineage     signin.Lineage
	asked       time.Duration // --duration, if it is for the sign-in and not for the credentials
	caBundle    string        // its path

	login      signin.Login
	until      time.Time
	expires    time.Time // when the credentials end; zero: never, or not known
	codeFailed bool      // the session that needs a code could not be got; other profiles that need it are not tried
}

// console signs in to one console after the other, then opens them. All of them are checked before anybody is asked for
// a code. A sign-in that fails after that does not keep the others from being opened.
func (v command) console(ctx context.Context, targets []string, k *provider.RoleFlags, o *openFlags) error {
	all := make([]*consoleSession, len(targets))
	var errs ui.Errors
	for i, target := range targets {
		w, err := v.decide(ctx, target, k, o)
		if err != nil {
			errs = append(errs, err)
		}
		if err == nil {
			if err = v.checkDelivery(target, o); err != nil {
				errs = append(errs, err)
			}
		}
		all[i] = w
	}
	if len(errs) > 0 {
		return errs
	}
	codeFailed := map[credproc.Item]bool{}
	var ready []*consoleSession
	for _, w := range all {
		coded := w.plan.CodeItem()
		if codeFailed[coded] {
			errs = append(errs, fmt.Errorf("profile %q: not signed in either, for the same reason", w.plan.Target))
			continue
		}
		err := v.signIn(ctx, w, k, o)
		switch {
		case errors.Is(err, resolve.ErrDeclined), err != nil && advice.Exit(err) == advice.Cancelled:
			return err
		case err != nil:
			codeFailed[coded] = w.codeFailed
			errs = append(errs, err)
		default:
			ready = append(ready, w)
		}
	}
	var used []recent.Use
	for _, w := range ready {
		used = append(used, app.UseOf(w.plan, w.expires))
	}
	if err := v.deliver(ctx, ready, o); err != nil {
		errs = append(errs, err)
	}
	v.Targets.Used(used...)
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// decide makes the plan of a console, and fails where a call to AWS would be refused.
func (v command) decide(
	ctx context.Context, target string, k *provider.RoleFlags, o *openFlags,
) (*consoleSession, error) {
	asked, err := consoleDuration(k)
	if err != nil {
		return nil, err
	}
	own := *k
	own.Duration, own.Federate = "", true
	p, err := v.Provider.Plan(ctx, target, &own)
	if err != nil {
		return nil, err
	}
	if err := checkRole(p); err != nil {
		return nil, err
	}
	federated := len(p.Steps) == 1 && p.Steps[0].Call == credproc.GetFederationToken
	if !federated && asked != 0 {
		if err := limits.CheckRoleDuration(asked); err != nil {
			return nil, ui.FlagError("--duration", err)
		}
	}
	w := &consoleSession{}
	switch {
	case asked == 0:
	case federated: // the console lasts as long as its credentials
		own.Duration = k.Duration
		p, err = v.Provider.Plan(ctx, target, &own)
	case asked > credproc.MaxChainedDuration:
		// --duration is for the sign-in: AWS lets a console outlast the credentials of a role assumed directly.
		own.Direct = true
		if p, err = v.Provider.Plan(ctx, target, &own); err == nil && !p.Direct() {
			err = &tooLongError{p, asked}
		}
		w.asked = asked
	case p.Direct():
		w.asked = asked
	default:
		own.Duration = k.Duration
		p, err = v.Provider.Plan(ctx, target, &own)
	}
	if err != nil {
		return nil, err
	}
	w.plan = p
	if p.Direct() {
		w.lineage = signin.Direct
	}
	if w.hosts, w.caBundle, err = v.hosts(target, p, k); err == nil {
		w.destination, err = pageOf(w.hosts, p, o)
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

// hosts returns the hosts of the console that a plan leads to, and the CA bundle to verify them with.
func (v command) hosts(target string, p credproc.Plan, k *provider.RoleFlags) (signin.Hosts, string, error) {
	set, err := v.Settings.Profiles()
	if err != nil {
		return signin.Hosts{}, "", err
	}
	at, err := set.Endpoint("signin", profiles.Request{
		Target: target, Source: k.Source, Region: k.Region, Getenv: v.World.Getenv, Self: v.World.Self(),
	})
	if err != nil {
		return signin.Hosts{}, "", err
	}
	hosts, err := signin.NewHosts(p.Partition, p.Region, at.URL)
	if err != nil {
		err = fmt.Errorf("profile %q: %w", target, err)
	}
	return hosts, at.CABundle, err
}

// pageOf is the page that the command line names, in the console that a plan leads to.
func pageOf(hosts signin.Hosts, p credproc.Plan, o *openFlags) (string, error) {
	page := o.page
	page.Account = p.Account()
	destination, err := hosts.Destination(page)
	if err != nil {
		return "", fmt.Errorf("profile %q: %w", p.Target, err)
	}
	return destination, nil
}

// consoleDuration reads --duration; 0 if it is not given. A role's is shorter than this allows.
func consoleDuration(k *provider.RoleFlags) (time.Duration, error) {
	if k.Duration == "" {
		return 0, nil
	}
	d, err := limits.ParseDuration(k.Duration)
	if err == nil {
		err = limits.CheckSessionDuration(d)
	}
	if err != nil {
		return 0, ui.FlagError("--duration", err)
	}
	return d, nil
}

// checkRole refuses what AWS's sign-in refuses: the keys of an IAM user, or a session of one. Temporary credentials
// from another source may be a role's.
func checkRole(p credproc.Plan) error {
	if p.Temporary || len(p.Steps) > 0 && p.Steps[len(p.Steps)-1].Call != credproc.GetSessionToken {
		return nil
	}
	return &noRoleError{p.Target}
}

// A noRoleError says that a profile has only an IAM user's keys.
type noRoleError struct{ target string }

func (e *noRoleError) Error() string {
	return fmt.Sprintf("profile %q: it has no role, and AWS does not let the keys of an IAM user sign in to the console",
		e.target)
}

func (*noRoleError) ExitCode() int { return advice.Usage }

func (e *noRoleError) Hints() []string {
	return []string{
		"name a profile with a role, or a role: hatstand console ACCOUNT:ROLE --source " + e.target,
		"or limit the keys by a policy, which AWS accepts: hatstand console " + e.target + " --read-only (--policy, --policy-arn)",
		"or sign in with the user's password, and switch from there: hatstand console PROFILE --switch",
	}
}

// A tooLongError says that a console of chained credentials lasts an hour at most.
type tooLongError struct {
	plan  credproc.Plan
	asked time.Duration
}

func (e *tooLongError) Error() string {
	return fmt.Sprintf("profile %q: --duration: %s is too long: the role is assumed with temporary credentials (role chaining), "+
		"and its console lasts at most %s",
		e.plan.Target, credproc.Human(e.asked), credproc.Human(credproc.MaxChainedDuration))
}

func (*tooLongError) ExitCode() int { return advice.Usage }

func (e *tooLongError) Hints() []string {
	h := []string{"ask for 1 h or less: --duration 1h"}
	if !e.plan.Temporary {
		h = append(h, "if you can sign in to the console as the IAM user, and the role trusts it: "+
			"hatstand console "+e.plan.Words()+" --switch")
	}
	return h
}
