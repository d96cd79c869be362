package policy_test

import (
	"encoding/base64"
	"testing"

	"hatstand/credproc/policy"
)

func token(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".sig"
}

func TestWhatATokenSays(t *testing.T) {
	for _, row := range []struct {
		name, token string
		want        policy.Facts
		ok          bool
	}{
		{"one audience", token(`{"iss":"https://a","aud":"sts","sub":"x"}`), policy.Facts{Issuer: "https://a", Audience: "sts", Subject: "x"}, true},
		{"a list of one", token(`{"iss":"https://a","aud":["sts"],"sub":"x"}`) + "\n", policy.Facts{Issuer: "https://a", Audience: "sts", Subject: "x"}, true},
		{"two audiences: it is not known which", token(`{"iss":"https://a","aud":["sts","b"],"sub":"x"}`), policy.Facts{Issuer: "https://a", Subject: "x"}, true},
		{"azp is what AWS compares", token(`{"iss":"https://a","aud":["sts","b"],"azp":"app","sub":"x"}`), policy.Facts{Issuer: "https://a", Audience: "app", Subject: "x"}, true},
		{"a subject that would be a pattern", token(`{"iss":"https://a","aud":"sts","sub":"*"}`), policy.Facts{Issuer: "https://a", Audience: "sts"}, true},
		{"no issuer", token(`{"sub":"x"}`), policy.Facts{Subject: "x"}, false},
		{"no token", "hello", policy.Facts{}, false},
		{"no JSON", "a.b.c", policy.Facts{}, false},
	} {
		if got, ok := policy.FromToken(row.token); got != row.want || ok != row.ok {
			t.Errorf("%s: %+v %v", row.name, got, ok)
		}
	}
}

func FuzzFromToken(f *testing.F) {
	f.Add(token(`{"iss":"https://a","aud":["sts"],"sub":"x"}`))
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		if f, ok := policy.FromToken(text); ok && f.Issuer == "" {
			t.Errorf("%+v", f)
		}
	})
}
