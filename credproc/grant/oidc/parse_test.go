package oidc

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

func TestClaims(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	want := expected{issuer: "https://x", client: "cli", now: now, nonce: "n", subject: "s"}
	for _, row := range []struct{ claim, payload, want string }{
		{"one audience", `{"iss":"https://x","aud":"cli","sub":"s","exp":1700000001,"nonce":"n"}`, ""},
		{"several audiences, and whom it was made for", `{"iss":"https://x","aud":["api","cli"],"azp":"cli","sub":"s","exp":1700000001.5,"nonce":"n"}`, ""},
		{"an end in quotes", `{"iss":"https://x","aud":"cli","sub":"s","exp":"1700000001","nonce":"n"}`, ""},
		{"made for another client", `{"iss":"https://x","aud":["api","cli"],"azp":"api","sub":"s","exp":1700000001,"nonce":"n"}`, `the ID token was made for another client: "api"`},
		{"another audience", `{"iss":"https://x","aud":["api"],"sub":"s","exp":1700000001,"nonce":"n"}`, `the ID token is for another client: "api"`},
		{"no audience", `{"iss":"https://x","sub":"s","exp":1700000001,"nonce":"n"}`, `the ID token is for another client: ""`},
		{"no subject", `{"iss":"https://x","aud":"cli","exp":1700000001,"nonce":"n"}`, "the ID token does not say whose it is (sub)"},
		{"another subject", `{"iss":"https://x","aud":"cli","sub":"t","exp":1700000001,"nonce":"n"}`, "the ID token is for another person than before"},
		{"no nonce", `{"iss":"https://x","aud":"cli","sub":"s","exp":1700000001}`, "the ID token is of another sign-in: its nonce is not the one that was sent"},
		{"no end", `{"iss":"https://x","aud":"cli","sub":"s","nonce":"n"}`, "the ID token expired at 1970-01-01T00:00:00Z already"},
		{"an end that no clock has", `{"iss":"https://x","aud":"cli","sub":"s","exp":1e300,"nonce":"n"}`, errNoToken.Error()},
		{"an end before all time", `{"iss":"https://x","aud":"cli","sub":"s","exp":-1,"nonce":"n"}`, errNoToken.Error()},
		{"no object", `"text"`, errNoToken.Error()},
	} {
		c, err := readIDToken("e30." + base64.RawURLEncoding.EncodeToString([]byte(row.payload)) + ".x")
		if err == nil {
			err = c.check(want)
		}
		if got := errorText(err); got != row.want {
			t.Errorf("%s: %s, want %s", row.claim, got, row.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestThePersonsName(t *testing.T) {
	for _, row := range []struct {
		claims claims
		want   string
	}{
		{claims{Email: "a@x", UserName: "al", Subject: "1"}, "a@x"},
		{claims{Email: "a@x", Verified: true, Subject: "1"}, "a@x"},
		{claims{Email: "a@x", Verified: false, UserName: "al", Subject: "1"}, "al"},
		{claims{Email: "a@x", Verified: "false", Subject: "1"}, "1"},
		{claims{Subject: "1\x1b[31m\n2\xff"}, "1 [31m 2"},
		{claims{Subject: strings.Repeat("é", 200)}, strings.Repeat("é", 128) + "..."},
	} {
		if got := row.claims.person(); got != row.want {
			t.Errorf("%+v: %q, want %q", row.claims, got, row.want)
		}
	}
}

func TestAddressesOfAProvider(t *testing.T) {
	for address, want := range map[string][2]bool{ // of an issuer with TLS, and of one on this machine
		"https://login.example/token":   {true, true},
		"https://other.example/a?b=c":   {true, true},
		"http://127.0.0.1:1/token":      {false, true},
		"http://login.example/token":    {false, false},
		"https://a:b@login.example/":    {false, false},
		"https://login.example/#x":      {false, false},
		"//login.example/token":         {false, false},
		"file:///etc/passwd":            {false, false},
		"https:///token":                {false, false},
		"https://login.example/\ntoken": {false, false},
	} {
		if got := [2]bool{reachable(address, "https://x"), reachable(address, "http://127.0.0.1:2")}; got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// FuzzIDToken: no text makes the reader fail in another way than by an error of one line, which does not quote it.
func FuzzIDToken(f *testing.F) {
	f.Add("e30.eyJpc3MiOiJodHRwczovL3giLCJhdWQiOlsiY2xpIl0sInN1YiI6InMiLCJleHAiOjE3MDAwMDAwMDF9.")
	f.Add("e30.e\r\n30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := readIDToken(token)
		if err == nil {
			if strings.ContainsAny(token, "\r\n ") || len(token) > maxToken {
				t.Errorf("%q is a token", token)
			}
			err = c.check(expected{issuer: "https://x", client: "cli", now: time.Unix(1_700_000_000, 0)})
			if name := c.person(); strings.ContainsAny(name, "\n\r\x1b") {
				t.Errorf("%q is a name", name)
			}
		}
		if text := errorText(err); strings.ContainsAny(text, "\n\r\x1b") || len(text) > 2000 {
			t.Errorf("%q", text)
		}
	})
}

// FuzzDescription: what is taken from a provider names no address to which a secret may not be sent.
func FuzzDescription(f *testing.F) {
	f.Add(`{"issuer":"https://x","authorization_endpoint":"https://x/a","token_endpoint":"https://x/t"}`)
	f.Add(`{"issuer":"https://x","authorization_endpoint":"https://x/a","token_endpoint":"http://127.0.0.1/t"}`)
	f.Add(`{"issuer":"https://y"}`)
	f.Fuzz(func(t *testing.T, body string) {
		d, why := readDescription([]byte(body), "https://x")
		if why != "" {
			if strings.ContainsAny(why, "\n\r\x1b") {
				t.Errorf("%q", why)
			}
			return
		}
		for _, address := range []string{d.Authorization, d.Token, d.Device, d.Revocation} {
			if address != "" && !strings.HasPrefix(strings.ToLower(address), "https://") {
				t.Errorf("%q", address)
			}
		}
	})
}
