package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/prompt"
)

const aboutKeyring = "keyring"

// checkKeyring tells which keyrings work, and which one is used and why. The error says why the one in use does not
// work, or that there is none.
func (d Deps) checkKeyring(ctx context.Context) ([]finding, error) {
	o, err := d.Keyring.Asking(prompt.Never).Options()
	if err == nil {
		var choice cache.Choice
		if choice, err = cache.Chosen(o); err == nil {
			probed := cache.Probe(ctx, o)
			all, err := diagnose(choice, probed)
			return append(all, d.keysOutOfSight(choice, probed)...), err
		}
	}
	return []finding{{About: aboutKeyring, What: "settings", State: stateError, Text: err.Error(), Hints: advice.Hints(err)}}, err
}

// diagnose turns what was seen into findings.
func diagnose(choice cache.Choice, probed []cache.ProbeResult) ([]finding, error) {
	used, why := usedOf(choice, probed), whyUsed(choice)
	var all []finding
	var failed error = &cache.Error{Op: "choose", Kind: cache.Absent, Err: fmt.Errorf("none works here")}
	for _, r := range probed {
		f := finding{About: aboutKeyring, What: r.Backend, State: stateOK, Text: "works"}
		if r.Err != nil {
			f.State, f.Text, f.Hints = stateOff, reasonIn(r), howTo(r)
		}
		if r.Note != "" {
			f.Text += "; " + r.Note
		}
		if r.Backend == used {
			f.Text = why + ": " + f.Text
			if failed = r.Err; failed != nil {
				f.State = stateError
			}
		} else if len(r.Holds) > 0 {
			f.State, f.Text = stateWarning, f.Text+"; not used, and has keys of "+strings.Join(r.Holds, ", ")
			f.Hints = append(f.Hints, "HATSTAND_BACKEND="+r.Backend+" hatstand keys list shows them")
		}
		all = append(all, f)
	}
	all = append(all, remarksOnChoice(choice, used, probed)...)
	if choice.Copies != "" {
		all = append(all, finding{
			About: aboutKeyring, What: "migration", State: stateWarning,
			Text:  fmt.Sprintf("one is not finished: %s is in use, and %s has copies", choice.Recorded, choice.Copies),
			Hints: []string{"hatstand keys migrate --to " + choice.Recorded + " deletes the copies"},
		})
	}
	return all, failed
}

// usedOf is the backend that is used: the one chosen, else the first that works.
func usedOf(choice cache.Choice, probed []cache.ProbeResult) string {
	if choice.Backend != "" {
		return choice.Backend
	}
	for _, r := range probed {
		if r.Err == nil && !r.OnlyByName {
			return r.Backend
		}
	}
	return ""
}

// keysOutOfSight finds profiles whose keys are in the keyring and that other programs find no credentials for, as after
// hatstand release.
func (d Deps) keysOutOfSight(choice cache.Choice, probed []cache.ProbeResult) []finding {
	set, err := d.Settings.Profiles()
	if err != nil {
		return nil
	}
	var names []string
	for _, r := range probed {
		if r.Backend != usedOf(choice, probed) {
			continue
		}
		for _, name := range r.Holds {
			if _, there := set.Profile(name); !there {
				continue
			}
			if key, _ := set.SDKSource(name); key == "" {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []finding{{
		About: aboutKeyring, What: "keys of " + strings.Join(names, ", "), State: stateNote,
		Text: "are only in the keyring, where the AWS CLI and the SDKs do not find them", Hints: []string{"hatstand adopt " + strings.Join(names, " ") + " lets them"},
	}}
}

func whyUsed(c cache.Choice) string {
	switch {
	case c.From != "":
		return "used, since " + c.From + " names it"
	case c.Recorded != "":
		return "used, as recorded in " + c.Record
	}
	return "would be used, as the first that works"
}

// remarksOnChoice warns of a keyring in use that is weaker than another one that works, and of a setting that names
// another one than is recorded: a program that does not see the setting uses the recorded one.
func remarksOnChoice(c cache.Choice, used string, probed []cache.ProbeResult) []finding {
	var all []finding
	if better := cache.Better(used, probed); len(better) > 0 && used != "" {
		better = better[:1]
		all = append(all, finding{
			About: aboutKeyring, What: used, State: stateWarning, Text: better[0] + " would come before it, and works here",
			Hints: []string{"hatstand keys migrate --to " + better[0] + " moves the keys there"},
		})
	}
	if c.From != "" && c.Recorded != "" && c.Recorded != c.Backend {
		all = append(all, finding{
			About: aboutKeyring, What: c.From, State: stateWarning, Text: fmt.Sprintf("names %s, but %s is recorded: programs that do not see the setting use that one", c.Backend, c.Recorded),
			Hints: []string{"hatstand keys migrate --to " + c.Backend + " moves the keys of " + c.Recorded + " and records the choice"},
		})
	}
	return all
}

// reasonIn is a probe's error without what its line says already.
func reasonIn(r cache.ProbeResult) string {
	if u, ok := errors.AsType[*cache.Error](r.Err); ok && u.Err != nil {
		return u.Err.Error()
	}
	return r.Err.Error()
}

// howTo are the hints that say how to make it work, without those that lead to another keyring.
func howTo(r cache.ProbeResult) []string {
	var own []string
	for _, h := range advice.Hints(r.Err) {
		if !strings.HasPrefix(h, "HATSTAND_BACKEND=file ") {
			own = append(own, h)
		}
	}
	return own
}
