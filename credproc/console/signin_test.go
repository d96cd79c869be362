package console

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
)

const admin = "arn:aws:iam::222222222222:role/Admin"

// world is an AWS with a role, and credentials of it.
type world struct {
	*awstest.Server
	place           Hosts
	direct, chained credentials.Value
}

func newWorld(t *testing.T) world {
	t.Helper()
	s, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	alice := s.AddUser("111111111111", "alice")
	key := alice.AddKey()
	s.AddRole(admin, awstest.Role{MaxSession: time.Hour, Trust: []awstest.Trust{{Principal: "111111111111"}, {Principal: admin}}})
	w := world{Server: s}
	w.direct = w.assume(t, credentials.Value{AccessKeyID: key.ID, SecretAccessKey: key.Secret})
	w.chained = w.assume(t, w.direct)
	if w.place, err = NewHosts("aws", "eu-west-1", s.URL); err != nil {
		t.Fatal(err)
	}
	s.Reset()
	return w
}

func (w world) assume(t *testing.T, c credentials.Value) credentials.Value {
	t.Helper()
	client := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &w.URL, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, nil
	})})
	out, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(admin), RoleSessionName: aws.String("alice")})
	if err != nil {
		t.Fatal(err)
	}
	return credentials.Value{AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken}
}

func TestSignIn(t *testing.T) {
	for name, row := range map[string]struct {
		chained  bool
		duration time.Duration
		refused  bool
		calls    int
		until    time.Duration
	}{
		"as long as the credentials":  {calls: 1, until: time.Hour},
		"longer than the credentials": {duration: 8 * time.Hour, calls: 1, until: 8 * time.Hour},
		"chained":                     {chained: true, calls: 1, until: time.Hour},
		"chained, and for longer: AWS is asked again without": {chained: true, duration: 8 * time.Hour, refused: true, calls: 2, until: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := Request{Hosts: w.place, Credentials: w.direct, Duration: row.duration, Destination: w.URL + "/console"}
			if row.chained {
				r.Credentials = w.chained
			}
			login, err := SignIn(t.Context(), http.DefaultTransport, r)
			if err != nil || login.Refused != row.refused {
				t.Fatalf("%+v %v", login, err)
			}
			if n := w.Count("getSigninToken"); n != row.calls {
				t.Errorf("%d calls", n)
			}
			resp, err := http.DefaultTransport.RoundTrip(httptest.NewRequest(http.MethodGet, login.URL.Reveal(), nil))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			calls := w.Calls()
			last := calls[len(calls)-1]
			if resp.StatusCode != 302 || resp.Header.Get("Location") != w.URL+"/console" || last.Action != "login" ||
				last.Caller != "arn:aws:sts::222222222222:assumed-role/Admin/alice" || last.Params["Issuer"] != "hatstand" {
				t.Errorf("%d %v %v", resp.StatusCode, resp.Header, last)
			}
			if d := last.Expires.Sub(w.Now()); d > row.until || d < row.until-time.Minute {
				t.Errorf("the console lasts %v, want %v", d, row.until)
			}
		})
	}
}

// answers is a transport that gives one answer, and keeps what it was sent.
type answers struct {
	status int
	body   string
	header http.Header
	err    error
	sent   []*http.Request
	bodies []string
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	a.sent, a.bodies = append(a.sent, r), append(a.bodies, string(b))
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// secretCreds are easy to find again.
func secretRequest(t *testing.T) Request {
	t.Helper()
	p, err := NewHosts("aws", "eu-west-1", "")
	if err != nil {
		t.Fatal(err)
	}
	return Request{Hosts: p, Credentials: credentials.Value{AccessKeyID: "ASIAID", SecretAccessKey: "SECRETKEY", SessionToken: "SESSIONTOKEN"}, Destination: "https://console.aws.amazon.com/"}
}

func TestCredentialsAreInNoURL(t *testing.T) {
	a := &answers{status: 200, body: `{"SigninToken":"TOK"}`}
	r := secretRequest(t)
	r.Duration = 2 * time.Hour
	login, err := SignIn(t.Context(), a, r)
	if err != nil {
		t.Fatal(err)
	}
	sent := a.sent[0]
	if sent.Method != http.MethodPost || sent.URL.String() != "https://eu-west-1.signin.aws.amazon.com/federation" {
		t.Errorf("%s %s", sent.Method, sent.URL)
	}
	form, err := url.ParseQuery(a.bodies[0])
	want := url.Values{"Action": {"getSigninToken"}, "SessionDuration": {"7200"}, "Session": {`{"sessionId":"ASIAID","sessionKey":"SECRETKEY","sessionToken":"SESSIONTOKEN"}`}}
	if err != nil || form.Encode() != want.Encode() {
		t.Errorf("%s %v", a.bodies[0], err)
	}
	u := "https://eu-west-1.signin.aws.amazon.com/federation?Action=login&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2F&Issuer=hatstand&SigninToken=TOK"
	if login.URL.Reveal() != u {
		t.Errorf("%s", login.URL.Reveal())
	}
}

func TestSignInFails(t *testing.T) {
	page := `<html><p>message <u>Invalid credentials parameter</u></p>SECRETKEY SESSIONTOKEN</html>`
	const host = "eu-west-1.signin.aws.amazon.com"
	for name, row := range map[string]struct {
		answers
		duration time.Duration
		want     string
		calls    int
	}{
		"refused, twice":                    {answers{status: 400, body: page}, time.Hour, "AWS refused the sign-in (" + host + "): 400 Bad Request: Invalid credentials parameter", 2},
		"refused, and nothing to leave out": {answers{status: 400, body: page}, 0, "AWS refused the sign-in (" + host + "): 400 Bad Request: Invalid credentials parameter", 1},
		"refused in other words":            {answers{status: 400, body: "SECRETKEY"}, 0, "AWS refused the sign-in (" + host + "): 400 Bad Request", 1},
		"forbidden":                         {answers{status: 403, body: "SESSIONTOKEN"}, time.Hour, "AWS refused the sign-in (" + host + "): 403 Forbidden", 1},
		"the server's fault":                {answers{status: 503, body: page}, time.Hour, "AWS refused the sign-in (" + host + "): 503 Service Unavailable: Invalid credentials parameter", 3},
		"too many":                          {answers{status: 429}, 0, "AWS refused the sign-in (" + host + "): 429 Too Many Requests", 3},
		"a redirect, with the body along":   {answers{status: 307, header: http.Header{"Location": {"https://evil.example/"}}}, 0, host + " is not a sign-in service: it answers with a redirect", 1},
		"a page where JSON should be":       {answers{status: 200, body: page}, 0, host + " is not a sign-in service: its answer is not JSON", 1},
		"JSON of another kind":              {answers{status: 200, body: `{"SigninToken":["SESSIONTOKEN"]}`}, 0, host + " is not a sign-in service: its answer is not JSON", 1},
		"JSON without a token":              {answers{status: 200, body: `{}`}, 0, host + " is not a sign-in service: its answer holds no sign-in token", 1},
		"nothing at all":                    {answers{status: 200}, 0, host + " is not a sign-in service: its answer is not JSON", 1},
		"more than anybody should read":     {answers{status: 200, body: `{"SigninToken":"` + strings.Repeat("x", 1<<20)}, 0, host + " is not a sign-in service: its answer is not JSON", 1},
		"no answer":                         {answers{err: errors.New("connection refused")}, 0, "no answer from " + host + ": connection refused", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := secretRequest(t)
				r.Duration = row.duration
				a := row.answers
				login, err := SignIn(t.Context(), &a, r)
				if err == nil || err.Error() != row.want || login.URL != (URL{}) {
					t.Errorf("%v", err)
				}
				if len(a.sent) != row.calls {
					t.Errorf("%d calls", len(a.sent))
				}
				shown := fmt.Sprintf("%v %+v %#v", err, err, err)
				for _, secret := range []string{"SECRETKEY", "SESSIONTOKEN", "https://"} {
					if strings.Contains(shown, secret) {
						t.Errorf("%s in %s", secret, shown)
					}
				}
			})
		})
	}
}

// net/http's errors quote what is not HTTP.
func TestWhatSendsTheCredentialsBackIsNotQuoted(t *testing.T) {
	for name, lead := range map[string]string{"as the first line": "", "as the status": "HTTP/1.1 ", "as a header": "HTTP/1.1 200 OK\r\n"} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					b, _ := io.ReadAll(r.Body)
					fmt.Fprintf(c, "%s%s\r\n\r\n", lead, b)
				}
			}()
			r := secretRequest(t)
			if r.Hosts, err = NewHosts("aws", "eu-west-1", "http://"+ln.Addr().String()); err != nil {
				t.Fatal(err)
			}
			if _, err = SignIn(t.Context(), &http.Transport{}, r); err == nil || err.Error() != ln.Addr().String()+" is not a sign-in service: its answer is not HTTP" {
				t.Errorf("%v", err)
			}
		})
	}
}

// stuck answers when its request is given up.
type stuck struct{}

func (stuck) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestASlowSignInEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := SignIn(t.Context(), stuck{}, secretRequest(t))
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("after %v", took)
		}
		var e *Error
		if !errors.As(err, &e) || err.Error() != "no answer from eu-west-1.signin.aws.amazon.com within 10 s" {
			t.Errorf("%v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		if _, err := SignIn(ctx, stuck{}, secretRequest(t)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled by the user: %v", err)
		}
	})
}

// A real server, whose answer has headers and half of a body, or two bytes a second.
func TestASignInWhoseAnswerDoesNotEnd(t *testing.T) {
	var all sync.WaitGroup
	for name, body := range map[string]awstest.Body{"stalled": awstest.Stalled, "dripping": awstest.Dripping} {
		w := newWorld(t)
		w.Fault(awstest.Fault{Action: "getSigninToken", Body: body, Times: -1})
		all.Go(func() {
			r := Request{Hosts: w.place, Credentials: w.direct, Duration: time.Hour, Destination: w.URL + "/console", Limit: 2 * time.Second}
			_, err := SignIn(t.Context(), &http.Transport{}, r)
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind != BrokeOff || e.Reason != "the answer from "+strings.TrimPrefix(w.URL, "http://")+" did not end within 2 s" {
				t.Errorf("%s: %v", name, err)
			}
			if n := w.Count("getSigninToken"); n != 1 {
				t.Errorf("%s: %d calls", name, n)
			}
		})
	}
	all.Wait()
}

func TestASignInWhoseAnswerBreaksOff(t *testing.T) {
	w := newWorld(t)
	r := Request{Hosts: w.place, Credentials: w.direct, Destination: w.URL + "/console"}
	w.Fault(awstest.Fault{Action: "getSigninToken", Body: awstest.Half, Times: 2})
	if _, err := SignIn(t.Context(), &http.Transport{}, r); err != nil || w.Count("getSigninToken") != 3 {
		t.Errorf("%v after %d calls", err, w.Count("getSigninToken"))
	}
	w.Fault(awstest.Fault{Action: "getSigninToken", Body: awstest.Half, Times: 3})
	_, err := SignIn(t.Context(), &http.Transport{}, r)
	if err == nil || err.Error() != "the answer from "+strings.TrimPrefix(w.URL, "http://")+" broke off" {
		t.Error(err)
	}
}

func TestAPassingFaultIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.Fault(awstest.Fault{Action: "getSigninToken", Status: 500, Times: 2})
	if _, err := SignIn(t.Context(), http.DefaultTransport, Request{Hosts: w.place, Credentials: w.direct, Destination: w.URL + "/console"}); err != nil {
		t.Error(err)
	}
	if n := w.Count("getSigninToken"); n != 3 {
		t.Errorf("%d calls", n)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(200, []byte(`{"SigninToken":"x"}`))
	f.Add(400, []byte("Invalid credentials parameter"))
	f.Add(302, []byte{})
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := Request{}
		r.Hosts.signIn = "https://host"
		token, err := r.read(status, body)
		if (token == "") == (err == nil) {
			t.Errorf("%q %v", token, err)
		}
		if err != nil && len(body) > 40 && bytes.Contains([]byte(err.Error()), body) {
			t.Errorf("the error holds the answer: %v", err)
		}
	})
}
