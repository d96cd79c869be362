package rotate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
)

// A KeyError says why a key cannot be replaced or removed.
type KeyError struct {
	Profile, ID, Reason string
	Next                []string // what to do
}

func (e *KeyError) Error() string {
	return fmt.Sprintf("profile %q: the access key %s %s", e.Profile, e.ID, e.Reason)
}

func (e *KeyError) Hints() []string { return e.Next }

// A twoKeysError says that AWS takes no third key.
type twoKeysError struct {
	profile, user, current string
	keys                   []iam.Key
	uses                   map[string]iam.Use // of keys that AWS was asked about
	at                     time.Time
	storedFor              map[string]string
}

func (e *twoKeysError) Error() string {
	var all []string
	for _, k := range e.keys {
		words := []string{ui.Age(e.at.Sub(k.Created)) + " old", "active"}
		if !k.Active {
			words[1] = "inactive"
		}
		if use, ok := e.uses[k.ID]; ok {
			words = append(words, usedWords(use, e.at))
		}
		if names := profilesWith(e.storedFor, k.ID); len(names) > 0 {
			words = append(words, "stored here for "+strings.Join(names, ", "))
		} else {
			words = append(words, "not stored here")
		}
		all = append(all, k.ID+" ("+strings.Join(words, ", ")+")")
	}
	return fmt.Sprintf("profile %q: %s has two access keys already, as many as AWS allows: %s",
		e.profile, e.user, strings.Join(all, " and "))
}

// Hints say how to make room.
func (e *twoKeysError) Hints() []string {
	i := slices.IndexFunc(e.keys, func(k iam.Key) bool { return k.ID != e.current })
	if i < 0 {
		return nil
	}
	other := e.keys[i]
	if !other.Active {
		return []string{"if nothing needs " + other.ID + " any more: hatstand keys rotate --delete-inactive " + e.profile}
	}
	name := e.user[strings.LastIndexByte(e.user, '/')+1:]
	return []string{fmt.Sprintf("find out what uses %s, move that to %s, then: "+
		"aws iam delete-access-key --user-name %s --access-key-id %[1]s", other.ID, e.current, name)}
}

// usedWords says when a key was last used.
func usedWords(u iam.Use, now time.Time) string {
	if u.At.IsZero() {
		return "never used"
	}
	return fmt.Sprintf("last used %s ago for %s in %s", ui.Age(now.Sub(u.At)), u.Service, u.Region)
}

// An otherUserError says that a profile was given another user's key while its old one was being replaced.
type otherUserError struct {
	profile, user string
	before        cache.Rotation
}

func (e *otherUserError) Error() string {
	left := ""
	if id := e.before.Next.AccessKeyID; id != "" {
		left = ", whose new key " + id + " is still there"
	}
	return fmt.Sprintf("profile %q: its key belongs to %s, but a rotation was begun of the key %s, which belongs to %s%s",
		e.profile, e.user, e.before.Old.AccessKeyID, e.before.Old.ARN, left)
}

// Hints say how to get out of it.
func (e *otherUserError) Hints() []string {
	hints := []string{fmt.Sprintf("to forget that rotation: hatstand keys remove %s, "+
		"and add the key again: hatstand keys add %[1]s", e.profile)}
	if id := e.before.Next.AccessKeyID; id != "" {
		hints = append([]string{"delete " + id + " as that user: it is not in use"}, hints...)
	}
	return hints
}

// A notKnownError says that AWS did not accept the new key in time.
type notKnownError struct {
	profile, id string
	waited      time.Duration
}

func (e *notKnownError) Error() string {
	return fmt.Sprintf("profile %q: AWS does not know the new key %s after %s", e.profile, e.id, ui.Age(e.waited))
}

// A stoppedError says how far a rotation came that failed.
type stoppedError struct {
	profile string
	inUse   string
	again   bool // running it again goes on
	err     error
}

func (e *stoppedError) Error() string { return e.err.Error() + "; " + e.inUse }

func (e *stoppedError) Unwrap() error { return e.err }

// Hints are the cause's, and how to go on.
func (e *stoppedError) Hints() []string {
	hints := slices.Clone(advice.Hints(e.err))
	if e.again {
		hints = append(hints, "run it again to go on from there: hatstand keys rotate "+e.profile)
	}
	return hints
}
