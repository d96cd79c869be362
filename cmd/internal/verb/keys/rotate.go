package keys

import (
	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/rotate"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles/limits"
)

func newRotate(d Deps) *cobra.Command {
	var k provider.RoleFlags
	var o rotate.Options
	var olderThan string
	var dryRun, asJSON bool
	cmd := &cobra.Command{
		Use:   "rotate NAME",
		Short: "Replace a key by a new one",
		Long: `Makes a new access key of the same IAM user, stores it beside the old one, waits
until AWS accepts it, replaces the old one with it, makes the old one inactive,
and deletes it. It asks for one token code at most, and needs
iam:ListAccessKeys, CreateAccessKey, UpdateAccessKey and DeleteAccessKey for the
user itself. Whatever else uses the old key stops working.

At every moment the keyring has a key that works. To finish a rotation that was
interrupted or killed, run the command again.

AWS allows two keys per user. With --delete-inactive, a second key that is
inactive is deleted first; an active one is never touched.

--all-older-than AGE rotates every key in the keyring that is older than AGE,
one after the other, and finishes interrupted rotations. If one key fails, the
others are still rotated. All keys of one user share one token code; if
--mfa-code is not enough for all keys, nothing is changed.`,
		Example: `  hatstand keys rotate me
  hatstand keys rotate --all-older-than 90d --dry-run`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case olderThan != "" && len(args) > 0:
				return &ui.UsageError{
					Reason: "keys rotate takes a name or --all-older-than, not both",
					Next:   "usage: " + cmd.UseLine(),
				}
			case olderThan != "":
				return nil
			case dryRun:
				return &ui.UsageError{
					Reason: "--dry-run needs --all-older-than",
					Next:   "see what there is: hatstand keys list --check",
				}
			}
			return ui.Exactly(1)(cmd, args)
		},
		ValidArgsFunction: d.complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			if k.MFACode != "" {
				if err := limits.CheckTokenCode(k.MFACode); err != nil {
					return ui.FlagError("--mfa-code", err)
				}
			}
			ctx, stop := app.Interruptible(cmd.Context())
			defer stop()
			if olderThan != "" {
				limit, err := ui.ParseAge("--all-older-than", olderThan)
				if err != nil {
					return err
				}
				return rotateAll(ctx, d, limit, o, &k, dryRun, asJSON)
			}
			if err := iamuser.CheckName(args[0]); err != nil {
				return err
			}
			o.Profile = args[0]
			show := d.World.Streams().NewStatus()
			done, err := rotate.Key(ctx, rotateDeps(d, show), o, &k)
			show.Wipe()
			if err != nil {
				return err
			}
			if asJSON {
				return d.World.Streams().PrintJSON(rotatedKey{done.Profiles, done.Old, done.New, done.Deleted})
			}
			return d.World.Streams().Print(done.String())
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&olderThan, "all-older-than", "", "`AGE` every key older than this: 90d, 12w, 36h")
	f.BoolVar(&dryRun, "dry-run", false, "with --all-older-than: show what would be done, and do nothing")
	f.BoolVar(&o.KeepOld, "keep-old-inactive", false, "make the old key inactive, and do not delete it")
	f.BoolVar(&o.DeleteInactive, "delete-inactive", false, "delete the user's other key first, if it is inactive")
	k.AddCode(f)
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: rotatedKey{}}, ui.Document{With: "--all-older-than", Of: []rotation{}})
	return cmd
}

// A rotatedKey is what keys rotate tells of a key as JSON.
type rotatedKey struct {
	Profiles []string `json:"profiles"`
	Old      string   `json:"old_access_key_id"`
	New      string   `json:"new_access_key_id"`
	Deleted  bool     `json:"old_deleted"` // else it is inactive
}

func rotateDeps(d Deps, show *ui.Status) rotate.Deps {
	return rotate.Deps{
		World: d.World, Settings: d.Settings, Logs: d.Logs, Locks: d.Locks,
		Keyring: d.Keyring, Users: d.Users, Say: show.Say,
	}
}
