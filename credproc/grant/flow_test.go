package grant_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/person"
	"hatstand/credproc/grant"
)

// presses has a person press a button in the browser, and gives the page that comes then.
func presses(button person.Button, page *person.Page) func(context.Context, string) error {
	return func(ctx context.Context, url string) error {
		got, err := person.Open(context.WithoutCancel(ctx), url, button) // the person's browser stays
		*page = got
		return err
	}
}

func registered(t *testing.T, w *world) grant.Registration {
	t.Helper()
	r, err := w.Client.Register(t.Context(), grant.Browser)
	check(t, err)
	return r
}

func TestASignInByBrowser(t *testing.T) {
	w := newWorld(t)
	l, err := grant.Listen(0)
	check(t, err)
	r := registered(t, w)
	var page person.Page
	var opened *url.URL
	token, err := grant.SignInByBrowser(t.Context(), w.Client, "corp", r, grant.BrowserOptions{Listener: l, Open: func(ctx context.Context, at string) error {
		opened, _ = url.Parse(at)
		return presses(person.Allow, &page)(ctx, at)
	}})
	check(t, err)
	if token.Access == "" || token.Refresh == "" || token.Flow != grant.Browser || token.Client != r || !token.Expires.Equal(w.Now().Add(time.Hour)) {
		t.Errorf("flow %s, expires %v", token.Flow, token.Expires)
	}
	if page.Status != 200 || !strings.Contains(page.Body, "You may close this window") || !strings.HasPrefix(page.URL, l.RedirectURI()+"?") {
		t.Errorf("the browser ended at %d %s", page.Status, page.URL)
	}
	q := opened.Query()
	if opened.Path != "/authorize" || len(q.Get("state")) != 43 || len(q.Get("code_challenge")) != 43 || q.Get("scopes") != "sso:account:access" || q.Get("redirect_uri") != l.RedirectURI() {
		t.Errorf("opened %s", opened)
	}
	if _, err := w.Client.RoleCredentials(t.Context(), token, dev, "Admin"); err != nil {
		t.Error(err)
	}
	want := []string{"RegisterClient", "Authorize", "AnswerAuthorize", "CreateToken", "GetRoleCredentials"}
	if got := w.Called(); !slices.Equal(got, want) {
		t.Errorf("called %q", got)
	}
}

// A code is good for one sign-in, and so is what was made up for it.
func TestEachSignInHasItsOwnState(t *testing.T) {
	w := newWorld(t)
	r := registered(t, w)
	seen := map[string]bool{}
	for range 3 {
		var page person.Page
		_, err := grant.SignInByBrowser(t.Context(), w.Client, "corp", r, grant.BrowserOptions{Open: func(ctx context.Context, at string) error {
			u, _ := url.Parse(at)
			seen[u.Query().Get("state")], seen[u.Query().Get("code_challenge")] = true, true
			return presses(person.Allow, &page)(ctx, at)
		}})
		check(t, err)
	}
	if len(seen) != 6 {
		t.Errorf("%d of 6 differ", len(seen))
	}
}

func TestHowASignInByBrowserFails(t *testing.T) {
	w := newWorld(t)
	r := registered(t, w)
	declined := func(ctx context.Context, at string) error { return presses(person.Deny, new(person.Page))(ctx, at) }
	comesBackWith := func(more string) func(context.Context, string) error {
		return func(_ context.Context, at string) error {
			u, _ := url.Parse(at)
			q := u.Query()
			answer, err := http.Get(q.Get("redirect_uri") + "?state=" + q.Get("state") + "&" + more)
			if err == nil {
				answer.Body.Close()
			}
			return err
		}
	}
	noBrowser := errors.New("no browser is installed")
	for _, row := range []struct {
		claim string
		open  func(context.Context, string) error
		kind  grant.Kind
		text  string
	}{
		{"the person says no", declined, grant.Declined, "the sign-in to corp was declined in the browser (access_denied: The request was denied)"},
		{"AWS fails", comesBackWith("error=server_error&error_description=Try+again%0Alater"), grant.BrowserError, "the browser came back from the sign-in to corp with an error (server_error: Try again later)"},
		{"the start URL is another region's", comesBackWith("error=invalid_request"), grant.WrongRegionOrURL, "sign-in to corp: AWS knows no start URL " + w.URL + "/start in eu-west-1 (invalid_request)"},
		{"a scope", comesBackWith("error=invalid_scope"), grant.InvalidScope, "sign-in to corp: AWS knows no such scope: sso:account:access (invalid_scope)"},
		{"the registration", comesBackWith("error=unauthorized_client"), grant.ClientRefused, "sign-in to corp: AWS does not take hatstand's registration any more (unauthorized_client)"},
		{"a code of somebody else's", comesBackWith("code=theirs"), grant.Refused, "sign-in to corp: AWS refused CreateToken (InvalidGrantException: Invalid grant provided)"},
	} {
		_, err := grant.SignInByBrowser(t.Context(), w.Client, "corp", r, grant.BrowserOptions{Open: row.open})
		if t.Run(row.claim, func(t *testing.T) { wantKind(t, err, row.kind, row.text) }); strings.Contains(err.Error(), "theirs") {
			t.Errorf("the code is in %v", err)
		}
	}
	if _, err := grant.SignInByBrowser(t.Context(), w.Client, "corp", r, grant.BrowserOptions{Open: func(context.Context, string) error { return noBrowser }}); err != noBrowser {
		t.Errorf("no browser: %v", err)
	}
}

func TestNobodyComesBack(t *testing.T) {
	w := newWorld(t)
	r := registered(t, w)
	w.Called()
	why := errors.New("Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	var redirect string
	_, err := grant.SignInByBrowser(ctx, w.Client, "corp", r, grant.BrowserOptions{Open: func(ctx context.Context, at string) error {
		u, _ := url.Parse(at)
		redirect = u.Query().Get("redirect_uri")
		cancel(why)
		<-ctx.Done()
		return ctx.Err()
	}})
	if !errors.Is(err, why) || len(w.Called()) != 0 {
		t.Error(err)
	}
	if answer, err := http.Get(redirect); err == nil {
		answer.Body.Close()
		t.Error("it still listens")
	}
}

func TestThePortOfABrowserIsTaken(t *testing.T) {
	w := newWorld(t)
	other, err := net.Listen("tcp4", "127.0.0.1:0")
	check(t, err)
	defer other.Close()
	port := other.Addr().(*net.TCPAddr).Port
	_, err = grant.SignInByBrowser(t.Context(), w.Client, "corp", registered(t, w), grant.BrowserOptions{Port: port, Open: func(context.Context, string) error {
		t.Error("a browser was opened")
		return nil
	}})
	var e *grant.Error
	if !errors.As(err, &e) || e.Kind != grant.ListenerTaken || e.Grant != "corp" || e.Subject != strconv.Itoa(port) {
		t.Errorf("%v", err)
	}
}

// polls waits for a device by w's clock. each is called before each poll, the first of which is 1.
func polls(ctx context.Context, w *world, a *grant.Authorization, each func(poll int)) (token grant.Token, waits []time.Duration, err error) {
	token, err = grant.WaitForDevice(ctx, w.Client, "corp", a, w.Now, func(ctx context.Context, d time.Duration) error {
		waits = append(waits, d)
		w.Move(d)
		each(len(waits))
		return ctx.Err()
	})
	return token, waits, err
}

func TestWaitingForADevice(t *testing.T) {
	const s = time.Second
	for _, row := range []struct {
		claim  string
		faults map[int]awstest.Fault // by poll
		yes    int                   // the poll before which the person has said yes; negative: no
		waits  []time.Duration
		kind   grant.Kind
	}{
		{"the first poll comes after one interval", nil, 1, []time.Duration{s}, 0},
		{"nobody has said yes yet", nil, 3, []time.Duration{s, s, s}, 0},
		{"AWS wants to be left alone, for good", map[int]awstest.Fault{1: {Code: "SlowDownException"}, 3: {Code: "SlowDownException"}}, 4, []time.Duration{s, 6 * s, 6 * s, 11 * s}, 0},
		{"the network fails in between", map[int]awstest.Fault{1: {Drop: true}, 2: {Code: "InternalServerException"}, 3: {Code: "TooManyRequestsException"}, 4: {Status: 502, Code: "Bad"}}, 5, []time.Duration{s, s, s, s, s}, 0},
		{"the person says no", nil, -2, []time.Duration{s, s}, grant.Declined},
		{"the registration is gone", map[int]awstest.Fault{1: {Code: "InvalidClientException"}}, 0, []time.Duration{s}, grant.ClientRefused},
		{"AWS says that it ran out", map[int]awstest.Fault{2: {Code: "ExpiredTokenException"}}, 0, []time.Duration{s, s}, grant.DeviceExpired},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			a := w.Started(t)
			token, waits, err := polls(t.Context(), w, &a, func(poll int) {
				if f, ok := row.faults[poll]; ok {
					w.Fault(f)
				}
				switch poll {
				case row.yes:
					check(t, w.Center.Approve(a.UserCode, w.Now()))
				case -row.yes:
					check(t, w.Center.Deny(a.UserCode, w.Now()))
				}
			})
			if grant.KindOf(err) != row.kind || (err == nil) != (row.kind == 0) || !slices.Equal(waits, row.waits) || (token.Access == "") != (err != nil) {
				t.Errorf("%v after %v, want %v", err, waits, row.waits)
			}
			if last := waits[len(waits)-1]; a.Interval != last {
				t.Errorf("the interval is %v, and was %v", a.Interval, last)
			}
		})
	}
}

func TestADeviceThatNobodyAnswers(t *testing.T) {
	w := newWorld(t)
	a := w.Started(t)
	a.Interval, a.Expires = 40*time.Second, w.Now().Add(100*time.Second) // sooner than AWS's
	_, waits, err := polls(t.Context(), w, &a, func(int) {})
	wantKind(t, err, grant.DeviceExpired, "nobody finished the sign-in to corp in time")
	if want := []time.Duration{40 * time.Second, 40 * time.Second, 20 * time.Second}; !slices.Equal(waits, want) || w.Count("CreateToken") != 3 {
		t.Errorf("waited %v", waits)
	}
}

func TestAWaitForADeviceEndsWithItsContext(t *testing.T) {
	w := newWorld(t)
	a := w.Started(t)
	a.Interval = 0
	why := errors.New("Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, waits, err := polls(ctx, w, &a, func(poll int) {
		if poll == 2 {
			cancel(why)
		}
	})
	if !errors.Is(err, why) || !slices.Equal(waits, []time.Duration{5 * time.Second, 5 * time.Second}) {
		t.Errorf("%v after %v", err, waits)
	}
	ctx, cancel = context.WithCancelCause(t.Context())
	w.Fault(awstest.Fault{Action: "CreateToken", Hook: func() { cancel(why) }, Latency: time.Hour})
	if _, _, err := polls(ctx, w, &a, func(int) {}); !errors.Is(err, why) {
		t.Errorf("in a poll: %v", err)
	}
}
