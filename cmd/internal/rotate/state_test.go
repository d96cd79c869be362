package rotate

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

func TestTheNextStepOfARotation(t *testing.T) {
	const long = -100 * 24 * time.Hour
	old, made := listedKey(oldID, long, true), listedKey(newID, time.Second, true)
	inactive := func(k iam.Key) iam.Key { k.Active = false; return k }
	marked := noted("")
	marked.Doomed = newID
	for _, row := range []struct {
		claim string
		s     state
		want  string // the step and its key, or the error
	}{
		{"one active key: it begins", state{current: oldID, keys: []iam.Key{old}}, "write the note"},
		{"its own note is written: the key is made", state{current: oldID, keys: []iam.Key{old}, note: noted(""), ownNote: true}, "make the new key"},
		{"another run's note is dropped, and it begins anew", state{current: oldID, keys: []iam.Key{old}, note: noted("")}, "drop the note, and begin again"},
		{"made and noted: AWS has to know it first", state{current: oldID, keys: []iam.Key{old, made}, note: noted(newID)}, "wait until the new key works AKIANEW"},
		{"AWS knows it: it is stored", state{current: oldID, keys: []iam.Key{old, made}, note: noted(newID), newWorks: true}, "store the new key AKIANEW"},
		{"AWS's list may be late", state{current: oldID, keys: []iam.Key{old}, note: noted(newID)}, "wait until the new key works AKIANEW"},
		{"stored: the old one goes out of use", state{current: newID, keys: []iam.Key{old, made}, note: noted(newID)}, "make the old key inactive AKIAOLD"},
		{"not before every profile that has it is served", state{current: newID, storedFor: map[string]string{"me": newID, "also": oldID}, keys: []iam.Key{old, made}, note: noted(newID)}, "store the new key AKIANEW"},
		{"inactive: it is deleted", state{current: newID, keys: []iam.Key{inactive(old), made}, note: noted(newID)}, "delete the old key AKIAOLD"},
		{"or kept", state{current: newID, keys: []iam.Key{inactive(old), made}, note: noted(newID), keepOld: true}, "drop the note"},
		{"or kept as the run before was told to", state{current: newID, keys: []iam.Key{inactive(old), made}, note: &cache.Rotation{Old: noted("").Old, Next: noted(newID).Next, KeepOld: true}}, "drop the note"},
		{"deleted: it is done", state{current: newID, keys: []iam.Key{made}, note: noted(newID)}, "drop the note"},

		{"a key that a killed run may have made: was it used?", state{current: oldID, keys: []iam.Key{old, made}, note: noted("")}, "ask when a key was used AKIANEW"},
		{"it was not: nobody has its secret", state{current: oldID, keys: []iam.Key{old, made}, note: noted(""), unused: map[string]bool{newID: true}}, "delete a key that is not used AKIANEW"},
		{"it was: it is somebody's", state{current: oldID, keys: []iam.Key{old, made}, note: noted(""), unused: map[string]bool{newID: false}}, "drop the note, and begin again"},
		{"one made too late for the killed run is somebody's", state{current: oldID, keys: []iam.Key{old, listedKey(newID, madeWithin, true)}, note: noted("")}, "drop the note, and begin again"},
		{"one made before it too", state{current: oldID, keys: []iam.Key{old, listedKey(newID, -3*time.Second, true)}, note: noted("")}, "drop the note, and begin again"},
		{"one that was there before it too", state{current: oldID, keys: []iam.Key{old, made}, note: &cache.Rotation{Old: noted("").Old, Seen: []string{oldID, newID}, Began: atNoon}}, "drop the note, and begin again"},
		{"one that a profile has is in use", state{current: oldID, storedFor: map[string]string{"me": oldID, "also": newID}, keys: []iam.Key{old, made}, note: noted("")}, "drop the note, and begin again"},
		{"the profile's own, given meanwhile, is no stray", state{current: newID, keys: []iam.Key{old, made}, note: noted("")}, "drop the note, and begin again"},

		{"somebody deleted the new key", state{current: oldID, keys: []iam.Key{old}, note: noted(newID), at: atNoon.Add(time.Hour)}, "drop the note, and begin again"},
		{"somebody made it inactive", state{current: oldID, keys: []iam.Key{old, inactive(made)}, note: noted(newID)}, "note that the new key is to be deleted AKIANEW"},
		{"the profile was given a third one: the new one is nobody's", state{current: "AKIATHIRD", keys: []iam.Key{listedKey("AKIATHIRD", 0, true), made}, note: noted(newID)}, "note that the new key is to be deleted AKIANEW"},
		{"and then forgotten", state{current: "AKIATHIRD", keys: []iam.Key{listedKey("AKIATHIRD", 0, true)}, note: noted(newID)}, "drop the note, and begin again"},

		{"undone: the old one works again first", state{undoing: true, current: newID, keys: []iam.Key{inactive(old), made}, note: noted(newID)}, "make the old key active again AKIAOLD"},
		{"then it is stored", state{undoing: true, current: newID, keys: []iam.Key{old, made}, note: noted(newID)}, "store the old key again AKIAOLD"},
		{"then the new one is marked", state{undoing: true, current: oldID, keys: []iam.Key{old, made}, note: noted(newID)}, "note that the new key is to be deleted AKIANEW"},
		{"then it goes", state{undoing: true, current: oldID, keys: []iam.Key{old, made}, note: marked}, "delete a key that is not used AKIANEW"},
		{"and all is done", state{undoing: true, current: oldID, keys: []iam.Key{old}, note: marked}, "drop the note"},
		{"a marked key goes in a later run too", state{current: oldID, keys: []iam.Key{old, made}, note: marked}, "delete a key that is not used AKIANEW"},
		{"and is not waited for when it is gone", state{current: oldID, keys: []iam.Key{old}, note: marked}, "drop the note, and begin again"},
		{"one that a profile was given meanwhile stays", state{current: newID, keys: []iam.Key{old, made}, note: marked}, "drop the note, and begin again"},
		{"then it is as it was", state{undoing: true, current: oldID, keys: []iam.Key{old}, note: noted(newID)}, "drop the note"},

		{"two keys: no third", state{current: oldID, keys: []iam.Key{old, made}}, `profile "me": arn:aws:iam::111111111111:user/alice has two access keys already, as many as AWS allows: AKIAOLD (100 days old, active, stored here for me) and AKIANEW (0 minutes old, active, not stored here)`},
		{"an active one is not deleted on demand", state{current: oldID, keys: []iam.Key{old, made}, deleteInactive: true}, `profile "me": arn:aws:iam::111111111111:user/alice has two access keys already, as many as AWS allows: AKIAOLD (100 days old, active, stored here for me) and AKIANEW (0 minutes old, active, not stored here)`},
		{"an inactive one is, on demand", state{current: oldID, keys: []iam.Key{old, inactive(made)}, deleteInactive: true}, "delete a key that is not used AKIANEW"},
		{"and not without", state{current: oldID, keys: []iam.Key{old, inactive(made)}}, `profile "me": arn:aws:iam::111111111111:user/alice has two access keys already, as many as AWS allows: AKIAOLD (100 days old, active, stored here for me) and AKIANEW (0 minutes old, inactive, not stored here)`},
		{"an inactive key is not rotated", state{current: oldID, keys: []iam.Key{inactive(old)}}, `profile "me": the access key AKIAOLD is inactive at AWS`},
		{"nor one that AWS does not list", state{current: oldID}, `profile "me": the access key AKIAOLD is not among the access keys of arn:aws:iam::111111111111:user/alice`},
		{"nor one that a file has too", state{current: oldID, keys: []iam.Key{old}, inFiles: []string{`profile "x" (~/.aws/credentials:2)`}}, `profile "me": the access key AKIAOLD is in a file too, where it would stop working: profile "x" (~/.aws/credentials:2)`},
		{"another user's key in the middle of it", state{user: "arn:aws:iam::111111111111:user/bob", current: "AKIABOB", note: noted(newID)}, `profile "me": its key belongs to arn:aws:iam::111111111111:user/bob, but a rotation was begun of the key AKIAOLD, which belongs to arn:aws:iam::111111111111:user/alice, whose new key AKIANEW is still there`},
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
			if s.storedFor == nil {
				s.storedFor = map[string]string{"me": s.current}
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

// A run is one process that looks at a model and does steps.
type modelRun struct {
	m *model
	s state
}

func (m *model) start() *modelRun {
	m.clock = m.clock.Add(10 * time.Second)
	return &modelRun{m, state{
		profile: "me", user: asAlice, current: m.stored["me"], storedFor: maps.Clone(m.stored), note: m.note,
		keys: slices.Clone(m.keys), at: m.clock, unused: map[string]bool{},
	}}
}

// step does the next step; half of it only if the process is killed meanwhile.
func (r *modelRun) step(half bool) (step, error) {
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
		for _, p := range s.profilesWith(from) {
			m.stored[p], s.storedFor[p] = to, to
			if half {
				return
			}
		}
		s.current = s.storedFor["me"]
	}
	switch next {
	case askLastUse:
		s.unused[id] = true
	case deleteKey, deleteOld:
		drop()
	case writeNote:
		n := cache.Rotation{Old: cache.Keys{AccessKeyID: s.current, SecretAccessKey: "s", ARN: asAlice}, Began: s.at}
		for _, k := range s.keys {
			n.Seen = append(n.Seen, k.ID)
		}
		m.note, s.note, s.ownNote = &n, &n, true
	case createKey:
		m.made++
		k := iam.Key{ID: fmt.Sprint("AKIANEW", m.made), Active: true, Created: m.clock}
		m.keys, s.keys = append(m.keys, k), append(s.keys, k)
		if half {
			break
		}
		n := *s.note
		n.Next, n.Made = cache.Keys{AccessKeyID: k.ID, SecretAccessKey: "s", ARN: asAlice}, k.Created
		m.note, s.note = &n, &n
	case markForDeletion:
		n := *s.note
		n.Next, n.Doomed = cache.Keys{}, id
		m.note, s.note = &n, &n
	case waitForKey:
		if find(m.keys) < 0 {
			return next, fmt.Errorf("it waits for %s, which was deleted", id)
		}
		s.newWorks = true
	case storeNew:
		put(s.note.Old.AccessKeyID, s.note.Next.AccessKeyID)
	case storeOld:
		put(s.note.Next.AccessKeyID, s.note.Old.AccessKeyID)
	case deactivateOld:
		if m.denied {
			s.undoing = true
			break
		}
		set(false)
	case activateOld:
		set(true)
	case dropNote, finish:
		m.note, s.note, s.ownNote = nil, nil, false
	default:
		return next, errors.New("no such step: " + string(next))
	}
	return next, m.well()
}

// TestARotationSurvivesAnyTwoKills walks every way that a rotation can go when it is killed twice, after
// any step or in the middle of it, and holds it to the end: each profile has a key that works at every
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
							done = did == finish
							if i > maxSteps {
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

func TestBackoffIsPoliteAndBounded(t *testing.T) {
	var waited time.Duration
	for i := range 100 {
		d := backoff(i)
		if d < 250*time.Millisecond || d > 5*time.Second || i > 0 && d < backoff(i-1) {
			t.Fatalf("%d: %s", i, d)
		}
		if waited += d; waited >= waitLimit {
			if i < 20 || i > 40 {
				t.Errorf("%d tries in %s", i, waitLimit)
			}
			return
		}
	}
	t.Error("it never comes to the limit")
}
