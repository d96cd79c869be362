package main

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

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
	"hatstand/credproc/endpoint"
	"hatstand/mfa"
)

// serving is what the flags of serve say.
type serving struct {
	provider.RoleFlags
	port      uint16
	tokenFile string
	imds      bool
	imdsPort  uint16
}

func (a *parts) serveCommand() *cobra.Command {
	var f serving
	cmd := &cobra.Command{
		Use:   "serve PROFILE...",
		Short: "Serve credentials to programs that run longer than they live",
		Long: `Serves the profiles' credentials on 127.0.0.1 by the container credentials protocol, which the AWS
CLI and every SDK speak, and renews them before they expire. Each profile has a path of its own.
Only your own processes that can read the token's file are answered. The variables to set are
printed on stdout, for a shell to read; it runs until Ctrl-C or SIGTERM.

Codes are asked for on serve's own terminal, or in a window. It also starts where credentials
cannot be had yet; clients are told the reason until hatstand login has been run.

With --imds it also speaks version 2 of the EC2 instance metadata service, on a port of its own,
for programs that know nothing else. Any process of yours may use that one (Linux only: elsewhere
any process of anybody could).`,
		Example: `  hatstand serve prod staging --port 9911
  hatstand serve prod --imds --imds-port 9912`,
		ValidArgsFunction: a.targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("imds-port") && !f.imds {
				return &ui.UsageError{Reason: "--imds-port goes with --imds", Next: "usage: hatstand serve PROFILE --imds --imds-port PORT"}
			}
			return a.serve(cmd.Context(), args, &f)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().Uint16Var(&f.port, "port", 0, "`PORT` of the endpoint; 0 is any free one")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "`FILE` to write the token to, and to remove at the end (default: one in the runtime folder)")
	cmd.Flags().BoolVar(&f.imds, "imds", false, "speak the instance metadata service too")
	cmd.Flags().Uint16Var(&f.imdsPort, "imds-port", 0, "`PORT` of the instance metadata service; 0 is any free one")
	f.Add(cmd.Flags())
	return cmd
}

// serve runs until it is told to end, which is no failure.
func (a *parts) serve(ctx context.Context, args []string, f *serving) error {
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	supplies, err := a.supplies(args, f)
	if err != nil {
		return err
	}
	log, err := a.logs.Open()
	if err != nil {
		return err
	}
	ln, err := listen(f.port)
	if err != nil {
		return err
	}
	defer ln.Close()
	var imds net.Listener
	if f.imds {
		if imds, err = listen(f.imdsPort); err != nil {
			return err
		}
		defer imds.Close()
	}
	container := &endpoint.Container{Token: endpoint.NewToken(), Paths: map[string]endpoint.Profile{}}
	var instance *endpoint.IMDS
	for _, s := range supplies {
		p := s.Endpoint(ctx)
		defer p.Cache.Close()
		done, err := a.first(ctx, s, p.Cache, f)
		defer done()
		if errors.Is(context.Cause(ctx), app.ErrTerminated) {
			return nil
		}
		if err != nil {
			return err
		}
		container.Paths[provider.PathOf(p.Name)] = p
		instance = endpoint.NewIMDS(p, a.Now)
	}
	file, err := a.writeToken(f.tokenFile, ln.Addr().(*net.TCPAddr).Port, container.Token)
	if err != nil {
		return err
	}
	defer file.remove()
	if err := a.ui().Print(variables(ln.Addr(), supplies, file.path, imds)); err != nil {
		return err
	}
	return a.serveAll(ctx, log, map[net.Listener]http.Handler{ln: container, imds: instance})
}

// serveAll serves until ctx ends, or a listener does.
func (a *parts) serveAll(ctx context.Context, log *slog.Logger, handlers map[net.Listener]http.Handler) error {
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

// supplies are those of the profiles asked for, each with a plan.
func (a *parts) supplies(args []string, f *serving) ([]*provider.Refreshing, error) {
	if len(args) == 0 {
		target, err := a.targets.Chosen(nil)
		if err != nil {
			return nil, err
		}
		args = []string{target}
	}
	if f.imds && len(args) > 1 {
		return nil, &ui.UsageError{Reason: "--imds takes one profile: an instance has one role", Next: "start one serve a profile"}
	}
	if f.imds && a.GOOS != "linux" {
		return nil, &ui.UsageError{Reason: "--imds works on Linux only: here every user of this machine could have the credentials", Next: "leave --imds out, or use hatstand exec --server"}
	}
	var all []*provider.Refreshing
	var told sync.Mutex
	paths := map[string]string{}
	for _, target := range args {
		if other, taken := paths[provider.PathOf(target)]; taken {
			return nil, &ui.UsageError{Reason: fmt.Sprintf("profiles %s and %s would have the same path", ui.Quoted(other), ui.Quoted(target)), Next: "start one serve for each"}
		}
		paths[provider.PathOf(target)] = target
		p, err := a.provider.Plan(target, &f.RoleFlags)
		if err != nil {
			return nil, err
		}
		s := a.provider.Refreshing(p, &f.RoleFlags)
		s.OnError = func(err error) {
			told.Lock()
			defer told.Unlock()
			ui.Report(a.Stderr, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// startWait is how long serve waits for the first credentials where no person has been asked for anything.
const startWait = 5 * time.Second

// first gets a profile's first credentials. What may be better in an hour (nobody to ask, no network, a locked
// keyring, an AWS that does not answer) does not keep serve from starting; the rest does. done waits for a call that
// goes on in the background; ctx is over then.
func (a *parts) first(ctx context.Context, s *provider.Refreshing, cache *endpoint.RefreshingCache, f *serving) (done func(), err error) {
	asked := make(chan struct{})
	ctx, cancel := context.WithCancelCause(prompt.OnQuestion(ctx, sync.OnceFunc(func() { close(asked) })))
	answered := make(chan error, 1)
	var running sync.WaitGroup
	running.Go(func() {
		c, renew, err := s.Get(ctx, &f.RoleFlags, true)
		if err == nil {
			cache.Put(c, renew)
		}
		answered <- err
	})
	done = func() { cancel(app.ErrTerminated); running.Wait() }
	late := time.NewTimer(startWait)
	defer late.Stop()
	select {
	case err = <-answered:
	case <-asked:
		err = <-answered
	case <-late.C:
		a.ui().Note(fmt.Sprintf("profile %s has no credentials yet; clients get them as soon as AWS has answered", ui.Quoted(s.Plan.Target)))
		running.Go(func() {
			if err := <-answered; context.Cause(ctx) == nil {
				s.Tell(err)
			}
		})
		return done, nil
	}
	if err != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return done, mfa.ErrCancelled
	}
	if err != nil {
		switch advice.Exit(err) {
		case advice.NoHuman, advice.Failed, advice.Keyring:
			s.Tell(err)
			return done, nil
		}
	}
	return done, err
}

// variables are what a client's environment needs, for a shell to read. Of several profiles the first is the one that
// is set.
func variables(addr net.Addr, supplies []*provider.Refreshing, tokenFile string, imds net.Listener) string {
	var b strings.Builder
	for i, s := range supplies {
		lead := ""
		if i > 0 {
			lead = "# "
		}
		fmt.Fprintf(&b, "# profile %s\n", s.Plan.Target)
		fmt.Fprintf(&b, "%sexport AWS_CONTAINER_CREDENTIALS_FULL_URI=%s\n", lead, child.Quote("sh", "http://"+addr.String()+provider.PathOf(s.Plan.Target)))
		if i == 0 {
			fmt.Fprintf(&b, "export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=%s\n", child.Quote("sh", tokenFile))
		}
		for _, v := range child.Location(s.Plan.Target, s.Plan.Region, provider.Endpoints(s.Plan)...) {
			fmt.Fprintf(&b, "%sexport %s=%s\n", lead, v.Name, child.Quote("sh", v.Value))
		}
	}
	if imds != nil {
		fmt.Fprintf(&b, "# in place of the endpoint: instance metadata\n# export AWS_EC2_METADATA_SERVICE_ENDPOINT=%s\n", child.Quote("sh", "http://"+imds.Addr().String()))
	}
	return b.String()
}
