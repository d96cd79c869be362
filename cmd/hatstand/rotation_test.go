package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/cache"
	"hatstand/credproc/iam"
)

const (
	asAlice = "arn:aws:iam::111111111111:user/alice"
	oldID   = "AKIAOLD"
	newID   = "AKIANEW"
)

var atNoon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// noted is a note of a rotation that was begun at noon.
func noted(next string) *cache.Rotation {
	n := &cache.Rotation{Old: cache.Keys{AccessKeyID: oldID, SecretAccessKey: "s", ARN: asAlice}, Seen: []string{oldID}, Began: atNoon}
	if next != "" {
		n.Next, n.Made = cache.Keys{AccessKeyID: next, SecretAccessKey: "s", ARN: asAlice}, atNoon.Add(time.Second)
	}
	return n
}

func listedKey(id string, after time.Duration, active bool) iam.Key {
	return iam.Key{ID: id, User: "alice", Active: active, Created: atNoon.Add(after)}
}

func TestTheNextMoveOfARotation(t *testing.T) {
	const long = -100 * 24 * time.Hour
	old, made := listedKey(oldID, long, true), listedKey(newID, time.Second, true)
	inactive := func(k iam.Key) iam.Key { k.Active = false; return k }
	doomed := noted("")
	doomed.Doomed = newID
	for _, row := range []struct {
		claim string
		s     situation
		want  string // the move and its key, or the error
	}{
		{"one active key: it begins", situation{current: oldID, keys: []iam.Key{old}}, "write the note"},
		{"its own note is written: the key is made", situation{current: oldID, keys: []iam.Key{old}, note: noted(""), begun: true}, "make the new key"},
		{"another run's note is dropped, and it begins anew", situation{current: oldID, keys: []iam.Key{old}, note: noted("")}, "drop the note on a rotation that came to nothing"},
		{"made and noted: AWS has to know it first", situation{current: oldID, keys: []iam.Key{old, made}, note: noted(newID)}, "wait until the new key works AKIANEW"},
		{"AWS knows it: it is stored", situation{current: oldID, keys: []iam.Key{old, made}, note: noted(newID), works: true}, "store the new key AKIANEW"},
		{"AWS's list may be late", situation{current: oldID, keys: []iam.Key{old}, note: noted(newID)}, "wait until the new key works AKIANEW"},
		{"stored: the old one goes out of use", situation{current: newID, keys: []iam.Key{old, made}, note: noted(newID)}, "make the old key inactive AKIAOLD"},
		{"not before every profile that has it is served", situation{current: newID, holders: map[string]string{"me": newID, "also": oldID}, keys: []iam.Key{old, made}, note: noted(newID)}, "store the new key AKIANEW"},
		{"inactive: it is deleted", situation{current: newID, keys: []iam.Key{inactive(old), made}, note: noted(newID)}, "delete the old key AKIAOLD"},
		{"or kept", situation{current: newID, keys: []iam.Key{inactive(old), made}, note: noted(newID), keepOld: true}, "drop the note"},
		{"or kept as the run before was told to", situation{current: newID, keys: []iam.Key{inactive(old), made}, note: &cache.Rotation{Old: noted("").Old, Next: noted(newID).Next, KeepOld: true}}, "drop the note"},
		{"deleted: it is done", situation{current: newID, keys: []iam.Key{made}, note: noted(newID)}, "drop the note"},

		{"a key that a killed run may have made: was it used?", situation{current: oldID, keys: []iam.Key{old, made}, note: noted("")}, "ask when it was used AKIANEW"},
		{"it was not: nobody has its secret", situation{current: oldID, keys: []iam.Key{old, made}, note: noted(""), unused: map[string]bool{newID: true}}, "delete a key that is of no use AKIANEW"},
		{"it was: it is somebody's", situation{current: oldID, keys: []iam.Key{old, made}, note: noted(""), unused: map[string]bool{newID: false}}, "drop the note on a rotation that came to nothing"},
		{"one made too late for the killed run is somebody's", situation{current: oldID, keys: []iam.Key{old, listedKey(newID, madeWithin, true)}, note: noted("")}, "drop the note on a rotation that came to nothing"},
		{"one made before it too", situation{current: oldID, keys: []iam.Key{old, listedKey(newID, -3*time.Second, true)}, note: noted("")}, "drop the note on a rotation that came to nothing"},
		{"one that was there before it too", situation{current: oldID, keys: []iam.Key{old, made}, note: &cache.Rotation{Old: noted("").Old, Seen: []string{oldID, newID}, Began: atNoon}}, "drop the note on a rotation that came to nothing"},
		{"one that a profile has is in use", situation{current: oldID, holders: map[string]string{"me": oldID, "also": newID}, keys: []iam.Key{old, made}, note: noted("")}, "drop the note on a rotation that came to nothing"},
		{"the profile's own, given meanwhile, is no stray", situation{current: newID, keys: []iam.Key{old, made}, note: noted("")}, "drop the note on a rotation that came to nothing"},

		{"somebody deleted the new key", situation{current: oldID, keys: []iam.Key{old}, note: noted(newID), at: atNoon.Add(time.Hour)}, "drop the note on a rotation that came to nothing"},
		{"somebody made it inactive", situation{current: oldID, keys: []iam.Key{old, inactive(made)}, note: noted(newID)}, "note that the new key is of no use AKIANEW"},
		{"the profile was given a third one: the new one is nobody's", situation{current: "AKIATHIRD", keys: []iam.Key{listedKey("AKIATHIRD", 0, true), made}, note: noted(newID)}, "note that the new key is of no use AKIANEW"},
		{"and then forgotten", situation{current: "AKIATHIRD", keys: []iam.Key{listedKey("AKIATHIRD", 0, true)}, note: noted(newID)}, "drop the note on a rotation that came to nothing"},

		{"undone: the old one works again first", situation{back: true, current: newID, keys: []iam.Key{inactive(old), made}, note: noted(newID)}, "make the old key active again AKIAOLD"},
		{"then it is stored", situation{back: true, current: newID, keys: []iam.Key{old, made}, note: noted(newID)}, "store the old key again AKIAOLD"},
		{"then the new one is doomed", situation{back: true, current: oldID, keys: []iam.Key{old, made}, note: noted(newID)}, "note that the new key is of no use AKIANEW"},
		{"then it goes", situation{back: true, current: oldID, keys: []iam.Key{old, made}, note: doomed}, "delete a key that is of no use AKIANEW"},
		{"and all is done", situation{back: true, current: oldID, keys: []iam.Key{old}, note: doomed}, "drop the note"},
		{"a doomed key goes in a later run too", situation{current: oldID, keys: []iam.Key{old, made}, note: doomed}, "delete a key that is of no use AKIANEW"},
		{"and is not waited for when it is gone", situation{current: oldID, keys: []iam.Key{old}, note: doomed}, "drop the note on a rotation that came to nothing"},
		{"one that a profile was given meanwhile stays", situation{current: newID, keys: []iam.Key{old, made}, note: doomed}, "drop the note on a rotation that came to nothing"},
		{"then it is as it was", situation{back: true, current: oldID, keys: []iam.Key{old}, note: noted(newID)}, "drop the note"},

		{"two keys: no third", situation{current: oldID, keys: []iam.Key{old, made}}, `profile "me": arn:aws:iam::111111111111:user/alice has two access keys already, as many as AWS allows: AKIAOLD (100 days old, active, stored here for me) and AKIANEW (0 minutes old, active, not stored here)`},
		{"an active one is not deleted on demand", situation{current: oldID, keys: []iam.Key{old, made}, deleteInactive: true}, `profile "me": arn:aws:iam::111111111111:user/alice has two access keys already, as many as AWS allows: AKIAOLD (100 days old, active, stored here for me) and AKIANEW (0 minutes old, active, not stored here)`},
		{"an inactive one is, on demand", situation{current: oldID, keys: []iam.Key{old, inactive(made)}, deleteInactive: true}, "delete a key that is of no use AKIANEW"},
		{"and not without", situation{current: oldID, keys: []iam.Key{old, inactive(made)}}, `profile "me": arn:aws:iam::111111111111:user/alice has two access keys already, as many as AWS allows: AKIAOLD (100 days old, active, stored here for me) and AKIANEW (0 minutes old, inactive, not stored here)`},
		{"an inactive key is not rotated", situation{current: oldID, keys: []iam.Key{inactive(old)}}, `profile "me": the access key AKIAOLD is inactive at AWS`},
		{"nor one that AWS does not list", situation{current: oldID}, `profile "me": the access key AKIAOLD is not among the access keys of arn:aws:iam::111111111111:user/alice`},
		{"nor one that a file has too", situation{current: oldID, keys: []iam.Key{old}, inFiles: []string{`profile "x" (~/.aws/credentials:2)`}}, `profile "me": the access key AKIAOLD stands in a file too, where it would stop working: profile "x" (~/.aws/credentials:2)`},
		{"another user's key in the middle of it", situation{user: "arn:aws:iam::111111111111:user/bob", current: "AKIABOB", note: noted(newID)}, `profile "me": its key is of arn:aws:iam::111111111111:user/bob, and a rotation was begun of the key AKIAOLD of arn:aws:iam::111111111111:user/alice, whose new key AKIANEW is still there`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := row.s
			s.profile = "me"
			if s.user == "" {
				s.user = asAlice
			}
			if s.at.IsZero() {
				s.at = atNoon.Add(5 * time.Second)
			}
			if s.holders == nil {
				s.holders = map[string]string{"me": s.current}
			}
			m, id, err := s.next()
			got := strings.TrimSpace(string(m) + " " + id)
			if err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// A model is AWS and a keyring of one user's, as far as a rotation goes.
type model struct {
	stored map[string]string // by profile
	note   *cache.Rotation
	keys   []iam.Key
	clock  time.Time
	made   int
	denied bool // AWS lets nobody make a key inactive
}

func (m model) clone() model {
	m.stored, m.keys = maps.Clone(m.stored), slices.Clone(m.keys)
	return m
}

// well says what is wrong with a model at any moment: every profile has a key that works.
func (m *model) well() error {
	for profile, id := range m.stored {
		if !slices.ContainsFunc(m.keys, func(k iam.Key) bool { return k.ID == id && k.Active }) {
			return fmt.Errorf("%s has %s, which does not work: %v", profile, id, m.keys)
		}
	}
	if len(m.keys) > iam.KeysPerUser {
		return fmt.Errorf("AWS has %d keys", len(m.keys))
	}
	return nil
}

// A run is one process that looks at a model and makes moves.
type modelRun struct {
	m *model
	s situation
}

func (m *model) start() *modelRun {
	m.clock = m.clock.Add(10 * time.Second)
	return &modelRun{m, situation{
		profile: "me", user: asAlice, current: m.stored["me"], holders: maps.Clone(m.stored), note: m.note,
		keys: slices.Clone(m.keys), at: m.clock, unused: map[string]bool{},
	}}
}

// step makes the next move; half of it only if the process is killed meanwhile.
func (r *modelRun) step(half bool) (move, error) {
	m, s := r.m, &r.s
	next, id, err := s.next()
	if err != nil {
		return next, err
	}
	m.clock = m.clock.Add(time.Second)
	find := func(keys []iam.Key) int {
		return slices.IndexFunc(keys, func(k iam.Key) bool { return k.ID == id })
	}
	set := func(active bool) { m.keys[find(m.keys)].Active, s.keys[find(s.keys)].Active = active, active }
	drop := func() { m.keys = slices.Delete(m.keys, find(m.keys), find(m.keys)+1); s.keys = slices.Clone(m.keys) }
	put := func(from, to string) {
		for _, p := range s.holding(from) {
			m.stored[p], s.holders[p] = to, to
			if half {
				return
			}
		}
		s.current = s.holders["me"]
	}
	switch next {
	case moveAskUse:
		s.unused[id] = true
	case moveDiscard, moveDelete:
		drop()
	case moveBegin:
		n := cache.Rotation{Old: cache.Keys{AccessKeyID: s.current, SecretAccessKey: "s", ARN: asAlice}, Began: s.at}
		for _, k := range s.keys {
			n.Seen = append(n.Seen, k.ID)
		}
		m.note, s.note, s.begun = &n, &n, true
	case moveCreate:
		m.made++
		k := iam.Key{ID: fmt.Sprint("AKIANEW", m.made), Active: true, Created: m.clock}
		m.keys, s.keys = append(m.keys, k), append(s.keys, k)
		if half {
			break
		}
		n := *s.note
		n.Next, n.Made = cache.Keys{AccessKeyID: k.ID, SecretAccessKey: "s", ARN: asAlice}, k.Created
		m.note, s.note = &n, &n
	case moveDoom:
		n := *s.note
		n.Next, n.Doomed = cache.Keys{}, id
		m.note, s.note = &n, &n
	case moveAwait:
		if find(m.keys) < 0 {
			return next, fmt.Errorf("it waits for %s, which was deleted", id)
		}
		s.works = true
	case moveSwitch:
		put(s.note.Old.AccessKeyID, s.note.Next.AccessKeyID)
	case moveRestore:
		put(s.note.Next.AccessKeyID, s.note.Old.AccessKeyID)
	case moveDeactivate:
		if m.denied {
			s.back = true
			break
		}
		set(false)
	case moveActivate:
		set(true)
	case moveForget, moveFinish:
		m.note, s.note, s.begun = nil, nil, false
	default:
		return next, errors.New("no such move: " + string(next))
	}
	return next, m.well()
}

// TestARotationSurvivesAnyTwoKills walks every way that a rotation can go when it is killed twice, after
// any move or in the middle of it, and holds it to the end: each profile has a key that works at every
// moment, and when a run was left alone one key is there, with no note.
func TestARotationSurvivesAnyTwoKills(t *testing.T) {
	for _, denied := range []bool{false, true} {
		t.Run(fmt.Sprintf("denied %v", denied), func(t *testing.T) {
			first := model{
				stored: map[string]string{"me": oldID, "also": oldID}, clock: atNoon, denied: denied,
				keys: []iam.Key{listedKey(oldID, -time.Hour, true)},
			}
			ways := 0
			var walk func(m model, kills int, way []string)
			walk = func(m model, kills int, way []string) {
				for at := 0; ; at++ {
					for _, half := range []bool{false, true} {
						left := m.clone()
						r := left.start()
						done := false
						now := slices.Clip(append(way, "|"))
						for i := 0; i <= at && !done; i++ {
							did, err := r.step(half && i == at)
							now = append(now, string(did))
							if err != nil {
								t.Fatalf("%s: %v", strings.Join(now, ", "), err)
							}
							done = did == moveFinish
							if i > maxMoves {
								t.Fatalf("no end: %s", strings.Join(now, ", "))
							}
						}
						if !done && kills > 0 {
							walk(left, kills-1, now)
							continue
						}
						if !done {
							continue // the run that nobody kills is looked at when it is done
						}
						ways++
						wantKey := left.stored["me"]
						if len(left.keys) != 1 || left.keys[0].ID != wantKey || left.stored["also"] != wantKey || left.note != nil || (wantKey == oldID) != denied {
							t.Fatalf("%s: %+v", strings.Join(now, ", "), left)
						}
						if half {
							return
						}
					}
				}
			}
			walk(first, 2, nil)
			if ways < 150 {
				t.Errorf("only %d ways were walked", ways)
			}
			t.Logf("%d ways", ways)
		})
	}
}

func TestParseAge(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * 24 * time.Hour, "12w": 12 * 7 * 24 * time.Hour, "36h": 36 * time.Hour, "0d": 0, "0s": 0, "1h30m": 90 * time.Minute,
	} {
		if got, err := parseAge(text); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"90", "-1d", "-1h", "d", "1.5d", "99999999999d", "90 d", "\x1b[2J", "NaNd"} {
		if _, err := parseAge(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestBackoffIsPoliteAndBounded(t *testing.T) {
	var waited time.Duration
	for i := range 100 {
		d := backoff(i)
		if d < 250*time.Millisecond || d > 5*time.Second || i > 0 && d < backoff(i-1) {
			t.Fatalf("%d: %s", i, d)
		}
		if waited += d; waited >= awaitLimit {
			if i < 20 || i > 40 {
				t.Errorf("%d tries in %s", i, awaitLimit)
			}
			return
		}
	}
	t.Error("it never comes to the limit")
}

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
