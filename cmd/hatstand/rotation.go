package main

import (
	"slices"
	"strings"
	"time"

	"hatstand/cache"
	"hatstand/credproc/iam"
)

// What a rotation does next is decided here, without I/O, from what is known: the note in the keyring,
// the stored keys and AWS's list. A run that was killed is gone on with by the same decision, so that it
// makes no difference where it was killed.
//
// The order that keeps a working key at hand whatever happens: note the old key; make the new one; note
// it; see it work; store it in the old one's place; make the old one inactive; see the new one work
// again; delete the old one; drop the note.

// A move is one step of a rotation.
type move string

const (
	moveAskUse     move = "ask when it was used" // of a key that may be what a killed run made
	moveDiscard    move = "delete a key that is of no use"
	moveBegin      move = "write the note"
	moveCreate     move = "make the new key"
	moveAwait      move = "wait until the new key works"
	moveSwitch     move = "store the new key"
	moveDeactivate move = "make the old key inactive"
	moveDelete     move = "delete the old key"
	moveActivate   move = "make the old key active again"
	moveRestore    move = "store the old key again"
	moveDoom       move = "note that the new key is of no use"
	moveForget     move = "drop the note on a rotation that came to nothing"
	moveFinish     move = "drop the note"
)

// madeWithin is how long after the note's list its key can have been made: what makes it is given up
// before that. A key that was made later is somebody else's.
const madeWithin = 2 * time.Minute

// settled is how long after a key was made AWS's list is sure to have it.
const settled = 5 * time.Minute

// A situation is all that a rotation depends on.
type situation struct {
	profile string
	user    string            // the IAM user's ARN
	current string            // the ID of the key that the profile has
	holders map[string]string // the ID of each profile's key in the keyring
	inFiles []string          // where files have the current key
	note    *cache.Rotation   // nil: nothing is under way
	begun   bool              // the note is this run's own
	keys    []iam.Key         // AWS's list
	at      time.Time         // when that was true, by AWS's clock
	unused  map[string]bool   // of keys asked about: whether they were never used
	works   bool              // AWS has answered the new key
	back    bool              // all is to be undone

	keepOld, deleteInactive bool
}

// next is the next move, and the key that it is about.
func (s situation) next() (move, string, error) {
	n := s.note
	switch {
	case n == nil:
		return s.fresh()
	case n.Old.ARN != s.user:
		return "", "", &otherUserError{profile: s.profile, user: s.user, before: *n}
	case n.Doomed != "":
		return s.doomed()
	case n.Next.AccessKeyID == "":
		return s.unmade()
	case s.back:
		return s.undo()
	}
	made := s.key(n.Next.AccessKeyID)
	switch s.current {
	case n.Next.AccessKeyID:
		return s.switched()
	case n.Old.AccessKeyID:
		switch {
		case made == nil && s.at.After(n.Made.Add(settled)):
			return moveForget, "", nil // somebody deleted it
		case made != nil && !made.Active:
			return moveDoom, made.ID, nil // somebody did not want it
		case !s.works:
			return moveAwait, n.Next.AccessKeyID, nil
		}
		return moveSwitch, n.Next.AccessKeyID, nil
	}
	// The profile was given a third key meanwhile.
	if made != nil {
		return moveDoom, made.ID, nil
	}
	return moveForget, "", nil
}

// doomed is where a new key is to be deleted. That is noted first: a key that was deleted a moment ago may
// still seem to work, and must not be taken for one to go on with.
func (s situation) doomed() (move, string, error) {
	id := s.note.Doomed
	switch {
	case s.key(id) != nil && len(s.holding(id)) == 0:
		return moveDiscard, id, nil
	case s.back:
		return moveFinish, "", nil
	}
	return moveForget, "", nil
}

// fresh begins, if that can be.
func (s situation) fresh() (move, string, error) {
	cur := s.key(s.current)
	switch {
	case cur == nil:
		return "", "", &keyStateError{profile: s.profile, id: s.current, state: "is not among the access keys of " + s.user,
			hints: []string{"one that was made just now is listed a minute later; else store a working one: hatstand keys add --replace " + s.profile}}
	case !cur.Active:
		return "", "", &keyStateError{profile: s.profile, id: s.current, state: "is inactive at AWS",
			hints: []string{"make it active: aws iam update-access-key --status Active --access-key-id " + s.current, "or store another: hatstand keys add --replace " + s.profile}}
	case len(s.inFiles) > 0:
		return "", "", &keyStateError{profile: s.profile, id: s.current, state: "stands in a file too, where it would stop working: " + strings.Join(s.inFiles, ", "),
			hints: []string{"take it out of there, then run this again"}}
	}
	if i := slices.IndexFunc(s.keys, func(k iam.Key) bool { return k.ID != s.current }); i >= 0 && len(s.keys) >= iam.KeysPerUser {
		if other := s.keys[i]; s.deleteInactive && !other.Active {
			return moveDiscard, other.ID, nil
		}
		return "", "", &twoKeysError{profile: s.profile, user: s.user, current: s.current, keys: s.keys, at: s.at, holders: s.holders}
	}
	return moveBegin, "", nil
}

// unmade is where a note has no new key. Where a run was killed after AWS had made one and before it was
// noted, nobody has that key's secret and nobody can have used it.
func (s situation) unmade() (move, string, error) {
	for _, k := range s.keys {
		if !s.stray(k) {
			continue
		}
		unused, asked := s.unused[k.ID]
		switch {
		case !asked:
			return moveAskUse, k.ID, nil
		case unused:
			return moveDiscard, k.ID, nil
		}
	}
	if s.begun {
		return moveCreate, "", nil
	}
	return moveForget, "", nil
}

// stray tells of a key whether the run that wrote the note can have made it, and nobody here holds it.
func (s situation) stray(k iam.Key) bool {
	from := s.note.Began.Add(-2 * time.Second) // times are cut to the second, on more than one clock of AWS's
	return !slices.Contains(s.note.Seen, k.ID) && !k.Created.Before(from) && k.Created.Before(s.note.Began.Add(madeWithin)) && len(s.holding(k.ID)) == 0
}

// switched is where the new key is in use.
func (s situation) switched() (move, string, error) {
	if len(s.holding(s.note.Old.AccessKeyID)) > 0 {
		return moveSwitch, s.note.Next.AccessKeyID, nil
	}
	old := s.key(s.note.Old.AccessKeyID)
	switch {
	case old == nil:
		return moveFinish, "", nil
	case old.Active:
		return moveDeactivate, old.ID, nil
	case s.keepOld || s.note.KeepOld:
		return moveFinish, "", nil
	}
	return moveDelete, old.ID, nil
}

// undo goes back, so that a run that is killed on the way and started again may go forward from there.
func (s situation) undo() (move, string, error) {
	old, made := s.key(s.note.Old.AccessKeyID), s.key(s.note.Next.AccessKeyID)
	switch {
	case old != nil && !old.Active:
		return moveActivate, old.ID, nil
	case len(s.holding(s.note.Next.AccessKeyID)) > 0:
		return moveRestore, s.note.Old.AccessKeyID, nil
	case made != nil:
		return moveDoom, made.ID, nil
	}
	return moveFinish, "", nil
}

// holding are the profiles that have a key, sorted.
func (s situation) holding(id string) []string {
	var names []string
	for name, has := range s.holders {
		if has == id {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s situation) key(id string) *iam.Key {
	for i := range s.keys {
		if s.keys[i].ID == id {
			return &s.keys[i]
		}
	}
	return nil
}

// stands says in words what a rotation that stopped has left.
func (s situation) stands() string {
	n := s.note
	switch {
	case n == nil:
		return "nothing was changed"
	case n.Doomed != "" && s.key(n.Doomed) != nil:
		return "the old key " + n.Old.AccessKeyID + " stays in use, and the new one, " + n.Doomed + ", is to be deleted"
	case n.Next.AccessKeyID == "":
		return "the old key " + n.Old.AccessKeyID + " stays in use"
	case s.current != n.Next.AccessKeyID && s.current != n.Old.AccessKeyID:
		return "the new key, " + n.Next.AccessKeyID + ", is in use nowhere"
	case s.current != n.Next.AccessKeyID:
		return "the old key " + n.Old.AccessKeyID + " stays in use, and the new one, " + n.Next.AccessKeyID + ", is kept beside it"
	}
	old := s.key(n.Old.AccessKeyID)
	switch {
	case old == nil:
		return "the new key " + n.Next.AccessKeyID + " is in use"
	case old.Active:
		return "the new key " + n.Next.AccessKeyID + " is in use, and the old one, " + old.ID + ", is still active"
	}
	return "the new key " + n.Next.AccessKeyID + " is in use, and the old one, " + old.ID + ", is inactive"
}
