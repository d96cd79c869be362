package resolve_test

import (
	"fmt"
	"testing"

	"hatstand/credproc"
	"hatstand/credproc/sts"
)

// The facts that choose a hint are right for the call that was refused.
func TestTheFactsOfARefusal(t *testing.T) {
	for _, row := range []struct {
		name, target string
		saw          string // the call that is refused
		want         sts.Facts
	}{
		{"a session with a code", "me", "GetSessionToken", sts.Facts{Profile: "me", Base: "me", HasMFA: true, Region: "us-east-1", Words: "me"}},
		{"a role through a session", "dev", "AssumeRole", sts.Facts{Profile: "dev", Base: "me", HasMFA: true, Region: "ap-south-1", Words: "dev"}},
		{"a role with the code", "long", "AssumeRole", sts.Facts{Profile: "long", Base: "me", HasMFA: true, Region: "us-east-1", Words: "long"}},
		{"a role with no device", "open", "AssumeRole", sts.Facts{Profile: "open", Base: "bare", Region: "us-east-1", Words: "open"}},
		{"a role in the middle of a chain", "deep", "AssumeRole", sts.Facts{Profile: "prod", Base: "me", HasMFA: true, Region: "us-east-1", Words: "deep"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.refuse(row.saw)
			_, err := w.r.Credentials(t.Context(), w.plan(roads, row.target, credproc.Options{}))
			got := wantRefused(t, err, "AccessDenied", "no")
			if fmt.Sprintf("%+v", got.Facts) != fmt.Sprintf("%+v", row.want) {
				t.Errorf("want %+v\ngot  %+v", row.want, got.Facts)
			}
			if got.Target != row.target {
				t.Errorf("target %q", got.Target)
			}
		})
	}
}
