// Package app is what the verbs share below what a person sees: the world they run in, settings, folders, the
// log, HTTP clients, signals, the guard against endless recursion, and how a profile is chosen. Each is a small
// type that opens what it needs when it is first wanted, so that a verb touches nothing else. It asks no person
// but for the name of a profile, and it opens no keyring.
package app

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// World is all outside the program that a verb can touch. It enters in main.go.
type World struct {
	Args    []string // without the program's name
	Getenv  func(string) string
	Environ func() []string
	Stdin   *os.File
	Stdout  io.Writer
	Stderr  io.Writer
	// Terminal opens the controlling terminal.
	Terminal func() (*mfa.TTY, error)
	Now      func() time.Time
	// After is time.After.
	After func(time.Duration) <-chan time.Time
	GOOS  string
	// Self is the path of the running program; "" if that is not known.
	Self     func() string
	UserName func() string
	// UserHome is the home that the user database has.
	UserHome func() string
	// ReadFile is os.ReadFile, for files of the system that say what kind of machine this is.
	ReadFile func(path string) ([]byte, error)
	// Proxy picks the proxy of a request, as HTTPS_PROXY and its like say.
	Proxy func(*http.Request) (*url.URL, error)
	// CallLimit bounds each call to AWS, which is then tried once, and each sign-in; 0: as credproc/awsclient and
	// credproc/console have it.
	CallLimit time.Duration
	// SDKLimit bounds a call of credential-process; 0: the limit in package provider.
	SDKLimit time.Duration
	// ListLimit bounds how long a list of profiles waits for what the keyring has of them; 0: the limits in package
	// overview.
	ListLimit time.Duration
}

// Streams are what is talked through in this world.
func (w World) Streams() ui.Streams {
	return ui.Streams{In: w.Stdin, Out: w.Stdout, Err: w.Stderr, Getenv: w.Getenv, Terminal: w.Terminal}
}

// Sleep waits for d, or for the end of ctx, whose error it returns.
func (w World) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-w.After(d):
		return nil
	}
}
