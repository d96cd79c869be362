// Package audit is the verb audit: it has IAM report on an account's users, or on what a role uses, and says what is
// wrong. It only reads: nothing is changed at AWS but that a report is made.
package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/iam"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/partitions"
)

// Deps are what the verb uses.
type Deps struct {
	World    app.World
	UI       ui.Streams
	Settings *app.Settings
	Targets  app.Targets
	Clients  *app.HTTPClients
	Keyring  *provider.Keyring
	Provider *provider.Provider
}

// options are the flags.
type options struct {
	provider.RoleFlags
	role, maxAge      string
	json, csv, failOn bool
}

// New is the verb audit.
func New(d Deps) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "audit [PROFILE]",
		Short: "Find old keys and missing MFA in an account, or what a role never uses",
		Long: `Asks IAM for the credential report of PROFILE's account, and says what is wrong,
the worst first: root has an access key, root has no MFA device, a password
without an MFA device, keys that are older than --max-age, keys and passwords
that were not used for 90 days, two active keys, keys that were never used. IAM
makes a report every four hours at most.

With --role it asks which services a role may use, and lists those that the role
has never used, or not for 90 days; the longest unused come first. ROLE is a
profile, or a role's ARN; without PROFILE, the role itself is used to ask.

It needs the right to read these reports; if it is missing, a policy that gives
it is printed. Nothing is changed. With --fail it is a check for CI.`,
		Example: `  hatstand audit me
  hatstand audit prod --max-age 30d --fail
  hatstand audit me --csv >report.csv
  hatstand audit --role prod`,
		Args:              ui.AtMost(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := app.Interruptible(cmd.Context())
			defer stop()
			err := d.audit(ctx, args, &o)
			if err != nil && errors.Is(context.Cause(ctx), app.ErrInterrupted) {
				return mfa.ErrCancelled
			}
			return err
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.role, "role", "", "`ROLE` list the services that this role does not use")
	f.StringVar(&o.maxAge, "max-age", "", "`TIME` how old an access key may be, 90d if not given")
	f.BoolVar(&o.failOn, "fail", false, "exit with 1 if anything is found")
	f.BoolVar(&o.csv, "csv", false, "print IAM's whole report, as CSV")
	o.AddCode(f)
	o.AddReason(f)
	ui.AddJSON(cmd, &o.json, ui.Document{Of: report{}}, ui.Document{With: "--role", Of: roleReport{}})
	_ = cmd.RegisterFlagCompletionFunc("role", d.Targets.CompleteOne)
	return cmd
}

func (d Deps) audit(ctx context.Context, args []string, o *options) error {
	maxAge, err := ui.ParseAge("--max-age", cmp.Or(o.maxAge, "90d"))
	switch {
	case err != nil:
		return err
	case o.csv && o.json:
		return &ui.UsageError{Reason: "--csv and --json cannot be combined"}
	case o.csv && o.role != "":
		return &ui.UsageError{Reason: "--csv is for the report of an account's users", Next: "with --role, use --json"}
	}
	if o.role != "" {
		return d.auditRole(ctx, args, o)
	}
	target, err := d.Targets.Chosen(ctx, args)
	if err != nil {
		return err
	}
	client, err := d.connect(ctx, target, o)
	if err != nil {
		return err
	}
	return d.auditUsers(ctx, target, client, maxAge, o)
}

// connect is IAM as a profile: with a role's credentials, a session that a code was given for, or the keys as they are,
// since IAM takes no session that was got without MFA.
func (d Deps) connect(ctx context.Context, target string, o *options) (*iam.Client, error) {
	set, err := d.Settings.Profiles()
	if err != nil {
		return nil, err
	}
	flags := o.RoleFlags
	flags.LongLived = true
	plan, err := d.Provider.Plan(ctx, target, &flags)
	if err == nil && len(plan.Steps) == 1 && plan.Steps[0].Call == credproc.GetSessionToken && plan.Serial() == "" {
		flags.NoSession = true
		plan, err = d.Provider.Plan(ctx, target, &flags)
	}
	if err != nil {
		return nil, err
	}
	endpoint, err := set.Endpoint("iam", profiles.Request{
		Target: target, Getenv: d.Settings.Environment().OfProfile, Self: d.World.Self(), HasKeys: d.Keyring.HasKeys(ctx),
	})
	if err != nil {
		return nil, err
	}
	r, err := d.Provider.Resolver(ctx, plan, &flags, prompt.Normal)
	if err != nil {
		return nil, err
	}
	c, err := d.Provider.Run(ctx, r, plan)
	if err != nil {
		return nil, err
	}
	http, err := d.Clients.For(endpoint.CABundle)
	if err != nil {
		return nil, err
	}
	return iam.New(iam.Options{
		Calls: d.Provider.Calls(http), Region: partitions.LeaderRegion(plan.Partition),
		URL: endpoint.URL, FIPS: endpoint.FIPS, DualStack: endpoint.DualStack,
		Credentials: c, MFA: plan.Serial() != "" || len(plan.Steps) > 0, Profile: target,
	}), nil
}

// pause waits for a report, and says so on a terminal.
func (d Deps) pause(status *ui.Status, what string) iam.Pause {
	waited := time.Duration(0)
	return func(ctx context.Context, next time.Duration) error {
		status.Say(fmt.Sprintf("waiting for %s (%d s)", what, int(waited.Seconds())))
		waited += next
		return d.World.Sleep(ctx, next)
	}
}

// foundError ends the verb with exit code 1 where --fail is given and something was found.
type foundError struct{ text string }

func (e *foundError) Error() string { return e.text }

// Hints say how to have the run succeed.
func (e *foundError) Hints() []string { return []string{"without --fail the exit code is 0"} }

func (o *options) failed(n int, one, many string) error {
	switch {
	case !o.failOn || n == 0:
		return nil
	case n == 1:
		return &foundError{"1 " + one}
	}
	return &foundError{fmt.Sprintf("%d %s", n, many)}
}

// isARN reports whether --role names a role itself.
func isARN(role string) bool { return strings.HasPrefix(role, "arn:") }
