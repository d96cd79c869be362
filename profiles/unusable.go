package profiles

import (
	"slices"
	"strconv"
	"strings"

	"hatstand/profiles/internal/show"
)

const (
	mostFaults = 50 // a file that a program wrote wrongly may have a fault for each of its ten thousand profiles
	mostAlike  = 3
)

// Unusable are what the Chain of some profile fails with, each once, in the order of Names: what a base profile
// gets wrong is not told again for each role that starts there, and a loop not for each profile in it. Of
// profiles with the same fault the first is told of, and a few of the others are named. The request's Target
// and Source count for nothing.
//
// What is wrong with the settings of IAM Identity Center is left out: other programs read those, and not all
// of them want all of them.
func (s *Set) Unusable(req Request) []Remark {
	var all []*fault
	alike := map[string]*fault{}
	told := map[string]bool{}
	for _, name := range s.Names() {
		req.Target, req.Source = name, ""
		_, failed := s.Chain(req)
		err, ok := failed.(*Error)
		if !ok {
			continue
		}
		f := faultOf(err)
		if f.skipped || told[f.id] {
			continue
		}
		told[f.id] = true
		if first := alike[f.what]; first != nil {
			first.others = append(first.others, f)
			continue
		}
		alike[f.what] = f
		all = append(all, f)
	}
	var remarks []Remark
	for _, f := range all[:min(len(all), mostFaults)] {
		remarks = append(remarks, f.remark())
	}
	if more := len(all) - len(remarks); more > 0 {
		remarks = append(remarks, Remark{Location: Location{Path: s.config.path}, Text: strconv.Itoa(more) + " more faults in profiles are not shown", Next: "put those above right first"})
	}
	return remarks
}

// A fault is an error of a profile's chain.
type fault struct {
	err     *Error
	id      string // its own
	what    string // the same for all profiles with the same fault
	skipped bool
	others  []*fault
}

func faultOf(err *Error) *fault {
	f := &fault{err: err, id: err.Error(), what: err.Reason, skipped: strings.HasPrefix(err.What, "sso_")}
	if err.Kind == Loop {
		// What leads into a loop is no part of it, and where it is entered makes no other one of it.
		first := slices.Index(err.Names, err.Names[len(err.Names)-1])
		f.err = loopError(err.What, err.Names[first:], Setting{Path: err.Location.Path, Line: err.Location.Line})
		f.id = err.What + "\n" + strings.Join(slices.Sorted(slices.Values(f.err.Names[1:])), "\n")
		f.what = f.id
	}
	return f
}

func (f *fault) remark() Remark {
	text := about(f.err.Profile) + f.err.Reason
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
