package console

import (
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/recent"
	"hatstand/cmd/internal/ui"
	signin "hatstand/credproc/console"
	"hatstand/profiles/limits"
)

// openFlags are the flags that say which page is opened, and how.
type openFlags struct {
	page     signin.Target
	print    bool
	asJSON   bool
	copy     bool
	qr       bool
	switchTo bool
	portal   bool
	logout   bool
	browser  browserFlags
}

// New is the verb console.
func New(d Deps) *cobra.Command {
	v := command{d}
	var k provider.RoleFlags
	var o openFlags
	cmd := &cobra.Command{
		Use:   "console [PROFILE...] [ARN|s3://BUCKET/KEY] [flags]",
		Short: "Sign in to the AWS console as the role",
		Long: `Opens the AWS console in a browser, signed in as the role. For 15 minutes anyone
who opens the sign-in URL is signed in, so the browser is started with a
one-time address on this machine instead. With several profiles, each opens a
console of its own. A browser keeps one AWS sign-in at a time, unless each
console has its own container (--container) or browser profile, or multi-session
support is on in the console.

The console lasts as long as the role's credentials, usually an hour. If you ask
for more than 1h with --duration, the role is assumed directly with the IAM
user's keys and a new MFA code: only then does AWS let the console last longer.
A role that is assumed from another role lasts an hour at most. If you can sign
in to the console as an IAM user, --switch has no such limit.

An IAM user without a role gets a console that --read-only, --policy or
--policy-arn narrows, for 12h or --duration, up to 36h.

A permission set of IAM Identity Center decides how long its credentials last;
--duration may be up to 12h there too. --portal takes no credentials: it opens
the console through the AWS access portal, as whoever is signed in there in the
browser.`,
		Example: `  hatstand console prod
  hatstand console prod --service ec2 --region eu-west-1
  hatstand console prod --duration 8h
  hatstand console prod s3://my-bucket/reports/
  hatstand console prod staging dev
  hatstand console prod --print`,
		ValidArgsFunction: v.Targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			args, o.page.Resource = resourceOf(args, k.Source != "")
			if err := o.check(len(args)); err != nil {
				return err
			}
			if o.qr {
				if _, err := v.stdoutTerminal(); err != nil {
					return err
				}
			}
			targets, err := v.Targets.Expand(args)
			if err != nil {
				return err
			}
			if len(targets) == 0 {
				target, err := v.Targets.Chosen(cmd.Context(), nil)
				if err != nil {
					return err
				}
				targets = []string{target}
			}
			if o.switchTo {
				return v.noteUse(targets, v.switchRole(cmd.Context(), targets, &k, &o))
			}
			if o.portal {
				return v.noteUse(targets, v.portal(cmd.Context(), targets, &k, &o))
			}
			return v.console(cmd.Context(), targets, &k, &o)
		},
	}
	f := cmd.Flags()
	k.Add(f)
	f.Lookup("duration").Usage = "`TIME` how long the console session lasts: 15m to 12h (36h without a role)"
	f.Lookup("region").Usage = "`REGION` region of the page, and of the STS calls"
	f.StringVar(&o.page.Service, "service", "",
		"`NAME` service to open, by its name in the AWS CLI or a nickname: s3, ec2, cfn, logs")
	f.StringVar(&o.page.Path, "path", "", "`PATH` page to open, by its path: /ec2/home#Instances:")
	f.StringVar(&o.page.URL, "destination", "", "`URL` page to open, by its URL")
	f.BoolVar(&o.print, "print", false, "print the sign-in URL instead of opening it")
	f.BoolVar(&o.copy, "copy", false, "put the sign-in URL on the clipboard instead of opening it")
	f.BoolVar(&o.qr, "qr", false, "draw the sign-in URL as a QR code instead of opening it")
	f.BoolVar(&o.switchTo, "switch", false,
		"open the console's switch-role form; you must be signed in as an IAM user")
	f.BoolVar(&o.portal, "portal", false,
		"open the console through the AWS access portal, with the browser's own sign-in there")
	f.BoolVar(&o.logout, "logout", false, "end the browser's old sign-in first")
	ui.AddJSON(cmd, &o.asJSON, ui.Document{With: "--print", Of: []printedURL{}})
	f.Lookup("json").Usage = "with --print, print the URLs as JSON"
	o.browser.flags(f)
	return cmd
}

// noteUse remembers that the profiles were used, if err is nil. It returns err.
func (v command) noteUse(targets []string, err error) error {
	if err != nil {
		return err
	}
	var used []recent.Use
	for _, target := range targets {
		used = append(used, recent.Use{Profile: target})
	}
	v.Targets.Used(used...)
	return nil
}

// resourceOf takes the page to open from the arguments: the last one, if it is an ARN or begins with s3://. A role's
// ARN is a role to assume if it comes first or has a source profile.
func resourceOf(args []string, source bool) (targets []string, resource string) {
	n := len(args) - 1
	if n < 0 || !strings.HasPrefix(args[n], "arn:") && !strings.HasPrefix(args[n], "s3://") {
		return args, ""
	}
	if _, err := limits.ParseRoleARN(args[n]); err == nil && (n == 0 || source) {
		return args, ""
	}
	return args[:n], args[n]
}

// check refuses flags that contradict each other.
func (o *openFlags) check(named int) error {
	outputs := 0
	for _, on := range []bool{o.print, o.copy, o.qr} {
		if on {
			outputs++
		}
	}
	switch {
	case o.asJSON && !o.print:
		return &ui.UsageError{Reason: "--json needs --print: nothing is printed about a console that is opened",
			Next: "hatstand console PROFILE --print --json"}
	case outputs > 1:
		return &ui.UsageError{Reason: "give only one of --print, --copy and --qr"}
	case named > 1 && (o.copy || o.qr):
		return &ui.UsageError{Reason: "--copy and --qr take one profile", Next: "print the URLs: --print"}
	case named > 1 && o.page.Resource != "":
		return &ui.UsageError{Reason: "a resource takes one profile", Next: "hatstand console PROFILE " + o.page.Resource}
	case o.switchTo && o.page != (signin.Target{}):
		return &ui.UsageError{
			Reason: "--switch opens the console's switch-role form; it cannot be combined with a page to open",
		}
	case o.switchTo && o.logout:
		return &ui.UsageError{Reason: "--switch needs you to stay signed in, but --logout signs you out"}
	case o.portal && o.switchTo:
		return &ui.UsageError{Reason: "--portal and --switch cannot be combined"}
	case o.portal && o.logout:
		return &ui.UsageError{Reason: "--portal leaves the console's sign-in to the browser; it cannot be combined with --logout"}
	}
	return nil
}
