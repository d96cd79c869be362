package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
	"hatstand/credproc/endpoint"
)

// execServer runs the command, whose file is program, beside an endpoint for it. The first credentials are got before it starts.
func (a *parts) execServer(ctx context.Context, program string, command []string, target string, k *provider.RoleFlags) error {
	if err := a.defaultLetsPass(); err != nil {
		return err
	}
	p, err := a.provider.Plan(target, k)
	if err != nil {
		return err
	}
	r, err := a.provider.Resolver(ctx, target, k, prompt.Normal)
	if err != nil {
		return err
	}
	c, err := a.provider.Run(ctx, r, p)
	if err != nil {
		return err
	}
	ln, err := listen(0)
	if err != nil {
		return err
	}
	// From here on the terminal and stdin are the command's: two that read one terminal get half of a code each.
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer nothing.Close()

	serving, stop := context.WithCancelCause(ctx)
	s := a.provider.WithoutTerminal(nothing).Refreshing(p, k)
	profile := s.Endpoint(serving)
	profile.Cache.Put(c, s.RenewAt(ctx, r, c))
	path, token := provider.PathOf(target), endpoint.NewToken()
	ended := make(chan error, 1)
	go func() {
		ended <- endpoint.Serve(serving, ln, &endpoint.Container{Token: token, Paths: map[string]endpoint.Profile{path: profile}}, a.logs.Logger())
	}()
	err = child.Spawn(program, command, child.ServerEnvironment(a.Environ(), target, p.Region, child.Server{
		URL: "http://" + ln.Addr().String() + path, Token: token,
	}, provider.Endpoints(p)...))
	stop(app.ErrTerminated) // a dialog that is open then is nobody's no
	profile.Cache.Close()
	if served := <-ended; err == nil && served != nil {
		a.logs.Logger().Warn("the endpoint ended before the command", "error", served.Error())
	}
	return err
}

// defaultLetsPass is an error where the profile that SDKs look at with none named has credentials: they
// would take those, and never ask the endpoint.
func (a *parts) defaultLetsPass() error {
	set, err := a.settings.Profiles()
	if err != nil {
		return err
	}
	key, where := set.SDKSource("default")
	if key == "" {
		return nil
	}
	return &ui.UsageError{
		Reason: fmt.Sprintf("--server: the command would take the credentials of profile default (%s, %s:%d) and never ask the endpoint", key, where.Path, where.Line),
		Next:   "give that profile another name, or leave --server out",
	}
}

// listen listens on loopback and nowhere else; port 0 is any.
func listen(port uint16) (net.Listener, error) {
	ln, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, &portError{port: port, holder: holderOf(port), err: err}
	}
	return ln, nil
}

// A portError is a port that cannot be listened on.
type portError struct {
	port   uint16
	holder string // the process that has it; "" if that is not known
	err    error
}

func (e *portError) Error() string {
	switch {
	case e.port == 0:
		return fmt.Sprintf("no free port on 127.0.0.1: %v", e.err)
	case e.holder != "":
		return fmt.Sprintf("port %d of 127.0.0.1 is taken, by %s", e.port, e.holder)
	}
	return fmt.Sprintf("port %d of 127.0.0.1: %v", e.port, e.err)
}

func (e *portError) Unwrap() error { return e.err }

func (e *portError) Hints() []string {
	if e.port == 0 {
		return nil
	}
	return []string{"end it, or name another port; 0 is any free one"}
}
