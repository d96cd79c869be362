package keys

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/rotate"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles/limits"
)

func newRotate(d Deps) *cobra.Command {
	var k provider.RoleFlags
	var what rotate.Options
	var olderThan string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "rotate NAME",
		Short: "Replace a key by a new one",
		Long: `Makes a new access key of the same IAM user, stores it beside the old one, waits until AWS knows it,
puts it in the old one's place, makes the old one inactive, and deletes it. It asks for one token code
at most, and needs iam:ListAccessKeys, CreateAccessKey, UpdateAccessKey and DeleteAccessKey for the
user itself. Whatever else holds the old key stops working.

At every moment a key that works is in the keyring. A rotation that was interrupted, or killed, is
gone on with when the command is run again.

AWS allows two keys a user. A second key that is inactive is deleted first with --delete-inactive; one
that is active is never touched.

--all-older-than rotates every key of the keyring that AWS made so long ago, one after the other, and
those whose rotation was interrupted. What one key lacks does not keep the others from being rotated.
Keys of one user take one token code; where --mfa-code cannot do for all keys, nothing is done.`,
		Example: `  hatstand keys rotate me
  hatstand keys rotate --all-older-than 90d --dry-run`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case olderThan != "" && len(args) > 0:
				return &ui.UsageError{Reason: "keys rotate takes a name or --all-older-than, not both", Next: "usage: " + cmd.UseLine()}
			case olderThan != "":
				return nil
			case dryRun:
				return &ui.UsageError{Reason: "--dry-run goes with --all-older-than", Next: "see what there is: hatstand keys list --check"}
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
				limit, err := parseAge(olderThan)
				if err != nil {
					return err
				}
				return rotateAll(ctx, d, limit, what, &k, dryRun)
			}
			if err := iamuser.CheckName(args[0]); err != nil {
				return err
			}
			what.Profile = args[0]
			show := d.World.Streams().NewStatus()
			done, err := rotate.Key(ctx, rotateDeps(d, show), what, &k)
			show.Wipe()
			if err != nil {
				return err
			}
			return d.World.Streams().Print(done.String())
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&olderThan, "all-older-than", "", "every key older than this `AGE`: 90d, 12w, 36h")
	f.BoolVar(&dryRun, "dry-run", false, "with --all-older-than: show what would be done, and do nothing")
	f.BoolVar(&what.KeepOld, "keep-old-inactive", false, "make the old key inactive, and do not delete it")
	f.BoolVar(&what.DeleteInactive, "delete-inactive", false, "delete the user's other key first, if it is inactive")
	k.AddCode(f)
	return cmd
}

func rotateDeps(d Deps, show *ui.Status) rotate.Deps {
	return rotate.Deps{
		World: d.World, Settings: d.Settings, Logs: d.Logs, Locks: d.Locks, Keyring: d.Keyring, Users: d.Users, Say: show.Say,
	}
}

// parseAge reads days (90d), weeks (12w) or a duration (36h).
func parseAge(s string) (time.Duration, error) {
	if d, ok := ageIn(s, "d", 24*time.Hour); ok {
		return d, nil
	}
	if d, ok := ageIn(s, "w", 7*24*time.Hour); ok {
		return d, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, &ui.UsageError{Reason: "--all-older-than: " + ui.Quoted(s) + " is no age", Next: "give days, weeks or hours: 90d, 12w, 36h"}
}

func ageIn(s, suffix string, unit time.Duration) (time.Duration, bool) {
	digits, ok := strings.CutSuffix(s, suffix)
	n, err := strconv.ParseUint(digits, 10, 16)
	return time.Duration(n) * unit, ok && err == nil
}

// rotateAll shows what it is about to do, then does it.
func rotateAll(ctx context.Context, d Deps, limit time.Duration, what rotate.Options, k *provider.RoleFlags, dryRun bool) error {
	infos, err := keyInfos(ctx, d)
	if err != nil {
		return err
	}
	if len(infos) == 0 {
		return noKeys(d)
	}
	if what.Sessions, err = checkKeys(ctx, d, infos, k); err != nil {
		return err
	}
	plan := planRotations(infos, limit)
	var b strings.Builder
	t := ui.Columns(&b)
	fmt.Fprintln(t, "PROFILE\tKEY\tAGE\tPLAN")
	for _, p := range plan {
		ui.Row(t, strings.Join(p.profiles, ", "), p.id, p.age, p.why)
	}
	t.Flush()
	if err := d.World.Streams().Print(b.String()); err != nil || dryRun {
		return err
	}
	show := d.World.Streams().NewStatus()
	var failed ui.Errors
	todo := 0
	for _, p := range plan {
		if p.err != nil {
			failed = append(failed, p.err)
			todo++
		}
		if !p.rotate {
			continue
		}
		todo++
		what.Profile = p.as
		show.About(what.Profile)
		done, err := rotate.Key(ctx, rotateDeps(d, show), what, k)
		show.Wipe()
		if prompt.CancelledByUser(ctx, err) {
			return err
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if err := d.World.Streams().Print(done.String()); err != nil {
			return err
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return append(ui.Errors{fmt.Errorf("%d of %d keys were not rotated", len(failed), todo)}, failed...)
}

// A plannedRotation is what --all-older-than does with a key.
type plannedRotation struct {
	profiles []string // that have it
	as       string   // the one of them that AWS is asked as
	id, age  string
	rotate   bool
	why      string
	err      error // it could not be looked at
}

const goOn = "go on with the rotation that was begun"

// planRotations decides for each key, once where several profiles have it.
func planRotations(infos []keyInfo, limit time.Duration) []plannedRotation {
	var plan []plannedRotation
	at := map[string]int{}
	for _, i := range infos {
		if n, ok := at[i.AccessKeyID]; ok && i.AccessKeyID != "" {
			plan[n].profiles = append(plan[n].profiles, i.Profile)
			if i.asked {
				plan[n].as = i.Profile
			}
			if i.Rotating {
				plan[n].rotate, plan[n].why = true, goOn
			}
			continue
		}
		p := plannedRotation{profiles: []string{i.Profile}, as: i.Profile, id: i.AccessKeyID, age: i.age()}
		switch {
		case i.Rotating:
			p.rotate, p.why = true, goOn
		case i.err != nil:
			p.err, p.why = i.err, "not known: see below"
		case i.Status != statusActive:
			p.why = "leave: it is " + strings.ToLower(i.Status)
		case i.Created != nil && i.old(limit):
			p.rotate, p.why = true, "rotate"
		default:
			p.why = "leave: it is younger"
		}
		at[i.AccessKeyID] = len(plan)
		plan = append(plan, p)
	}
	return plan
}
