// Package policy is the verb policy: it prints the policies that a profile's plan needs of the other side. It asks nobody,
// calls nobody and prints no secret: of the keyring it reads whose keys a profile has, of a web identity's token whom it
// is about.
package policy

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/overview"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/policy"
	"hatstand/credproc/policy/terraform"
)

// Deps are what the verb uses.
type Deps struct {
	UI       ui.Streams
	Targets  app.Targets
	Provider *provider.Provider
	Overview overview.Overview
}

// Command is the verb policy.
func Command(d Deps) *cobra.Command {
	return ui.Group("policy", "Print the IAM policies that a profile needs", newTrust(d), newAssume(d), newOwn(d))
}

const afterwards = `
Where the profile does not say enough, @UNKNOWN_...@ is printed, which AWS does
not accept; stderr says what to put there. Nothing is sent.`

// options are the flags that the three have in common.
type options struct {
	role              provider.RoleFlags
	principal, format string
}

func (o *options) addFormat(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.format, "format", "", "`FORMAT` json (the default), terraform or cloudformation")
}

func (o *options) addPlan(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.role.Source, "source", "", "`PROFILE` profile to assume an ad-hoc role from")
	f.StringVar(&o.role.Duration, "duration", "", "`TIME` how long the credentials live")
	f.StringArrayVar(&o.role.Tags, "tag", nil, "session tag, `KEY=VALUE` (may be repeated)")
	f.StringVar(&o.role.SourceIdentity, "source-identity", "", "`IDENTITY` source identity of the role session")
	f.StringVar(&o.role.SessionName, "session-name", "", "`NAME` name of the role session")
}

func (o *options) addPrincipal(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.principal, "principal", "", "`ARN` of the caller, or an account's number for the whole account")
}

func formats() []string { return []string{"json", "terraform", "cloudformation"} }

func (o *options) check() error {
	o.format = cmp.Or(o.format, "json")
	if !slices.Contains(formats(), o.format) {
		return &ui.UsageError{Reason: "--format: there is no " + ui.Quoted(o.format), Next: "formats: " + strings.Join(formats(), ", ")}
	}
	o.role.ToShow, o.role.LongLived = true, true
	return nil
}

func newTrust(d Deps) *cobra.Command {
	var o options
	var subject string
	cmd := &cobra.Command{
		Use:   "trust [PROFILE...]",
		Short: "Print the trust policy that a profile's role needs",
		Long: `Prints the trust policy of the role that the profile ends with: it allows what
hatstand does for the profile and nothing else. It names the caller, and asks
for MFA, the external ID, the source identity, the tags and the session name as
the profile has them. Several profiles with one role give one policy.
` + afterwards,
		Example: `  hatstand policy trust prod > trust.json
  aws iam update-assume-role-policy --role-name Admin \
      --policy-document file://trust.json`,
		ValidArgsFunction: d.Targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			asks, err := d.asks(cmd.Context(), args, &o, subject)
			if err != nil {
				return err
			}
			doc, err := policy.TrustAll(asks)
			if err != nil {
				return err
			}
			p := asks[0].Plan
			if o.format == "cloudformation" {
				return d.print(doc, policy.TrustTemplate(p, doc))
			}
			return d.print(doc, o.text("trust_"+p.Target, doc))
		},
	}
	o.addPlan(cmd)
	o.addPrincipal(cmd)
	cmd.Flags().StringVar(&subject, "subject", "", "`SUB` subject of the OpenID provider's token; * and ? are wildcards")
	o.addFormat(cmd)
	return cmd
}

func newAssume(d Deps) *cobra.Command {
	var o options
	var by, accounts string
	cmd := &cobra.Command{
		Use:   "assume [PROFILE...]",
		Short: "Print the identity policy that allows assuming roles",
		Long: `Prints the policy for a group of users, or for a permission set: it allows the
first role that each profile assumes, and nothing else. If a profile assumes
several roles one after the other, --by prints the policy of a role on the way.
` + afterwards,
		Example: `  hatstand policy assume prod audit > assume.json
  hatstand policy assume prod --accounts '*'`,
		ValidArgsFunction: d.Targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			asks, err := d.asks(cmd.Context(), args, &o, "")
			if err != nil {
				return err
			}
			doc, err := policy.Assume(asks, by, accounts)
			if err != nil {
				return err
			}
			return d.print(doc, o.text("assume_"+asks[0].Plan.Target, doc))
		},
	}
	o.addPlan(cmd)
	cmd.Flags().StringVar(&by, "by", "", "`PROFILE` profile on the way, whose role gets the policy")
	cmd.Flags().StringVar(&accounts, "accounts", "", "`PATTERN` allow the role in each account whose number matches: '*'")
	o.addFormat(cmd)
	return cmd
}

func newOwn(d Deps) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "own-credentials [PROFILE]",
		Short: "Print the policy for users who look after their own keys",
		Long: `Prints the identity policy with which IAM users look after their own password,
access keys and MFA device, and can do nothing else before they have signed in
with MFA. It is for a group: each user may do so only for themselves.
` + afterwards,
		Args:              ui.AtMost(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			asks, err := d.asks(cmd.Context(), args, &o, "")
			if err != nil {
				return err
			}
			doc, err := policy.OwnCredentials(asks[0].Plan, asks[0].Facts)
			if err != nil {
				return err
			}
			return d.print(doc, o.text("own_credentials", doc))
		},
	}
	o.addPrincipal(cmd)
	o.addFormat(cmd)
	return cmd
}

// asks makes the plans of the profiles, and looks for what they do not tell.
func (d Deps) asks(ctx context.Context, args []string, o *options, subject string) ([]policy.Ask, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	ctx = prompt.With(ctx, prompt.Never)
	var all []policy.Ask
	for i := range max(1, len(args)) {
		target, err := d.Targets.Named(args[min(i, len(args)):])
		if err != nil {
			return nil, err
		}
		p, err := d.Provider.Plan(ctx, target, &o.role)
		if err != nil {
			return nil, err
		}
		f, err := d.Overview.Facts(ctx, p)
		if err != nil && o.principal == "" {
			d.UI.Note("the keyring does not say whose keys " + ui.Quoted(p.Base.Profile) + " has: " + err.Error())
		}
		f.Caller, f.Subject = o.principal, cmp.Or(subject, f.Subject)
		all = append(all, policy.Ask{Plan: p, Facts: f})
	}
	return all, nil
}

// text is the document in a format that every policy has.
func (o *options) text(name string, doc policy.Document) string {
	switch o.format {
	case "terraform":
		return terraform.DataSource(name, doc)
	case "cloudformation":
		return policy.PolicyTemplate(doc)
	}
	return doc.JSON()
}

func (d Deps) print(doc policy.Document, text string) error {
	if err := d.UI.Print(text); err != nil {
		return err
	}
	for _, u := range doc.Unknown {
		d.UI.Note("@UNKNOWN_" + u.Name + "@ is not known: " + u.What + fillIn(u.Name))
	}
	for _, n := range doc.Notes {
		d.UI.Note(n)
	}
	return nil
}

// fillIn is how an unknown part is told, after what it is.
func fillIn(name string) string {
	switch name {
	case "PRINCIPAL", "PROVIDER":
		return "; name it: --principal ARN"
	case "ACCOUNT":
		return "; name it: --principal ACCOUNT"
	case "SUBJECT":
		return "; name it: --subject SUB"
	}
	return ""
}
