package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
)

// each is the flags of exec that run the command once a profile.
type each struct {
	profiles string
	role     string
	jobs     int
	asJSON   bool
	failFast bool
}

// jobsAtOnce: what commands do is mostly to wait for AWS.
const jobsAtOnce = 8

func (e *each) flags(f *pflag.FlagSet) {
	f.StringVar(&e.profiles, "each", "", "run the command once for every profile of a `LIST`: names and globs, with commas")
	f.StringVar(&e.role, "each-role", "", "run the command once for every profile of a role of this `NAME`")
	f.IntVarP(&e.jobs, "jobs", "j", 0, "with --each, run at most `N` commands at the same time: 8 if not given")
	f.BoolVar(&e.asJSON, "json", false, "with --each, print a line of JSON for each profile; bytes that are not UTF-8 are replaced")
	f.BoolVar(&e.failFast, "fail-fast", false, "with --each, start no more commands once one has failed")
}

func (e *each) wanted() bool { return e.profiles != "" || e.role != "" }

// misused is the error of a flag that needs --each, of a number that lets nothing run, or of an empty list: a
// variable that is not set must not mean the profile of AWS_PROFILE, nor all profiles of a role.
func (e *each) misused(f *pflag.FlagSet) error {
	for _, flag := range []struct{ name, value string }{{"each", e.profiles}, {"each-role", e.role}} {
		if f.Changed(flag.name) && flag.value == "" {
			return &ui.UsageError{Reason: "--" + flag.name + " is empty", Next: "name profiles or globs; this lists them: hatstand list"}
		}
	}
	for _, name := range []string{"jobs", "json", "fail-fast"} {
		if f.Changed(name) && !e.wanted() {
			return &ui.UsageError{Reason: "--" + name + " goes with --each or --each-role", Next: "hatstand exec --each 'prod-*' -- COMMAND..."}
		}
	}
	if f.Changed("jobs") && e.jobs < 1 {
		return &ui.UsageError{Reason: "-j must be at least 1"}
	}
	return nil
}

// A turn is what came of one profile.
type turn struct {
	Profile string  `json:"profile"`
	Account string  `json:"account,omitempty"`
	Code    *int    `json:"exit_code"` // null: it did not run
	Stdout  string  `json:"stdout"`
	Stderr  string  `json:"stderr"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"` // why it did not run

	err    error
	signal int  // that ended the command; 0: none did
	told   bool // it was sent a signal before it ended
}

// errNotStarted is the error of a profile whose turn did not come.
var errNotStarted = errors.New("not started")

func (t *turn) failed() bool { return t.err != nil || t.Code == nil || *t.Code != 0 }

// why is the reason of a failure in a word or two.
func (t *turn) why() string {
	switch {
	case errors.Is(t.err, errNotStarted):
		return "not started"
	case as[*child.StartError](t.err):
		return "cannot be executed"
	case t.err != nil:
		return "no credentials"
	case t.signal != 0:
		return fmt.Sprintf("signal %d", t.signal)
	}
	return fmt.Sprintf("exit %d", *t.Code)
}

// execEach runs the command once a profile, at most so many at once. All that has to be asked is asked
// before the first one starts.
func (a *parts) execEach(ctx context.Context, command []string, e each, k *provider.RoleFlags) error {
	if len(command) == 0 {
		return &ui.UsageError{Reason: "--each wants a command", Next: "hatstand exec --each " + ui.Quoted(e.profiles) + " -- COMMAND..."}
	}
	if e.jobs == 0 {
		e.jobs = jobsAtOnce
	}
	set, err := a.settings.Profiles()
	if err != nil {
		return err
	}
	names, err := set.Select(e.profiles, e.role)
	if err != nil {
		return err
	}
	path, err := child.Find(command[0])
	if err != nil {
		return err
	}
	plans, unplanned := a.provider.Plans(names, k)
	if len(unplanned) > 0 {
		return unplanned
	}
	b, err := a.provider.Batch(ctx, plans, k, prompt.Normal, false)
	if err != nil {
		return err
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	var crew child.Crew
	defer relay(&crew)() // from now on: what comes before the first one starts keeps all from starting
	if err := b.Ask(ctx); err != nil {
		return err
	}
	if err := b.AllFailed(); err != nil {
		return err
	}

	began := time.Now()
	all := make(turns, len(plans))
	starting, startNoMore := context.WithCancel(ctx)
	defer startNoMore()
	out := a.newOutput(set, names, e.asJSON, startNoMore)
	slots := make(chan struct{}, e.jobs)
	var running sync.WaitGroup
	for i, p := range plans {
		t := &turn{Profile: p.Target, err: b.Failed[i]}
		all[i] = t
		if b.Skipped[i] {
			t.err = errors.New("not signed in, for the same reason")
		}
		slots <- struct{}{} // in the list's order
		running.Go(func() {
			defer func() { <-slots }()
			if t.err == nil && starting.Err() != nil {
				t.err = errNotStarted
			}
			if t.err == nil {
				a.take(ctx, t, b, i, func(env []string) (child.End, error) {
					stdout, stderr, flush := out.writers(i)
					defer flush()
					return crew.Run(path, command, env, stdout, stderr)
				})
			}
			if t.failed() && e.failFast {
				startNoMore()
			}
			out.done(i, t)
		})
	}
	running.Wait()
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		out.say("interrupted after %d of %d", all.count(func(t *turn) bool { return t.Code != nil && !t.told }), len(all))
		return &child.ExitError{Code: advice.Cancelled}
	}
	if err := out.lost(); err != nil {
		return err
	}
	bad := all.count((*turn).failed)
	if bad == 0 {
		out.say("%d of %d succeeded in %.1f s", len(all), len(all), time.Since(began).Seconds())
		return nil
	}
	return &eachError{turns: all, bad: bad}
}

// take is one profile's turn: its credentials, then its command.
func (a *parts) take(ctx context.Context, t *turn, b *provider.Batch, i int, run func(env []string) (child.End, error)) {
	began := time.Now()
	defer func() { t.Seconds = float64(time.Since(began).Milliseconds()) / 1000 }()
	p := b.Plans[i]
	c, err := b.Credentials(ctx, i)
	if err != nil {
		t.err = err
		if ctx.Err() != nil {
			t.err = errNotStarted
		}
		return
	}
	t.Account = c.AccountID
	end, err := run(child.Environment(a.Environ(), p.Target, p.Region, c, provider.Endpoints(p)...))
	if errors.Is(err, child.ErrTold) {
		err = errNotStarted
	}
	if err != nil {
		t.err = err
		return
	}
	t.Code, t.signal, t.told = &end.Code, end.Signal, end.Told
}

// relay passes on what would end this process to all that runs, each signal once: timeout sends its own twice, and
// a closed window is told of by the system and by the shell. A second Ctrl-C ends them for good.
func relay(crew *child.Crew) (stop func()) {
	ch := make(chan os.Signal, 4)
	done := make(chan struct{})
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(ch, syscall.SIGHUP)
	}
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE) // a reader that goes away is then an error of Write, and the commands are not left alone
	go func() {
		told := map[os.Signal]bool{}
		for {
			select {
			case sig := <-ch:
				switch {
				case !told[sig]:
					crew.Signal(sig)
				case sig == os.Interrupt:
					crew.Signal(os.Kill)
				}
				told[sig] = true
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(ch); signal.Stop(broken); close(done) }
}

// turns are in the list's order.
type turns []*turn

func (all turns) count(is func(*turn) bool) int {
	n := 0
	for _, t := range all {
		if is(t) {
			n++
		}
	}
	return n
}

// An eachError says for which profiles a command failed.
type eachError struct {
	turns turns
	bad   int
}

// named is how many failures an error names.
const named = 10

func (e *eachError) Error() string {
	var names []string
	for _, t := range e.turns {
		if t.failed() && len(names) < named {
			names = append(names, fmt.Sprintf("%s (%s)", t.Profile, t.why()))
		}
	}
	text := fmt.Sprintf("%d of %d failed: %s", e.bad, len(e.turns), strings.Join(names, ", "))
	if more := e.bad - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Hints are those of the first profile whose credentials could not be had.
func (e *eachError) Hints() []string {
	for _, t := range e.turns {
		if hints := advice.Hints(t.err); len(hints) > 0 {
			return hints
		}
	}
	return nil
}

// encode is a turn as a line of JSON.
func (t *turn) encode() ([]byte, error) {
	if t.err != nil {
		t.Error = t.err.Error()
	}
	line, err := json.Marshal(t)
	return append(line, '\n'), err
}
