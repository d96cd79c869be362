package grant_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/person"
	"hatstand/credproc/grant"
)

// An expiring context has a deadline that comes when the test says so.
type expiring struct {
	context.Context
	done chan struct{}
	over func()
}

func newExpiring(t *testing.T) expiring {
	done := make(chan struct{})
	return expiring{t.Context(), done, sync.OnceFunc(func() { close(done) })}
}

func (e expiring) Done() <-chan struct{} { return e.done }

func (e expiring) Err() error {
	select {
	case <-e.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// TestAnUnansweredBrowserBlocksFurtherOnes: one window, until a person acts.
func TestAnUnansweredBrowserBlocksFurtherOnes(t *testing.T) {
	why := errors.New("told to end")
	for _, row := range []struct {
		name    string
		acting  bool
		killed  bool // without another word
		late    bool // else it is cancelled
		kind    grant.Kind
		blocked bool
	}{
		{name: "the time is up", late: true, kind: grant.DeviceExpired, blocked: true},
		{name: "the time is up at a terminal", acting: true, late: true, kind: grant.DeviceExpired, blocked: true},
		{name: "a program ends it", blocked: true},
		{name: "a person cancels it", acting: true},
		{name: "it is killed", killed: true, blocked: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStation(t)
			s.person.flow = grant.Browser
			late := newExpiring(t)
			ctx, cancel := context.WithCancelCause(late)
			m := s.process()
			m.Acting = row.acting
			kept := map[string][]byte{}
			s.person.open = func(context.Context, string) error {
				for name, data := range s.keyring.items {
					kept[name] = data
				}
				if row.late {
					late.over()
				} else {
					cancel(why)
				}
				return nil
			}
			_, err := m.Token(ctx, s.Grant)
			ofKind(t, err, row.kind)
			if row.kind == 0 && !errors.Is(err, why) {
				t.Error(err)
			}
			if row.killed {
				s.keyring.items = kept
			}
			s.person.open = func(ctx context.Context, url string) error { return presses(person.Allow, new(person.Page))(ctx, url) }
			calls := len(s.Calls())
			if row.blocked {
				for range 3 {
					_, err := s.process().Token(t.Context(), s.Grant)
					ofKind(t, err, grant.NotSignedIn)
				}
				if n := len(s.Calls()) - calls; n != 0 || s.person.windows != 1 {
					t.Errorf("%d calls, %d windows", n, s.person.windows)
				}
				m = s.process()
				m.Acting = true
				_, err = m.Token(t.Context(), s.Grant)
				check(t, err)
			}
			s.signIn(t)
			if s.person.windows != 2 || s.keyring.has(grant.PendingItem) {
				t.Errorf("%d windows; pending: %v", s.person.windows, s.keyring.has(grant.PendingItem))
			}
		})
	}
}

// TestCancelledBeforeAWindow cancels a sign-in between AWS's last answer and the window: none is opened, nothing is
// blocked.
func TestCancelledBeforeAWindow(t *testing.T) {
	for flow, op := range map[grant.Flow]string{
		grant.Browser: "put " + string(grant.ClientItem), grant.Device: "put " + string(grant.PendingItem),
	} {
		t.Run(string(flow), func(t *testing.T) {
			why := errors.New("Ctrl-C")
			s := newStation(t)
			s.person.flow = flow
			s.person.open = func(ctx context.Context, url string) error { return presses(person.Allow, new(person.Page))(ctx, url) }
			ctx, cancel := context.WithCancelCause(t.Context())
			s.keyring.before = func(did string) {
				if did == op {
					cancel(why)
				}
			}
			_, err := s.process().Token(ctx, s.Grant)
			if !errors.Is(err, why) && !errors.Is(err, context.Canceled) || s.person.windows != 0 {
				t.Errorf("%v, %d windows", err, s.person.windows)
			}
			s.keyring.before = nil
			s.signIn(t)
			if s.person.windows != 1 {
				t.Errorf("%d windows", s.person.windows)
			}
		})
	}
}

// A person who answers in the browser has acted, whatever comes of it.
func TestAnAnswerInTheBrowserBlocksNothing(t *testing.T) {
	s := newStation(t)
	s.person.flow = grant.Browser
	s.person.open = func(ctx context.Context, url string) error { return presses(person.Deny, new(person.Page))(ctx, url) }
	_, err := s.process().Token(t.Context(), s.Grant)
	ofKind(t, err, grant.Declined)
	s.person.open = func(ctx context.Context, url string) error { return presses(person.Allow, new(person.Page))(ctx, url) }
	s.Fault(awstest.Fault{Action: "CreateToken", Status: 500, Code: "InternalServerException"})
	_, err = s.process().Token(t.Context(), s.Grant)
	ofKind(t, err, grant.AWSFailed)
	s.signIn(t)
	if s.person.windows != 3 {
		t.Errorf("%d windows", s.person.windows)
	}
}

// TestCancelledAtEachCall cancels a sign-in, and a refresh, before and after AWS has done what each call asks for. What a
// person's answer or a refresh token has bought is kept: the next process signs in anew only where there was no answer.
func TestCancelledAtEachCall(t *testing.T) {
	why := errors.New("Ctrl-C")
	for _, row := range []struct {
		name    string
		flow    grant.Flow
		refresh bool
		actions []string
	}{
		{"a sign-in by code", grant.Device, false, []string{"RegisterClient", "StartDeviceAuthorization", "CreateToken"}},
		{"a sign-in by browser", grant.Browser, false, []string{"RegisterClient", "CreateToken"}},
		{"a refresh", grant.Device, true, []string{"CreateToken"}},
	} {
		for _, action := range row.actions {
			for _, after := range []bool{false, true} {
				t.Run(row.name+", "+map[bool]string{false: "before ", true: "after "}[after]+action, func(t *testing.T) {
					s := newStation(t)
					s.person.flow = row.flow
					s.person.open = func(ctx context.Context, url string) error { return presses(person.Allow, new(person.Page))(ctx, url) }
					var first grant.Token
					if row.refresh {
						first = s.signIn(t)
						s.Move(time.Hour)
					}
					s.Reset()
					s.person.windows = 0
					ctx, cancel := context.WithCancelCause(t.Context())
					s.Fault(awstest.Fault{Action: action, After: after, Hook: func() { cancel(why) }})
					got, err := s.process().Token(ctx, s.Grant)
					spends := action == "CreateToken"
					switch {
					case spends && (err != nil || got.Access == first.Access):
						t.Errorf("the new token is wanted: %v", err)
					case !spends && !errors.Is(err, why) && !errors.Is(err, context.Canceled):
						t.Error(err)
					}
					token := s.signIn(t)
					if spends && token.Access != got.Access || row.refresh && token.SignIn != first.SignIn {
						t.Error("what was bought is lost")
					}
					if n := s.count("CreateToken")[0]; n != 1 || s.person.windows > 1 {
						t.Errorf("%d tokens were asked for, %d windows", n, s.person.windows)
					}
				})
			}
		}
	}
}

// TestThePersonWantsTheBrowserFlow: a code that nobody has used yet does not keep a person from the flow that they ask
// for. One that somebody has approved meanwhile serves.
func TestThePersonWantsTheBrowserFlow(t *testing.T) {
	for _, row := range []struct {
		name     string
		wants    bool
		noWay    bool // no browser can come back
		approved bool
		flow     grant.Flow
		windows  int
	}{
		{name: "nobody has used the code", wants: true, flow: grant.Browser, windows: 1},
		{name: "somebody has used the code", wants: true, approved: true, flow: grant.Device},
		{name: "no browser can come back", wants: true, noWay: true, flow: grant.Device},
		{name: "no flow was asked for", flow: grant.Device},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStation(t)
			s.person.answer = nil
			stopped, stop := context.WithCancel(t.Context())
			m := s.process()
			m.Sleep = func(ctx context.Context, _ time.Duration) error { stop(); return ctx.Err() }
			if _, err := m.Token(stopped, s.Grant); !errors.Is(err, context.Canceled) || !s.keyring.has(grant.PendingItem) {
				t.Fatal(err)
			}
			code := s.Center.Waiting(s.Now())[0]
			if row.approved {
				check(t, s.Center.Approve(code, s.Now()))
			}
			s.person.answer, s.person.windows = s.Center.Approve, 0
			s.person.flow, s.person.open = grant.Browser, func(ctx context.Context, url string) error {
				_, err := person.Open(ctx, url, person.Allow)
				return err
			}
			if row.noWay {
				s.person.flow = grant.Device
			}
			m = s.process()
			m.ByBrowser, m.Acting = row.wants, true
			token, err := m.Token(t.Context(), s.Grant)
			check(t, err)
			if token.Flow != row.flow || s.person.windows != row.windows || s.keyring.has(grant.PendingItem) {
				t.Errorf("flow %s, %d windows, pending %v", token.Flow, s.person.windows, s.keyring.has(grant.PendingItem))
			}
		})
	}
}
