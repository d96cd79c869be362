package profiles

import (
	"fmt"
	"slices"
	"strings"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles/edit"
)

// A syncReporter reports what became of the sessions' profiles: in lines, as it happens, or as one document at the end.
type syncReporter struct {
	ui       ui.Streams
	dryRun   bool
	prune    bool
	asJSON   bool
	diffLine func(string) string
	sessions []syncedSession
}

func (d Deps) newSyncReporter(k syncFlags) *syncReporter {
	return &syncReporter{ui: d.World.Streams(), dryRun: k.dryRun, prune: k.prune, asJSON: k.asJSON,
		diffLine: d.diffLine, sessions: []syncedSession{}}
}

// session reports on one session. diff is what a dry run would change.
func (t *syncReporter) session(name string, r edit.Report, same bool, diff string) error {
	if t.asJSON {
		s := sessionOf(name, r, same)
		s.DryRun, s.Diff = t.dryRun, diff
		t.sessions = append(t.sessions, s)
		return nil
	}
	if err := t.ui.Print(t.lines(name, r, same)); err != nil {
		return err
	}
	var text strings.Builder
	for line := range strings.Lines(diff) {
		text.WriteString(t.diffLine(line))
	}
	_, err := fmt.Fprint(t.ui.Out, text.String())
	return err
}

// untouched reports on a session whose profiles stay as they are; a note has said so.
func (t *syncReporter) untouched(name string) {
	s := sessionOf(name, edit.Report{}, true)
	s.DryRun = t.dryRun
	t.sessions = append(t.sessions, s)
}

func (t *syncReporter) end() error {
	if !t.asJSON {
		return nil
	}
	return t.ui.PrintJSON(t.sessions)
}

// A syncedSession is what profiles sync tells of a session as JSON.
type syncedSession struct {
	Session  string           `json:"session"`
	DryRun   bool             `json:"dry_run"`
	UpToDate bool             `json:"up_to_date"`
	Added    []string         `json:"added"`
	Changed  []string         `json:"changed"`
	Removed  []string         `json:"removed"`
	Kept     []keptProfile    `json:"kept"`
	Skipped  []skippedProfile `json:"skipped"`
	Diff     string           `json:"diff,omitempty"`
}

// A keptProfile is not among what AWS lists and the filter chooses, and stays.
type keptProfile struct {
	Profile string `json:"profile"`
	Why     string `json:"why"`
}

// A skippedProfile is already outside the block.
type skippedProfile struct {
	Profile string `json:"profile"`
	Where   string `json:"where"`
}

func sessionOf(name string, r edit.Report, same bool) syncedSession {
	s := syncedSession{Session: name, UpToDate: same, Kept: []keptProfile{}, Skipped: []skippedProfile{},
		Added: append([]string{}, r.Added...), Changed: append([]string{}, r.Changed...), Removed: append([]string{}, r.Removed...)}
	for _, p := range r.Kept {
		why := "not-chosen"
		switch {
		case slices.Contains(r.Unlisted, p):
			why = "account-not-listed"
		case slices.Contains(r.Lost, p):
			why = "no-longer-yours"
		}
		s.Kept = append(s.Kept, keptProfile{p, why})
	}
	for _, p := range r.Skipped {
		s.Skipped = append(s.Skipped, skippedProfile{p.Name, p.Location.String()})
	}
	return s
}

// lines tell what became of the profiles of a session, a line for each kind. same: the file is as it was.
func (t *syncReporter) lines(session string, r edit.Report, same bool) string {
	var b strings.Builder
	line := func(did, will, rest string, names []string) {
		if len(names) == 0 {
			return
		}
		if t.dryRun {
			did = will
		}
		fmt.Fprintf(&b, "%s: %s %d%s\n", session, did, len(names), rest)
	}
	line("added", "would add", "", r.Added)
	line("changed", "would change", "", r.Changed)
	line("removed", "would remove", ": "+someOf(r.Removed), r.Removed)
	if same {
		fmt.Fprintf(&b, "%s: up to date\n", session)
	}
	without := func(names []string, these ...string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(these, name) })
	}
	lost := without(r.Lost, r.Unlisted...)
	others := without(r.Kept, slices.Concat(r.Lost, r.Unlisted)...)
	line("kept", "would keep", " (AWS did not list the account): "+someOf(r.Unlisted), r.Unlisted)
	prunable := "; removed by --prune"
	if t.prune { // it removes nothing where AWS did not list all
		prunable = ""
	}
	line("kept", "would keep", " (no longer yours"+prunable+"): "+someOf(lost), lost)
	line("kept", "would keep", " (not chosen now"+prunable+"): "+someOf(others), others)
	for i, s := range r.Skipped {
		if i == mostNamed && len(r.Skipped) > mostNamed+1 {
			fmt.Fprintf(&b, "%s: skipped %d more (they are outside the block)\n", session, len(r.Skipped)-i)
			break
		}
		fmt.Fprintf(&b, "%s: skipped %s (it is outside the block: %s)\n", session, s.Name, s.Location)
	}
	return b.String()
}

// mostNamed is how many profiles are named in one line.
const mostNamed = 5

// someOf names the first ones.
func someOf(names []string) string {
	if len(names) <= mostNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), len(names)-mostNamed)
}
