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
