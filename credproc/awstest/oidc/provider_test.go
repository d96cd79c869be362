package oidc

import (
	"strings"
	"testing"
	"time"
)

func TestATokenIsItsProviders(t *testing.T) {
	one, other := New("https://ci.example.com"), New("https://ci.example.com")
	now := time.Unix(1_700_000_000, 0)
	token := one.Token("job", "sts.amazonaws.com", now, now.Add(time.Hour))
	claims, ok := Read(token)
	if want := (Claims{"https://ci.example.com", "job", "sts.amazonaws.com", now.Add(time.Hour).Unix()}); !ok || claims != want {
		t.Errorf("%+v, %v", claims, ok)
	}
	head, _, _ := strings.Cut(token, ".")
	forged := head + "." + segment([]byte(`{"iss":"https://ci.example.com","sub":"root"}`)) + token[strings.LastIndexByte(token, '.'):]
	if !one.Signed(token) || other.Signed(token) || one.Signed(forged) || one.Signed("") || one.Signed(token+"x") {
		t.Error("a signature is not checked")
	}
	for _, text := range []string{"", "a.b", "a.!.c", "a.e30.c.d", "a." + segment([]byte("text")) + ".c"} {
		if claims, ok := Read(text); ok {
			t.Errorf("%q is a token: %+v", text, claims)
		}
	}
}
