package metadata_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	awsmetadata "hatstand/credproc/awstest/metadata"
	"hatstand/credproc/credentials"
	"hatstand/credproc/metadata"
)

func clock() time.Time { return time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const bearer = "Bearer secret-of-the-test"

// serve is a service that gives credentials for six hours.
func serve(t *testing.T) (*awsmetadata.Service, string) {
	t.Helper()
	s := &awsmetadata.Service{Now: clock, Role: "instance role", Authorization: bearer,
		Issue: func() (awsmetadata.Credentials, error) {
			return awsmetadata.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "token",
				AccountID: "222222222222", Expires: clock().Add(6 * time.Hour)}, nil
		}}
	address, stop, err := s.Listen()
	check(t, err)
	t.Cleanup(stop)
	return s, address
}

func client() *metadata.Client {
	c := metadata.New(nil, clock)
	c.Hurry(5 * time.Second)
	return c
}

func want(source string) credentials.Value {
	return credentials.Value{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "token", Source: source,
		CanExpire: true, Expires: clock().Add(6 * time.Hour), AccountID: "222222222222"}
}

func TestInstance(t *testing.T) {
	s, address := serve(t)
	for _, base := range []string{address, address + "/"} {
		c, err := client().Instance(t.Context(), base)
		if err != nil || c != want("ec2-metadata") {
			t.Fatalf("%v %+v", err, c)
		}
		if got, want := s.Calls(), []string{
			"PUT /latest/api/token", "GET /latest/meta-data/iam/security-credentials/",
			"GET /latest/meta-data/iam/security-credentials/instance role",
		}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestContainer(t *testing.T) {
	_, address := serve(t)
	file := filepath.Join(t.TempDir(), "token")
	c := client()
	for _, row := range []struct{ inFile, text string }{{"", bearer}, {bearer, ""}, {bearer, "another"}} {
		token := metadata.Token{Text: row.text}
		if row.inFile != "" {
			token.File = file
			check(t, os.WriteFile(file, []byte(row.inFile), 0o600))
		}
		got, err := c.Container(t.Context(), address+awsmetadata.ContainerPath, token)
		if err != nil || got != want("ecs-container") {
			t.Errorf("%+v: %v %+v", row, err, got)
		}
	}
	// the file is read each time
	check(t, os.WriteFile(file, []byte("replaced"), 0o600))
	_, err := c.Container(t.Context(), address+awsmetadata.ContainerPath, metadata.Token{File: file, Text: bearer})
	wantError(t, err, metadata.Refused,
		"the container's credentials at "+address+": HTTP status 401, AccessDenied: wrong token")
}

func wantError(t *testing.T, err error, kind metadata.Kind, text string) {
	t.Helper()
	if metadata.KindOf(err) != kind || err.Error() != text {
		t.Errorf("kind %d, %v\nwant %d, %s", metadata.KindOf(err), err, kind, text)
	}
	if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "52b19262")) {
		t.Errorf("a secret in %v", err)
	}
}

func TestFaults(t *testing.T) {
	const instance, container = "the EC2 metadata service at ADDRESS: ", "the container's credentials at ADDRESS: "
	s, address := serve(t)
	for _, row := range []struct {
		fault       awsmetadata.Fault
		kind        metadata.Kind
		reason      string // of the instance's service
		inContainer string
	}{
		{awsmetadata.VersionOne, metadata.VersionOne, "it gives no token (HTTP status 404), so it speaks only version 1, which " +
			"is not used: any program that fetches URLs for others would give away its credentials", ""},
		{awsmetadata.Off, metadata.SwitchedOff, "it is switched off for this instance (HTTP status 403)", ""},
		{awsmetadata.NoRole, metadata.NoRole,
			"no instance role: the instance has no instance profile, or that has no role", ""},
		{awsmetadata.Failed, metadata.Refused,
			"AssumeRoleUnauthorizedAccess: EC2 cannot assume the role instance role.", "the same"},
		{awsmetadata.Down, metadata.Unreachable, "HTTP status 503, 3 times", "the same"},
		{awsmetadata.Expired, metadata.Expired, "its credentials expired at 2026-11-29T11:59:00Z", "the same"},
		{awsmetadata.Redirect, metadata.BadAnswer,
			"it answers with a redirect (HTTP status 302), which is not followed", "the same"},
		{awsmetadata.Endless, metadata.BadAnswer, "it sends more than 1 MiB", "the same"},
		{awsmetadata.Garbage, metadata.BadAnswer, "its answer is not JSON", "the same"},
	} {
		t.Run(string(row.fault), func(t *testing.T) {
			s.SetFault(row.fault)
			_, err := client().Instance(t.Context(), address)
			wantError(t, err, row.kind, strings.ReplaceAll(instance, "ADDRESS", address)+row.reason)
			if row.inContainer == "" {
				return
			}
			_, err = client().Container(t.Context(), address+awsmetadata.ContainerPath, metadata.Token{Text: bearer})
			wantError(t, err, row.kind, strings.ReplaceAll(container, "ADDRESS", address)+row.reason)
		})
	}
}

func TestABusyServiceIsAskedAgain(t *testing.T) {
	s, address := serve(t)
	s.SetFault(awsmetadata.Busy)
	if c, err := client().Instance(t.Context(), address); err != nil || c != want("ec2-metadata") {
		t.Errorf("%v %+v", err, c)
	}
	if got := s.Calls(); len(got) != 6 {
		t.Errorf("%q", got)
	}
}

func TestASilentServiceIsAskedThreeTimes(t *testing.T) {
	s, address := serve(t)
	s.SetFault(awsmetadata.Silent)
	c := metadata.New(nil, clock)
	c.Hurry(20 * time.Millisecond)
	_, err := c.Instance(t.Context(), address)
	wantError(t, err, metadata.NoAnswer, "the EC2 metadata service at "+address+": no answer within 20ms, 3 times: this is "+
		"no EC2 instance, or a container on one whose hop limit is 1, so that answers do not reach it")
	_, err = c.Container(t.Context(), address+awsmetadata.ContainerPath, metadata.Token{})
	wantError(t, err, metadata.NoAnswer, "the container's credentials at "+address+": no answer within 20ms, 3 times")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Instance(ctx, address); !errors.Is(err, context.Canceled) || metadata.KindOf(err) != 0 {
		t.Errorf("cancelled: %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	address := "http://" + l.Addr().String()
	check(t, l.Close())
	_, err = client().Instance(t.Context(), address)
	wantError(t, err, metadata.Unreachable, "the EC2 metadata service at "+address+": "+refused(t, l.Addr().String())+", 3 times")
}

// refused is what the system says of an address that nobody listens at.
func refused(t *testing.T, address string) string {
	t.Helper()
	_, err := net.Dial("tcp", address)
	errno, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		t.Fatalf("%v", err)
	}
	return errno.Error()
}

// A proxy in the environment gets nothing: http.ProxyFromEnvironment leaves loopback out, so the address is another.
func TestNoProxyIsAsked(t *testing.T) {
	proxied := make(chan string, 10)
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { proxied <- r.URL.String() }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	t.Setenv("NO_PROXY", "")
	_, address := serve(t)
	c := client()
	var dialled []string
	c.Dial(func(ctx context.Context, network, to string) (net.Conn, error) {
		dialled = append(dialled, to)
		return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(address, "http://"))
	})
	if _, err := c.Instance(t.Context(), metadata.InstanceIPv4); err != nil {
		t.Error(err)
	}
	if want := slices.Repeat([]string{"169.254.169.254:80"}, 3); !slices.Equal(dialled, want) {
		t.Errorf("dialled %q, want %q", dialled, want)
	}
	if len(proxied) > 0 {
		t.Errorf("the proxy saw %s", <-proxied)
	}
}

func TestTokensThatCannotBeSent(t *testing.T) {
	const prefix = "the container's credentials at http://127.0.0.1:1: "
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		check(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	const control = " has a line end or another control character in it, which no request may carry"
	none := filepath.Join(dir, "none")
	for _, row := range []struct {
		claim string
		token metadata.Token
		text  string
	}{
		{"LF", metadata.Token{Text: "secret\n"}, "AWS_CONTAINER_AUTHORIZATION_TOKEN" + control},
		{"CR", metadata.Token{Text: "secret\rX: y"}, "AWS_CONTAINER_AUTHORIZATION_TOKEN" + control},
		{"LF in the file", metadata.Token{File: file("lf", "secret\n"), Text: "good"},
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" + control},
		{"an empty file", metadata.Token{File: file("empty", "")},
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: the file is empty"},
		{"no file", metadata.Token{File: none},
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: open " + none + ": " + syscall.ENOENT.Error()},
		{"a large file", metadata.Token{File: file("large", strings.Repeat("x", 64<<10+1))},
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: read " + filepath.Join(dir, "large") +
				": it is larger than 65536 bytes"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, err := client().Container(t.Context(), "http://127.0.0.1:1/x", row.token)
			wantError(t, err, metadata.BadToken, prefix+row.text)
		})
	}
}

func TestDocumentsThatAreNoCredentials(t *testing.T) {
	const whole = `"AccessKeyId": "A", "SecretAccessKey": "secret", "Token": "T", "Expiration": "2026-11-29T18:00:00Z"`
	for _, row := range []struct{ body, reason string }{
		{`{}`, "its answer has no AccessKeyId"},
		{`{"AccessKeyId": "A"}`, "its answer has no SecretAccessKey"},
		{`{"AccessKeyId": "A", "SecretAccessKey": "secret"}`, "its answer has no Token"},
		{`{"AccessKeyId": "A", "SecretAccessKey": "secret", "Token": "T"}`, "its answer has no Expiration"},
		{`{"AccessKeyId": "A", "SecretAccessKey": "secret", "Token": "T", "Expiration": "soon"}`,
			"its Expiration is not a time"},
		{`[` + whole + `]`, "its answer is not JSON"},
		{`{` + whole, "its answer is not JSON"},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(row.body))
		}))
		_, err := client().Container(t.Context(), s.URL+"/", metadata.Token{})
		wantError(t, err, metadata.BadAnswer, "the container's credentials at "+s.URL+": "+row.reason)
		s.Close()
	}
}

func FuzzContainer(f *testing.F) {
	f.Add(200, `{"AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T", "Expiration": "2026-11-29T18:00:00Z"}`)
	f.Add(401, `{"code": "x", "message": "\n\u001b[2J"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		defer s.Close()
		c, err := client().Container(t.Context(), s.URL, metadata.Token{})
		switch {
		case err == nil && (!c.HasKeys() || c.SessionToken == "" || !c.Expires.After(clock())):
			t.Errorf("%+v", c)
		case err != nil && strings.ContainsAny(err.Error(), "\n\r\x1b"):
			t.Errorf("%q", err)
		}
	})
}
