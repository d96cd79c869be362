package keys

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

var atNoon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestPlannedRotations(t *testing.T) {
	now := atNoon
	key := func(profile, id string, days int, edit func(*keyInfo)) keyInfo {
		created := now.Add(-time.Duration(days) * 24 * time.Hour)
		i := keyInfo{Profile: profile, AccessKeyID: id, Status: statusActive, Created: &created, now: now}
		if edit != nil {
			edit(&i)
		}
		return i
	}
	for _, row := range []struct {
		claim string
		infos []keyInfo
		want  string
	}{
		{"an old one", []keyInfo{key("me", "A", 91, nil)}, "me A 91 days true rotate"},
		{"as old as the limit is not older", []keyInfo{key("me", "A", 90, nil)}, "me A 90 days false leave: it is younger"},
		{"an inactive one cannot be", []keyInfo{key("me", "A", 91, func(i *keyInfo) { i.Status = statusInactive })}, "me A 91 days false leave: it is inactive"},
		{"nor a deleted one", []keyInfo{key("me", "A", 91, func(i *keyInfo) { i.Status, i.Created, i.Added = statusDeleted, nil, now })}, "me A 0 minutes false leave: it is deleted"},
		{"one that could not be asked about", []keyInfo{key("me", "A", 91, func(i *keyInfo) { i.err = errors.New("no") })}, "me A 91 days false not known: see below"},
		{"one whose rotation was begun, however young", []keyInfo{key("me", "A", 0, func(i *keyInfo) { i.Rotating = true })}, "me A 0 minutes true go on with the rotation that was begun"},
		{"one that two profiles have is rotated once", []keyInfo{key("also", "A", 91, nil), key("me", "A", 91, nil), key("you", "B", 1, nil)}, "also, me A 91 days true rotate; you B 1 day false leave: it is younger"},
		{"begun under the second one's name", []keyInfo{key("also", "A", 1, nil), key("me", "A", 1, func(i *keyInfo) { i.Rotating = true })}, "also, me A 1 day true go on with the rotation that was begun"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			var got []string
			for _, p := range planRotations(row.infos, 90*24*time.Hour) {
				got = append(got, fmt.Sprint(strings.Join(p.profiles, ", "), " ", p.id, " ", p.age, " ", p.rotate, " ", p.why))
			}
			if text := strings.Join(got, "; "); text != row.want {
				t.Errorf("got  %s\nwant %s", text, row.want)
			}
		})
	}
}
