package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/credproc"
	"hatstand/profiles"
)

func (a *app) explainCommand() *cobra.Command {
	var k asking
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [PROFILE]",
		Short: "Show which STS calls a profile needs and why, with no network",
		Long: `Shows the plan: each STS call in order, why it is there, how long its credentials live, whether
they are kept and until when, and what you would be asked for. Nothing is sent and nothing is asked.`,
		Args:              atMost(1),
		ValidArgsFunction: a.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := a.chosen(args)
			if err != nil {
				return err
			}
			p, err := a.plan(target, &k)
			if err != nil {
				return err
			}
			e := a.explained(cmd.Context(), p)
			if asJSON {
				return a.printJSON(e)
			}
			return a.printExplanation(e)
		},
	}
	k.planFlags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// explanation is a plan with what the keyring holds of it.
type explanation struct {
	Target    string          `json:"target"`
	Partition string          `json:"partition"`
	Region    string          `json:"region,omitempty"`
	Base      explainedBase   `json:"base"`
	Steps     []explainedStep `json:"steps"`
	// AsksFor is the MFA device whose code the next use needs; "" if it needs none.
	AsksFor string `json:"asks_for,omitempty"`
	// CodeFrom says where that code comes from: a stored seed, mfa_process, a prompt.
	CodeFrom string `json:"code_from,omitempty"`
	// Keyring is why it could not be seen what is kept; "" if it could.
	Keyring string `json:"keyring_error,omitempty"`
}

type explainedBase struct {
	Profile string `json:"profile"`
	// Kind is keyring, file, environment, process, ...
	Kind string `json:"kind"`
	kind profiles.BaseKind
}

type explainedStep struct {
	Call      string     `json:"call"`
	Role      string     `json:"role,omitempty"`
	MFASerial string     `json:"mfa_serial,omitempty"`
	Seconds   int        `json:"duration_seconds"`
	Shortened string     `json:"shortened,omitempty"`
	Region    string     `json:"region"`
	Endpoint  string     `json:"endpoint,omitempty"`
	Reason    string     `json:"reason"`
	KeptUntil *time.Time `json:"kept_until,omitempty"`
	Fresh     bool       `json:"fresh"`
}

func (a *app) explained(ctx context.Context, p credproc.Plan) explanation {
	e := explanation{
		Target: p.Target, Partition: p.Partition, Region: p.Region, Steps: []explainedStep{},
		Base: explainedBase{Profile: p.Base.Profile, Kind: p.Base.Kind.Word(), kind: p.Base.Kind},
	}
	a.unasked = true
	store, err := a.store(ctx)
	for _, s := range p.Steps {
		step := explainedStep{
			Call: string(s.Call), Role: s.Role.ARN, MFASerial: s.Serial, Seconds: int(s.Duration.Seconds()),
			Shortened: s.Shortened, Region: s.Region, Endpoint: s.Endpoint.URL, Reason: s.Reason,
		}
		if err == nil {
			var c credentials
			var issued time.Time
			c, issued, err = store.Session(ctx, s.Item.Base, s.Item.Hash)
			if errors.Is(err, cache.ErrNotFound) {
				err = nil
			} else if err == nil && c.Expires.After(a.now()) {
				at := c.Expires
				step.KeptUntil, step.Fresh = &at, credproc.Fresh(a.now(), issued, at)
			}
		}
		e.Steps = append(e.Steps, step)
	}
	// What comes before a step that is kept is not needed.
	for i := len(e.Steps) - 1; i >= 0 && !e.Steps[i].Fresh; i-- {
		if e.Steps[i].MFASerial != "" {
			e.AsksFor = e.Steps[i].MFASerial
			var unseen error
			e.CodeFrom, unseen = a.codeFrom(ctx, p, store, e.AsksFor)
			err = cmp.Or(err, unseen)
		}
	}
	if err != nil {
		e.Keyring = err.Error()
	}
	return e
}

// codeFrom says where a code would come from. An error means that it is not known whether a seed is
// stored.
func (a *app) codeFrom(ctx context.Context, p credproc.Plan, store *cache.Store, serial string) (from string, err error) {
	if store != nil {
		switch _, err = store.Seed(ctx, serial); {
		case err == nil:
			return "the stored seed", nil
		case errors.Is(err, cache.ErrNotFound):
			err = nil
		}
	}
	if p.MFAProcess.Value != "" {
		return "mfa_process", err
	}
	if prompt, _, _ := a.setting("prompt"); prompt == "none" {
		return "nobody (prompts are switched off)", err
	}
	return "a prompt", err
}

func (a *app) printExplanation(e explanation) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", e.Target)
	if e.Region != "" {
		fmt.Fprintf(&b, " in %s", e.Region)
	}
	fmt.Fprintf(&b, "\n\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  1\tstart with %s\t%s\t\n", baseWords(e.Base), quoted(e.Base.Profile))
	for i, s := range e.Steps {
		what, state := s.Call, "not kept"
		if s.MFASerial != "" {
			what += " + MFA code"
		}
		if s.KeptUntil != nil {
			state = "kept until " + a.clockTime(*s.KeptUntil)
			if !s.Fresh {
				state += ", due for renewal"
			}
		}
		if e.Keyring != "" {
			state = "unknown whether kept"
		}
		fmt.Fprintf(t, "  %d\t%s\t%s\t%s\n", i+2, what, s.Role, state)
	}
	t.Flush()
	for i, s := range e.Steps {
		fmt.Fprintf(&b, "\n  %d: %s\n     for %s", i+2, s.Reason, credproc.Human(time.Duration(s.Seconds)*time.Second))
		if s.Shortened != "" {
			fmt.Fprintf(&b, ", shortened %s", s.Shortened)
		}
		b.WriteString("\n")
		if s.MFASerial != "" {
			fmt.Fprintf(&b, "     device %s\n", s.MFASerial)
		}
	}
	switch {
	case e.AsksFor != "":
		fmt.Fprintf(&b, "\nThe next use needs a code of %s, from %s.\n", e.AsksFor, e.CodeFrom)
	default:
		fmt.Fprintf(&b, "\nThe next use asks for nothing.\n")
	}
	if e.Keyring != "" {
		fmt.Fprintf(&b, "The keyring could not be read: %s\n", e.Keyring)
	}
	return a.print(b.String())
}

func baseWords(b explainedBase) string {
	switch b.kind {
	case profiles.Keyring:
		return "the keyring's keys of"
	case profiles.Static:
		return "the keys of"
	}
	return "credentials from " + b.kind.String() + " of"
}

// print writes text for a person: what could steer the terminal is left out, line by line.
func (a *app) print(text string) error {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(plain(l), " ")
	}
	_, err := fmt.Fprint(a.stdout, strings.Join(lines, "\n"))
	return err
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// clockTime is a time as a person reads it off a clock: the hour today, with the day otherwise.
func (a *app) clockTime(t time.Time) string {
	now := a.now()
	t = t.In(now.Location())
	if y, m, d := t.Date(); y == now.Year() && m == now.Month() && d == now.Day() {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}
