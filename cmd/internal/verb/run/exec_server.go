package run

import (
	"context"
	"fmt"
	"os"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/loopback"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
	"hatstand/credproc/endpoint"
)

// execServer runs the command (program is the path of its executable) with a credentials endpoint beside it. It gets
// the first credentials before it starts the command.
func execServer(
	ctx context.Context, d Deps, program string, command []string, target string, k *provider.RoleFlags,
) error {
	if err := checkDefaultProfile(d.Settings); err != nil {
		return err
	}
	first := *k
	first.LongLived = false        // an endpoint hands out what can be renewed
	first.SignIn.Background = true // a sign-in by code outlives the command, if that is ended before the person is done
	p, err := d.Provider.Plan(ctx, target, &first)
	if err != nil {
		return err
	}
	r, err := d.Provider.Resolver(ctx, p, &first, prompt.Normal)
	if err != nil {
		return err
	}
	c, err := d.Provider.Run(ctx, r, p)
	if err != nil {
		return err
	}
	alertOfReason(d.UI, p)
	d.Targets.Used(app.UseOf(p, c.Expires))
	ln, err := loopback.Listen(0)
	if err != nil {
		return err
	}
	// From here on the terminal and stdin are the command's: of two processes that read one terminal, each gets a part
	// of what is typed.
	devNull, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer devNull.Close()

	serving, stop := context.WithCancelCause(ctx)
	refreshing := d.Provider.WithoutTerminal(devNull).NewRefresher(p, k)
	profile := refreshing.Endpoint(serving)
	profile.Cache.Put(c, refreshing.RenewAt(ctx, r, c))
	path, token := provider.PathOf(target), endpoint.NewToken()
	handler := &endpoint.Container{Token: token, Paths: map[string]endpoint.Profile{path: profile}}
	ended := make(chan error, 1)
	go func() { ended <- endpoint.Serve(serving, ln, handler, d.Logs.Logger()) }()

	server := child.Server{URL: "http://" + ln.Addr().String() + path, Token: token}
	env := child.ServerEnvironment(d.World.Environ(), target, p.Region, server, provider.Endpoints(p)...)
	err = child.Spawn(program, command, env)

	stop(app.ErrTerminated) // a dialog that is open now was not cancelled by a person
	profile.Cache.Close()
	if serveErr := <-ended; err == nil && serveErr != nil {
		d.Logs.Logger().Warn("the endpoint ended before the command", "error", serveErr.Error())
	}
	return err
}

// checkDefaultProfile refuses a profile default that has credentials. SDKs look at it when no profile is named, would
// take its credentials, and would never ask the endpoint.
func checkDefaultProfile(settings *app.Settings) error {
	set, err := settings.Profiles()
	if err != nil {
		return err
	}
	key, where := set.SDKSource("default")
	if key == "" {
		return nil
	}
	next := "give that profile another name, or leave --server out"
	if key == "aws_access_key_id" {
		next = "move its keys into the keyring: hatstand keys import --from credentials default"
	}
	return &ui.UsageError{
		Reason: fmt.Sprintf("--server: the command would take the credentials of profile default (%s, %s:%d) "+
			"and never ask the endpoint", key, where.Path, where.Line),
		Next: next,
	}
}
