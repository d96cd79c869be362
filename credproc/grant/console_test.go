package grant_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	console "hatstand/credproc/awstest/loginsession"
	"hatstand/credproc/awstest/person"
	"hatstand/credproc/credentials"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/loginsession"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

const (
	ofAlice = "arn:aws:sts::444444444444:assumed-role/Admin/alice"
	ofBob   = "arn:aws:sts::444444444444:assumed-role/Admin/bob"
)

// A consoleStation is a station whose grant is a sign-in to the console, with somebody at the browser.
type consoleStation struct {
	*station
	service *console.Service
	person  *atConsole
}

// atConsole is a grant.Person who signs in to the console.
type atConsole struct {
	flow   grant.Flow
	absent bool
	press  person.Button
	pasted func(shown string) string // nil: what the page shows
	opened []string

	mu sync.Mutex
}

func (p *atConsole) Way(context.Context, profiles.Grant) (grant.Flow, string, error) {
	if p.absent {
		return "", "", grant.ErrNobody
	}
	return p.flow, "", nil
}

func (p *atConsole) Open(ctx context.Context, _ profiles.Grant, page string) error {
	p.mu.Lock()
	p.opened = append(p.opened, page)
	p.mu.Unlock()
	_, err := person.Open(context.WithoutCancel(ctx), page, p.press)
	return err
}

func (p *atConsole) Show(context.Context, profiles.Grant, grant.Authorization) (grant.Shown, error) {
	return grant.Shown{}, errors.New("the console has no device codes")
}

func (p *atConsole) Paste(ctx context.Context, _ profiles.Grant, page string) (string, error) {
	p.opened = append(p.opened, page)
	last, err := person.Open(ctx, page, p.press)
	if err != nil {
		return "", err
	}
	code := regexp.MustCompile(`<b id="code">([^<]+)</b>`).FindStringSubmatch(last.Body)
	if code == nil {
		return "", fmt.Errorf("HTTP %d %s", last.Status, last.Body)
	}
	if p.pasted != nil {
		return p.pasted(code[1]), nil
	}
	return code[1], nil
}

func newConsoleStation(t *testing.T) *consoleStation {
	s := &consoleStation{station: newStation(t), person: &atConsole{flow: grant.Browser, press: person.Allow}}
	s.service = s.ConsoleSignIn()
	s.service.SetPerson(ofAlice)
	s.Grant = profiles.Grant{Kind: profiles.LoginSession, ARN: ofAlice, Region: region, Service: profiles.Endpoint{URL: s.URL}}
	return s
}

func (s *consoleStation) connect(g profiles.Grant) *loginsession.Client {
	return loginsession.Connect(awsclient.Config{HTTP: &http.Client{}, Now: s.Now, Waits: awsclient.Waits{Tries: 6, First: 1, Longest: 1}}, g)
}

func (s *consoleStation) process() *grant.Manager {
	m := s.station.process()
	m.Person, m.Connect = s.person, func(g profiles.Grant) (grant.Service, error) { return s.connect(g), nil }
	return m
}

func (s *consoleStation) signIn(t *testing.T) grant.Token {
	t.Helper()
	token, err := s.process().Token(t.Context(), s.Grant)
	check(t, err)
	return token
}

// whose asks STS.
func (s *consoleStation) whose(t *testing.T, token grant.Token) string {
	t.Helper()
	arn, err := sts.Connect(awsclient.Config{HTTP: &http.Client{}, Now: s.Now}, region, profiles.Endpoint{URL: s.URL},
		credentials.Value{AccessKeyID: token.Access, SecretAccessKey: token.Console.SecretAccessKey,
			SessionToken: token.Console.SessionToken}).GetCallerIdentity(t.Context())
	check(t, err)
	return arn
}

func TestASignInToTheConsole(t *testing.T) {
	for _, flow := range []grant.Flow{grant.Browser, grant.Paste} {
		t.Run(string(flow), func(t *testing.T) {
			s := newConsoleStation(t)
			s.person.flow = flow
			token := s.signIn(t)
			if got := s.whose(t, token); got != ofAlice {
				t.Errorf("STS says %s", got)
			}
			if token.User != "alice" || token.Region != region || token.Flow != flow || !token.Expires.Equal(s.Now().Add(15*time.Minute)) {
				t.Errorf("user %q, region %q, flow %q, until %v", token.User, token.Region, token.Flow, token.Expires)
			}
			again, ok, err := s.process().Kept(t.Context(), s.Grant)
			if !ok || err != nil || again.Console != token.Console || again.Access != token.Access || again.Refresh != token.Refresh {
				t.Errorf("another token was kept: %v, %v", ok, err)
			}
			u, err := url.Parse(s.person.opened[0])
			check(t, err)
			if u.Path != "/v1/authorize" || len(u.Query().Get("state")) != 43 {
				t.Errorf("opened %s", u)
			}
			other := s.Grant
			other.Region = "us-east-1" // of another profile
			if shared, ok, err := s.process().Kept(t.Context(), other); !ok || err != nil || shared.Of(other).Region != region {
				t.Errorf("a profile of another region: %v, %v", ok, err)
			}
		})
	}
}

// 50 processes find 15-minute credentials with less than 5 minutes left: one renews them.
func TestOneProcessRenewsAConsoleSession(t *testing.T) {
	s := newConsoleStation(t)
	first := s.signIn(t)
	for range 3 {
		s.Move(11 * time.Minute)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				token, err := s.process().Token(t.Context(), s.Grant)
				if err != nil || token.Access == first.Access || token.SignIn != first.SignIn || token.User != "alice" {
					t.Errorf("the same sign-in with other credentials is wanted: %v", err)
				}
			})
		}
		all.Wait()
	}
	s.wantCounts(t, []int{4, 1}, "CreateOAuth2Token", "Authorize")
	token, _, err := s.process().Kept(t.Context(), s.Grant)
	check(t, err)
	if got := s.whose(t, token); got != ofAlice || token.Console.IDToken != first.Console.IDToken {
		t.Errorf("STS says %s", got)
	}
}

// Nothing is kept of somebody else's sign-in.
func TestSomebodyElseSignsInToTheConsole(t *testing.T) {
	s := newConsoleStation(t)
	s.service.SetPerson(ofBob)
	_, err := s.process().Token(t.Context(), s.Grant)
	wantKind(t, err, grant.WrongPerson, "you are signed in to the console as "+ofBob+", not as "+ofAlice+": nothing was stored")
	if len(s.keyring.items) != 0 {
		t.Errorf("%d items are kept", len(s.keyring.items))
	}
	s.Grant.ARN = "" // whoever it is
	token, err := s.connectAndSignIn(t)
	if err != nil || loginsession.Subject(token) != ofBob {
		t.Errorf("%s, %v", loginsession.Subject(token), err)
	}
}

func (s *consoleStation) connectAndSignIn(t *testing.T) (grant.Token, error) {
	client := s.connect(s.Grant)
	r, err := client.Register(t.Context(), grant.Browser)
	check(t, err)
	var page person.Page
	return grant.SignInByBrowser(t.Context(), client, s.Grant.Name(), r, grant.BrowserOptions{Open: presses(person.Allow, &page)})
}

func TestHowASignInToTheConsoleFails(t *testing.T) {
	refusal := func(code, why string) func(*consoleStation) {
		return func(s *consoleStation) {
			s.Fault(awstest.Fault{Action: "CreateOAuth2Token", Code: code, Reason: why, Message: "No"})
		}
	}
	for _, row := range []struct {
		name   string
		before func(*consoleStation)
		want   grant.Kind
		text   string
	}{
		{"the person declines", func(s *consoleStation) { s.person.press = person.Deny }, grant.Declined,
			"the sign-in to " + ofAlice + " was declined in the browser (access_denied: The request was denied)"},
		{"the browser brings an error", func(s *consoleStation) {
			s.service.Change(func(c *console.Settings) { c.AuthorizeError = "server_error" })
		}, grant.BrowserError, "the browser came back from the sign-in to " + ofAlice + " with an error (server_error: not now)"},
		{"the code was too late", func(s *consoleStation) {
			s.service.Change(func(c *console.Settings) { c.CodeLife = -1 })
		}, grant.CodeExpired, "the sign-in to " + ofAlice + " took too long (AUTHCODE_EXPIRED: The authorization code has expired)"},
		{"the person may not", func(s *consoleStation) { s.service.Forbid(ofAlice) }, grant.NoPermission,
			"sign-in to " + ofAlice + ": you may not get credentials by signing in to the console (INSUFFICIENT_PERMISSIONS: signin:CreateOAuth2Token is not allowed)"},
		{"AWS fails", func(s *consoleStation) {
			s.Fault(awstest.Fault{Action: "CreateOAuth2Token", Status: 500, Message: "No"})
		}, grant.AWSFailed, "sign-in to " + ofAlice + ": AWS failed in CreateOAuth2Token (server_error: No)"},
		{"AWS refuses", refusal("ValidationException", "INVALID_REQUEST"), grant.Refused, "sign-in to " + ofAlice + ": AWS refused CreateOAuth2Token (INVALID_REQUEST: No)"},
		{"the answer has no session token", func(s *consoleStation) {
			s.Fault(awstest.Fault{Action: "CreateOAuth2Token", Omit: "sessionToken"})
		}, grant.BadAnswer, "sign-in to " + ofAlice + ": AWS's answer to CreateOAuth2Token is incomplete"},
		{"the answer does not say who it is", func(s *consoleStation) {
			s.Fault(awstest.Fault{Action: "CreateOAuth2Token", Omit: "idToken"})
		}, grant.BadAnswer, "sign-in to " + ofAlice + ": AWS's answer to CreateOAuth2Token is incomplete"},
		{"something else is pasted", func(s *consoleStation) {
			s.person.flow, s.person.pasted = grant.Paste, func(string) string { return "hunter2" }
		}, grant.NotPasted, "sign-in to " + ofAlice + ": what was pasted is not what the page of this sign-in shows"},
		{"another sign-in's text is pasted", func(s *consoleStation) {
			s.person.flow, s.person.pasted = grant.Paste, func(shown string) string {
				raw, _ := base64.StdEncoding.DecodeString(shown)
				return base64.StdEncoding.EncodeToString(bytes.Replace(raw, []byte("state="), []byte("state=x"), 1))
			}
		}, grant.NotPasted, "sign-in to " + ofAlice + ": what was pasted is not what the page of this sign-in shows"},
		{"nobody is there", func(s *consoleStation) { s.person.absent = true }, grant.NotSignedIn,
			"not signed in to " + ofAlice + ", and there is no one to sign in"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newConsoleStation(t)
			row.before(s)
			_, err := s.process().Token(t.Context(), s.Grant)
			wantKind(t, err, row.want, row.text)
			if s.keyring.has(grant.TokenItem) {
				t.Error("a token is kept")
			}
		})
	}
}

func TestWhenARenewalOfAConsoleSessionFails(t *testing.T) {
	invalid := awstest.Fault{Action: "CreateOAuth2Token", Code: "ValidationException", Reason: "INVALID_REQUEST"}
	twice := invalid
	twice.Times = 2
	for _, row := range []struct {
		name   string
		before func(*consoleStation)
		want   grant.Kind // 0: other credentials
		calls  int        // of CreateOAuth2Token, for the renewal
		ends   bool
	}{
		{"the session has ended", func(s *consoleStation) { s.service.EndSessions(ofAlice) }, grant.NotSignedIn, 1, true},
		{"the password has changed", func(s *consoleStation) { s.service.ChangePassword(ofAlice, s.Now()) }, grant.NotSignedIn, 1, true},
		{"the request is invalid once", func(s *consoleStation) { s.Fault(invalid) }, 0, 2, false},
		{"the request is invalid twice", func(s *consoleStation) { s.Fault(twice) }, grant.NotSignedIn, 2, true},
		{"AWS fails", func(s *consoleStation) {
			s.Fault(awstest.Fault{Action: "CreateOAuth2Token", Status: 503})
		}, grant.AWSFailed, 1, false},
		{"the person may not any more", func(s *consoleStation) { s.service.Forbid(ofAlice) }, grant.NoPermission, 1, false},
		{"the key is gone", func(s *consoleStation) {
			s.keyring.items["token/login:"+ofAlice] = bytes.Replace(s.keyring.items["token/login:"+ofAlice], []byte("BEGIN"), []byte("BEGAN"), 1)
		}, grant.NotSignedIn, 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newConsoleStation(t)
			first := s.signIn(t)
			s.Move(15 * time.Minute)
			s.person.absent = true
			row.before(s)
			token, err := s.process().Token(t.Context(), s.Grant)
			ofKind(t, err, row.want)
			if row.want == 0 && (token.Access == first.Access || s.whose(t, token) != ofAlice) {
				t.Error("other credentials are wanted")
			}
			s.wantCounts(t, []int{1 + row.calls}, "CreateOAuth2Token")
			kept, _, err := s.process().Kept(t.Context(), s.Grant)
			if err != nil || (kept.Refresh == "") != row.ends {
				t.Errorf("a refresh token is left: %v, %v", kept.Refresh != "", err)
			}
		})
	}
}

func TestAConsoleTokenShowsNothing(t *testing.T) {
	s := newConsoleStation(t)
	token := s.signIn(t)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", token, "console", token.Console)
	text, err := json.Marshal(struct {
		Token   grant.Token
		Console grant.Console
	}{token, token.Console})
	check(t, err)
	all := log.String() + string(text) + fmt.Sprintf("%v %+v %#v %s %v %+v %#v", token, token, token, token, token.Console, token.Console, token.Console)
	for _, secret := range []string{token.Console.SecretAccessKey, token.Console.SessionToken, token.Refresh,
		token.Console.IDToken, "PRIVATE KEY"} {
		if strings.Contains(all, secret) {
			t.Errorf("it shows %.12s...", secret)
		}
	}
}

func TestReadPasted(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	for pasted, want := range map[string]string{
		encode([]byte("state=s&code=abc")):                                                               "abc",
		" " + encode([]byte("code=a%2Bb&state=s")) + "\r\n":                                              "a+b",
		strings.TrimRight(encode([]byte("state=s&code=ab")), "="):                                        "ab",
		base64.URLEncoding.EncodeToString([]byte("state=s&code=%3F~~~~?>>>>>")):                          "?~~~~?>>>>>",
		encode([]byte("state=s&code=abcdefgh"))[:8] + "\n" + encode([]byte("state=s&code=abcdefgh"))[8:]: "abcdefgh",
	} {
		if got, ok := grant.ReadPasted(pasted, "s"); !ok || got != want {
			t.Errorf("%q: %q, %v", pasted, got, ok)
		}
	}
	for _, pasted := range []string{"", "state=s&code=a", encode([]byte("state=t&code=a")), encode([]byte("code=a")),
		encode([]byte("state=s")), encode([]byte("state=s&code=a&code=b"))} {
		if got, ok := grant.ReadPasted(pasted, "s"); ok {
			t.Errorf("%q: %q", pasted, got)
		}
	}
}

func FuzzReadPasted(f *testing.F) {
	f.Add("c3RhdGU9cyZjb2RlPWFiYw==", "s")
	f.Add("c3RhdGU9cyZlcnJvcj1h", "s")
	f.Fuzz(func(t *testing.T, pasted, state string) {
		if code, ok := grant.ReadPasted(pasted, state); ok && state == "" {
			t.Errorf("a code without a state: %q", code)
		}
	})
}
