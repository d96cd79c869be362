package app

import (
	"context"
	"slices"
	"time"

	"hatstand/cmd/internal/recent"
	"hatstand/cmd/internal/ui"
	"hatstand/cmd/internal/ui/menu"
	"hatstand/credproc"
	"hatstand/profiles"
)

// A State is what the names of the keyring's items tell of a profile: they do not tell when an item expires.
type State int

const (
	Unknown State = iota
	// Cached: there are credentials, which may have expired.
	Cached
	// NeedsCode: the next use asks for a token code.
	NeedsCode
	// SignedIn: there is a sign-in, which may have ended.
	SignedIn
	// NeedsSignIn: the next use asks to sign in.
	NeedsSignIn
	// NeedsKeys: the keyring has no keys for it.
	NeedsKeys
)

// Chosen is the profile that the argument or the environment names, else the one that a person chooses.
func (t Targets) Chosen(ctx context.Context, args []string) (string, error) {
	if p, err := t.Named(args); err == nil {
		return p, nil
	} else if len(args) > 0 || !t.UI.CanChoose() {
		return "", err
	}
	return t.Choose(ctx, "Which profile?")
}

// Choose lets a person choose a profile.
func (t Targets) Choose(ctx context.Context, question string) (string, error) {
	set, err := t.Settings.Profiles()
	if err != nil {
		return "", err
	}
	names := set.Names()
	if len(names) == 0 {
		return "", t.NoProfiles()
	}
	patience, err := t.Settings.Patience()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now, used := t.Now(), t.history()
	names = used.Order(names, now)
	c := ui.Choice{Question: question, Rows: rowsOf(set, names), Nothing: "No profile matches"}
	if t.States != nil {
		if state := t.States(ctx); state != nil {
			c.State = func(row int) string {
				s, item := state(names[row])
				return stateWords(s, used.Until(names[row], item), now)
			}
		}
	}
	i, err := t.UI.Choose(ctx, c)
	if err != nil {
		return "", err
	}
	return names[i], nil
}

// Word names the state for programs; "" is Unknown.
func (s State) Word() string {
	switch s {
	case Cached:
		return "cached"
	case NeedsCode:
		return "needs-code"
	case SignedIn:
		return "signed-in"
	case NeedsSignIn:
		return "needs-sign-in"
	case NeedsKeys:
		return "needs-keys"
	}
	return ""
}

// Words say in a list what is known of a profile. Its credentials end at until; zero: that is not known.
func (s State) Words(until, now time.Time) string { return stateWords(s, until, now) }

// stateWords say in the list what is known of a profile. The credentials that were got at its last use end at until.
func stateWords(s State, until, now time.Time) string {
	switch {
	case s == NeedsCode:
		return "needs code"
	case s == NeedsSignIn:
		return "needs sign-in"
	case s == NeedsKeys:
		return "needs keys"
	case s == SignedIn:
		return "signed in"
	case s == Cached && until.After(now):
		until = until.In(now.Location())
		if until.YearDay() != now.YearDay() {
			return "until " + until.Format("Mon 15:04")
		}
		return "until " + until.Format("15:04")
	}
	return ""
}

// rowsOf are the rows of profiles: the account, the role, and where their credentials come from.
func rowsOf(set *profiles.Set, names []string) []menu.Row {
	origins := origins{set: set, known: map[string]origin{}}
	rows := make([]menu.Row, len(names))
	for i, name := range names {
		o := origins.of(name)
		from := o.from
		if from != "" {
			from = "from " + from
		}
		rows[i] = menu.Row{Name: name, Cells: []string{o.account, o.role, from}}
	}
	return rows
}

// Used remembers that a person has used profiles, for the order of the list: where the command line was typed at a
// terminal, and unless the setting recent is off.
func (t Targets) Used(uses ...recent.Use) {
	if !t.UI.AtTerminal() || !t.remembers() {
		return
	}
	set, err := t.Settings.Profiles()
	if err != nil {
		return
	}
	uses = slices.DeleteFunc(uses, func(u recent.Use) bool {
		_, ok := set.Profile(u.Profile)
		return !ok // a role without a profile
	})
	if err := recent.Add(t.Settings.Environment().StateDir(), t.Now(), uses...); err != nil {
		t.Logs.Logger().Info("the profiles that were used cannot be noted", "reason", err.Error())
	}
}

// UseOf is the use of a plan, whose credentials end at that time; zero: never, or it is not known.
func UseOf(p credproc.Plan, until time.Time) recent.Use {
	u := recent.Use{Profile: p.Target, Until: until}
	if n := len(p.Steps); n > 0 && !until.IsZero() {
		u.Item = p.Steps[n-1].Item.Hash
	}
	return u
}

// history is what Used has remembered.
func (t Targets) history() recent.History {
	if !t.remembers() {
		return nil
	}
	return recent.Read(t.Settings.Environment().StateDir())
}

func (t Targets) remembers() bool {
	value, _, err := t.Settings.Get("recent")
	return err == nil && value != "off"
}
