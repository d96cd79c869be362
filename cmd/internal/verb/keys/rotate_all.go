package keys

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/rotate"
	"hatstand/cmd/internal/ui"
)

// rotateAll shows what it is about to do, then does it.
func rotateAll(
	ctx context.Context, d Deps, limit time.Duration, o rotate.Options, k *provider.RoleFlags, dryRun, asJSON bool,
) (err error) {
	infos, err := readKeys(ctx, d)
	if err != nil {
		return err
	}
	if len(infos) == 0 && asJSON {
		return d.World.Streams().PrintJSON([]rotation{})
	}
	if len(infos) == 0 {
		return noKeys(d)
	}
	if o.Sessions, err = checkKeys(ctx, d, infos, k); err != nil {
		return err
	}
	plan := planRotations(infos, limit)
	if asJSON {
		defer func() { err = cmp.Or(d.World.Streams().PrintJSON(rotationsOf(plan)), err) }()
	} else if err := d.World.Streams().PrintTable(planTable(plan)); err != nil {
		return err
	}
	if dryRun {
		return nil
	}
	show := d.World.Streams().NewStatus()
	var failed ui.Errors
	due := 0
	for i, p := range plan {
		if p.err != nil {
			failed = append(failed, p.err)
			due++
		}
		if !p.rotate {
			continue
		}
		due++
		o.Profile = p.as
		show.About(o.Profile)
		done, err := rotate.Key(ctx, rotateDeps(d, show), o, k)
		show.Wipe()
		if prompt.CancelledByUser(ctx, err) {
			return err
		}
		if err != nil {
			plan[i].err = err
			failed = append(failed, err)
			continue
		}
		plan[i].done = &done
		if asJSON {
			continue
		}
		if err := d.World.Streams().Print(done.String()); err != nil {
			return err
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return append(ui.Errors{fmt.Errorf("%d of %d keys were not rotated", len(failed), due)}, failed...)
}

// A plannedRotation is what --all-older-than does with a key.
type plannedRotation struct {
	profiles []string // that have it
	as       string   // the one of them that AWS is asked as
	id, age  string
	rotate   bool
	why      string
	err      error // it could not be looked at, or not be rotated
	done     *rotate.Result
}

// A rotation is what --all-older-than tells of a key as JSON.
type rotation struct {
	Profiles    []string    `json:"profiles"`
	AccessKeyID string      `json:"access_key_id"`
	Due         bool        `json:"due"`
	Plan        string      `json:"plan"`
	Rotated     *rotatedKey `json:"rotated,omitempty"`
	Error       string      `json:"error,omitempty"`
}

func rotationsOf(plan []plannedRotation) []rotation {
	all := []rotation{}
	for _, p := range plan {
		r := rotation{Profiles: p.profiles, AccessKeyID: p.id, Due: p.rotate, Plan: p.why}
		if p.done != nil {
			r.Rotated = &rotatedKey{p.done.Profiles, p.done.Old, p.done.New, p.done.Deleted}
		}
		if p.err != nil {
			r.Error = p.err.Error()
		}
		all = append(all, r)
	}
	return all
}

func planTable(plan []plannedRotation) *ui.Table {
	t := ui.NewTable(ui.Column{Head: "PROFILE"}, ui.Column{Head: "KEY", Least: 20, Leave: 1},
		ui.Column{Head: "AGE", Leave: 2}, ui.Column{Head: "PLAN"})
	for _, p := range plan {
		t.Row(strings.Join(p.profiles, ", "), p.id, p.age, p.why)
	}
	return t
}

const resume = "go on with the rotation that was begun"

// planRotations decides for each key, once where several profiles have it.
func planRotations(infos []keyInfo, limit time.Duration) []plannedRotation {
	var plan []plannedRotation
	at := map[string]int{}
	for _, i := range infos {
		if n, ok := at[i.AccessKeyID]; ok && i.AccessKeyID != "" {
			plan[n].profiles = append(plan[n].profiles, i.Profile)
			if i.askedAs {
				plan[n].as = i.Profile
			}
			if i.Rotating {
				plan[n].rotate, plan[n].why = true, resume
			}
			continue
		}
		p := plannedRotation{profiles: []string{i.Profile}, as: i.Profile, id: i.AccessKeyID, age: i.age()}
		switch {
		case i.Rotating:
			p.rotate, p.why = true, resume
		case i.err != nil:
			p.err, p.why = i.err, "not known: see below"
		case i.Status != statusActive:
			p.why = "leave: it is " + strings.ToLower(i.Status)
		case i.Created != nil && i.olderThan(limit):
			p.rotate, p.why = true, "rotate"
		default:
			p.why = "leave: it is younger"
		}
		at[i.AccessKeyID] = len(plan)
		plan = append(plan, p)
	}
	return plan
}
