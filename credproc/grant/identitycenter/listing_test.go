package identitycenter_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/profiles"
)

// A portal is an HTTP client that answers as the portal of a person with many accounts, some time after each call.
type portal struct {
	latency        time.Duration // 0: 50 ms
	accounts, sets int
	// refuse answers a call in place of the portal; nil: the portal answers.
	refuse func(call int) *http.Response

	mu   sync.Mutex
	at   []time.Time // when each call came
	open int
	most int // at the same time
}

func (p *portal) Do(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	p.at = append(p.at, time.Now())
	call := len(p.at)
	p.open++
	p.most = max(p.most, p.open)
	p.mu.Unlock()
	select {
	case <-time.After(cmp.Or(p.latency, 50*time.Millisecond)):
	case <-r.Context().Done():
	}
	p.mu.Lock()
	p.open--
	p.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if p.refuse != nil {
		if answer := p.refuse(call); answer != nil {
			return answer, nil
		}
	}
	q := r.URL.Query()
	if account := q.Get("account_id"); account != "" {
		var all []string
		for i := range p.sets {
			all = append(all, fmt.Sprintf(`{"roleName":"Set%d","accountId":%q}`, i, account))
		}
		return jsonAnswer(200, "", `{"roleList":[`+strings.Join(all, ",")+`]}`), nil
	}
	from, _ := strconv.Atoi(q.Get("next_token"))
	to := min(from+100, p.accounts)
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf(`{"accountId":"%012d","accountName":"Team %03d","emailAddress":"t@example.com"}`, i, p.accounts-i))
	}
	next := "null"
	if to < p.accounts {
		next = strconv.Quote(strconv.Itoa(to))
	}
	return jsonAnswer(200, "", `{"accountList":[`+strings.Join(all, ",")+`],"nextToken":`+next+`}`), nil
}

func jsonAnswer(status int, retryAfter, body string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	if retryAfter != "" {
		h.Set("Retry-After", retryAfter)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func tooMany(retryAfter string) *http.Response {
	return jsonAnswer(429, retryAfter, `{"__type":"TooManyRequestsException","message":"Rate exceeded"}`)
}

// oneToken is a identitycenter.TokenSource of a person who is signed in.
type oneToken struct{}

func (oneToken) Token(context.Context, profiles.Grant) (grant.Token, error) {
	return grant.Token{Access: "a"}, nil
}
func (oneToken) Refused(profiles.Grant, grant.Token) {}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *portal) lister(paused func(time.Duration)) *identitycenter.Lister {
	connect := func(g profiles.Grant) (*identitycenter.Client, error) {
		return identitycenter.Connect(awsclient.Config{HTTP: p, Now: time.Now}, g), nil
	}
	corp := profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: region}
	return identitycenter.NewLister(corp, oneToken{}, connect, time.Now, sleep, paused)
}

// list lists all that there is.
func list(ctx context.Context, l *identitycenter.Lister) ([]identitycenter.Assignment, error) {
	accounts, err := l.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	all, _, err := l.Assignments(ctx, accounts, nil)
	return all, err
}

func TestThousandsAreListedAtAPaceThatAWSAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &portal{accounts: 200, sets: 5}
		began := time.Now()
		l := p.lister(nil)
		accounts, err := l.Accounts(t.Context())
		check(t, err)
		var listed []string
		all, _, err := l.Assignments(t.Context(), accounts, func(a identitycenter.Account) { listed = append(listed, a.Name) })
		check(t, err)
		if len(all) != 1000 || len(p.at) != 202 || len(listed) != 200 || p.most > 5 {
			t.Errorf("%d permission sets, %d calls, %d at the same time, %d accounts told", len(all), len(p.at), p.most, len(listed))
		}
		first := identitycenter.Assignment{Account: identitycenter.Account{ID: "000000000199", Name: "Team 001", Email: "t@example.com"}, PermissionSet: "Set0"}
		if all[0] != first || all[4].PermissionSet != "Set4" || all[5].Account.Name != "Team 002" {
			t.Errorf("%+v", all[:6])
		}
		for i := 10; i < len(p.at); i++ {
			if d := p.at[i].Sub(p.at[i-10]); d < time.Second {
				t.Errorf("calls %d to %d in %v", i-10, i, d)
			}
		}
		if took := time.Since(began); took > 21*time.Second { // by the bubble's clock
			t.Errorf("took %v", took)
		}
	})
}

func TestCallsThatAreTooMany(t *testing.T) {
	for claim, row := range map[string]struct {
		refuse  func(call int) *http.Response
		least   time.Duration // of all pauses
		pauses  int           // 0: any number
		patient bool
	}{
		"a few pauses":        {func(call int) *http.Response { return when(call > 20 && call%7 == 0, tooMany("")) }, 100 * time.Millisecond, 0, true},
		"as long as AWS says": {func(call int) *http.Response { return when(call == 9, tooMany("70")) }, 70 * time.Second, 1, true},
		"SlowDown": {func(call int) *http.Response {
			return when(call == 9, jsonAnswer(400, "", `{"__type":"SlowDownException"}`))
		}, 100 * time.Millisecond, 1, true},
		"five at the same time": {func(call int) *http.Response { return when(call > 20 && call < 26, tooMany("3")) }, 3 * time.Second, 1, true},
		"AWS says an hour":      {func(call int) *http.Response { return when(call == 9, tooMany("3600")) }, 0, 0, false},
		"always":                {func(call int) *http.Response { return when(call > 5, tooMany("")) }, 4 * time.Minute, 0, false},
		"long pauses add up":    {func(call int) *http.Response { return when(call%3 == 0, tooMany("100")) }, 300 * time.Second, 3, false},
		"AWS's own failure is no": {func(call int) *http.Response {
			return when(call == 9, jsonAnswer(500, "", `{"__type":"InternalServerException"}`))
		}, 0, 0, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &portal{accounts: 30, sets: 1, refuse: row.refuse, latency: 450 * time.Millisecond}
			var all time.Duration
			pauses := 0
			began := time.Now()
			got, err := list(t.Context(), p.lister(func(d time.Duration) { all, pauses = all+d, pauses+1 }))
			if row.patient {
				check(t, err)
				if len(got) != 30 {
					t.Errorf("%s: %d permission sets", claim, len(got))
				}
			} else {
				ofKind(t, err, grant.Throttled)
			}
			if all < row.least || all > 5*time.Minute || row.pauses > 0 && pauses != row.pauses {
				t.Errorf("%s: %d pauses of %v in all", claim, pauses, all)
			}
			if took := time.Since(began); took > all+time.Minute {
				t.Errorf("%s: %v, of which %v pauses", claim, took, all)
			}
			for i, at := range p.at { // however many calls are refused: no second has more
				if i >= 10 && at.Sub(p.at[i-10]) < time.Second {
					t.Errorf("%s: ten calls in %v", claim, at.Sub(p.at[i-10]))
				}
			}
		})
	}
}

func when(is bool, r *http.Response) *http.Response {
	if is {
		return r
	}
	return nil
}

// A pause is everybody's: no call is made before it is over.
func TestAPauseIsForAllCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &portal{accounts: 30, sets: 1}
		p.refuse = func(call int) *http.Response { return when(call == 9, tooMany("20")) }
		_, err := list(t.Context(), p.lister(nil))
		check(t, err)
		refused := p.at[8].Add(50 * time.Millisecond) // when the answer was there
		for i, at := range p.at {
			if at.After(refused) && at.Before(refused.Add(20*time.Second)) {
				t.Errorf("call %d came %v after AWS had asked for a pause of 20 s", i+1, at.Sub(refused))
			}
		}
	})
}

// It is one session's: others are not held up by it (aws/aws-sdk-js-v3#8266).
func TestAPauseIsItsSessionsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, other := &portal{accounts: 30, sets: 1}, &portal{accounts: 30, sets: 1}
		busy.refuse = func(call int) *http.Response { return when(call == 2, tooMany("20")) }
		began := time.Now()
		ends := map[*portal]time.Duration{}
		var mu sync.Mutex
		var both sync.WaitGroup
		for _, p := range []*portal{busy, other} {
			both.Go(func() {
				_, err := list(t.Context(), p.lister(nil))
				check(t, err)
				mu.Lock()
				defer mu.Unlock()
				ends[p] = time.Since(began)
			})
		}
		both.Wait()
		if ends[busy] < 20*time.Second || ends[other] > 5*time.Second {
			t.Errorf("%v for the one that AWS wanted to pause, %v for the other", ends[busy], ends[other])
		}
	})
}

func TestAListingThatIsGivenUp(t *testing.T) {
	for claim, after := range map[string]time.Duration{"before it begins": 0, "between two calls": time.Second + 70*time.Millisecond, "in a pause": 2*time.Second + time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			why := errors.New("Ctrl-C")
			ctx, stop := context.WithCancelCause(t.Context())
			if after == 0 {
				stop(why)
			} else {
				time.AfterFunc(after, func() { stop(why) })
			}
			p := &portal{accounts: 90, sets: 1, refuse: func(call int) *http.Response { return when(call == 20, tooMany("100")) }}
			began := time.Now()
			got, err := list(ctx, p.lister(nil))
			if err == nil || len(got) > 0 || time.Since(began) > after {
				t.Errorf("%s: %d, %v, after %v", claim, len(got), err, time.Since(began))
			}
			if !errors.Is(err, context.Canceled) && !errors.Is(err, why) {
				t.Errorf("%s: %v", claim, err)
			}
		})
	}
}

// sloppy lists what AWS answers to every call.
func sloppy(t *testing.T, answer string) *identitycenter.Lister {
	return identitycenter.NewLister(profiles.Grant{Kind: profiles.SSO, Session: "corp", Region: region}, oneToken{},
		func(profiles.Grant) (*identitycenter.Client, error) { return answering(t, 200, "", answer), nil }, time.Now, func(context.Context, time.Duration) error { return nil }, nil)
}

func TestAnswersThatCannotBe(t *testing.T) {
	for answer, want := range map[string]string{
		`{"accountList":[{"accountId":"44","accountName":"Dev"}]}`:       `sign-in to corp: AWS's answer to ListAccounts is wrong: account ID "44" must have 12 digits, not 2`,
		`{"accountList":[{"accountName":"Dev"}]}`:                        `sign-in to corp: AWS's answer to ListAccounts is wrong: account ID must have 12 digits, not 0`,
		`{"accountList":[{"accountId":"444444444444\n[profile x]"}]}`:    `sign-in to corp: AWS's answer to ListAccounts is wrong: account ID "444444444444\n[profile x]" must have 12 digits and nothing else`,
		`{"accountList":[{"accountId":"444444444444"}],"nextToken":"n"}`: `sign-in to corp: AWS's answers to ListAccounts go round in a circle`,
	} {
		_, err := sloppy(t, answer).Accounts(t.Context())
		wantKind(t, err, grant.BadAnswer, want)
	}
	for answer, want := range map[string]string{
		`{"roleList":[{"roleName":"Admin\n[default]"}]}`:      `sign-in to corp: AWS's answer to ListAccountRoles is wrong: role name "Admin [default]" may only have the characters A-Z a-z 0-9 _ + = , . @ -`,
		`{"roleList":[{"roleName":"Admin"},{"roleName":""}]}`: `sign-in to corp: AWS's answer to ListAccountRoles is wrong: role name must have 1 to 64 characters, not 0`,
	} {
		_, _, err := sloppy(t, answer).Assignments(t.Context(), []identitycenter.Account{{ID: dev}}, nil)
		wantKind(t, err, grant.BadAnswer, want)
	}
	all, _, err := sloppy(t, `{"roleList":[{"roleName":"B"},{"roleName":"A+=,.@-_"},{"roleName":"B"}]}`).Assignments(t.Context(), []identitycenter.Account{{ID: dev}}, nil)
	if err != nil || len(all) != 2 || all[0].PermissionSet != "A+=,.@-_" {
		t.Errorf("%+v, %v", all, err)
	}
	if none, err := sloppy(t, `{"accountList":[]}`).Accounts(t.Context()); err != nil || len(none) > 0 {
		t.Errorf("%+v, %v", none, err)
	}
}
