package keypair

import (
	"strings"
	"testing"
)

func TestWhatCannotBeALongLivedKeyIsRefused(t *testing.T) {
	plain := strings.Repeat("abcdefghij", 4) // a secret without the characters that no ID has
	for _, c := range []struct {
		name string
		pair Pair
		want string // "": it is taken
	}{
		{"a pair", Pair{pairID, pairSecret}, ""},
		{"a pair of another maker", Pair{"minioadmin_0123456789", plain}, ""},
		{"swapped", Pair{pairSecret, pairID}, "are swapped"},
		{"swapped, with a secret of letters alone", Pair{plain, pairID}, "are swapped"},
		{"a temporary key", Pair{"ASIAIOSFODNN7EXAMPLE", pairSecret}, "is a temporary key"},
		{"a temporary key, swapped", Pair{pairSecret, "ASIAIOSFODNN7EXAMPLE"}, "are swapped"},
		{"a secret for both", Pair{pairSecret, pairSecret}, "not an access key ID"},
		{"a secret that begins like an ID", Pair{"ASIA" + pairSecret[4:], pairSecret}, "not an access key ID"},
		{"a secret for both, of letters alone", Pair{pairSecret[:9] + plain[:31], pairSecret}, "looks like a secret access key"},
		{"an ID in small letters", Pair{strings.ToLower(pairID), pairSecret}, "has lower-case letters in it"},
		{"an ID with one small letter", Pair{"AKIAIOSFODNN7EXAMPLe", pairSecret}, "has lower-case letters in it"},
		{"an ID without its end", Pair{pairID[:19], pairSecret}, "it has 19 characters"},
		{"an ID that is too long", Pair{pairID + "E", pairSecret}, "it has 21 characters"},
		{"an ID in quotes", Pair{`"` + pairID + `"`, pairSecret}, "only letters and digits"},
		{"a user's ID", Pair{"AIDAIOSFODNN7EXAMPLE1", pairSecret}, "the ID of a user, a role or a group"},
		{"no ID", Pair{"", pairSecret}, "it has 0 characters"},
		{"an ID of 40 small letters, of another maker", Pair{plain, pairSecret}, ""},
		{"the ID again", Pair{pairID, pairID}, "but an access key ID"},
		{"the ID again, of another maker", Pair{plain, plain}, "but an access key ID"},
		{"a secret without its end", Pair{pairID, pairSecret[:39]}, "it has 39 characters"},
		{"a short secret of another maker", Pair{"minioadmin_0123456789", pairSecret[:39]}, ""},
		{"a secret with a blank", Pair{pairID, pairSecret[:20] + " " + pairSecret[21:]}, "has a space or another character"},
		{"no secret", Pair{pairID, ""}, "not a secret access key"},
		{"a secret of two lines", Pair{pairID, plain + "\n" + plain}, "not a secret access key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Check(c.pair)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), pairSecret[4:]) || strings.Contains(err.Error(), plain)) {
				t.Errorf("it repeats the secret: %v", err)
			}
		})
	}
}
