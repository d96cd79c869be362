package rotate

import (
	"slices"
	"strings"
	"time"

	"hatstand/cache"
	"hatstand/credproc/iam"
)

// What to do next is decided here, without I/O, from what is known: the note in the keyring, the stored keys, and AWS's
// list of the user's keys. A run that goes on after another one was killed decides in the same way, so it makes no
// difference where that one was killed.
//
//	note in the keyring        the profile has   at AWS                step
//	-----------------------    ---------------   -------------------   -----------------------------------
//	none                       old               old                   writeNote, by which it begins
//	this run's, no new key     old               old                   createKey
//	an earlier run's, no       old               old, and one that     askLastUse, then deleteKey: nobody
//	new key                                      run may have made     has its secret
//	the same                   old               no such key           dropNote, and begin again
//	with a new key             old               both                  waitForKey, then storeNew
//	with a new key             new               both active           deactivateOld
//	with a new key             new               old one inactive      deleteOld, or finish (to keep it)
//	with a new key             new               new                   finish
//	with a key to delete       any               that key              deleteKey, then dropNote
//
// The new key has the old one's place only after AWS has answered it, and the old one is deleted only after AWS has
// answered the new one once more: a key that works is stored at every moment.
//
// Where AWS does not let the user go on, all is undone: activateOld, storeOld, markForDeletion, deleteKey, finish.

// A step is one thing that a rotation does. Its text is for the log.
type step string

const (
	askLastUse      step = "ask when a key was used" // one that a killed run may have made
	deleteKey       step = "delete a key that is not used"
	writeNote       step = "write the note"
	createKey       step = "make the new key"
	waitForKey      step = "wait until the new key works"
	storeNew        step = "store the new key"
	deactivateOld   step = "make the old key inactive"
	deleteOld       step = "delete the old key"
	activateOld     step = "make the old key active again"
	storeOld        step = "store the old key again"
	markForDeletion step = "note that the new key is to be deleted"
	dropNote        step = "drop the note, and begin again"
	finish          step = "drop the note"
)

// madeWithin is how long after writing its note a run can still make its key: it gives up before that. A key that was
// made later is somebody else's.
const madeWithin = 2 * time.Minute

// listedWithin is how long after a key was made AWS's list is sure to have it.
const listedWithin = 5 * time.Minute

// A state is all that the next step depends on.
type state struct {
	profile   string
	user      string            // the IAM user's ARN
	current   string            // the ID of the key that the profile has
	storedFor map[string]string // the ID of each profile's key in the keyring
	inFiles   []string          // where files have the current key
	note      *cache.Rotation   // nil: no rotation was begun
	ownNote   bool              // this run wrote the note
	keys      []iam.Key         // AWS's list
	at        time.Time         // when that was true, by AWS's clock
	unused    map[string]bool   // of keys that AWS was asked about: never used
	newWorks  bool              // AWS has answered the new key
	undoing   bool              // all is to be undone

	keepOld, deleteInactive bool
}

// next is the next step, and the key that it is about.
func (s state) next() (step, string, error) {
	n := s.note
	switch {
	case n == nil:
		return s.begin()
	case n.Old.ARN != s.user:
		return "", "", &otherUserError{profile: s.profile, user: s.user, before: *n}
	case n.Doomed != "":
		return s.deleteMarked()
	case n.Next.AccessKeyID == "":
		return s.withoutNewKey()
	case s.undoing:
		return s.undo()
	case s.current == n.Next.AccessKeyID:
		return s.newKeyStored()
	case s.current == n.Old.AccessKeyID:
		return s.newKeyMade()
	}
	// The profile was given a third key meanwhile.
	if made := s.key(n.Next.AccessKeyID); made != nil {
		return markForDeletion, made.ID, nil
	}
	return dropNote, "", nil
}

// begin is where there is no note.
func (s state) begin() (step, string, error) {
	current := s.key(s.current)
	switch {
	case current == nil:
		return "", "", &KeyError{
			Profile: s.profile, ID: s.current, Reason: "is not among the access keys of " + s.user,
			Next: []string{"one that was made just now is listed a minute later; else store a working one: " +
				"hatstand keys add --replace " + s.profile},
		}
	case !current.Active:
		return "", "", &KeyError{
			Profile: s.profile, ID: s.current, Reason: "is inactive at AWS",
			Next: []string{
				"make it active: aws iam update-access-key --status Active --access-key-id " + s.current,
				"or store another: hatstand keys add --replace " + s.profile,
			},
		}
	case len(s.inFiles) > 0:
		return "", "", &KeyError{
			Profile: s.profile, ID: s.current,
			Reason: "is in a file too, where it would stop working: " + strings.Join(s.inFiles, ", "),
			Next:   []string{"remove it from the file, then run this again"},
		}
	}
	other := slices.IndexFunc(s.keys, func(k iam.Key) bool { return k.ID != s.current })
	switch {
	case other < 0 || len(s.keys) < iam.KeysPerUser:
		return writeNote, "", nil
	case s.deleteInactive && !s.keys[other].Active:
		return deleteKey, s.keys[other].ID, nil
	}
	return "", "", &twoKeysError{
		profile: s.profile, user: s.user, current: s.current, keys: s.keys, at: s.at, storedFor: s.storedFor,
	}
}

// withoutNewKey is where the note has no new key. Where a run was killed after AWS had made one and before that was
// noted, nobody has that key's secret, and nobody can have used it.
func (s state) withoutNewKey() (step, string, error) {
	for _, k := range s.keys {
		if !s.unclaimed(k) {
			continue
		}
		unused, asked := s.unused[k.ID]
		switch {
		case !asked:
			return askLastUse, k.ID, nil
		case unused:
			return deleteKey, k.ID, nil
		}
	}
	if s.ownNote {
		return createKey, "", nil
	}
	return dropNote, "", nil
}

// unclaimed reports whether the run that wrote the note can have made a key, and no profile here has it.
func (s state) unclaimed(k iam.Key) bool {
	from := s.note.Began.Add(-2 * time.Second) // times are cut to the second, on more than one clock of AWS's
	return !slices.Contains(s.note.Seen, k.ID) && !k.Created.Before(from) &&
		k.Created.Before(s.note.Began.Add(madeWithin)) && len(s.profilesWith(k.ID)) == 0
}

// newKeyMade is where the new key is noted, and the profile still has the old one.
func (s state) newKeyMade() (step, string, error) {
	id := s.note.Next.AccessKeyID
	made := s.key(id)
	switch {
	case made == nil && s.at.After(s.note.Made.Add(listedWithin)):
		return dropNote, "", nil // somebody deleted it
	case made != nil && !made.Active:
		return markForDeletion, id, nil // somebody did not want it
	case !s.newWorks:
		return waitForKey, id, nil
	}
	return storeNew, id, nil
}

// newKeyStored is where the profile has the new key.
func (s state) newKeyStored() (step, string, error) {
	if len(s.profilesWith(s.note.Old.AccessKeyID)) > 0 {
		return storeNew, s.note.Next.AccessKeyID, nil
	}
	old := s.key(s.note.Old.AccessKeyID)
	switch {
	case old == nil:
		return finish, "", nil
	case old.Active:
		return deactivateOld, old.ID, nil
	case s.keepOld || s.note.KeepOld:
		return finish, "", nil
	}
	return deleteOld, old.ID, nil
}

// undo goes back in such an order that a run which is killed on the way, and started again, may go forward from there.
func (s state) undo() (step, string, error) {
	old, made := s.key(s.note.Old.AccessKeyID), s.key(s.note.Next.AccessKeyID)
	switch {
	case old != nil && !old.Active:
		return activateOld, old.ID, nil
	case len(s.profilesWith(s.note.Next.AccessKeyID)) > 0:
		return storeOld, s.note.Old.AccessKeyID, nil
	case made != nil:
		return markForDeletion, made.ID, nil
	}
	return finish, "", nil
}

// deleteMarked is where a new key is marked for deletion. It is marked first, since a key that was deleted a moment ago
// may still seem to work, and must not be taken for one to go on with.
func (s state) deleteMarked() (step, string, error) {
	id := s.note.Doomed
	switch {
	case s.key(id) != nil && len(s.profilesWith(id)) == 0:
		return deleteKey, id, nil
	case s.undoing:
		return finish, "", nil
	}
	return dropNote, "", nil
}

// profilesWith are the profiles that have a key in the keyring, sorted.
func (s state) profilesWith(id string) []string { return profilesWith(s.storedFor, id) }

func profilesWith(storedFor map[string]string, id string) []string {
	var names []string
	for name, has := range storedFor {
		if has == id {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// key is a key of AWS's list; nil where it is not there.
func (s state) key(id string) *iam.Key {
	for i := range s.keys {
		if s.keys[i].ID == id {
			return &s.keys[i]
		}
	}
	return nil
}

// inUse says in words which keys a rotation that stopped has left.
func (s state) inUse() string {
	n := s.note
	if n == nil {
		return "nothing was changed"
	}
	old, made := n.Old.AccessKeyID, n.Next.AccessKeyID
	switch {
	case n.Doomed != "" && s.key(n.Doomed) != nil:
		return "the old key " + old + " stays in use, and the new one, " + n.Doomed + ", is to be deleted"
	case made == "":
		return "the old key " + old + " stays in use"
	case s.current != made && s.current != old:
		return "the new key, " + made + ", is not in use"
	case s.current != made:
		return "the old key " + old + " stays in use, and the new one, " + made + ", is kept beside it"
	}
	switch k := s.key(old); {
	case k == nil:
		return "the new key " + made + " is in use"
	case k.Active:
		return "the new key " + made + " is in use, and the old one, " + old + ", is still active"
	}
	return "the new key " + made + " is in use, and the old one, " + old + ", is inactive"
}
