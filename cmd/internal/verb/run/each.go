package run

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/child"
	"hatstand/mfa"
)

// eachFlags are the flags of exec that run the command once for each of several profiles.
type eachFlags struct {
	profiles string
	role     string
	jobs     int
	asJSON   bool
	failFast bool

	skipUnusable bool
}

// defaultJobs is more than there are processors: most commands wait for AWS.
const defaultJobs = 8

func (e *eachFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&e.profiles, "each", "",
		"`LIST` run the command once for each profile of a list: names and globs, separated by commas")
	f.StringVar(&e.role, "each-role", "", "`NAME` run the command once for each profile whose role has this name")
	f.IntVarP(&e.jobs, "jobs", "j", 0, "with --each, run at most `N` commands at the same time: 8 if not given")
	ui.AddJSON(cmd, &e.asJSON, ui.Document{With: "--each", Of: profileResult{}, Lines: true})
	f.Lookup("json").Usage = "with --each, print a line of JSON for each profile; bytes that are not UTF-8 are replaced"
	f.BoolVar(&e.skipUnusable, "skip-unusable", false,
		"with --each, run the command for the other profiles if some cannot be used; the exit code is 1")
	f.BoolVar(&e.failFast, "fail-fast", false, "with --each, start no more commands once one has failed")
}

// names reports whether the list has a profile by its own name.
func (e *eachFlags) names(profile string) bool {
	for entry := range strings.SplitSeq(e.profiles, ",") {
		if strings.TrimSpace(entry) == profile {
			return true
		}
	}
	return false
}

func (e *eachFlags) given() bool { return e.profiles != "" || e.role != "" }

// check refuses flags that need --each, a number of jobs that lets nothing run, and an empty list: a shell's variable
// that is not set must not mean the profile of AWS_PROFILE, nor all profiles of a role.
func (e *eachFlags) check(f *pflag.FlagSet) error {
	for _, flag := range []struct{ name, value string }{{"each", e.profiles}, {"each-role", e.role}} {
		if f.Changed(flag.name) && flag.value == "" {
			return &ui.UsageError{
				Reason: "--" + flag.name + " is empty",
				Next:   "name profiles or globs; list them: hatstand list",
			}
		}
	}
	for _, name := range []string{"jobs", "json", "skip-unusable", "fail-fast"} {
		if f.Changed(name) && !e.given() {
			return &ui.UsageError{
				Reason: "--" + name + " needs --each or --each-role",
				Next:   "hatstand exec --each 'prod-*' -- COMMAND...",
			}
		}
	}
	if f.Changed("jobs") && e.jobs < 1 {
		return &ui.UsageError{Reason: "-j must be at least 1"}
	}
	return nil
}

// execEach runs the command once for each profile, several at the same time. All that has to be asked is asked before
// the first one starts.
func execEach(ctx context.Context, d Deps, command []string, e eachFlags, k *provider.RoleFlags) error {
	if len(command) == 0 {
		return &ui.UsageError{
			Reason: "--each needs a command",
			Next:   "hatstand exec --each " + ui.Quoted(e.profiles) + " -- COMMAND...",
		}
	}
	if e.jobs == 0 {
		e.jobs = defaultJobs
	}
	set, err := d.Settings.Profiles()
	if err != nil {
		return err
	}
	found, err := set.Select(e.profiles, e.role)
	if err != nil {
		return err
	}
	path, err := child.Find(command[0])
	if err != nil {
		return err
	}
	var plans []credproc.Plan
	var usable []*profileResult // one for each plan
	var outputs []int           // the plans' places in names
	var unusable ui.Errors
	var all results
	var names, leftOut []string
	for _, name := range found {
		planned, failed := d.Provider.Plans(ctx, []string{name}, k)
		if len(failed) == 0 && planned[0].ReasonRequired().IsSet() && !e.names(name) {
			leftOut = append(leftOut, ui.Quoted(name))
			continue
		}
		r := &profileResult{Profile: name}
		if len(failed) > 0 {
			r.err, r.unusable = failed[0], true
		} else {
			plans, usable, outputs = append(plans, planned...), append(usable, r), append(outputs, len(all))
		}
		all, names = append(all, r), append(names, name)
		unusable = append(unusable, failed...)
	}
	if len(leftOut) > 0 && len(all) == 0 {
		return &ui.UsageError{
			Reason: "each profile requires a reason, and takes part only where it is named: " + strings.Join(leftOut, ", "),
			Next:   "name them one by one, between commas",
		}
	}
	if len(leftOut) > 0 {
		d.UI.Note("left out: " + strings.Join(leftOut, ", ") + ": a profile that requires a reason has to be named itself")
	}
	if n := len(unusable); n > 0 && len(plans) == 0 {
		return unusable
	} else if n > 0 && !e.skipUnusable {
		unusable[n-1] = &unusableError{unusable[n-1]}
		return unusable
	}
	batch, err := d.Provider.Batch(ctx, plans, k, prompt.Normal, false)
	if err != nil {
		return err
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	var group child.Group
	defer passSignals(&group)() // a signal that comes before the first command starts keeps all of them from starting
	err = batch.Ask(ctx)
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return mfa.ErrCancelled
	}
	if err != nil {
		return err
	}
	if err := batch.AllFailed(); err != nil && len(unusable) == 0 {
		return err
	}

	began := time.Now()
	starting, startNoMore := context.WithCancel(ctx)
	defer startNoMore()
	out := newOutput(d.UI, set, names, e.asJSON, startNoMore)
	for i, r := range all {
		if r.unusable {
			out.done(i, r)
		}
	}
	slots := make(chan struct{}, e.jobs)
	var running sync.WaitGroup
	for i, r := range usable {
		r.err = batch.Failed[i]
		slots <- struct{}{} // taken here, so that commands start in the list's order
		running.Go(func() {
			defer func() { <-slots }()
			if r.err == nil && starting.Err() != nil {
				r.err = errNotStarted
			}
			if r.err == nil {
				runOne(ctx, d.World.Environ(), batch, i, r, func(env []string) (child.End, error) {
					stdout, stderr, flush := out.writers(outputs[i])
					defer flush()
					return group.Run(path, command, env, stdout, stderr)
				})
			}
			if r.failed() && e.failFast {
				startNoMore()
			}
			out.done(outputs[i], r)
		})
	}
	running.Wait()
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		out.summary("interrupted after %d of %d", all.count((*profileResult).completed), len(all))
		return &child.ExitError{Code: advice.Cancelled}
	}
	if err := out.stdoutError(); err != nil {
		return err
	}
	if failed := all.count((*profileResult).failed); failed > 0 {
		return &eachError{results: all, failed: failed}
	}
	out.summary("%d of %d succeeded in %.1f s", len(all), len(all), time.Since(began).Seconds())
	return nil
}

// runOne gets one profile's credentials, and runs the command with them.
func runOne(
	ctx context.Context, environ []string, b *provider.Batch, i int, r *profileResult,
	run func(env []string) (child.End, error),
) {
	began := time.Now()
	defer func() { r.Seconds = float64(time.Since(began).Milliseconds()) / 1000 }()
	c, err := b.Credentials(ctx, i)
	if err != nil {
		r.err = err
		if ctx.Err() != nil {
			r.err = errNotStarted
		}
		return
	}
	r.Account = c.AccountID
	p := b.Plans[i]
	end, err := run(child.Environment(environ, p.Target, p.Region, c, provider.Endpoints(p)...))
	if errors.Is(err, child.ErrSignalled) {
		err = errNotStarted
	}
	if err != nil {
		r.err = err
		return
	}
	r.Code, r.signal, r.signalled = &end.Code, end.Signal, end.Signalled
}

// passSignals passes on to all commands what would end this process. Each kind of signal is passed on once: timeout
// sends its own twice, and when a window is closed, both the kernel and the shell send SIGHUP. A second Ctrl-C kills
// the commands.
func passSignals(group *child.Group) (stop func()) {
	ch := make(chan os.Signal, 4)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(ch, syscall.SIGHUP)
	}
	// Without SIGPIPE a reader that goes away is an error of Write, and this process does not end before the commands.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	stopped := make(chan struct{})
	go func() {
		passed := map[os.Signal]bool{}
		for {
			select {
			case sig := <-ch:
				switch {
				case !passed[sig]:
					group.Signal(sig)
				case sig == os.Interrupt:
					group.Signal(os.Kill)
				}
				passed[sig] = true
			case <-stopped:
				return
			}
		}
	}()
	return func() { signal.Stop(ch); signal.Stop(broken); close(stopped) }
}
