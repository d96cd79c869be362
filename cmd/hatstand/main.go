// A process that lives for milliseconds on one goroutine gains nothing from watching its cgroup's CPU
// limit or from naming its memory mappings, and start-up is what a warm call costs.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
//go:debug decoratemappings=0

// Hatstand wears AWS roles: it reads AWS profiles, asks for MFA once, assumes roles along chains and
// across accounts, keeps keys and sessions in the operating system's keyring, and hands temporary
// credentials to the AWS CLI, the SDKs and any command.
//
// One file holds one verb. The world (environment, terminal, clock, network, keyring) enters in this
// file and nowhere else; errors travel up to report.go unprinted.
package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"runtime"
	"time"

	"hatstand/cmd/internal/harden"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// world is all that a verb can touch.
type world struct {
	args    []string // without the program's name
	getenv  func(string) string
	environ func() []string
	stdin   *os.File
	stdout  io.Writer
	stderr  io.Writer
	// terminal opens the controlling terminal.
	terminal func() (*mfa.TTY, error)
	now      func() time.Time
	// after is time.After.
	after func(time.Duration) <-chan time.Time
	goos  string
	// self is the path of the running program; "" if that is not known.
	self     func() string
	userName func() string
	// userHome is the home that the user database has.
	userHome func() string
	// proxy picks the proxy of a request, as HTTPS_PROXY and its like say.
	proxy func(*http.Request) (*url.URL, error)
}

func main() { os.Exit(start(system())) }

// start is main in a given world.
func start(w world) (code int) {
	growStack(false)
	w.getenv = settings.WithHome(w.getenv, w.goos, w.userHome)
	harden.Memory()
	return run(context.Background(), w)
}

// system is the world as the operating system has it.
func system() world {
	return world{
		args:     os.Args[1:],
		getenv:   os.Getenv,
		environ:  os.Environ,
		stdin:    os.Stdin,
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		terminal: mfa.OpenTTY,
		now:      time.Now,
		after:    time.After,
		goos:     runtime.GOOS,
		self:     self,
		userName: userName,
		userHome: userHome,
		proxy:    http.ProxyFromEnvironment,
	}
}

// run is the whole program but its exit.
func run(ctx context.Context, w world) int {
	a := &app{world: w}
	var err error
	if plainCall(w.args) {
		err = a.credentialProcess(ctx, w.args[1:], &asking{})
	} else {
		err = a.command().ExecuteContext(ctx)
	}
	a.close()
	if err == nil {
		return 0
	}
	return ui.Report(w.stderr, err)
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return path
}

// userHome is the home that the user database has for this user; "": none.
func userHome() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.HomeDir
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
