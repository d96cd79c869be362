package grant_test

import (
	"context"
	"testing"
	"time"

	"hatstand/credproc/grant"
	"hatstand/profiles"
)

// What is kept of a sign-in is told without a call to AWS.
func TestLook(t *testing.T) {
	older := func(g profiles.Grant) profiles.Grant {
		g.Session, g.Scopes = "", ""
		return g
	}
	for _, row := range []struct {
		name  string
		of    func(profiles.Grant) profiles.Grant
		after time.Duration // since the sign-in
		want  grant.State
	}{
		{"AWS renews it", nil, time.Minute, grant.State{SignedIn: true, Renews: true, Until: at(time.Hour), User: alice}},
		{"its token has expired, and AWS renews it", nil, 2 * time.Hour,
			grant.State{SignedIn: true, Renews: true, Until: at(time.Hour), User: alice}},
		{"its registration has expired", nil, 91 * 24 * time.Hour, grant.State{Until: at(time.Hour), User: alice}},
		{"AWS does not renew the older form", older, time.Minute,
			grant.State{SignedIn: true, Until: at(8 * time.Hour), User: alice}},
		{"which ends", older, 8*time.Hour - 20*time.Second, grant.State{Until: at(8 * time.Hour), User: alice}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStation(t)
			if row.of != nil {
				s.Grant = row.of(s.Grant)
			}
			token := s.signIn(t)
			began := token.SignedIn
			token, err := s.process().Named(t.Context(), s.Grant, token,
				func(context.Context) (string, error) { return alice, nil })
			check(t, err)
			calls := len(s.Calls())
			s.Move(row.after)
			got := s.look(t)
			want := row.want
			want.Until, want.SignIn = began.Add(want.Until.Sub(time.Time{})), token.SignIn
			if got.Until.Sub(want.Until).Abs() < time.Second {
				got.Until = want.Until
			}
			if got != want {
				t.Errorf("%+v\nwant %+v", got, want)
			}
			if n := len(s.Calls()); n != calls {
				t.Errorf("AWS was called %d times", n-calls)
			}
		})
	}
}

// at is a time since the sign-in.
func at(d time.Duration) time.Time { return time.Time{}.Add(d) }

func (s *station) look(t *testing.T) grant.State {
	t.Helper()
	state, err := grant.Look(t.Context(), grant.InKeyring{Items: s.keyring}, s.keyring, s.Grant, s.Now())
	check(t, err)
	return state
}

func TestLookAtASignInThatIsNotFinished(t *testing.T) {
	s := newStation(t)
	if got := s.look(t); got != (grant.State{}) {
		t.Errorf("%+v where there is none", got)
	}
	s.person.answer = nil
	ctx, stop := context.WithCancel(t.Context())
	m := s.process()
	m.Sleep = func(context.Context, time.Duration) error { stop(); return ctx.Err() }
	if _, err := m.Token(ctx, s.Grant); err == nil {
		t.Fatal("nobody has signed in")
	}
	if got := s.look(t); got.OpenCode == "" || !got.OpenUntil.After(s.Now()) || got.SignedIn || got.Unanswered {
		t.Errorf("%+v where one is open", got)
	}
	s.Move(time.Hour)
	if got := s.look(t); got != (grant.State{Unanswered: true}) {
		t.Errorf("%+v where nobody has finished it", got)
	}
}

// What is kept of a sign-in tells how to go on with it, without the file that had its settings.
func TestTheSettingsOfASignInThatIsKept(t *testing.T) {
	s := newStation(t)
	s.signIn(t)
	got, err := grant.Stored(t.Context(), s.process().Items, s.Grant.Key())
	check(t, err)
	want := s.Grant
	want.StartURL, want.Portal, want.Service = want.SentStartURL(), profiles.Endpoint{}, profiles.Endpoint{URL: want.Service.URL}
	if got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	for _, key := range []string{"sso:other", "sso:https://other.awsapps.com/start", "oidc:other", "login:arn:aws:iam::1:user/me"} {
		if got, err := grant.Stored(t.Context(), s.process().Items, key); err != nil || got.Key() != key {
			t.Errorf("%s: %+v, %v", key, got, err)
		}
	}
}

// A code that could be shown nowhere is open in no browser.
func TestLookAtACodeThatNobodyHasSeen(t *testing.T) {
	s := newStation(t)
	s.person.blind, s.person.answer = true, nil
	_, err := s.process().Token(t.Context(), s.Grant)
	ofKind(t, err, grant.NotSignedIn)
	if got := s.look(t); got != (grant.State{Begun: true}) {
		t.Errorf("%+v where nobody has seen the code", got)
	}
	s.person.blind, s.person.typed = false, true // the next process shows it
	ctx, stop := context.WithCancel(t.Context())
	m := s.process()
	m.Sleep = func(context.Context, time.Duration) error { stop(); return ctx.Err() }
	if _, err := m.Token(ctx, s.Grant); err == nil {
		t.Fatal("nobody has signed in")
	}
	if got := s.look(t); got.OpenCode == "" || got.Begun {
		t.Errorf("%+v where it is shown", got)
	}
	s.wantCounts(t, []int{1}, "StartDeviceAuthorization")
}
