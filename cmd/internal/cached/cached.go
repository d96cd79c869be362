// Package cached is the program hatstand-credential-process but for its main: it serves cached credentials that are
// fresh, and leaves everything else to hatstand.
//
// A profile's name becomes a chain, a plan, and one read of the keyring. Where that gives fresh credentials, their
// document is written; else hatstand takes this process's place, so that its answer, its exit code and its prompts
// are the caller's. The package never writes, asks, or locks, and dials nothing but the keyring's own service. It
// links no HTTP, no package of the SDK and no flag parser: SDKs start it again and again, and Go pays at each start
// for all that is linked.
package cached

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/buildinfo"
	"hatstand/cmd/internal/settings"
	"hatstand/credproc"
	"hatstand/profiles"
	"hatstand/profiles/limits"
)

// A World is all that the program can touch.
type World struct {
	Args    []string // the program's own name first
	Getenv  func(string) string
	Environ func() []string
	GOOS    string
	Stdout  io.Writer
	Stderr  io.Writer
	Now     func() time.Time
	// Executable is the running program's file.
	Executable func() (string, error)
	// Become starts a program in this process's place. It returns the exit code where this process has to wait for
	// it, or why it could not be started.
	Become func(path string, args, environ []string) (int, error)
}

// BuildFlag has the program say which build it is, for doctor.
const BuildFlag = "--build"

// Run is the whole program but its exit.
func Run(ctx context.Context, w World) int {
	if len(w.Args) == 2 && w.Args[1] == BuildFlag {
		_, _ = io.WriteString(w.Stdout, buildinfo.ID()+"\n")
		return 0
	}
	if document, ok := w.document(ctx); ok {
		if _, err := w.Stdout.Write(document); err != nil {
			return w.fail(err.Error())
		}
		return 0
	}
	return w.handOver()
}

// errNotCached says that there are no fresh credentials of a role in the keyring.
var errNotCached = errors.New("hatstand is needed")

// document is what credential_process prints for fresh credentials; ok is false where hatstand has to answer, which
// then finds out again what is wrong and says it.
func (w World) document(ctx context.Context) (document []byte, ok bool) {
	// A log tells of each decision; a guard tells that hatstand itself started this, perhaps for the same profile.
	// "-" is stderr, which is not for the log here.
	if log := w.Getenv("HATSTAND_LOG"); log != "" && log != "-" || w.Getenv("HATSTAND_GUARD") != "" {
		return nil, false
	}
	// Without HOME the home is the user database's, which hatstand reads. Files that hatstand may have to read again
	// must not be read here if they are pipes.
	env := settings.Environment{Getenv: w.Getenv, GOOS: w.GOOS}
	if w.Getenv("HOME") == "" && w.GOOS != "windows" || !env.Files().ReadTwice() {
		return nil, false
	}
	arg := ""
	switch args := w.Args[1:]; {
	case len(args) == 1 && args[0] != "" && args[0][0] != '-':
		arg = args[0]
	case len(args) > 0:
		return nil, false
	}
	target := profiles.SelectedProfile(arg, w.Getenv)
	if target == "" {
		return nil, false
	}
	var b bytes.Buffer
	err := w.serve(ctx, &b, env, target)
	return b.Bytes(), err == nil
}

// serve writes the document of a profile's cached credentials. Each error means that hatstand has to answer.
func (w World) serve(ctx context.Context, to io.Writer, env settings.Environment, target string) error {
	set, err := env.Profiles()
	if err != nil {
		return err
	}
	o, shared, err := w.options(env, set)
	if err != nil {
		return err
	}
	self, err := w.Executable()
	if err != nil {
		self = ""
	}
	chain, err := set.Chain(profiles.Request{Target: target, Getenv: env.OfProfile, Self: self})
	if err != nil {
		return err
	}
	plan, err := credproc.NewPlan(chain, credproc.Options{Ambient: env.Ambient()})
	if err != nil {
		return err
	}
	// Others may have signed in there as somebody else, which hatstand finds out.
	if shared && !plan.Base.Grant.IsZero() {
		return errNotCached
	}
	if len(plan.Steps) == 0 { // the base's own credentials are the answer
		return errNotCached
	}
	reader, err := cache.OpenReader(ctx, o)
	if err != nil {
		return err
	}
	c, issued, err := reader.Session(ctx, cache.SessionID(plan.Steps[len(plan.Steps)-1].Item))
	if err != nil {
		return err
	}
	if !credproc.Fresh(w.Now(), issued, c.Expires) {
		return errNotCached
	}
	return credproc.Encode(to, c)
}

// options reads from the settings how to open the keyring, and whether sign-ins are shared with the AWS CLI.
func (w World) options(env settings.Environment, set *profiles.Set) (o cache.Options, shared bool, err error) {
	// Nobody is asked here, but hatstand refuses a setting that it cannot read, even where credentials are cached.
	if text, _ := env.Program(set, "prompt_timeout"); text != "" {
		if _, err := limits.ParseDuration(text); err != nil {
			return o, false, err
		}
	}
	o = cache.Options{DataDir: env.DataDir(), StateDir: env.StateDir(), Environ: w.Environ, Now: w.Now}
	if o.DataDir == "" || o.StateDir == "" {
		return o, false, errNotCached
	}
	o.Backend, o.BackendFrom = env.Program(set, "backend")
	o.Collection, _ = env.Program(set, "secret_service_collection")
	value, _ := env.Program(set, "sso_cache")
	return o, value != "" && value != "keyring", nil
}

// fail says what went wrong, and what to do.
func (w World) fail(reason string, hints ...string) int {
	text := fmt.Sprintf("hatstand: error: %s\n", reason)
	for _, hint := range hints {
		text += fmt.Sprintf("hatstand: hint: %s\n", hint)
	}
	_, _ = io.WriteString(w.Stderr, text)
	return 1
}
