package profiles

import (
	"fmt"
	"slices"
	"strings"

	"hatstand/profiles/edit"
)

// syncReport tells what became of the profiles of a session, a line for each kind. same: the file is as it was.
func syncReport(session string, r edit.Report, same, dryRun bool) string {
	var b strings.Builder
	line := func(did, will, rest string, names []string) {
		if len(names) == 0 {
			return
		}
		if dryRun {
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
	line("kept", "would keep", " (no longer yours): "+someOf(lost), lost)
	line("kept", "would keep", " (not chosen now): "+someOf(others), others)
	for _, s := range r.Skipped {
		fmt.Fprintf(&b, "%s: skipped %s (stands outside the block: %s)\n", session, s.Name, s.Location)
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
