package keys

import (
	"slices"
	"testing"

	"hatstand/cache"
)

func TestDevicesThatGiveNoCodesAreSetApart(t *testing.T) {
	const app, token, fido = "arn:aws:iam::111111111111:mfa/alice", "GAHT12345678", "arn:aws:iam::111111111111:u2f/user/alice/key"
	usable, keys := usableDevices([]string{fido, app, token})
	if !slices.Equal(usable, []string{app, token}) || !slices.Equal(keys, []string{fido}) {
		t.Errorf("%q, %q", usable, keys)
	}
}

func TestTheLinesToAddNameEveryDevice(t *testing.T) {
	for _, c := range []struct {
		name    string
		there   bool
		serials []string
		want    string
	}{
		{"no profile, no device", false, nil, "No profile of that name is in your AWS config yet; add one:\n\n  [profile me]\n"},
		{"no profile", false, []string{"a"}, "No profile of that name is in your AWS config yet; add one:\n\n  [profile me]\n  mfa_serial = a\n"},
		{"one device", true, []string{"a"}, "To be asked for its codes, add to profile me:\n\n  mfa_serial = a\n"},
		{"three devices", true, []string{"a", "b", "c"}, "To be asked for its codes, add to profile me:\n\n  mfa_serial = a\n\nor instead b, c\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := linesToAdd("me", c.there, c.serials...); got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestWhoseKeyWasStoredIsSaid(t *testing.T) {
	const alice, bob, root = "arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:user/bob", "arn:aws:iam::111111111111:root"
	key := func(arn string) cache.Keys { return cache.Keys{AccessKeyID: "AKIANEW", ARN: arn} }
	had := func(arn string) cache.Keys { return cache.Keys{AccessKeyID: "AKIAOLD", ARN: arn} }
	const begins = "Stored AKIANEW for profile me in the file keyring: "
	for _, c := range []struct {
		name   string
		k, had cache.Keys
		want   string
	}{
		{"the first", key(alice), cache.Keys{}, alice + "\n"},
		{"unverified", key(""), had(alice), "not verified\n"},
		{"the same user's", key(alice), had(alice), alice + "\n"},
		{"another user's", key(alice), had(bob), alice + "\nProfile me now uses another user's key: the replaced key, AKIAOLD, belongs to " + bob + "\n"},
		{"the root user's", key(root), cache.Keys{}, root + "\nWarning: the key of profile me is the root user's, which may do everything and cannot assume roles. Make an IAM user, use its key, and delete this one.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := storedText("me", c.k, c.had, "file"); got != begins+c.want {
				t.Errorf("%q", got)
			}
		})
	}
}
