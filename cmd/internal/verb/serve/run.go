package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/loopback"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
	"hatstand/credproc/endpoint"
	"hatstand/mfa"
)

// run serves until a signal ends it, which is not an error.
func run(ctx context.Context, d Deps, args []string, f *flags) error {
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	served, err := servedProfiles(ctx, d, args, f)
	if err != nil {
		return err
	}
	log, err := d.Logs.Open()
	if err != nil {
		return err
	}
	ln, err := loopback.Listen(f.port)
	if err != nil {
		return err
	}
	defer ln.Close()
	var imds net.Listener
	if f.imds {
		if imds, err = loopback.Listen(f.imdsPort); err != nil {
			return err
		}
		defer imds.Close()
	}
	container := &endpoint.Container{Token: endpoint.NewToken(), Paths: map[string]endpoint.Profile{}}
	var instance *endpoint.IMDS
	for _, s := range served {
		p := s.Endpoint(ctx)
		defer p.Cache.Close()
		stopFirst, err := getFirst(ctx, d.UI, s, p.Cache, f)
		defer stopFirst()
		if errors.Is(context.Cause(ctx), app.ErrTerminated) {
			return nil
		}
		if err != nil {
			return err
		}
		container.Paths[provider.PathOf(p.Name)] = p
		instance = endpoint.NewIMDS(p, d.Now)
	}
	file, err := writeToken(d.Locks, f.tokenFile, ln.Addr().(*net.TCPAddr).Port, container.Token)
	if err != nil {
		return err
	}
	defer file.remove()
	if err := d.UI.Print(variables(ln.Addr(), served, file.path, imds)); err != nil {
		return err
	}
	return serveAll(ctx, log, map[net.Listener]http.Handler{ln: container, imds: instance})
}

// serveAll serves until ctx ends or a listener fails.
func serveAll(ctx context.Context, log *slog.Logger, handlers map[net.Listener]http.Handler) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for ln, h := range handlers {
		if ln == nil {
			continue
		}
		running.Go(func() { cancel(endpoint.Serve(ctx, ln, h, log)) })
	}
	<-ctx.Done()
	running.Wait()
	if err := context.Cause(ctx); !errors.Is(err, app.ErrInterrupted) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// servedProfiles makes a plan for each profile that is asked for.
func servedProfiles(ctx context.Context, d Deps, args []string, f *flags) ([]*provider.Refresher, error) {
	if len(args) == 0 {
		target, err := d.Targets.Chosen(ctx, nil)
		if err != nil {
			return nil, err
		}
		args = []string{target}
	}
	if f.imds && len(args) > 1 {
		return nil, &ui.UsageError{
			Reason: "--imds takes one profile: an instance has one role",
			Next:   "start one hatstand serve for each profile",
		}
	}
	if f.imds && d.GOOS != "linux" {
		return nil, &ui.UsageError{
			Reason: "--imds works on Linux only: here every user of this machine could have the credentials",
			Next:   "leave --imds out, or use hatstand exec --server",
		}
	}
	var all []*provider.Refresher
	var reporting sync.Mutex
	paths := map[string]string{}
	for _, target := range args {
		if other, taken := paths[provider.PathOf(target)]; taken {
			return nil, &ui.UsageError{
				Reason: fmt.Sprintf("profiles %s and %s would have the same path", ui.Quoted(other), ui.Quoted(target)),
				Next:   "start one hatstand serve for each profile",
			}
		}
		paths[provider.PathOf(target)] = target
		p, err := d.Provider.Plan(ctx, target, &f.RoleFlags)
		if err != nil {
			return nil, err
		}
		f.SignIn.Background = true // a sign-in by code outlives this process, if that ends before the person is done
		s := d.Provider.NewRefresher(p, &f.RoleFlags)
		s.OnError = func(err error) {
			reporting.Lock()
			defer reporting.Unlock()
			ui.Report(d.UI.Err, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// startLimit is how long serve waits for a profile's first credentials, unless a person has been asked for something.
const startLimit = 5 * time.Second

// getFirst gets a profile's first credentials. An error that may go away by itself (nobody to ask, no network, a locked
// keyring) is reported and does not keep serve from starting; other errors do. The call may go on in the background:
// stop ends it and waits for it.
func getFirst(
	ctx context.Context, s ui.Streams, r *provider.Refresher, cache *endpoint.RefreshingCache, f *flags,
) (stop func(), err error) {
	asked := make(chan struct{})
	ctx, cancel := context.WithCancelCause(prompt.OnQuestion(ctx, sync.OnceFunc(func() { close(asked) })))
	answered := make(chan error, 1)
	var running sync.WaitGroup
	running.Go(func() {
		c, renew, err := r.CredentialsWith(ctx, &f.RoleFlags, true)
		if err == nil {
			cache.Put(c, renew)
		}
		answered <- err
	})
	stop = func() { cancel(app.ErrTerminated); running.Wait() }
	late := time.NewTimer(startLimit)
	defer late.Stop()
	select {
	case err = <-answered:
	case <-asked:
		err = <-answered
	case <-late.C:
		s.Note(fmt.Sprintf("profile %s has no credentials yet; clients get them as soon as AWS has answered",
			ui.Quoted(r.Plan.Target)))
		running.Go(func() {
			if err := <-answered; context.Cause(ctx) == nil {
				r.ReportOnce(err)
			}
		})
		return stop, nil
	}
	if err != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return stop, mfa.ErrCancelled
	}
	if err != nil {
		switch advice.Exit(err) {
		case advice.NoHuman, advice.Failed, advice.Keyring:
			r.ReportOnce(err)
			return stop, nil
		}
	}
	return stop, err
}

// variables are what a client's environment needs, for a shell to read. Those of the first profile are set, those of
// the others are comments.
func variables(addr net.Addr, served []*provider.Refresher, tokenFile string, imds net.Listener) string {
	var b strings.Builder
	for i, s := range served {
		comment := ""
		if i > 0 {
			comment = "# "
		}
		url := "http://" + addr.String() + provider.PathOf(s.Plan.Target)
		fmt.Fprintf(&b, "# profile %s\n", s.Plan.Target)
		fmt.Fprintf(&b, "%sexport AWS_CONTAINER_CREDENTIALS_FULL_URI=%s\n", comment, child.Quote("sh", url))
		if i == 0 {
			fmt.Fprintf(&b, "export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=%s\n", child.Quote("sh", tokenFile))
		}
		for _, v := range child.Location(s.Plan.Target, s.Plan.Region, provider.Endpoints(s.Plan)...) {
			fmt.Fprintf(&b, "%sexport %s=%s\n", comment, v.Name, child.Quote("sh", v.Value))
		}
	}
	if imds != nil {
		b.WriteString("# in place of the endpoint: instance metadata\n")
		// With a slash at its end: AWS CLI 2.9 (botocore 1.29), which Debian has, puts a path right behind it. Clients
		// that add one of their own ask for //latest, which the endpoint takes.
		url := "http://" + imds.Addr().String() + "/"
		fmt.Fprintf(&b, "# export AWS_EC2_METADATA_SERVICE_ENDPOINT=%s\n", child.Quote("sh", url))
	}
	return b.String()
}
