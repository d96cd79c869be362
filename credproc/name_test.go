package credproc_test

import (
	"regexp"
	"strings"
	"testing"

	"hatstand/credproc"
)

func TestDefaultSessionName(t *testing.T) {
	const (
		user   = "arn:aws:iam::111111111111:user/alice"
		serial = "arn:aws:iam::111111111111:mfa/phone"
	)
	for _, row := range []struct{ name, user, serial, os, want string }{
		{"the IAM user's comes first", user, serial, "os", "alice"},
		{"a path is left out", "arn:aws:iam::111111111111:user/a/b/alice", "", "", "alice"},
		{"all that an IAM user's name may have is kept", "arn:aws:iam::111111111111:user/a+b=c,d.e@f-g_h", "", "", "a+b=c,d.e@f-g_h"},
		{"then the device's", "", serial, "os", "phone"},
		{"root has no name", "arn:aws:iam::111111111111:root", serial, "os", "phone"},
		{"an assumed role is no user", "arn:aws:sts::111111111111:assumed-role/R/x", "", "os", "os"},
		{"a hardware device's serial names nobody", "", "GAHT12345678", "os", "os"},
		{"then the operating system's user", "", "", "os", "os"},
		{"a Windows domain is left out", "", "", `CORP\alice`, "alice"},
		{"what STS does not take becomes a hyphen, letter by letter", "", "", "Ren\u00e9 O'Hara", "Ren--O-Hara"},
		{"64 characters at most", "arn:aws:iam::111111111111:user/" + strings.Repeat("n", 65), "", "", strings.Repeat("n", 64)},
		{"a single letter is too short", "arn:aws:iam::111111111111:user/x", serial, "os", "phone"},
		{"nothing but hyphens tells nothing", "", "", "\u00e9\u00e9\u00e9", "hatstand"},
		{"nothing at all", "", "", "", "hatstand"},
	} {
		asked := false
		got := credproc.DefaultSessionName(row.user, row.serial, func() string { asked = true; return row.os })
		if got != row.want {
			t.Errorf("%s: want %q, got %q", row.name, row.want, got)
		}
		if asked && row.os == "os" && row.want != "os" {
			t.Errorf("%s: the operating system was asked for nothing", row.name)
		}
	}
}

// STS API model, roleSessionNameType.
func legalName(s string) bool { return regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{2,64}$`).MatchString(s) }

func FuzzDefaultSessionName(f *testing.F) {
	f.Add("arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:mfa/phone", "os")
	f.Add("", "", `CORP\Ren`+"\u00e9")
	f.Add(":user/", ":mfa//", "\xff\xfe")
	f.Add("", "", strings.Repeat("\u20ac", 70)+"x")
	f.Fuzz(func(t *testing.T, user, serial, os string) {
		if name := credproc.DefaultSessionName(user, serial, func() string { return os }); !legalName(name) {
			t.Errorf("STS would refuse %q", name)
		}
	})
}
