package resolve_test

import (
	"context"
	"errors"
	"testing"

	"hatstand/credproc"
	"hatstand/credproc/awstest"
)

func TestTheCodeOnItsWayOutlivesTheCaller(t *testing.T) {
	for _, row := range []struct {
		target, who string
		ok          bool
	}{
		{"me", alice, true},
		{"long", "arn:aws:sts::222222222222:assumed-role/Admin/alice", true},
		{"prod", "", false}, // the session is bought and kept; the role's call is not made
	} {
		t.Run(row.target, func(t *testing.T) {
			w := newWorld(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.aws.Fault(awstest.Fault{Hook: cancel})
			c, err := w.r.Credentials(ctx, w.plan(roads, row.target, credproc.Options{}))
			if row.ok {
				if err != nil {
					t.Fatal(err)
				}
				w.wantIdentity(c, row.who)
			} else if !errors.Is(err, context.Canceled) {
				t.Errorf("want a cancelled context, got %v", err)
			}
			if w.kept.writes != 1 {
				t.Errorf("%d items were kept", w.kept.writes)
			}
			w.credentials(row.target)
			if len(w.codes.asked) != 1 {
				t.Errorf("%d codes were spent", len(w.codes.asked))
			}
		})
	}
}

// A code works once, so that a second try could only turn a passing failure into a refusal.
func TestACallWithACodeIsMadeOnce(t *testing.T) {
	for _, target := range []string{"me", "long"} {
		for name, f := range map[string]awstest.Fault{
			"5xx":                    {Times: -1, Status: 500},
			"unavailable":            {Times: -1, Status: 503},
			"throttled":              {Times: -1, Code: "Throttling"},
			"dropped":                {Times: -1, Drop: true},
			"dropped, having worked": {Times: -1, Drop: true, After: true},
		} {
			t.Run(target+" "+name, func(t *testing.T) {
				w := newWorld(t)
				w.aws.Fault(f)
				if _, err := w.r.Credentials(t.Context(), w.plan(roads, target, credproc.Options{})); err == nil {
					t.Error("no error")
				}
				if n := len(w.aws.Calls()); n != 1 {
					t.Errorf("AWS saw %d calls", n)
				}
				if n := len(w.codes.asked); n != 1 {
					t.Errorf("%d codes were spent", n)
				}
			})
		}
	}
}

func TestACallWithoutACodeIsTriedAgain(t *testing.T) {
	for name, row := range map[string]struct {
		fault awstest.Fault
		saw   string
	}{
		"5xx twice": {awstest.Fault{Times: 2, Status: 500}, "AssumeRole/Open InternalFailure, AssumeRole/Open InternalFailure, AssumeRole/Open"},
		"throttled": {awstest.Fault{Code: "Throttling"}, "AssumeRole/Open Throttling, AssumeRole/Open"},
		"dropped":   {awstest.Fault{Drop: true}, "AssumeRole/Open dropped, AssumeRole/Open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.aws.Fault(row.fault)
			c := w.credentials("open")
			w.wantSaw(row.saw)
			w.wantIdentity(c, "arn:aws:sts::222222222222:assumed-role/Open/alice")
		})
	}
}

func TestARefusalIsNotTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.aws.Fault(awstest.Fault{Times: -1, Code: "AccessDenied", Status: 403})
	if _, err := w.r.Credentials(t.Context(), w.plan(roads, "open", credproc.Options{})); err == nil {
		t.Error("no error")
	}
	w.wantSaw("AssumeRole/Open AccessDenied")
}
