package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/audit"
	"hatstand/profiles/limits"
)

// A roleReport is what audit --role --json prints.
type roleReport struct {
	Role      string    `json:"role_arn"`
	Generated time.Time `json:"generated"` // by IAM
	Allowed   int       `json:"allowed"`   // services that the role may use
	Unused    []service `json:"unused"`    // the longest first
}

type service struct {
	Namespace string     `json:"service"` // as policies have it
	Name      string     `json:"name"`
	LastUsed  *time.Time `json:"last_used,omitempty"`
	Region    string     `json:"region,omitempty"`
	Days      int        `json:"days,omitempty"`
}

// auditRole prints what a role may use and does not.
func (d Deps) auditRole(ctx context.Context, args []string, o *options) error {
	arn, target, err := d.roleOf(ctx, args, o)
	if err != nil {
		return err
	}
	client, err := d.connect(ctx, target, o)
	if err != nil {
		return err
	}
	status := d.UI.NewStatus()
	accesses, made, err := client.LastAccessed(ctx, arn, d.pause(status, "what the role has used"))
	status.Wipe()
	if err != nil {
		return err
	}
	if made.IsZero() {
		made = d.World.Now().UTC()
	}
	var all []audit.Service
	for _, a := range accesses {
		all = append(all, audit.Service{Name: a.Name, Namespace: a.Namespace, Used: a.At, Region: a.Region})
	}
	stale := audit.Stale(all, made)
	r := roleReport{Role: arn, Generated: made, Allowed: len(all), Unused: []service{}}
	for _, s := range stale {
		row := service{Namespace: s.Namespace, Name: s.Name}
		if used := s.Used; !used.IsZero() {
			row.LastUsed, row.Region, row.Days = &used, s.Region, int(made.Sub(used)/(24*time.Hour))
		}
		r.Unused = append(r.Unused, row)
	}
	if o.json {
		err = d.UI.PrintJSON(r)
	} else {
		err = d.UI.Print(r.words())
	}
	if err != nil {
		return err
	}
	return o.failed(len(stale), "service is not used", "services are not used")
}

// roleOf is the role that --role names, and the profile that asks about it.
func (d Deps) roleOf(ctx context.Context, args []string, o *options) (arn, target string, err error) {
	if len(args) > 0 {
		target = args[0]
	}
	if isARN(o.role) {
		if _, err := limits.ParseRoleARN(o.role); err != nil {
			return "", "", ui.FlagError("--role", err)
		}
		if target == "" {
			return "", "", &ui.UsageError{Reason: "--role: a role's ARN does not say whose credentials to ask with",
				Next: "name a profile of its account: hatstand audit PROFILE --role " + o.role}
		}
		return o.role, target, nil
	}
	p, err := d.Provider.Plan(ctx, o.role, &provider.RoleFlags{ToShow: true})
	if err != nil {
		return "", "", err
	}
	if p.Role() == "" {
		return "", "", &ui.UsageError{Reason: fmt.Sprintf("--role: profile %q does not name its role's ARN", o.role),
			Next: "give the ARN: hatstand audit PROFILE --role ARN"}
	}
	if target == "" {
		target = o.role
	}
	return p.Role(), target, nil
}

func (r roleReport) words() string {
	of := fmt.Sprintf("%s may use %d services", r.Role, r.Allowed)
	if r.Allowed == 1 {
		of = r.Role + " may use 1 service"
	}
	if len(r.Unused) == 0 {
		return of + ": none was unused for 90 days\n"
	}
	var b strings.Builder
	t := ui.Columns(&b)
	ui.Row(t, "SERVICE", "LAST USED", "NAME")
	for _, s := range r.Unused {
		last := "never"
		if s.LastUsed != nil {
			last = fmt.Sprintf("%d days ago in %s", s.Days, s.Region)
		}
		ui.Row(t, s.Namespace, last, s.Name)
	}
	t.Flush()
	return b.String() + fmt.Sprintf("\n%s: %d unused for 90 days\n", of, len(r.Unused))
}
