// Package status is the verb status: who the commands of this shell are, and which sessions and sign-ins live.
//
// It asks no questions, makes no calls and prints no secret. It says what it cannot read, and reports the rest.
package status

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/overview"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/grant"
	"hatstand/profiles"
	"hatstand/profiles/signins"
)

// Deps are what the verb uses.
type Deps struct {
	World    app.World
	Settings *app.Settings
	Keyring  *provider.Keyring
	Provider *provider.Provider
	Overview overview.Overview
}

// A report is what status tells.
type report struct {
	Here     here      `json:"here"`
	SignIns  []signIn  `json:"sign_ins"`
	Sessions []session `json:"sessions"`
	Codes    []code    `json:"codes"`
	// Unread is why the keyring could not be read; "": it was.
	Unread string `json:"unread,omitempty"`
}

// A signIn is one that the config file has, or that somebody is signed in to.
type signIn struct {
	Name     string    `json:"name"`
	SignedIn bool      `json:"signed_in"`
	User     string    `json:"user,omitempty"`
	Renews   bool      `json:"renews,omitempty"` // by itself, until a time that nobody tells
	Until    time.Time `json:"until,omitzero"`   // where it does not renew
	OpenCode string    `json:"open_code,omitempty"`
	Unused   bool      `json:"unused,omitempty"`  // no profile uses it
	Removed  bool      `json:"removed,omitempty"` // the config file does not have it any more
	login    string    // the command that signs in
}

// A session is a profile's credentials in the keyring.
type session struct {
	Profile string    `json:"profile"`
	Role    string    `json:"role,omitempty"`
	Until   time.Time `json:"until"`
}

// A code is one that was asked for: no other is, until then.
type code struct {
	Device string    `json:"device"`
	Until  time.Time `json:"until"`
}

// New is the verb status.
func New(d Deps) *cobra.Command {
	var asJSON, short bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show who you are here, until when, and what is signed in",
		Long: `Shows whose credentials the commands of this shell use and until when, where you
are signed in, which profiles have credentials in the keyring, and when the next
token code is due. It asks nobody and calls nobody.

With --short it prints the profile and the time that is left, for a prompt. It
reads only this shell's variables, and prints nothing if none is set.`,
		Example: "  hatstand status\n  PS1='$(hatstand status --short) '\"$PS1\"",
		Args:    ui.NotOfOne,
		RunE: func(cmd *cobra.Command, _ []string) error {
			streams, now := d.World.Streams(), d.World.Now()
			h := readHere(d.World.Getenv, now)
			switch {
			case short && asJSON:
				return &ui.UsageError{Reason: "one of --short and --json at a time"}
			case short:
				if line := h.short(now); line != "" {
					return streams.Print(ui.Plain(line) + "\n")
				}
				return nil
			}
			r, err := d.report(cmd.Context(), h)
			if err != nil {
				return err
			}
			if asJSON {
				return streams.PrintJSON(r)
			}
			return streams.PrintFacts(r.facts(now))
		},
	}
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: report{}})
	cmd.Flags().BoolVar(&short, "short", false, "print one short line, for a prompt")
	return cmd
}

// report finds out everything.
func (d Deps) report(ctx context.Context, h here) (report, error) {
	r := report{Here: h, SignIns: []signIn{}, Sessions: []session{}, Codes: []code{}}
	set, err := d.Settings.Profiles()
	if err != nil {
		return r, err
	}
	var last credproc.Step // of the profile of this shell
	if h.Profile != "" {
		p, err := d.Provider.Plan(ctx, h.Profile, &provider.RoleFlags{ToShow: true})
		if err == nil && len(p.Steps) > 0 {
			last = p.Steps[len(p.Steps)-1]
			r.Here.Role = last.RoleInAccount()
		}
		_, asks := set.SDKsAskHatstand(h.Profile, d.World.Self())
		r.Here.Renews = h.Kind == byServer || h.Kind == byProfile && asks
	}
	r.SignIns, err = d.signIns(ctx, set)
	if err == nil {
		err = d.sessions(ctx, &r, set, last)
	}
	if err != nil {
		r.Unread = err.Error()
	}
	return r, nil
}

func (d Deps) signIns(ctx context.Context, set *profiles.Set) ([]signIn, error) {
	all := []signIn{}
	request := profiles.Request{Getenv: d.Settings.Environment().OfProfile, Self: d.World.Self()}
	keyring := d.Keyring.Asking(prompt.Never)
	known := signins.Known(set, request)
	for _, g := range known {
		s, err := keyring.SignIn(prompt.With(ctx, prompt.Never), g)
		if err != nil {
			return all, err
		}
		users := signins.ProfilesOf(set, g.Key(), request)
		login := advice.Login(g.Session, "")
		if g.Session == "" && len(users) > 0 {
			login = advice.Login(users[0], "")
		}
		i := signInOf(g, s, login)
		i.Unused = len(users) == 0
		all = append(all, i)
	}
	removed, err := keyring.RemovedSignIns(prompt.With(ctx, prompt.Never), known)
	for _, g := range removed {
		s, err := keyring.SignIn(prompt.With(ctx, prompt.Never), g)
		if err != nil {
			return all, err
		}
		if i := signInOf(g, s, ""); s.SignedIn {
			i.Unused, i.Removed = true, true
			all = append(all, i)
		}
	}
	return all, err
}

// samlSignIns fills in the SAML sign-ins that profiles use. Nothing of one is kept but whose it was: somebody is signed in
// as long as credentials are cached that came of it.
func (d Deps) samlSignIns(ctx context.Context, r *report, set *profiles.Set, live []overview.LiveSession) error {
	request := profiles.Request{Getenv: d.Settings.Environment().OfProfile, Self: d.World.Self()}
	for _, name := range set.SAMLSections() {
		if len(signins.ProfilesOfSAML(set, name, request)) == 0 {
			continue
		}
		key := profiles.SAMLSetting{Name: name}.Key()
		i := signIn{Name: name, login: "hatstand login " + advice.ShellWord(name)}
		for _, l := range live {
			if l.Step.Item.Grant == key && l.Until.After(i.Until) {
				i.SignedIn, i.Until = true, l.Until.UTC()
			}
		}
		if i.SignedIn {
			var err error
			if i.User, err = d.Keyring.Asking(prompt.Never).SAMLPerson(prompt.With(ctx, prompt.Never), key); err != nil {
				return err
			}
		}
		r.SignIns = append(r.SignIns, i)
	}
	return nil
}

func signInOf(g profiles.Grant, s grant.State, login string) signIn {
	i := signIn{Name: g.Name(), SignedIn: s.SignedIn, OpenCode: s.OpenCode, login: login}
	if s.SignedIn {
		i.User, i.Renews = s.User, s.Renews
		if !s.Renews {
			i.Until = s.Until.UTC()
		}
	}
	return i
}

// sessions fills in what the keyring has of the profiles. last is the step whose credentials AWS_PROFILE gives.
func (d Deps) sessions(ctx context.Context, r *report, set *profiles.Set, last credproc.Step) error {
	live, err := d.Overview.Live(ctx)
	if err == nil {
		err = d.samlSignIns(ctx, r, set, live)
	}
	for _, l := range live {
		if r.Here.Kind == byProfile && r.Here.Renews && l.Step.Item == last.Item {
			r.Here.Until = l.Until.UTC()
		}
		if l.Last {
			r.Sessions = append(r.Sessions,
				session{Profile: l.Profile, Role: l.Step.RoleInAccount(), Until: l.Until.UTC()})
		}
		if l.Step.Serial != "" {
			r.Codes = append(r.Codes, code{Device: l.Step.Serial, Until: l.Until.UTC()})
		}
	}
	return err
}

// facts are the report for people.
func (r report) facts(now time.Time) []ui.Fact {
	var all []ui.Fact
	line := func(about, text, state string) { all = append(all, ui.Fact{About: about, Text: text, State: state}) }
	line("this shell", r.Here.words(now), r.Here.state(now))
	head := "sign-ins"
	for _, s := range r.SignIns {
		words := s.words(now)
		line(head, s.Name+": "+words, words[:strings.IndexAny(words+",", ",:")])
		head = ""
	}
	head = "in the keyring"
	for _, s := range r.Sessions {
		words := s.Profile
		if s.Role != "" {
			words += ": " + s.Role
		}
		until := "until " + ui.ClockTime(s.Until, now)
		line(head, words+", "+until, until)
		head = ""
	}
	head = "next token code"
	for _, c := range r.Codes {
		line(head, ui.ShortDevice(c.Device)+": at "+ui.ClockTime(c.Until, now)+" at the earliest", "")
		head = ""
	}
	if r.Unread != "" {
		line("in the keyring", "not known: "+r.Unread, "not known")
	} else if len(r.Sessions) == 0 {
		line("in the keyring", "no sessions", "")
	}
	return all
}

// words say who the commands of this shell are.
func (h here) words(now time.Time) string {
	who := ui.Plain(h.Profile)
	if h.Role != "" {
		who += ": " + h.Role
	}
	var s string
	switch h.Kind {
	case byHat:
		s = who
	case byServer:
		s = "credentials of a local endpoint, which renews them"
		if who != "" {
			s = who + ", renewed by a local endpoint"
		}
	case byProfile:
		s = who + ", by AWS_PROFILE"
		if h.Renews && h.Until.IsZero() {
			s += ", not cached yet"
		}
	case byOthers:
		s = "the access key " + ui.Plain(h.KeyID) + ", which hatstand has not set"
	case nothing:
		s = "no role: commands use the profile default, if there is one"
	}
	if state := h.state(now); state != "" {
		s += ", " + state
	}
	if h.Kind == byProfile && h.Renews && !h.Until.IsZero() {
		s += ", then renewed"
	}
	if h.Also != "" {
		s += fmt.Sprintf("; %s is set too, which the AWS CLI and Python prefer", ui.Plain(h.Also))
	}
	return s
}

// state says until when the credentials last; "": that is not known.
func (h here) state(now time.Time) string {
	switch {
	case h.Expired:
		return "expired at " + ui.ClockTime(h.Until, now)
	case !h.Until.IsZero():
		return "until " + ui.ClockTime(h.Until, now)
	}
	return ""
}

// words say how the sign-in is.
func (s signIn) words(now time.Time) string {
	switch {
	case s.SignedIn:
		text := "signed in"
		if s.User != "" {
			text += " as " + s.User
		}
		if s.Renews {
			text += ", renews itself"
		} else {
			text += ", until " + ui.ClockTime(s.Until, now)
		}
		switch {
		case s.Removed:
			text += "; the config file does not have it any more: hatstand logout " + advice.ShellWord(s.Name)
		case s.Unused:
			text += "; no profile uses it"
		}
		return text
	case s.OpenCode != "":
		return "the sign-in is open in a browser, code " + s.OpenCode
	}
	return "not signed in: " + s.login
}
