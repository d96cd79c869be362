package cache

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestEncode(t *testing.T) {
	rows := []struct{ name, in, want string }{
		{"plain names stay readable", "prod-eu_1.x", "prod-eu_1.x"},
		{"a separator does not make a folder", "team/prod", "team%2fprod"},
		{"a serial", "arn:aws:iam::111111111111:mfa/alice", "arn%3aaws%3aiam%3a%3a111111111111%3amfa%2falice"},
		{"the folder above is a name", "..", "%2e."},
		{"a path to the folder above", "../../x", "%2e.%2f..%2fx"},
		{"a hidden name", ".git", "%2egit"},
		{"capitals differ where files do not", "Prod", "^prod"},
		{"the capital mark itself", "^prod", "%5eprod"},
		{"the escape itself", "%2f", "%252f"},
		{"other marks", "a@b:c+d~e#f g", "a%40b%3ac%2bd%7ee%23f%20g"},
		{"bytes beyond ASCII", "é", "%c3%a9"},
		{"bytes that are no text", "\xff\x00", "%ff%00"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := encode(row.in); got != row.want {
				t.Errorf("encode(%q) = %q, want %q", row.in, got, row.want)
			}
			if got, ok := decode(row.want); !ok || got != row.in {
				t.Errorf("decode(%q) = %q, %v", row.want, got, ok)
			}
		})
	}
}

func TestDecodeRefusesWhatEncodeNeverWrites(t *testing.T) {
	for _, s := range []string{"", "a/b", "Prod", "%", "%2", "%2F", "%zz", "^", "^1", "%61", ".x", "a b", "é", "a~b"} {
		if got, ok := decode(s); ok {
			t.Errorf("decode(%q) = %q", s, got)
		}
	}
}

func FuzzEncode(f *testing.F) {
	for _, s := range []string{"prod", "..", "a/b", "Ünï", "%2f", "^x", "\x00", ""} {
		f.Add(s, "other")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		ea, eb := encode(a), encode(b)
		if a != "" {
			if back, ok := decode(ea); !ok || back != a {
				t.Fatalf("%q -> %q -> %q, %v", a, ea, back, ok)
			}
			if filepath.Base(ea) != ea || ea == ".." || ea[0] == '.' || strings.ContainsAny(ea, `/\~#:*?"<>| `) {
				t.Fatalf("%q -> %q is not a plain file name", a, ea)
			}
		}
		if a != b && strings.EqualFold(ea, eb) {
			t.Fatalf("%q and %q both are %q", a, b, ea)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"prod", "^prod", "%2e.", "%c3%a9", "%", "^"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out, ok := decode(s); ok && encode(out) != s {
			t.Fatalf("%q decodes to %q, which encodes to %q", s, out, encode(out))
		}
	})
}

func TestLabels(t *testing.T) {
	rows := []struct{ item, want string }{
		{keysItem("prod"), "hatstand: keys of prod"},
		{keysItem("Team/Prod"), "hatstand: keys of Team/Prod"},
		{seedItem("arn:aws:iam::1:mfa/alice"), "hatstand: MFA seed of arn:aws:iam::1:mfa/alice"},
		{SessionID{Base: "me", Hash: "abc"}.item(), "hatstand: session of me"},
		{keysItem("\xff"), "hatstand: keys of %ff"},
		{GrantToken.item("sso:corp"), "hatstand: sign-in to corp"},
		{GrantToken.item("sso:https://x.example/start"), "hatstand: sign-in to https://x.example/start"},
		{GrantPending.item("sso:corp"), "hatstand: sign-in in progress, to corp"},
		{GrantClient.item("0123"), "hatstand: registration for signing in"},
		{SessionID{Grant: "sso:corp", Hash: "abc"}.item(), "hatstand: credentials from the sign-in to corp"},
	}
	for _, row := range rows {
		if got := label(row.item); got != row.want {
			t.Errorf("label(%q) = %q, want %q", row.item, got, row.want)
		}
	}
}
