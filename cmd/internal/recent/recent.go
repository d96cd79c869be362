// Package recent remembers which profiles a person has used, so that the list of profiles begins with those that are
// used most and were used last. It stores no secrets, and nothing that may not be lost: names, when each was used, and
// when the credentials of that use expire.
//
// It promises that a file which is damaged, too large, a link or another user's counts as none, and that no name from
// it is ever shown: it only orders names that are known already.
package recent

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"time"
)

const (
	mostNames   = 200
	longestName = 256       // in bytes; AWS's names are shorter
	largestFile = 128 << 10 // in bytes; 200 names of usual length take 20,000
	// halfLife is the time in which a use comes to count half as much.
	halfLife = 7 * 24 * time.Hour
	// largestScore is more than a person reaches: a use each second, for ever, comes to less.
	largestScore = 1e6
)

// A Use is how much a profile was used.
type Use struct {
	Profile string `json:"profile"`
	// Score is the number of uses, each of which counts half after a week, as it was at the last one.
	Score float64   `json:"score"`
	Last  time.Time `json:"last"`
	// Item names the credentials that were got then, and Until is when they end; zero: not known.
	Item  string    `json:"item,omitempty"`
	Until time.Time `json:"until,omitzero"`
}

// scoreAt is the score at a later time. A last use in the future was noted by a clock that was wrong: it was now.
func (u Use) scoreAt(now time.Time) float64 {
	return u.Score * math.Exp2(-max(0, float64(now.Sub(u.Last)))/float64(halfLife))
}

// valid reports whether a file's entry can have been written here.
func (u Use) valid() bool {
	return u.Profile != "" && len(u.Profile) <= longestName && len(u.Item) <= longestName && u.Score > 0 && u.Score <= largestScore && !u.Last.IsZero()
}

// A History is what was used, each profile once.
type History []Use

// With is the history after a use at that time, of which the profile and the credentials are given. Of more than 200
// profiles the one with the lowest score is dropped.
func (h History) With(used Use, now time.Time) History {
	used.Score, used.Last = 1, now
	if !used.valid() {
		return h
	}
	others := make(History, 0, len(h)+1)
	for _, u := range h {
		if u.Profile == used.Profile {
			used.Score = min(u.scoreAt(now)+1, largestScore)
			continue
		}
		others = append(others, u)
	}
	slices.SortStableFunc(others, func(a, b Use) int { return cmp.Compare(b.scoreAt(now), a.scoreAt(now)) })
	return append(others[:min(len(others), mostNames-1)], used)
}

// Order is the names in the order in which they are to be listed: those with the highest score first, then those that
// were never used, in the order given.
func (h History) Order(names []string, now time.Time) []string {
	scores := make(map[string]float64, len(h))
	for _, u := range h {
		scores[u.Profile] = u.scoreAt(now)
	}
	used, never := make([]string, 0, len(scores)), make([]string, 0, len(names))
	for _, name := range names {
		if scores[name] > 0 {
			used = append(used, name)
		} else {
			never = append(never, name)
		}
	}
	slices.SortStableFunc(used, func(a, b string) int { return cmp.Compare(scores[b], scores[a]) })
	return append(used, never...)
}

// Until is when credentials end that were got at a profile's last use; zero: others were, or it is not known.
func (h History) Until(profile, item string) time.Time {
	for _, u := range h {
		if u.Profile == profile && u.Item == item && item != "" {
			return u.Until
		}
	}
	return time.Time{}
}

// A document is the file's content.
type document struct {
	Version  int     `json:"version"`
	Profiles History `json:"profiles"`
}

// decode reads a file's content. It skips entries that this package cannot have written, and everything if the content
// is not a document.
func decode(data []byte) History {
	var d document
	if len(data) > largestFile || json.Unmarshal(data, &d) != nil || d.Version != 1 {
		return nil
	}
	seen := map[string]bool{}
	var h History
	for _, u := range d.Profiles {
		if len(h) == mostNames {
			break
		}
		if u.valid() && !seen[u.Profile] {
			seen[u.Profile] = true
			h = append(h, u)
		}
	}
	return h
}

// encode leaves out profiles, from the first on, where the names are so long that decode would refuse the file.
func encode(h History) ([]byte, error) {
	for {
		data, err := json.Marshal(document{1, h})
		if err != nil || len(data) < largestFile {
			return append(data, '\n'), err
		}
		h = h[1:]
	}
}
