package resolve_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

func TestARefusalNamesProfileCallRoleCodeAndMessage(t *testing.T) {
	for _, row := range []struct {
		name, target string
		fault        awstest.Fault
		want         string
	}{
		{"a role", "open", awstest.Fault{Status: 403, Code: "AccessDenied", Message: "no"},
			`profile "open": AWS refused AssumeRole of arn:aws:iam::222222222222:role/Open: AccessDenied: no`},
		{"a session", "me", awstest.Fault{Status: 403, Code: "AccessDenied", Message: "no"},
			`profile "me": AWS refused GetSessionToken: AccessDenied: no`},
		{"a session on the way to a role", "prod", awstest.Fault{Status: 403, Code: "AccessDenied", Message: "no"},
			`profile "prod": AWS refused GetSessionToken: AccessDenied: no`},
		{"newlines and escapes are blanked", "open", awstest.Fault{Status: 403, Code: "AccessDenied", Message: "a\nb\u0085c"},
			`profile "open": AWS refused AssumeRole of arn:aws:iam::222222222222:role/Open: AccessDenied: a b c`},
		{"a wrong signature's request is not quoted", "open", awstest.Fault{Status: 403, Code: "SignatureDoesNotMatch",
			Message: "The request signature we calculated does not match the signature you provided. Check your key.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:FwoGZXIvYXdz'"},
			`profile "open": AWS refused AssumeRole of arn:aws:iam::222222222222:role/Open: SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided`},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.aws.Fault(row.fault)
			_, err := w.r.Credentials(t.Context(), w.plan(roads, row.target, credproc.Options{}))
			if err == nil || err.Error() != row.want {
				t.Errorf("want %q\ngot  %v", row.want, err)
			}
			wantRefused(t, err, row.fault.Code, row.want[strings.LastIndex(row.want, row.fault.Code+": ")+len(row.fault.Code)+2:])
		})
	}
}

func TestTheSkewIsNamed(t *testing.T) {
	for _, row := range []struct {
		aws  time.Duration
		want string
	}{
		{-time.Hour, "this machine's clock is 1 h ahead of AWS's"},
		{time.Hour, "this machine's clock is 1 h behind AWS's"},
		{-20 * time.Minute, "this machine's clock is 20 min ahead of AWS's"},
		{25 * time.Hour, "this machine's clock is 25 h behind AWS's"},
	} {
		t.Run(row.want, func(t *testing.T) {
			w := newWorld(t)
			w.aws.SetSkew(row.aws)
			_, err := w.r.Credentials(t.Context(), w.plan(roads, "open", credproc.Options{}))
			var refused *sts.RefusedError
			if !errors.As(err, &refused) || !strings.HasSuffix(err.Error(), "; "+row.want) {
				t.Fatalf("want %q, got %v", row.want, err)
			}
			if !awsclient.IsSkew(refused.Code, refused.Message) {
				t.Errorf("%+v", refused)
			}
		})
	}
}

func TestOtherRefusalsNameNoSkew(t *testing.T) {
	w := newWorld(t)
	w.aws.SetSkew(10 * time.Minute) // AWS takes it
	w.aws.Fault(awstest.Fault{Status: 403, Code: "AccessDenied", Message: "no"})
	_, err := w.r.Credentials(t.Context(), w.plan(roads, "open", credproc.Options{}))
	if got := wantRefused(t, err, "AccessDenied", "no"); got.Skew != 0 || strings.Contains(err.Error(), "clock") {
		t.Errorf("%v", err)
	}
}

func TestNoAnswerSaysWhyInPlainWords(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	var hellos atomic.Int32
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			hellos.Add(1)
		}
	}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	dns := &net.DNSError{Err: "no such host", Name: "sts.nowhere.invalid", IsNotFound: true}
	none := errors.New("no resolver is asked in a test")
	page := func(status int, kind, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
	}
	for _, row := range []struct {
		name, url string
		client    awsclient.HTTPClient
		h         http.Handler
		want      string
		isA       error
	}{
		{name: "nobody listens", url: "http://" + nobody, client: &http.Client{},
			want: `no answer from ` + nobody + `: dial tcp ` + nobody + `: connect: connection refused`},
		{name: "no such host", url: "http://sts.nowhere.invalid", client: failing{dns}, isA: dns,
			want: `no answer from sts.nowhere.invalid: lookup sts.nowhere.invalid: no such host`},
		{name: "any other failure", url: "http://sts.nowhere.invalid", client: failing{none}, isA: none,
			want: `no answer from sts.nowhere.invalid: no resolver is asked in a test`},
		{name: "a certificate of nobody's", url: secure.URL, client: &http.Client{},
			want: `no answer from ` + strings.TrimPrefix(secure.URL, "https://") + `: tls: failed to verify certificate: x509: certificate signed by unknown authority`},
		{name: "a page that wants a sign-in", h: page(200, "text/html; charset=utf-8", "<html><body>Sign in</body></html>"), want: "HOST did not answer as STS does (HTTP 200, text/html)"},
		{name: "a proxy's page", h: page(403, "text/html", "<html><br>Blocked</html>"), want: "HOST did not answer as STS does (HTTP 403, text/html)"},
		{name: "an empty answer", h: page(404, "", ""), want: "HOST did not answer as STS does (HTTP 404)"},
		{name: "half an answer", h: page(200, "text/xml", "<GetSessionTokenResponse><GetSess"), want: "the answer from HOST broke off"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.h != nil {
				s := httptest.NewServer(row.h)
				t.Cleanup(s.Close)
				row.url, row.client = s.URL, s.Client()
				row.want = strings.Replace(row.want, "HOST", strings.TrimPrefix(s.URL, "http://"), 1)
			}
			w := newWorld(t)
			w.r.Connect = func(region string, e profiles.Endpoint, c credentials.Value) (resolve.STS, error) {
				e.URL = row.url
				return sts.Connect(awsclient.Config{HTTP: row.client, Now: time.Now}, region, e, c), nil
			}
			// With a code: one try, no waits.
			_, err := w.r.Credentials(t.Context(), w.plan(roads, "me", credproc.Options{}))
			var unreachable *sts.UnreachableError
			if !errors.As(err, &unreachable) {
				t.Fatalf("want an UnreachableError, got %v", err)
			}
			if want := `profile "me": GetSessionToken: ` + row.want; err.Error() != want {
				t.Errorf("want %s\ngot  %s", want, err)
			}
			if row.isA != nil && !errors.Is(err, row.isA) {
				t.Errorf("%v does not wrap its cause", err)
			}
		})
	}

	t.Run("a certificate that does not verify is not tried again", func(t *testing.T) {
		hellos.Store(0)
		client := sts.Connect(awsclient.Config{HTTP: &http.Client{}, Now: time.Now}, "us-east-1", profiles.Endpoint{URL: secure.URL}, credentials.Value{AccessKeyID: "a", SecretAccessKey: "b"})
		if _, err := sts.Whose(t.Context(), client, "me", "us-east-1"); err == nil {
			t.Error("no error")
		}
		if n := hellos.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// failing is a client whose requests fail as http.Client's do.
type failing struct{ err error }

func (f failing) Do(r *http.Request) (*http.Response, error) {
	return nil, &url.Error{Op: "Post", URL: r.URL.String(), Err: f.err}
}
