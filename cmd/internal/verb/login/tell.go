package login

import (
	"fmt"
	"time"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/profiles"
)

// A reporter says who is signed in: in lines, as it happens, or as one document at the end.
type reporter struct {
	ui     ui.Streams
	asJSON bool
	now    func() time.Time
	doc    loggedIn
}

func (d Deps) reporter(asJSON bool) *reporter {
	return &reporter{ui: d.UI, asJSON: asJSON, now: d.Now, doc: loggedIn{SignIns: []toldSignIn{}, Profiles: []toldProfile{}}}
}

// loggedIn is what login tells as JSON.
type loggedIn struct {
	SignIns  []toldSignIn  `json:"sign_ins"`
	Profiles []toldProfile `json:"profiles"`
}

// toldSignIn is a sign-in that somebody is signed in to now.
type toldSignIn struct {
	Name    string `json:"name"`
	User    string `json:"user,omitempty"`
	Before  string `json:"user_before,omitempty"` // where it was somebody else
	Already bool   `json:"already"`               // it was so before
}

// toldProfile is a profile whose credentials are cached now.
type toldProfile struct {
	Profile string    `json:"profile"`
	Role    string    `json:"role_arn,omitempty"`
	Account string    `json:"account,omitempty"`
	Set     string    `json:"permission_set,omitempty"`
	Until   time.Time `json:"until,omitzero"`
}

// signIn reports a sign-in.
func (t *reporter) signIn(s *signIn) error {
	if !t.asJSON {
		return t.ui.Print(s.line())
	}
	to := toldSignIn{Name: s.grant.Name(), User: s.token.User, Already: s.was}
	if s.otherPerson() {
		to.Before = s.token.Before
	}
	t.doc.SignIns = append(t.doc.SignIns, to)
	return nil
}

// profile reports that a profile's credentials are cached.
func (t *reporter) profile(p credproc.Plan, c credentials.Value) error {
	as := toldProfile{Profile: p.Target, Account: p.Account()}
	if n := len(p.Steps); n > 0 {
		switch last := p.Steps[n-1]; last.Call {
		case credproc.AssumeRole, credproc.AssumeRoleWithWebIdentity, credproc.AssumeRoleWithSAML:
			as.Role = last.Role.ARN
		case credproc.GetRoleCredentials:
			as.Set = last.PermissionSet
		}
	}
	if c.CanExpire {
		as.Until = c.Expires.UTC()
	}
	if !t.asJSON {
		return t.ui.Print(as.line(t.now()))
	}
	t.doc.Profiles = append(t.doc.Profiles, as)
	return nil
}

// console tells that a profile uses a sign-in to the console.
func (t *reporter) console(profile string, g profiles.Grant) error {
	if !t.asJSON {
		return t.ui.Print("signed in to the console as " + ui.Plain(g.ARN) + "; the profile " + ui.Plain(profile) + " uses it\n")
	}
	t.doc.SignIns = append(t.doc.SignIns, toldSignIn{Name: g.Name(), User: g.ARN})
	return t.end()
}

// end is called once, when all is done that can be.
func (t *reporter) end() error {
	if !t.asJSON {
		return nil
	}
	return t.ui.PrintJSON(t.doc)
}

func (a toldProfile) line(now time.Time) string {
	what, until := "signed in", ""
	switch {
	case a.Role != "":
		what = a.Role
	case a.Set != "":
		what = a.Set + " in " + a.Account
	}
	if !a.Until.IsZero() {
		until = " until " + ui.ClockTime(a.Until, now)
	}
	return fmt.Sprintf("%s: %s%s\n", a.Profile, what, until)
}
