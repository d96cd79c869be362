package edit

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"hatstand/profiles"
)

// togetherElseEach calls do with all names. If that fails, it calls do with the names that do not fail by themselves.
func togetherElseEach(names []string, do func(names []string) (*Change, []Outcome, error)) (*Change, []Outcome, error) {
	c, outcomes, err := do(names)
	if err == nil {
		return c, outcomes, nil
	}
	blame := map[string]error{}
	var good []string
	for _, name := range names {
		if _, _, err := do([]string{name}); err != nil {
			blame[name] = err
		} else {
			good = append(good, name)
		}
	}
	if len(blame) == 0 {
		return nil, outcomes, err
	}
	c, done, err := do(good)
	if err != nil {
		return nil, outcomes, err
	}
	outcomes = outcomes[:0]
	for _, name := range names {
		if err := blame[name]; err != nil {
			outcomes = append(outcomes, Outcome{Name: name, Err: err})
		} else {
			outcomes, done = append(outcomes, done[0]), done[1:]
		}
	}
	return c, outcomes, nil
}

// undone holds the change to being undone by release.
func (s *adoption) undone(c *Change, outcomes []Outcome) error {
	var changed []string
	for _, o := range outcomes {
		if o.Changed {
			changed = append(changed, o.Name)
		}
	}
	before, _, err := s.release(changed, false)
	if err != nil {
		return err
	}
	after, err := s.after(c)
	if err != nil {
		return err
	}
	back, _, err := newAdoption(after, s.req).release(changed, false)
	if err != nil {
		return err
	}
	if !bytes.Equal(before.Bytes(), back.Bytes()) {
		name := ""
		if len(changed) == 1 {
			name = changed[0]
		}
		return &Error{Kind: NotUndoable, Profile: name, Location: profiles.Location{Path: s.config.path},
			Reason: "adopting " + strings.Join(changed, ", ") +
				" could not be undone: it was adopted before, and edited since"}
	}
	return nil
}

// sameChains holds a change to changing no profile's credentials.
func (s *adoption) sameChains(c *Change) error {
	refuse := func(reason string) error {
		return &Error{Kind: OtherCredentials, Location: profiles.Location{Path: s.config.path}, Reason: reason}
	}
	after, err := s.after(c)
	if err != nil {
		return refuse("the file would have a fault: " + err.Error())
	}
	for _, name := range s.Names() {
		req := s.req
		req.Target = name
		was, wasErr := s.Chain(req)
		is, isErr := after.Chain(req)
		if (wasErr == nil) != (isErr == nil) || wasErr == nil && !sameChain(*was, *is) {
			return refuse("profile " + strconv.Quote(name) + " would get other credentials")
		}
	}
	return nil
}

// after is the Set as it becomes.
func (s *adoption) after(c *Change) (*profiles.Set, error) {
	_, credentials := s.Files()
	return profiles.Parse(profiles.File{Path: s.config.path, Data: c.Bytes()}, credentials)
}

// sameChain tells whether two chains are the same but for the places of their settings.
func sameChain(a, b profiles.Chain) bool {
	clear := func(settings ...*profiles.Setting) {
		for _, s := range settings {
			s.Path, s.Line = "", 0
		}
	}
	for _, c := range []*profiles.Chain{&a, &b} {
		c.Roles = slices.Clone(c.Roles)
		clear(&c.MFAProcess, &c.Base.MFASerial, &c.Base.Process, &c.Base.LoginSession,
			&c.Base.WebIdentityTokenFile, &c.Base.WebIdentityTokenProcess, &c.Base.WebIdentityRole.MFASerial,
			&c.Base.SAML.Process, &c.Base.SAML.Browser, &c.Base.SAMLRole.MFASerial)
		for i := range c.Roles {
			clear(&c.Roles[i].MFASerial, &c.Roles[i].ReasonRequired)
		}
	}
	return reflect.DeepEqual(a, b)
}
