package lint

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/internal/show"
)

const (
	mostFaults = 50 // a file that a program wrote wrongly may have a fault for each of its ten thousand profiles
	mostAlike  = 3
)

// Unusable are the errors of the profiles' Chains, in the order of Names, each once: an error in a base profile is not
// repeated for each role that starts there, nor a loop for each profile in it. Where several profiles have the same
// error, the remark is about the first and names a few of the others. The request's Target and Source are ignored.
func Unusable(set *profiles.Set, req profiles.Request) []Remark {
	var all []*fault
	alike := map[string]*fault{}
	seen := map[string]bool{}
	for _, name := range set.Names() {
		req.Target, req.Source = name, ""
		_, failed := set.Chain(req)
		err, ok := errors.AsType[*profiles.Error](failed)
		if !ok {
			continue
		}
		f := faultOf(err)
		if seen[f.id] || onlySignsIn(set, err) {
			continue
		}
		seen[f.id] = true
		if first := alike[f.what]; first != nil {
			first.others = append(first.others, f)
			continue
		}
		alike[f.what] = f
		all = append(all, f)
	}
	var shown []Remark
	for _, f := range all[:min(len(all), mostFaults)] {
		shown = append(shown, f.remark())
	}
	if more := len(all) - len(shown); more > 0 {
		config, _ := set.Files()
		shown = append(shown, Remark{Location: profiles.Location{Path: config.Path},
			Text: strconv.Itoa(more) + " more faults in profiles are not shown", Next: "correct those above first"})
	}
	return shown
}

// onlySignsIn reports whether an error is about a profile with a start URL and neither account nor role. Other programs
// can sign in with that.
func onlySignsIn(set *profiles.Set, err *profiles.Error) bool {
	if err.Kind != profiles.MissingSSO {
		return false
	}
	p, ok := set.Profile(err.Profile)
	return ok && !p.Get("sso_account_id").IsSet() && !p.Get("sso_role_name").IsSet()
}

// A fault is an error of a profile's chain.
type fault struct {
	err    *profiles.Error
	id     string // its own
	what   string // equal for profiles with the same fault
	others []*fault
}

func faultOf(err *profiles.Error) *fault {
	f := &fault{err: err, id: err.Error(), what: err.Reason}
	if err.Kind == profiles.Loop {
		// It is the same loop whatever leads into it, and wherever it is entered.
		f.err = err.LoopAlone()
		f.id = err.What + "\n" + strings.Join(slices.Sorted(slices.Values(f.err.Names[1:])), "\n")
		f.what = f.id
	}
	return f
}

func (f *fault) remark() Remark {
	text := f.err.Reason
	if f.err.Profile != "" {
		text = "profile " + show.Quoted(f.err.Profile) + ": " + text
	}
	for i, other := range f.others[:min(len(f.others), mostAlike)] {
		if i == 0 {
			text += "; the same in profile "
		} else {
			text += ", "
		}
		text += show.Quoted(other.err.Profile)
		if at := other.err.Location.String(); at != "" {
			text += " (" + at + ")"
		}
	}
	if more := len(f.others) - mostAlike; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return Remark{Location: f.err.Location, Text: text, Err: f.err}
}
