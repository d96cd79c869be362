package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc/audit"
	"hatstand/credproc/iam"
)

// A report is what audit --json prints of an account's users.
type report struct {
	Generated time.Time `json:"generated"` // by IAM
	Users     int       `json:"users"`     // root included
	Findings  []finding `json:"findings"`  // the worst first
}

type finding struct {
	Finding string     `json:"finding"` // its kind
	User    string     `json:"user"`
	ARN     string     `json:"arn"`
	Key     int        `json:"key,omitempty"` // 1 or 2
	Since   *time.Time `json:"since,omitempty"`
	Days    int        `json:"days,omitempty"`
	Text    string     `json:"text"`
}

// auditUsers prints what is wrong with the users of an account.
func (d Deps) auditUsers(ctx context.Context, target string, client *iam.Client, maxAge time.Duration, o *options) error {
	status := d.UI.NewStatus()
	content, made, err := client.CredentialReport(ctx, d.pause(status, "the credential report"))
	status.Wipe()
	if err != nil {
		return err
	}
	users, err := audit.Parse(content)
	if err != nil {
		return fmt.Errorf("profile %q: %w", target, err)
	}
	if made.IsZero() {
		made = d.World.Now().UTC()
	}
	// By the time of the report: what was used since is not in it.
	found := audit.Findings(users, made, maxAge)
	switch {
	case o.csv:
		_, err = fmt.Fprintln(d.UI.Out, strings.TrimRight(string(content), "\n"))
	case o.json:
		err = d.UI.PrintJSON(document(made, users, found))
	default:
		err = d.UI.Print(words(made, d.World.Now(), users, found))
	}
	if err != nil {
		return err
	}
	return o.failed(len(found), "finding", "findings")
}

func document(made time.Time, users []audit.User, found []audit.Finding) report {
	r := report{Generated: made, Users: len(users), Findings: []finding{}}
	for _, f := range found {
		row := finding{Finding: f.Kind.Word(), User: f.User, ARN: f.ARN, Key: f.Key, Days: f.Days, Text: f.Text()}
		if !f.At.IsZero() {
			row.Since = &f.At
		}
		r.Findings = append(r.Findings, row)
	}
	return r
}

func words(made, now time.Time, users []audit.User, found []audit.Finding) string {
	of := fmt.Sprintf("%d users", len(users))
	if len(users) == 1 {
		of = "1 user"
	}
	of += ", as of " + ui.ClockTime(made, now) + "\n"
	if len(found) == 0 {
		return "Nothing found: " + of
	}
	var b strings.Builder
	t := ui.Columns(&b)
	ui.Row(t, "USER", "FINDING")
	for _, f := range found {
		ui.Row(t, f.User, f.Text())
	}
	t.Flush()
	return b.String() + fmt.Sprintf("\n%d found in %s", len(found), of)
}
