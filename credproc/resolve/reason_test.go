package resolve_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awstest"
	"hatstand/credproc/resolve"
)

// glass are a role that is assumed for a reason, one on top of it, and one that a code goes along with.
const glass = `
[profile me]
mfa_serial = ` + device + `
[profile prod]
role_arn = arn:aws:iam::222222222222:role/Glass
source_profile = me
reason = required
session_tags = team=hats
[profile top]
role_arn = arn:aws:iam::333333333333:role/OnGlass
source_profile = prod
[profile long]
role_arn = arn:aws:iam::222222222222:role/Glass
source_profile = me
reason = required
duration_seconds = 7200
`

// asker is Reasons; it remembers what it was asked.
type asker struct {
	next  func() (string, error)
	asked []resolve.ReasonRequest
}

func (a *asker) Reason(_ context.Context, r resolve.ReasonRequest) (string, error) {
	a.asked = append(a.asked, r)
	return a.next()
}

func newGlass(t *testing.T) (*world, *asker) {
	w := newWorld(t)
	trust := awstest.Trust{Principal: "111111111111", RequireMFA: true, Tags: []string{"*"}}
	w.aws.AddRole("arn:aws:iam::222222222222:role/Glass", awstest.Role{Trust: []awstest.Trust{trust}, MaxSession: 12 * time.Hour})
	w.aws.AddRole("arn:aws:iam::333333333333:role/OnGlass", awstest.Role{Trust: []awstest.Trust{{Principal: "arn:aws:iam::222222222222:role/Glass"}}})
	a := &asker{next: func() (string, error) { return "INC-1", nil }}
	w.r.Reasons = a
	return w, a
}

// get runs a plan of glass. anew: a reason is given now.
func (w *world) get(target string, anew bool) error {
	r := *w.r
	if anew {
		r.Reopened = &resolve.Reopened{}
	}
	_, err := r.Credentials(w.t.Context(), w.plan(glass, target, credproc.Options{}))
	return err
}

// reasons are the values of the tag Reason that AWS saw, "-" for a call without.
func (w *world) reasons() string {
	var all []string
	for _, c := range w.aws.Calls() {
		if c.Action != "AssumeRole" {
			continue
		}
		value := "-"
		for _, n := range []string{"1", "2"} {
			if c.Params["Tags.member."+n+".Key"] == "Reason" {
				value = c.Params["Tags.member."+n+".Value"]
			}
		}
		all = append(all, value)
	}
	w.aws.Reset()
	return strings.Join(all, " ")
}

func (w *world) wantReasons(want string) {
	w.t.Helper()
	if got := w.reasons(); got != want {
		w.t.Errorf("reasons %q, want %q", got, want)
	}
}

func TestAReasonLastsAsLongAsTheSessionItOpened(t *testing.T) {
	w, a := newGlass(t)
	if err := w.get("prod", false); err != nil {
		t.Fatal(err)
	}
	if got := a.asked[0]; got.Role != "arn:aws:iam::222222222222:role/Glass" || got.Target != "prod" || got.Optional || got.Required.Where() != "~/.aws/config:7" || got.Lock == "" {
		t.Errorf("%+v", got)
	}
	a.next = func() (string, error) { return "INC-2", nil }
	if err := errors.Join(w.get("prod", false), w.get("top", false)); err != nil {
		t.Fatal(err)
	}
	if len(a.asked) != 1 {
		t.Errorf("asked %d times", len(a.asked))
	}
	w.wantReasons("INC-1 -")

	// Given anew, what stands on the role is opened anew too, and the session of the base is not.
	if err := w.get("top", true); err != nil {
		t.Fatal(err)
	}
	w.wantReasons("INC-2 -")
	if err := errors.Join(w.get("top", false), w.get("prod", false)); err != nil {
		t.Fatal(err)
	}
	w.wantReasons("")
	w.clock.ahead = 61 * time.Minute
	w.refuse("GetSessionToken") // which lives for 12 hours
	_ = w.get("prod", false)
	if len(a.asked) != 3 {
		t.Errorf("asked %d times: the session has ended, and the reason with it", len(a.asked))
	}
}

func TestTheReasonIsAskedForBeforeTheCode(t *testing.T) {
	w, a := newGlass(t)
	a.next = func() (string, error) { return "", resolve.ErrDeclined }
	if err := w.get("long", false); !errors.Is(err, resolve.ErrDeclined) {
		t.Errorf("%v", err)
	}
	if len(w.codes.asked) != 0 {
		t.Error("a code was spent for nothing")
	}
	w.wantSaw("")
}

func TestCredentialsForAnotherReasonDoNotServe(t *testing.T) {
	w, a := newGlass(t)
	if err := w.get("prod", false); err != nil {
		t.Fatal(err)
	}
	w.refuse("AssumeRole")
	if err := w.get("prod", true); err == nil {
		t.Error("the credentials that were got for another reason were handed out")
	}
	// Without a new one they serve, where their renewal fails too.
	w.clock.ahead = 50 * time.Minute
	if err := w.get("prod", false); err != nil {
		t.Error(err)
	}
	if last := a.asked[len(a.asked)-1]; !last.Optional {
		t.Error("the cached credentials still serve: the reason is optional")
	}
}

func TestAskReasonAsksOnlyWhereOneIsRequired(t *testing.T) {
	w, a := newGlass(t)
	ask := func(target string) {
		t.Helper()
		if err := w.r.AskReason(t.Context(), w.plan(glass, target, credproc.Options{})); err != nil {
			t.Fatal(err)
		}
	}
	ask("me")
	w.wantSaw("")
	ask("top")
	ask("prod")
	if len(a.asked) != 1 {
		t.Errorf("asked %d times", len(a.asked))
	}
	w.wantReasons("INC-1 -")
}
