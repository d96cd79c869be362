// Package demo is the verb demo: a first day with hatstand on an AWS and a home of its own.
//
// It touches nothing of the user's, sends nothing anywhere, and leaves nothing behind.
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/awstest"
	"hatstand/credproc/child"
)

// Command is the verb demo.
func Command(w app.World) *cobra.Command {
	var k kind
	var press, phones, aws bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try hatstand without an AWS account",
		Long: `Shows what a first day with hatstand is like, against a stand-in for AWS that
runs on this machine, with a home folder of its own: the day of an IAM user with
an MFA device, or, with --sso, of somebody who signs in by IAM Identity Center.
Your own files, keys and keyring are not touched, nothing leaves the machine,
and nothing is left behind.`,
		Example: `  hatstand demo
  hatstand demo --sso
  hatstand demo --sso --shell`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := app.Interruptible(cmd.Context())
			defer stop()
			switch {
			case press:
				return pressAllow(ctx, w, args)
			case aws:
				return standIn(ctx, w, args)
			}
			if len(args) > 0 {
				return ui.AtMost(0)(cmd, args)
			}
			if phones {
				return phone(w)
			}
			d, err := newDemo(ctx, w, k)
			if err != nil {
				return err
			}
			defer d.close()
			switch {
			case k.shell && k.sso:
				return d.signInShell()
			case k.shell:
				return d.shell()
			case k.sso:
				return d.signInTour(ctx)
			}
			return d.tour(ctx)
		},
	}
	cmd.Flags().BoolVar(&k.sso, "sso", false, "show IAM Identity Center")
	cmd.Flags().BoolVar(&k.shell, "shell", false, "open your shell there instead, to try things yourself")
	cmd.Flags().BoolVar(&press, "press", false, "be the demo's browser")
	cmd.Flags().BoolVar(&phones, "phone", false, "be the MFA device of the demo's shell")
	cmd.Flags().BoolVar(&aws, "aws", false, "be the demo's stand-in for the AWS CLI")
	for _, name := range []string{"press", "phone", "aws"} {
		_ = cmd.Flags().MarkHidden(name)
	}
	return cmd
}

// tour is the first day.
func (d *demo) tour(ctx context.Context) error {
	d.say("A stand-in for AWS listens on %s; the home folder is %s.\n", d.aws.URL, d.home)
	d.noteStandIn()
	d.say("\n")
	if err := d.run(ctx, d.keyEnv(), "keys", "add", "me", "--from-env"); err != nil {
		return err
	}
	first := []string{"exec", "prod", "--", "aws", "s3", "ls"}
	if !d.terminal {
		d.say("  (there is no terminal here, so the demo gives the code itself)\n")
		first = slices.Insert(first, 2, "--mfa-code", d.device.Code(d.world.Now()))
	} else {
		d.say("  (alice's MFA device shows: %s)\n", d.device.Code(d.world.Now()))
	}
	if err := d.run(ctx, nil, first...); err != nil {
		return err
	}
	if err := d.runCLI(ctx, "s3", "ls", "s3://acme-builds", "--profile", "prod"); err != nil {
		return err
	}
	d.title("One code was asked for; the second command used what was cached")
	d.saw()

	d.title("How? ~/.aws/config")
	d.say("%s", indent(d.config))

	d.title("What the AWS CLI and the SDKs are handed: answered from the cache")
	warm := []string{"credential-process", "prod"}
	handed, err := d.document(ctx, warm)
	if err != nil {
		return err
	}
	again, err := d.document(ctx, warm)
	if err != nil {
		return err
	}
	if again != handed {
		return fmt.Errorf("the second answer differs from the first")
	}
	d.saw()

	d.title("A chain to another account, with no second prompt")
	if err := d.run(ctx, nil, "exec", "audit", "--", "aws", "s3", "ls"); err != nil {
		return err
	}
	d.saw()

	d.title("Why? Ask for the plan")
	if err := d.run(ctx, nil, "explain", "audit"); err != nil {
		return err
	}

	d.title("Run any command as the role")
	if err := d.run(ctx, nil, append([]string{"exec", "prod", "--"}, d.example()...)...); err != nil {
		return err
	}

	if err := d.console(ctx); err != nil {
		return err
	}
	d.say("\nThat was all. To try it yourself in the same place: hatstand demo --shell\n")
	return nil
}

// noteStandIn says where the AWS CLI is none.
func (d *demo) noteStandIn() {
	if !d.realCLI {
		d.say("The AWS CLI is not installed: `aws` is a small stand-in of the demo's own.\n")
	}
}

// runCLI runs the AWS CLI, or what stands in for it.
func (d *demo) runCLI(ctx context.Context, args ...string) error {
	path := filepath.Join(d.home, "bin", "aws")
	if d.realCLI {
		var err error
		if path, err = exec.LookPath("aws"); err != nil {
			return err
		}
	} else if d.world.GOOS == "windows" {
		path += ".cmd"
	}
	d.say("  $ aws %s\n", shown(args))
	return d.start(ctx, nil, path, args...)
}

// run runs hatstand as a user would, in the demo's home.
func (d *demo) run(ctx context.Context, env []string, args ...string) error {
	d.say("  $ hatstand %s\n", shown(args))
	return d.start(ctx, env, d.self, args...)
}

func (d *demo) start(ctx context.Context, env []string, path string, args ...string) error {
	var out bytes.Buffer
	err := d.command(ctx, env, &out, path, args...)
	d.say("%s", indent(out.String()))
	return err
}

// document runs credential-process and shows what it answers, long values cut.
func (d *demo) document(ctx context.Context, args []string) (string, error) {
	d.say("  $ hatstand %s\n", shown(args))
	var out bytes.Buffer
	if err := d.command(ctx, nil, &out, d.self, args...); err != nil {
		return "", err
	}
	var doc map[string]any
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		return "", fmt.Errorf("credential-process did not print its document: %w", err)
	}
	for k, v := range doc {
		if s, ok := v.(string); ok && len(s) > 30 {
			doc[k] = s[:12] + "..."
		}
	}
	b, err := json.Marshal(doc)
	d.say("  %s\n", b)
	return out.String(), err
}

func (d *demo) command(ctx context.Context, env []string, out io.Writer, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(append([]string{}, d.env...), env...)
	cmd.Stdout, cmd.Stderr = out, d.world.Stderr
	cmd.Dir = d.home
	// The terminal has sent Ctrl-C to it too: it puts the terminal right, and says that it was cancelled.
	cmd.Cancel, cmd.WaitDelay = func() error { return nil }, 2*time.Second
	if err := cmd.Run(); err != nil {
		// It may have ended of the Ctrl-C that this process is still to hear of.
		if ctx.Err() != nil || cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == advice.Cancelled {
			return &child.ExitError{Code: advice.Cancelled}
		}
		return fmt.Errorf("%s: %w", shown(args), err)
	}
	return nil
}

// saw says what AWS was asked since the last time.
func (d *demo) saw() {
	calls := d.aws.Calls()[d.seen:]
	d.seen += len(calls)
	if len(calls) == 0 {
		d.say("  AWS saw: nothing\n")
		return
	}
	for _, c := range calls {
		d.say("  AWS saw: %s\n", seen(c))
	}
}

// seen is a call in words.
func seen(c awstest.Call) string {
	text := c.Action
	if arn := c.Params["RoleArn"]; arn != "" {
		text += " " + arn
	} else if set := c.Params["role_name"]; set != "" {
		text += " " + set + " in " + c.Params["account_id"]
	}
	if c.Caller != "" {
		text += " by " + c.Caller
	}
	if _, ok := c.Params["TokenCode"]; ok {
		text += ", with an MFA code"
	}
	return text
}

func (d *demo) title(s string) { d.say("\n%s\n", s) }

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.world.Stdout, format, args...) }

func indent(s string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(s, "\n") + "\n") {
		if line != "\n" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// shown is a command line for reading.
func shown(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		if out[i] = a; a == "" || strings.ContainsAny(a, " $&|;\"'") {
			out[i] = "'" + a + "'"
		}
	}
	return strings.Join(out, " ")
}

// shell opens the user's shell in the demo's world, where alice has her key in a file, as the console gives it.
func (d *demo) shell() error {
	d.say(`A world of its own: home %s, an AWS on %s.
Its proxy refuses all other hosts. Store alice's key first, or type it as README says:

  hatstand keys add me --from-stdin <%s
  hatstand exec prod -- aws s3 ls    as the role; it asks for a code
  phone                              the code that alice's MFA device shows
  hatstand list                      the profiles
  hatstand explain audit             what it would take
  hatstand exec prod                 a shell as the role
  hatstand console prod              a browser signed in to this AWS's console
  %s

Let hatstand make her codes:

  echo %s | hatstand mfa add me --from-stdin

Leave with: exit

`, d.home, d.aws.URL, keyFile, d.loginLine(), d.device.Seed)
	d.noteStandIn()
	return d.openShell()
}

// openShell waits until the user leaves it.
func (d *demo) openShell() error {
	shell := app.Shell(d.world)
	cmd := exec.Command(shell[0], shell[1:]...)
	cmd.Env, cmd.Dir = d.env, d.home
	cmd.Stdin, cmd.Stdout, cmd.Stderr = d.world.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		// What the last command of a shell said is no failure of the demo.
		return nil
	}
	return err
}
