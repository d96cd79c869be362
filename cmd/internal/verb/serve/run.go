package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
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
	door, err := open(f)
	if err != nil {
		return err
	}
	defer door.ln.Close()
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
	file, err := writeToken(d.Locks, f.tokenFile, door.tokenName(), container.Token)
	if err != nil {
		return err
	}
	defer file.remove()
	if err := d.UI.Print(variables(door, served, file.path, imds)); err != nil {
		return err
	}
	servers := []func(context.Context) error{
		func(ctx context.Context) error { return door.serve(ctx, container, log) },
	}
	if imds != nil {
		servers = append(servers, func(ctx context.Context) error { return endpoint.Serve(ctx, imds, instance, log) })
	}
	return serveAll(ctx, servers)
}

// A door is where the container protocol is spoken: on loopback, or in a network of containers.
type door struct {
	ln      net.Listener
	network netip.Prefix // zero: loopback
}

func open(f *flags) (door, error) {
	if !f.container {
		ln, err := loopback.Listen(f.port)
		return door{ln: ln}, err
	}
	ln, network, err := listenForContainers(f.port, net.InterfaceAddrs)
	return door{ln, network}, err
}

func (d door) serve(ctx context.Context, h http.Handler, log *slog.Logger) error {
	if d.network.IsValid() {
		return endpoint.ServeNetwork(ctx, d.ln, d.network, h, log)
	}
	return endpoint.Serve(ctx, d.ln, h, log)
}

func (d door) port() int { return d.ln.Addr().(*net.TCPAddr).Port }

// tokenName returns the name of the token's file. It names the kind of address too: both may have the same port open.
func (d door) tokenName() string {
	if d.network.IsValid() {
		return fmt.Sprintf("token-container-%d", d.port())
	}
	return fmt.Sprintf("token-%d", d.port())
}

// uri is the variable that leads a client to a path.
func (d door) uri(path string) (name, value string) {
	if d.network.IsValid() && d.port() == containerPort {
		return "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", path
	}
	return "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://" + d.ln.Addr().String() + path
}

// serveAll serves until ctx ends or a server fails.
func serveAll(ctx context.Context, servers []func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, serve := range servers {
		running.Go(func() { cancel(serve(ctx)) })
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
	if f.container && d.GOOS != "linux" {
		return nil, &ui.UsageError{
			Reason: "--container works on Linux only: elsewhere containers live in a machine of their own",
			Next:   "start hatstand serve without it, and a relay beside the containers: docs/endpoint.md",
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
func variables(d door, served []*provider.Refresher, tokenFile string, imds net.Listener) string {
	var b strings.Builder
	for i, s := range served {
		comment := ""
		if i > 0 {
			comment = "# "
		}
		name, value := d.uri(provider.PathOf(s.Plan.Target))
		fmt.Fprintf(&b, "# profile %s\n", s.Plan.Target)
		fmt.Fprintf(&b, "%sexport %s=%s\n", comment, name, child.Quote("sh", value))
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
