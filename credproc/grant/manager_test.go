package grant_test

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/awscache"
	"hatstand/profiles"
)

// A keyring is Items.
type keyring struct {
	mu     sync.Mutex
	items  map[string][]byte
	fault  error // of writes
	unread error // of reads
	before func(op string)
}

// on is called before an operation that changes something.
func (k *keyring) on(op string) {
	if k.before != nil {
		k.before(op)
	}
}

func (k *keyring) Item(_ context.Context, kind grant.ItemKind, name string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.unread != nil {
		return nil, k.unread
	}
	return k.items[string(kind)+"/"+name], nil
}

func (k *keyring) PutItem(_ context.Context, kind grant.ItemKind, name string, data []byte) error {
	k.on("put " + string(kind))
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fault != nil {
		return k.fault
	}
	if k.items == nil {
		k.items = map[string][]byte{}
	}
	k.items[string(kind)+"/"+name] = data
	return nil
}

func (k *keyring) RemoveItem(_ context.Context, kind grant.ItemKind, name string) error {
	k.on("remove " + string(kind))
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.items, string(kind)+"/"+name)
	return nil
}

func (k *keyring) has(kind grant.ItemKind) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name := range k.items {
		if name[:len(kind)+1] == string(kind)+"/" {
			return true
		}
	}
	return false
}

// locks are Locks, of one machine.
type locks struct {
	mu       sync.Mutex
	held     map[string]chan struct{} // by name; closed when it is free
	waiting  int
	refused  map[string]error // of those who waited
	failures []error
}

// waitFor waits until nobody holds a lock; with take it takes it then.
func (l *locks) waitFor(ctx context.Context, name string, take bool) (waited bool, err error) {
	for {
		l.mu.Lock()
		free := l.held[name]
		switch {
		case free != nil:
		case waited && l.refused[name] != nil:
			l.mu.Unlock()
			return true, l.refused[name]
		case take:
			if l.held == nil {
				l.held = map[string]chan struct{}{}
			}
			l.held[name] = make(chan struct{})
			fallthrough
		default:
			l.mu.Unlock()
			return waited, nil
		}
		l.waiting++
		l.mu.Unlock()
		waited = true
		select {
		case <-free:
		case <-ctx.Done():
			err = ctx.Err()
		}
		l.mu.Lock()
		l.waiting--
		l.mu.Unlock()
		if err != nil {
			return true, err
		}
	}
}

func (l *locks) Lock(ctx context.Context, name string) (unlock func(), waited bool, err error) {
	if waited, err = l.waitFor(ctx, name, true); err != nil {
		return nil, waited, err
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		close(l.held[name])
		delete(l.held, name)
	}, waited, nil
}

func (l *locks) Await(ctx context.Context, name string, _ time.Duration) (bool, error) {
	return l.waitFor(ctx, name, false)
}

// untilWaiting waits until n wait for locks.
func (l *locks) untilWaiting(n int) {
	for {
		l.mu.Lock()
		now := l.waiting
		l.mu.Unlock()
		if now == n {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func (l *locks) Failed(name string, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures = append(l.failures, why)
	if l.refused == nil {
		l.refused = map[string]error{}
	}
	l.refused[name] = why
}

// asked is a grant.Person, who answers by device code, or in a browser.
type asked struct {
	w *world

	mu      sync.Mutex
	absent  bool
	typed   bool                                   // it is shown as text: no browser is opened
	blind   bool                                   // nothing can be shown, though it looked as if it could
	answer  func(code string, now time.Time) error // nil: none
	flow    grant.Flow                             // "": Device
	open    func(ctx context.Context, url string) error
	windows int
	shown   int
}

func (p *asked) Way(context.Context, profiles.Grant) (grant.Flow, string, error) {
	if p.absent {
		return "", "", grant.ErrNobody
	}
	return cmp.Or(p.flow, grant.Device), "", nil
}

func (p *asked) Open(ctx context.Context, _ profiles.Grant, url string) error {
	if p.open == nil {
		return errors.New("no browser")
	}
	p.mu.Lock()
	p.windows++
	p.mu.Unlock()
	return p.open(ctx, url)
}

func (p *asked) Paste(context.Context, profiles.Grant, string) (string, error) {
	return "", grant.ErrNobody
}

func (p *asked) Show(_ context.Context, _ profiles.Grant, a grant.Authorization) (grant.Shown, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.absent || p.blind {
		return grant.Shown{}, grant.ErrNobody
	}
	p.shown++
	opened := a.WindowOpened.IsZero()
	if opened {
		p.windows++
	}
	if p.answer != nil {
		if err := p.answer(a.UserCode, p.w.Now()); err != nil {
			return grant.Shown{}, err
		}
	}
	return grant.Shown{Opened: opened && !p.typed, Done: func() {}}, nil
}

// A station is a keyring, its locks and a person, for any number of processes.
type station struct {
	*world
	keyring *keyring
	locks   *locks
	person  *asked
	forgot  []string
}

func newStation(t *testing.T) *station {
	w := newWorld(t)
	return &station{world: w, keyring: &keyring{}, locks: &locks{}, person: &asked{w: w, answer: w.Center.Approve}}
}

// sleep is a wait by the world's clock.
func (s *station) sleep(ctx context.Context, d time.Duration) error {
	s.Move(d)
	return ctx.Err()
}

// process is one process's manager.
func (s *station) process() *grant.Manager {
	return &grant.Manager{
		Items: s.keyring, Tokens: grant.InKeyring{Items: s.keyring}, Locks: s.locks, Person: s.person,
		Connect: func(g profiles.Grant) (grant.Service, error) { return s.Connect(g), nil },
		Forget: func(_ context.Context, key string) error {
			s.keyring.on("forget")
			s.person.mu.Lock()
			defer s.person.mu.Unlock()
			s.forgot = append(s.forgot, key)
			return nil
		},
		Now: s.Now, Log: slog.New(slog.DiscardHandler), Sleep: s.sleep,
	}
}

func (s *station) signIn(t *testing.T) grant.Token {
	t.Helper()
	token, err := s.process().Token(t.Context(), s.Grant)
	check(t, err)
	return token
}

// count is how often AWS was called so.
func (s *station) count(actions ...string) []int {
	counts := make([]int, len(actions))
	for _, c := range s.Calls() {
		if i := slices.Index(actions, c.Action); i >= 0 {
			counts[i]++
		}
	}
	return counts
}

func (s *station) wantCounts(t *testing.T, want []int, actions ...string) {
	t.Helper()
	if got := s.count(actions...); !slices.Equal(got, want) {
		t.Errorf("calls %v of %v, want %v", got, actions, want)
	}
}

func TestOneSignInServesEveryProcess(t *testing.T) {
	s := newStation(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if token, err := s.process().Token(t.Context(), s.Grant); err != nil || token.Access == "" {
				t.Errorf("%v, %v", token, err)
			}
		})
	}
	all.Wait()
	s.wantCounts(t, []int{1, 1, 1}, "RegisterClient", "StartDeviceAuthorization", "CreateToken")
	if s.person.windows != 1 || s.keyring.has(grant.PendingItem) {
		t.Errorf("%d windows; a pending sign-in is left: %v", s.person.windows, s.keyring.has(grant.PendingItem))
	}
}

func TestOneProcessRefreshes(t *testing.T) {
	s := newStation(t)
	first := s.signIn(t)
	s.Move(time.Hour - 4*time.Minute)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			token, err := s.process().Token(t.Context(), s.Grant)
			if err != nil || token.Access == first.Access || token.SignIn != first.SignIn {
				t.Errorf("the same sign-in with another token is wanted: %v, %v", token.SignIn, err)
			}
		})
	}
	all.Wait()
	s.wantCounts(t, []int{2, 1}, "CreateToken", "StartDeviceAuthorization")
}

func TestWhenARefreshFails(t *testing.T) {
	const left = 4 * time.Minute
	for _, row := range []struct {
		name   string
		after  time.Duration // since the sign-in
		before func(*station)
		want   grant.Kind // 0: the token that there is
	}{
		{"AWS fails, and some life is left", time.Hour - left, fail("CreateToken", 500, "InternalServerException"), 0},
		{"AWS fails, and none is left", time.Hour, fail("CreateToken", 500, "InternalServerException"), grant.AWSFailed},
		{"the session has ended, and nobody is there", time.Hour, func(s *station) { s.Corp.EndSession(alice) }, grant.NotSignedIn},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStation(t)
			first := s.signIn(t)
			s.Move(row.after)
			s.person.absent = true
			row.before(s)
			token, err := s.process().Token(t.Context(), s.Grant)
			ofKind(t, err, row.want)
			if row.want == 0 && token.Access != first.Access {
				t.Error("another token")
			}
			calls := len(s.Calls())
			token, err = s.process().Token(t.Context(), s.Grant)
			if row.want == grant.NotSignedIn {
				ofKind(t, err, row.want)
				if n := len(s.Calls()); n != calls {
					t.Errorf("the refresh token was tried again: %d calls more", n-calls)
				}
				return
			}
			if err != nil || token.Access == first.Access || token.SignIn != first.SignIn {
				t.Errorf("the sign-in was as good as ever: %v", err)
			}
		})
	}
}

func fail(action string, status int, code string) func(*station) {
	return func(s *station) {
		s.Fault(awstest.Fault{Action: action, Status: status, Code: code, Message: "no"})
	}
}

func TestARefusedTokenIsRefreshedOnce(t *testing.T) {
	s := newStation(t)
	first := s.signIn(t)
	s.Corp.RevokeTokens(alice)
	m := s.process()
	m.Refused(s.Grant, first)
	token, err := m.Token(t.Context(), s.Grant)
	if err != nil || token.Access == first.Access || token.SignIn != first.SignIn {
		t.Errorf("another token of the same sign-in is wanted: %v", err)
	}
	// Another process whose token was refused finds the new one.
	other := s.process()
	other.Refused(s.Grant, first)
	again, err := other.Token(t.Context(), s.Grant)
	if err != nil || again.Access != token.Access {
		t.Errorf("the stored token is wanted: %v", err)
	}
	s.wantCounts(t, []int{2}, "CreateToken")
}

// What one process has learnt of the end of a sign-in, every process knows, and who looks.
func TestARefusedTokenOfASignInThatHasEnded(t *testing.T) {
	for name, refusedAgain := range map[string]bool{"with its refresh token": false, "without one": true} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			first := s.signIn(t)
			if refusedAgain { // the access token outlasts the refresh token, and is refused later
				s.Move(time.Hour - 4*time.Minute)
				s.Fault(awstest.Fault{Action: "CreateToken", Status: 400, Code: "InvalidGrantException", Message: "no"})
				first = s.signIn(t)
			}
			s.Corp.EndSession(alice)
			s.person.absent = true
			m := s.process()
			m.Refused(s.Grant, first)
			_, err := m.Token(t.Context(), s.Grant)
			ofKind(t, err, grant.NotSignedIn)
			calls := len(s.Calls())
			_, err = s.process().Token(t.Context(), s.Grant)
			ofKind(t, err, grant.NotSignedIn)
			look, err := grant.Look(t.Context(), s.process().Tokens, s.keyring, s.Grant, s.Now())
			if err != nil || look.SignedIn || len(s.Calls()) != calls {
				t.Errorf("%+v, %v; %d calls", look, err, len(s.Calls())-calls)
			}
			s.person.absent = false
			if token := s.signIn(t); token.SignIn == first.SignIn || token.Access == first.Access {
				t.Error("a new sign-in is wanted")
			}
		})
	}
}

func TestANewSignInLeavesNothingOfTheOneBefore(t *testing.T) {
	s := newStation(t)
	first := s.signIn(t)
	if len(s.forgot) != 2 {
		t.Errorf("forgot %q: before the token is stored, and after", s.forgot)
	}
	m := s.process()
	named, err := m.Named(t.Context(), s.Grant, first, func(context.Context) (string, error) { return alice, nil })
	if err != nil || named.User != alice {
		t.Fatalf("%q, %v", named.User, err)
	}
	s.Corp.AddUser("bob@example.com")
	check(t, s.Corp.SetPerson("bob@example.com"))
	m = s.process()
	m.Anew = true
	second, err := m.Token(t.Context(), s.Grant)
	if err != nil || second.SignIn == first.SignIn || second.User != "" || second.Before != alice || len(s.forgot) != 4 {
		t.Errorf("%+v, %v; forgot %q", second, err, s.forgot)
	}
	again, err := m.Token(t.Context(), s.Grant)
	if err != nil || again.Access != second.Access {
		t.Errorf("anew is once: %v", err)
	}
}

func TestTheNameIsLearntOnce(t *testing.T) {
	s := newStation(t)
	first := s.signIn(t)
	var learnt int
	learn := func(context.Context) (string, error) { learnt++; return alice, nil }
	for range 3 {
		if named, err := s.process().Named(t.Context(), s.Grant, first, learn); err != nil || named.User != alice {
			t.Errorf("%q, %v", named.User, err)
		}
	}
	if token := s.signIn(t); learnt != 1 || token.User != alice {
		t.Errorf("learnt %d times; the token has %q", learnt, token.User)
	}
	other := first
	other.SignIn = "another"
	other.Access = "another"
	if named, err := s.process().Named(t.Context(), s.Grant, other, learn); err != grant.ErrReplaced || named.User != "" || learnt != 1 {
		t.Errorf("a sign-in that is over by now was named: %q, %v", named.User, err)
	}
}

func TestAnotherProcessGoesOnWithASignIn(t *testing.T) {
	s := newStation(t)
	s.person.answer = nil
	killed, stop := context.WithCancel(t.Context())
	m := s.process()
	m.Sleep = func(ctx context.Context, _ time.Duration) error { stop(); return ctx.Err() }
	if _, err := m.Token(killed, s.Grant); !errors.Is(err, context.Canceled) {
		t.Fatalf("want the cancellation, got %v", err)
	}
	codes := s.Center.Waiting(s.Now())
	if len(codes) != 1 {
		t.Fatalf("waiting: %q", codes)
	}
	check(t, s.Center.Approve(codes[0], s.Now()))
	s.Move(time.Minute)
	s.person.absent = true // a process that can show nothing looks all the same
	s.signIn(t)
	s.wantCounts(t, []int{1}, "StartDeviceAuthorization")
	if s.person.windows != 1 {
		t.Errorf("%d windows", s.person.windows)
	}
}

// AWS may throttle the call that tells the name, or not answer: nobody waits for long, and the token serves without.
func TestLearningANameTakesLittleTime(t *testing.T) {
	s := newStation(t)
	token := s.signIn(t)
	named, err := s.process().Named(t.Context(), s.Grant, token, func(ctx context.Context) (string, error) {
		if end, limited := ctx.Deadline(); !limited || time.Until(end) > 3*time.Second {
			t.Errorf("learning the name may take until %v", end)
		}
		return "", context.DeadlineExceeded
	})
	if err != nil || named.Access != token.Access || named.User != "" {
		t.Errorf("%v, user %q", err, named.User)
	}
}

func TestTimeIsUp(t *testing.T) {
	s := newStation(t)
	s.person.answer = nil
	limited, stop := context.WithTimeout(t.Context(), time.Hour)
	defer stop()
	m := s.process()
	m.Sleep = func(context.Context, time.Duration) error { return context.DeadlineExceeded }
	// A deadline that has passed, whatever the clock of this machine says.
	passed, over := context.WithDeadline(limited, time.Unix(1, 0))
	defer over()
	if _, err := m.Token(passed, s.Grant); err == nil {
		t.Fatal("no error")
	}
	m.Sleep = s.sleep
	_, err := m.Token(t.Context(), s.Grant) // nobody answers until the authorization runs out
	ofKind(t, err, grant.DeviceExpired)
}

func TestAnUnansweredWindowBlocksFurtherOnes(t *testing.T) {
	s := newStation(t)
	s.person.answer = nil
	_, err := s.process().Token(t.Context(), s.Grant)
	ofKind(t, err, grant.DeviceExpired)
	calls := len(s.Calls())
	for range 200 {
		_, err := s.process().Token(t.Context(), s.Grant)
		ofKind(t, err, grant.NotSignedIn)
	}
	if n := len(s.Calls()); n != calls || s.person.windows != 1 {
		t.Errorf("%d calls, %d windows", n-calls, s.person.windows)
	}
	s.person.answer = s.Center.Approve
	m := s.process()
	m.Acting = true
	if _, err := m.Token(t.Context(), s.Grant); err != nil || s.person.windows != 2 {
		t.Errorf("a person acts: %v, %d windows", err, s.person.windows)
	}
	if _, err := s.process().Token(t.Context(), s.Grant); err != nil {
		t.Error(err)
	}
}

func TestADeclinedSignInIsOver(t *testing.T) {
	s := newStation(t)
	s.person.answer = s.Center.Deny
	_, err := s.process().Token(t.Context(), s.Grant)
	ofKind(t, err, grant.Declined)
	if len(s.locks.failures) != 1 || s.keyring.has(grant.PendingItem) {
		t.Errorf("failures %v, pending %v", s.locks.failures, s.keyring.has(grant.PendingItem))
	}
	s.person.answer = s.Center.Approve
	s.signIn(t)
}

func TestNobodyIsThere(t *testing.T) {
	s := newStation(t)
	s.person.absent = true
	_, err := s.process().Token(t.Context(), s.Grant)
	ofKind(t, err, grant.NotSignedIn)
	if !errors.Is(err, grant.ErrNobody) || err.Error() != "not signed in to corp, and there is no one to sign in" || len(s.Calls()) != 0 {
		t.Errorf("%v; %d calls", err, len(s.Calls()))
	}
}

func TestOtherSettingsMakeATokenNone(t *testing.T) {
	for name, change := range map[string]func(*profiles.Grant){
		"start URL": func(g *profiles.Grant) { g.StartURL += "2" },
		"region":    func(g *profiles.Grant) { g.Region = "eu-central-1" },
		"scopes":    func(g *profiles.Grant) { g.Scopes = "sso:account:access,more" },
		"endpoint":  func(g *profiles.Grant) { g.Service.URL += "/other" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.signIn(t)
			s.person.absent = true
			g := s.Grant
			change(&g)
			_, err := s.process().Token(t.Context(), g)
			ofKind(t, err, grant.NotSignedIn)
			g = s.Grant
			g.StartURL = profiles.TrimStartURL(g.StartURL) // that is the same one
			_, err = s.process().Token(t.Context(), g)
			check(t, err)
		})
	}
}

func TestARegistrationThatAWSForgot(t *testing.T) {
	s := newStation(t)
	s.signIn(t)
	check(t, s.keyring.RemoveItem(t.Context(), grant.TokenItem, s.Grant.Key()))
	s.Fault(awstest.Fault{Action: "StartDeviceAuthorization", Status: 401, Code: "InvalidClientException", Message: "no"})
	s.signIn(t)
	s.wantCounts(t, []int{2, 3}, "RegisterClient", "StartDeviceAuthorization")
}

func TestAnItemOfALaterVersionIsLeftAlone(t *testing.T) {
	s := newStation(t)
	later := []byte(`{"v":2,"something":"else"}`)
	check(t, s.keyring.PutItem(t.Context(), grant.TokenItem, s.Grant.Key(), later))
	if _, err := s.process().Token(t.Context(), s.Grant); err == nil {
		t.Error("no error")
	}
	if got, _ := s.keyring.Item(t.Context(), grant.TokenItem, s.Grant.Key()); string(got) != string(later) || len(s.Calls()) != 0 {
		t.Errorf("%s; %d calls", got, len(s.Calls()))
	}
	check(t, s.keyring.PutItem(t.Context(), grant.TokenItem, s.Grant.Key(), []byte("no JSON")))
	s.signIn(t)
}

func TestATokenThatCannotBeKeptServes(t *testing.T) {
	s := newStation(t)
	s.keyring.fault = errors.New("read-only")
	var warned []error
	m := s.process()
	m.Warn = func(err error) { warned = append(warned, err) }
	token, err := m.Token(t.Context(), s.Grant)
	check(t, err)
	again, err := m.Token(t.Context(), s.Grant)
	if err != nil || again.Access != token.Access || !slices.ContainsFunc(warned, func(err error) bool { return grant.KindOf(err) == grant.NotKept }) {
		t.Errorf("%v; warned %v", err, warned)
	}
	s.wantCounts(t, []int{1}, "CreateToken")
}

// The settings of a sign-in were edited after it: the token is told to the place where it was made, and to no other.
func TestLogoutEndsASignInWithOtherSettings(t *testing.T) {
	for name, row := range map[string]struct {
		edit   func(*profiles.Grant)
		logout int
	}{
		"start URL": {func(g *profiles.Grant) { g.StartURL = "https://elsewhere.awsapps.com/start" }, 1},
		"region":    {func(g *profiles.Grant) { g.Region = "us-east-1" }, 1},
		"scopes":    {func(g *profiles.Grant) { g.Scopes = "other" }, 1},
		"endpoint":  {func(g *profiles.Grant) { g.Service.URL += "/other" }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.signIn(t)
			s.Reset()
			edited := s.Grant
			row.edit(&edited)
			ended, err := s.process().Logout(t.Context(), edited)
			if err != nil || len(ended) != 1 || ended[0].Grant.SentStartURL() != s.Grant.SentStartURL() ||
				ended[0].Grant.Region != s.Grant.Region || s.keyring.has(grant.TokenItem) {
				t.Errorf("%+v, %v", ended, err)
			}
			if n := len(s.Calls()); n != row.logout {
				t.Errorf("%d calls: %v", n, s.Calls())
			}
		})
	}
}

// A file's region becomes part of a host's name: one that is no region is sent nothing.
func TestATokenFileOfNoRegionIsNoSignInToEnd(t *testing.T) {
	s := newStation(t)
	dir := awscache.Folder(t.TempDir())
	tokens := grant.InFile{Folder: dir, Items: s.keyring, Now: s.Now}
	for region, want := range map[string]int{"us-east-1": 1, "evil.example.com/#": 0, "": 0, s.Grant.Region: 0} {
		check(t, dir.WriteSSO(awscache.SSOFileName(s.Grant.Session, s.Grant.StartURL), awscache.SSOToken{
			StartURL: s.Grant.StartURL, Region: region, AccessToken: "token", ExpiresAt: s.Now().Add(time.Hour)}))
		if old, err := tokens.Outdated(t.Context(), s.Grant); err != nil || len(old) != want {
			t.Errorf("region %q: %d, %v", region, len(old), err)
		}
	}
}

func TestLogoutEndsTheSignIn(t *testing.T) {
	s := newStation(t)
	token := s.signIn(t)
	if ended, err := s.process().Logout(t.Context(), s.Grant); len(ended) != 1 || err != nil || s.keyring.has(grant.TokenItem) {
		t.Errorf("%v, %v", ended, err)
	}
	if _, err := s.Client.RoleCredentials(t.Context(), token, dev, "Admin"); grant.KindOf(err) != grant.TokenRefused {
		t.Errorf("AWS takes the token still: %v", err)
	}
	if ended, err := s.process().Logout(t.Context(), s.Grant); len(ended) != 0 || err != nil {
		t.Errorf("there is nothing to end: %v, %v", ended, err)
	}
}
