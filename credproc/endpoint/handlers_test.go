package endpoint

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatstand/credproc/credentials"
)

const adminARN = "arn:aws:iam::222222222222:role/team/Admin"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// admin is a profile whose credentials are there, and whose clock stands still.
func admin(t *testing.T) Profile {
	k := NewRefreshingCache(t.Context(), &source{}, func() time.Time { return noon })
	t.Cleanup(k.Close)
	k.Put(credentials.Value{AccessKeyID: "ASIAADMIN", SecretAccessKey: "the-secret", SessionToken: "the-token", AccountID: "222222222222", CanExpire: true, Expires: noon.Add(time.Hour + 300*time.Millisecond)}, noon.Add(45*time.Minute))
	return Profile{Name: "prod", RoleARN: adminARN, Account: "222222222222", Region: "eu-west-1", Cache: k}
}

func failing(t *testing.T, err error, takes time.Duration) Profile {
	return Profile{Name: "prod", Cache: keep(t, &source{fails: err, takes: takes})}
}

func ask(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const token = "kwJ4jkJc0VxLM8yN3nTuqBz1S9ZKxoRgUhYd7eWfAbC"

func container(p Profile) *Container {
	return &Container{Token: token, Paths: map[string]Profile{"/prod": p}}
}

func TestTheContainerDocument(t *testing.T) {
	w := ask(container(admin(t)), "GET", "/prod", "Authorization", token)
	const want = `{"RoleArn":"arn:aws:iam::222222222222:role/team/Admin","AccessKeyId":"ASIAADMIN","SecretAccessKey":"the-secret","Token":"the-token","Expiration":"2026-11-22T13:00:00Z","AccountId":"222222222222"}`
	if w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Content-Length": strconv.Itoa(len(want))} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// botocore and the JavaScript SDK want both.
func TestATokenAndAnExpirationAreAlwaysThere(t *testing.T) {
	k := NewRefreshingCache(t.Context(), &source{}, func() time.Time { return noon })
	k.Put(credentials.Value{AccessKeyID: "AKIA", SecretAccessKey: "s"}, time.Time{})
	w := ask(container(Profile{Cache: k}), "GET", "/prod", "Authorization", token)
	if want := `{"AccessKeyId":"AKIA","SecretAccessKey":"s","Token":"","Expiration":"2026-11-22T13:00:00Z"}`; w.Body.String() != want {
		t.Errorf("%s", w.Body)
	}
}

func TestWhoGetsNothingOfTheContainerEndpoint(t *testing.T) {
	for _, row := range []struct {
		name, method, path string
		header             []string
		status             int
		code               string
	}{
		{"no token", "GET", "/prod", nil, 401, "AccessDenied"},
		{"an empty token", "GET", "/prod", []string{"Authorization", ""}, 401, "AccessDenied"},
		{"another token", "GET", "/prod", []string{"Authorization", strings.Repeat("a", len(token))}, 401, "AccessDenied"},
		{"half a token", "GET", "/prod", []string{"Authorization", token[:20]}, 401, "AccessDenied"},
		{"a token and more", "GET", "/prod", []string{"Authorization", token + " "}, 401, "AccessDenied"},
		{"a token in other letters", "GET", "/prod", []string{"Authorization", strings.ToUpper(token)}, 401, "AccessDenied"},
		{"a token with a scheme", "GET", "/prod", []string{"Authorization", "Bearer " + token}, 401, "AccessDenied"},
		{"two tokens", "GET", "/prod", []string{"Authorization", token, "Authorization", "x"}, 401, "AccessDenied"},
		{"a token in the query", "GET", "/prod?Authorization=" + token, nil, 401, "AccessDenied"},
		{"no token learns no path", "GET", "/no", nil, 401, "AccessDenied"},
		{"another path", "GET", "/staging", []string{"Authorization", token}, 404, "NotFound"},
		{"the root", "GET", "/", []string{"Authorization", token}, 404, "NotFound"},
		{"a path that others would clean", "GET", "//prod", []string{"Authorization", token}, 404, "NotFound"},
		{"a path with dots", "GET", "/x/../prod", []string{"Authorization", token}, 404, "NotFound"},
		{"a path with a slash at the end", "GET", "/prod/", []string{"Authorization", token}, 404, "NotFound"},
		{"PUT", "PUT", "/prod", []string{"Authorization", token}, 405, "MethodNotAllowed"},
		{"POST", "POST", "/prod", []string{"Authorization", token}, 405, "MethodNotAllowed"},
		{"HEAD", "HEAD", "/prod", []string{"Authorization", token}, 405, "MethodNotAllowed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := ask(container(admin(t)), row.method, row.path, row.header...)
			if w.Code != row.status || !strings.HasPrefix(w.Body.String(), `{"code":"`+row.code+`","message":"`) || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestTheReasonReachesTheClient(t *testing.T) {
	for _, row := range []struct {
		name   string
		p      func(*testing.T) Profile
		status int
		body   string
	}{
		{"what failed", func(t *testing.T) Profile {
			return failing(t, errors.New(`profile "prod": sts:AssumeRole: AccessDenied`), 0)
		}, 500, `{"code":"CredentialsUnavailable","message":"profile \"prod\": sts:AssumeRole: AccessDenied"}`},
		{"what goes on", func(t *testing.T) Profile { return failing(t, nil, time.Hour) }, 503,
			`{"code":"CredentialsPending","message":"profile \"prod\": its credentials are being fetched, which may be waiting for a token code or a sign-in: answer the prompt, then try again"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := row.p(t)
				defer p.Cache.Close()
				began := time.Now()
				w := ask(container(p), "GET", "/prod", "Authorization", token)
				if w.Code != row.status || w.Body.String() != row.body {
					t.Errorf("%d %s", w.Code, w.Body)
				}
				// The least that an SDK has.
				if d := time.Since(began); d >= time.Second {
					t.Errorf("it took %v", d)
				}
			})
		})
	}
}

func TestInstanceMetadata(t *testing.T) {
	h := NewIMDS(admin(t), func() time.Time { return noon })
	w := ask(h, "PUT", "/latest/api/token", tokenTTLHeader, "21600")
	if w.Code != 200 || w.Header().Get(tokenTTLHeader) != "21600" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	given := w.Body.String()
	for path, want := range map[string]string{
		"/latest/meta-data/iam/security-credentials/":         "Admin",
		"/latest/meta-data/iam/security-credentials":          "Admin",
		"/latest/meta-data/iam/security-credentials/Admin":    `{"Code":"Success","LastUpdated":"2026-11-22T12:00:00Z","Type":"AWS-HMAC","AccessKeyId":"ASIAADMIN","SecretAccessKey":"the-secret","Token":"the-token","Expiration":"2026-11-22T13:00:00Z","AccountId":"222222222222"}`,
		"/latest/meta-data/placement/region":                  "eu-west-1",
		"/latest/meta-data/placement/availability-zone":       "eu-west-1a",
		"/latest/meta-data/placement/availability-zone/":      "eu-west-1a",
		"/latest/dynamic/instance-identity/document":          `{"accountId":"222222222222","region":"eu-west-1"}`,
		"/latest/meta-data/iam/security-credentials/Other":    "",
		"/latest/meta-data/iam/security-credentials-extended": "",
		"/latest/user-data":                                   "",
		"/latest/meta-data/":                                  "",
		"/2021-07-15/meta-data/placement/region":              "",
		"/latest/meta-data//placement/region":                 "",
		"/":                                                   "",
	} {
		w := ask(h, "GET", path, tokenHeader, given)
		if want == "" && w.Code != 404 || want != "" && (w.Code != 200 || w.Body.String() != want || w.Header().Get(tokenTTLHeader) != "21600") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestAProfileWithoutARoleOrARegionIsAnInstanceToo(t *testing.T) {
	p := admin(t)
	p.RoleARN, p.Region = "", ""
	h := NewIMDS(p, func() time.Time { return noon })
	given := ask(h, "PUT", "/latest/api/token", tokenTTLHeader, "1").Body.String()
	if w := ask(h, "GET", "/latest/meta-data/iam/security-credentials/", tokenHeader, given); w.Body.String() != "hatstand" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(h, "GET", "/latest/meta-data/placement/region", tokenHeader, given); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestVersionOneOfInstanceMetadataIsNotServed(t *testing.T) {
	now := noon
	h := NewIMDS(admin(t), func() time.Time { return now })
	other := NewIMDS(admin(t), func() time.Time { return now })
	given := ask(h, "PUT", "/latest/api/token", tokenTTLHeader, "60").Body.String()
	foreign := ask(other, "PUT", "/latest/api/token", tokenTTLHeader, "60").Body.String()
	for _, row := range []struct {
		name   string
		later  time.Duration
		header []string
		status int
	}{
		{"a token", 0, []string{tokenHeader, given}, 200},
		{"a token in its last second", 59 * time.Second, []string{tokenHeader, given}, 200},
		{"none", 0, nil, 401},
		{"an empty one", 0, []string{tokenHeader, ""}, 401},
		{"one that has ended", 60 * time.Second, []string{tokenHeader, given}, 401},
		{"another server's", 0, []string{tokenHeader, foreign}, 401},
		{"one that was changed", 0, []string{tokenHeader, "B" + given[1:]}, 401},
		{"a part of one", 0, []string{tokenHeader, given[:len(given)-1]}, 401},
		{"two", 0, []string{tokenHeader, given, tokenHeader, given}, 401},
		{"rubbish", 0, []string{tokenHeader, "%"}, 401},
	} {
		t.Run(row.name, func(t *testing.T) {
			now = noon.Add(row.later)
			w := ask(h, "GET", "/latest/meta-data/iam/security-credentials/Admin", row.header...)
			if w.Code != row.status || strings.Contains(w.Body.String(), "the-secret") != (row.status == 200) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	for _, ttl := range [][]string{nil, {""}, {"0"}, {"21601"}, {"-1"}, {"+5"}, {"5.0"}, {"1e3"}, {" 5"}, {"five"}, {"99999999999999999999"}, {"5", "5"}} {
		var header []string
		for _, v := range ttl {
			header = append(header, tokenTTLHeader, v)
		}
		if w := ask(h, "PUT", "/latest/api/token", header...); w.Code != 400 {
			t.Errorf("a token for %q: %d %s", ttl, w.Code, w.Body)
		}
	}
	if w := ask(h, "GET", "/latest/api/token", tokenTTLHeader, "60"); w.Code != 405 || w.Header().Get("Allow") != "PUT" {
		t.Errorf("GET of a token: %d %s", w.Code, w.Body)
	}
	if w := ask(h, "PUT", "/latest/meta-data/placement/region", tokenHeader, given); w.Code != 405 || w.Header().Get("Allow") != "GET" {
		t.Errorf("PUT of data: %d %s", w.Code, w.Body)
	}
}

func TestWhichRequestsAreSuspicious(t *testing.T) {
	for _, row := range []struct {
		name   string
		edit   func(*http.Request)
		status int // 0: none
	}{
		{"as SDKs send it", func(*http.Request) {}, 0},
		{"IPv6", func(r *http.Request) { r.Host = "[::1]:80" }, 0},
		{"the port of a tunnel's far end", func(r *http.Request) { r.Host = "127.0.0.1:1" }, 0},
		{"a name made to lead here", func(r *http.Request) { r.Host = "evil.example:9911" }, 403},
		{"localhost", func(r *http.Request) { r.Host = "localhost:9911" }, 0},
		{"localhost without a port", func(r *http.Request) { r.Host = "LocalHost" }, 0},
		{"a name that ends well", func(r *http.Request) { r.Host = "evil.localhost:9911" }, 403},
		{"a name that begins well", func(r *http.Request) { r.Host = "127.0.0.1.evil.example:9911" }, 403},
		{"the address in other digits", func(r *http.Request) { r.Host = "127.1:9911" }, 403},
		{"another loopback address", func(r *http.Request) { r.Host = "127.0.0.2:9911" }, 403},
		{"a container's address, as a relay brings it", func(r *http.Request) { r.Host = "169.254.170.2" }, 0},
		{"the address of instance metadata", func(r *http.Request) { r.Host = "169.254.169.254" }, 403},
		{"any address", func(r *http.Request) { r.Host = "0.0.0.0:9911" }, 403},
		{"no port, as the CRT sends it", func(r *http.Request) { r.Host = "127.0.0.1" }, 0},
		{"IPv6 without a port", func(r *http.Request) { r.Host = "[::1]" }, 0},
		{"IPv6 without brackets", func(r *http.Request) { r.Host = "::1" }, 403},
		{"a bracket too many", func(r *http.Request) { r.Host = "[127.0.0.1]" }, 403},
		{"an empty port", func(r *http.Request) { r.Host = "127.0.0.1:" }, 403},
		{"no port that there is", func(r *http.Request) { r.Host = "127.0.0.1:65536" }, 403},
		{"port 0", func(r *http.Request) { r.Host = "127.0.0.1:0" }, 403},
		{"no host", func(r *http.Request) { r.Host = "" }, 403},
		{"a web page", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:9911") }, 403},
		{"a web page that hides", func(r *http.Request) { r.Header.Set("Origin", "") }, 403},
		{"a proxy", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "10.0.0.1") }, 403},
		{"a proxy of the newer kind", func(r *http.Request) { r.Header.Set("Forwarded", "for=10.0.0.1") }, 403},
		{"a proxy that says nothing else", func(r *http.Request) { r.Header.Set("Via", "1.1 squid") }, 403},
		{"a picture on a web page, which has no Origin", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"POST", func(r *http.Request) { r.Method = "POST" }, 405},
		{"CONNECT", func(r *http.Request) { r.Method = "CONNECT" }, 405},
		{"OPTIONS", func(r *http.Request) { r.Method = "OPTIONS" }, 405},
		{"a body", func(r *http.Request) { r.ContentLength = 1 }, 413},
		{"a body of unknown length", func(r *http.Request) { r.ContentLength = -1 }, 413},
		{"what one asks of a proxy", func(r *http.Request) { r.URL.Scheme, r.URL.Host = "http", "127.0.0.1:9911" }, 400},
		{"no path", func(r *http.Request) { r.URL.Path = "*" }, 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET /prod HTTP/1.1\r\nHost: 127.0.0.1:9911\r\n\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			row.edit(r)
			refused := suspicious(r)
			if got := refused; got == nil && row.status != 0 || got != nil && got.status != row.status {
				t.Errorf("%+v, want %d", got, row.status)
			}
		})
	}
}

// FuzzRequest: whatever comes, only the token and the exact path lead to credentials, and nothing leads elsewhere.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		"GET /prod HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: " + token + "\r\n\r\n",
		"GET /prod HTTP/1.0\r\n\r\n",
		"PUT /latest/api/token HTTP/1.1\r\nHost: [::1]:1\r\nX-Aws-Ec2-Metadata-Token-Ttl-Seconds: 5\r\n\r\n",
		"GET /latest/meta-data/iam/security-credentials/Admin HTTP/1.1\r\nHost: 127.0.0.1:1\r\nX-aws-ec2-metadata-token: AAAA\r\n\r\n",
		"GET http://127.0.0.1:1/../prod?x#y HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
		"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	k := NewRefreshingCache(context.Background(), &source{}, func() time.Time { return noon })
	k.Put(credentials.Value{AccessKeyID: "ASIAADMIN", SecretAccessKey: "the-secret", SessionToken: "the-token", CanExpire: true, Expires: noon.Add(time.Hour)}, noon.Add(45*time.Minute))
	p := Profile{Name: "prod", RoleARN: adminARN, Account: "222222222222", Region: "eu-west-1", Cache: k}
	handlers := []http.Handler{container(p), NewIMDS(p, func() time.Time { return noon })}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			return
		}
		for i, h := range handlers {
			w := httptest.NewRecorder()
			own, theirs := net.Pipe()
			theirs.Close()
			(&guard{next: h, log: slog.New(slog.DiscardHandler)}).ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, &checkedConn{Conn: own, refused: errors.New("whose it is cannot be told")})))
			own.Close()
			if w.Code < 400 {
				t.Errorf("a request of nobody had an answer: %d", w.Code)
			}
			w = httptest.NewRecorder()
			if refused := suspicious(r); refused != nil {
				refused.write(w)
			} else {
				h.ServeHTTP(w, r)
			}
			if w.Code >= 300 && w.Code < 400 || w.Header().Get("Location") != "" {
				t.Errorf("a redirect: %d", w.Code)
			}
			entitled := i == 0 && len(r.Header["Authorization"]) == 1 && r.Header["Authorization"][0] == token && r.URL.Path == "/prod"
			if strings.Contains(w.Body.String(), "the-secret") && !entitled {
				t.Errorf("credentials for %q", b)
			}
		}
	})
}
