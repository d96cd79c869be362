//go:build unix

package pass

import "testing"

func TestValueOf(t *testing.T) {
	for _, row := range []struct {
		environ []string
		want    string
	}{
		{nil, ""}, {[]string{"A=1"}, "1"}, {[]string{"A=1", "A=2"}, "2"}, {[]string{"AB=1"}, ""}, {[]string{"A="}, ""}, {[]string{"A=b=c"}, "b=c"},
	} {
		if got := valueOf(row.environ, "A"); got != row.want {
			t.Errorf("%q: %q, want %q", row.environ, got, row.want)
		}
	}
}

func TestSecretKeys(t *testing.T) {
	for _, row := range []struct {
		name, listing  string
		secret, usable bool
	}{
		{"none", "", false, false},
		{"one that can encrypt", "sec:u:255:22:1D3C0D2B6F1A2B3C:1700000000:::u:::scESC:::+:::23::0:\n", true, true},
		{"one that has expired", "sec:e:255:22:1D3C0D2B6F1A2B3C:1700000000:1700000020::u:::sc:::+:::23::0:\n", true, false},
		{"the second of two", "sec:e:255:22:A:1:2::u:::sc:::+:::23::0:\nuid:e::::\nsec:u:255:22:B:1:::u:::scESC:::+:::23::0:\n", true, true},
		{"a listing of something else", "pub:u:255:22:A:1:2::u:::scESC:\n", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if secret, usable := secretKeys(row.listing); secret != row.secret || usable != row.usable {
				t.Errorf("%v, %v", secret, usable)
			}
		})
	}
}
