package audit

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A Kind is what is wrong. The lower, the worse.
type Kind int

const (
	RootKeys       Kind = iota // the root user has an active access key
	RootWithoutMFA             // the root user has no MFA device
	NoMFA                      // a password for the console, and no MFA device
	OldKey                     // an active key that was made too long ago
	UnusedKey                  // an active key that was not used for Unused
	UnusedPassword             // a password that was not used for Unused
	TwoKeys                    // two active keys
	NeverUsedKey               // an active key that was never used
)

// Word names the kind for programs.
func (k Kind) Word() string {
	return [...]string{"root-key", "root-without-mfa", "password-without-mfa", "old-key", "unused-key", "unused-password",
		"two-keys", "never-used-key"}[k]
}

// Unused is for how long a key, a password or a role's right to a service is not used before that is a finding.
const Unused = 90 * 24 * time.Hour

// A Finding is one thing that is wrong with a user's credentials.
type Finding struct {
	Kind Kind
	User string
	ARN  string
	Key  int       // 1 or 2, of an access key; 0: it is about none
	Days int       // how long ago, where the kind has a time
	At   time.Time // the time that Days counts from; zero where there is none
}

// Text is the finding in words.
func (f Finding) Text() string {
	switch f.Kind {
	case RootKeys:
		return fmt.Sprintf("root has an access key (%d), which may do anything: delete it", f.Key)
	case RootWithoutMFA:
		return "root has no MFA device"
	case NoMFA:
		return "signs in to the console with a password and no MFA device"
	case OldKey:
		return fmt.Sprintf("access key %d is %d days old", f.Key, f.Days)
	case UnusedKey:
		return fmt.Sprintf("access key %d was last used %d days ago", f.Key, f.Days)
	case UnusedPassword:
		return fmt.Sprintf("the console password was not used for %d days", f.Days)
	case TwoKeys:
		return "two access keys are active"
	}
	return fmt.Sprintf("access key %d was never used", f.Key)
}

// Findings are what is wrong with the users at a time, the worst first, then by user. Keys older than maxAge are old.
func Findings(users []User, now time.Time, maxAge time.Duration) []Finding {
	var all []Finding
	for _, u := range users {
		add := func(k Kind, key int, since time.Time) {
			f := Finding{Kind: k, User: u.Name, ARN: u.ARN, Key: key, At: since}
			if !since.IsZero() {
				f.Days = int(now.Sub(since) / (24 * time.Hour))
			}
			all = append(all, f)
		}
		if u.Name == Root {
			rootFindings(u, add)
			continue
		}
		if u.Password && !u.MFA {
			add(NoMFA, 0, time.Time{})
		}
		if since := idleSince(u.SignedIn, u.Changed, u.Created); u.Password && olderThan(since, now, Unused) {
			add(UnusedPassword, 0, since)
		}
		for i, k := range u.Keys {
			if !k.Active {
				continue
			}
			if olderThan(k.Rotated, now, maxAge) {
				add(OldKey, i+1, k.Rotated)
			}
			switch {
			case k.Used.IsZero():
				add(NeverUsedKey, i+1, k.Rotated)
			case olderThan(k.Used, now, Unused):
				add(UnusedKey, i+1, k.Used)
			}
		}
		if u.Keys[0].Active && u.Keys[1].Active {
			add(TwoKeys, 0, time.Time{})
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.User, b.User), cmp.Compare(a.Key, b.Key))
	})
	return all
}

func rootFindings(u User, add func(Kind, int, time.Time)) {
	signsIn := !u.None
	for i, k := range u.Keys {
		if k.Active {
			signsIn = true
			add(RootKeys, i+1, k.Rotated)
		}
	}
	if signsIn && !u.MFA {
		add(RootWithoutMFA, 0, time.Time{})
	}
}

// olderThan reports whether a time is known and lies further back than limit.
func olderThan(t, now time.Time, limit time.Duration) bool { return !t.IsZero() && now.Sub(t) > limit }

// idleSince is when a password was last used; where it never was, when it was set, or else the user made.
func idleSince(used, changed, created time.Time) time.Time {
	for _, t := range []time.Time{used, changed} {
		if !t.IsZero() {
			return t
		}
	}
	return created
}
