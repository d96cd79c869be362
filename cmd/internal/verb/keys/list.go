package keys

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

func newList(d Deps) *cobra.Command {
	var asJSON, check bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys in the keyring; never their secrets",
		Long: `Lists the keys in the keyring, how long they have been there, and how many
cached sessions were made with each.

Signing in to IAM Identity Center needs no keys; hatstand doctor says where you
are signed in.

--check asks AWS for each key's status, true age and last use
(iam:ListAccessKeys and iam:GetAccessKeyLastUsed), with one token code at most
for each MFA device. hatstand audit looks at the keys of all users of an
account.`,
		Example: `  hatstand keys list
  hatstand keys list --check`,
		Args: ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := app.Interruptible(cmd.Context())
			defer stop()
			infos, err := readKeys(ctx, d)
			if err != nil {
				return err
			}
			if check {
				if _, err := checkKeys(ctx, d, infos, &provider.RoleFlags{}); err != nil {
					return err
				}
			}
			return printKeys(d, infos, check, asJSON)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "ask AWS for status, age and last use")
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: []keyInfo{}})
	return cmd
}

func printKeys(d Deps, infos []keyInfo, checked, asJSON bool) error {
	var errs ui.Errors
	for _, i := range infos {
		if i.err != nil {
			errs = append(errs, i.err)
		}
	}
	show := func() error {
		if asJSON {
			return d.World.Streams().PrintJSON(infos)
		}
		if len(infos) == 0 {
			return noKeys(d)
		}
		if err := d.World.Streams().PrintTable(keyTable(infos, checked)); err != nil {
			return err
		}
		return d.World.Streams().Print(unfinishedRotations(infos))
	}
	if err := show(); err != nil || len(errs) == 0 {
		if err == nil && checked && !asJSON && len(infos) > 0 {
			d.World.Streams().NoteAtTerminal("for all users of an account: hatstand audit " + infos[0].Profile)
		}
		return err
	}
	return errs
}

func keyTable(infos []keyInfo, checked bool) *ui.Table {
	columns := []ui.Column{{Head: "PROFILE"}, {Head: "KEY", Least: 20}, {Head: "AGE", Leave: 1},
		{Head: "SESSIONS", Leave: 4}, {Head: "BACKEND", Leave: 5}}
	if checked {
		columns = append(columns, ui.Column{Head: "STATUS", State: true, Leave: 2}, ui.Column{Head: "LAST USED", Leave: 3})
	}
	t := ui.NewTable(append(columns, ui.Column{Head: "USER", Leave: 6})...)
	for _, i := range infos {
		cells := []string{i.Profile, i.AccessKeyID, i.age(), fmt.Sprint(i.Sessions), i.Backend}
		if checked {
			cells = append(cells, i.statusWords(), i.useWords())
		}
		t.Row(append(cells, i.User)...)
	}
	return t
}

// unfinishedRotations says how to go on with each rotation that was not finished.
func unfinishedRotations(infos []keyInfo) string {
	var b strings.Builder
	for _, i := range infos {
		if i.Rotating {
			fmt.Fprintf(&b, "A rotation was not finished; to go on with it: hatstand keys rotate %s\n", i.Profile)
		}
	}
	return b.String()
}

func (i keyInfo) statusWords() string {
	if i.Status == "" {
		return "unknown"
	}
	return i.Status
}

func (i keyInfo) useWords() string {
	switch {
	case i.LastUsed != nil:
		return fmt.Sprintf("%s ago, %s in %s", ui.Age(i.now.Sub(i.LastUsed.At)), i.LastUsed.Service, i.LastUsed.Region)
	case i.err == nil && (i.Status == statusActive || i.Status == statusInactive):
		return "never"
	}
	return "unknown"
}

// noKeys says that there are no keys, and who needs none.
func noKeys(d Deps) error {
	text := "No keys in the " + d.Keyring.Opened().Backend() + " keyring. "
	add := "hatstand keys add PROFILE\n"
	switch all := d.Targets.SignIns(); {
	case len(all) == 0:
		text += "Add one: " + add
	case len(all) == 1 && all[0].Session != "":
		name := all[0].Session
		text += "The profiles of " + ui.Plain(name) + " need none: hatstand login " + advice.ShellWord(name) +
			"\nTo add the key of an IAM user: " + add
	default:
		text += "Profiles that sign in need none: hatstand login --all\nTo add the key of an IAM user: " + add
	}
	return d.World.Streams().Print(text)
}
