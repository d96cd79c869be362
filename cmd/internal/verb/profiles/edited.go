package profiles

import (
	"strings"

	"hatstand/profiles/edit"
)

// edited is what adopt and release tell as JSON.
type edited struct {
	DryRun   bool            `json:"dry_run"`
	Profiles []editedProfile `json:"profiles"`
	Notes    []string        `json:"notes"`
	Diff     string          `json:"diff,omitempty"` // of a dry run
}

type editedProfile struct {
	Profile string   `json:"profile"`
	Changed bool     `json:"changed"`
	Kept    []string `json:"kept,omitempty"`       // see edit.Outcome
	Reason  string   `json:"left_alone,omitempty"` // why
}

func documentOf(outcomes []edit.Outcome, notes string) edited {
	e := edited{Profiles: []editedProfile{}, Notes: []string{}}
	for _, o := range outcomes {
		p := editedProfile{Profile: o.Name, Changed: o.Changed, Kept: o.Kept}
		if o.Err != nil {
			p.Reason = o.Err.Error()
		}
		e.Profiles = append(e.Profiles, p)
	}
	for line := range strings.Lines(notes) {
		e.Notes = append(e.Notes, strings.TrimSuffix(line, "\n"))
	}
	return e
}
