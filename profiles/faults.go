package profiles

import (
	"slices"
	"strconv"
	"strings"
)

const (
	mostFaults = 50 // a file that a program wrote wrongly may have a fault for each of its ten thousand profiles
	mostAlike  = 3
)

// Faults are what the Chain of some profile fails with, each once, in the order of Names: what a base profile
// gets wrong is not told again for each role that starts there, and a loop not for each profile in it. Of
// profiles with the same fault the first is told of, and a few of the others are named. The request's Target
// and Source count for nothing.
//
// What is wrong with the settings of IAM Identity Center is left out: other programs read those, and not all
// of them want all of them.
func (s *Set) Faults(req Request) []Remark {
	var all []*fault
	alike := map[string]*fault{}
	told := map[string]bool{}
	for _, name := range s.Names() {
		req.Target, req.Source = name, ""
		_, err := s.Chain(req)
		if err == nil {
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
		remarks = append(remarks, Remark{Where: Setting{Path: s.config.path}, Text: strconv.Itoa(more) + " more faults in profiles are not shown", Next: "put those above right first"})
	}
	return remarks
}

// A fault is an error of a profile's chain.
type fault struct {
	err     error
	id      string // its own
	what    string // the same for all profiles with the same fault
	profile string // whose it is
	where   Setting
	skipped bool
	others  []*fault
}

func faultOf(err error) *fault {
	f := &fault{err: err, id: err.Error(), what: err.Error()}
	switch e := err.(type) {
	case *SettingError:
		f.what, f.profile, f.where = e.Reason, e.Profile, e.Where
		f.skipped = strings.HasPrefix(e.Key, "sso_")
	case *UnknownProfileError:
		f.what, f.profile, f.where = e.Key+" "+quoted(e.Name), e.ReferredBy, e.Where
	case *LoopError:
		// What leads into a loop is no part of it, and where it is entered makes no other one of it.
		first := slices.Index(e.Names, e.Names[len(e.Names)-1])
		loop := &LoopError{Key: e.Key, Names: e.Names[first:], Where: e.Where}
		f.err, f.where = loop, e.Where
		f.id = e.Key + "\n" + strings.Join(slices.Sorted(slices.Values(loop.Names[1:])), "\n")
		f.what = f.id
	}
	return f
}

func (f *fault) remark() Remark {
	text := strings.TrimSuffix(f.err.Error(), in(f.where))
	for i, other := range f.others[:min(len(f.others), mostAlike)] {
		if i == 0 {
			text += "; the same in profile "
		} else {
			text += ", "
		}
		text += quoted(other.profile) + in(other.where)
	}
	if more := len(f.others) - mostAlike; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	r := Remark{Where: Setting{Path: f.where.Path, Line: f.where.Line}, Text: text}
	if h, ok := f.err.(interface{ Hints() []string }); ok && len(h.Hints()) > 0 {
		r.Next = h.Hints()[0]
	}
	return r
}
