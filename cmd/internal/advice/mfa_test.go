package advice

import (
	"strings"
	"testing"
	"time"

	"hatstand/mfa"
)

func TestLoginHintCanBePasted(t *testing.T) {
	for in, want := range map[string]string{
		"prod":             "hatstand login prod",
		"team/prod@eu":     "hatstand login team/prod@eu",
		"my prod":          "hatstand login 'my prod'",
		"it's":             `hatstand login 'it'\''s'`,
		"a;rm -rf ~":       "hatstand login 'a;rm -rf ~'",
		"":                 "hatstand login PROFILE",
		"x\x1b[31m\n":      "hatstand login 'x?[31m?'",
		"111111111111:Dev": "hatstand login 111111111111:Dev",
	} {
		if got := Login(in, ""); got != want {
			t.Errorf("Login(%q) = %s, want %s", in, got, want)
		}
	}
	if got, want := Login("111111111111:Dev", "my base"), "hatstand login 111111111111:Dev --source 'my base'"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Each error about a code says what to do next.
func TestEachCodeErrorHasItsWayOut(t *testing.T) {
	const device = "arn:aws:iam::111111111111:mfa/alice"
	for kind, want := range map[mfa.Kind]string{
		mfa.NobodyToAsk:     "in a terminal: hatstand login prod",
		mfa.Late:            "in a terminal: hatstand login prod",
		mfa.Spent:           "wait 20 s and run it again",
		mfa.NoCodesOfDevice: "register an authenticator app",
		mfa.NotASeed:        "Show secret key",
		mfa.OnlyOneCode:     "without --mfa-code",
		mfa.Refused:         "the code that the device shows next",
		mfa.SeedRefused:     "hatstand mfa add " + device,
		mfa.NotRecorded:     "/folder can be written",
	} {
		err := &mfa.Error{Kind: kind, Serial: device, Profile: "prod", Folder: "/folder", Wait: 19500 * time.Millisecond}
		if all := strings.Join(Hints(err), "\n"); !strings.Contains(all, want) {
			t.Errorf("%d: no %q in %q", kind, want, all)
		}
	}
}
