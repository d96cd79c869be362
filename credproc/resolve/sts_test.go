package resolve_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// The whole way with TLS and a proxy, as a company's network has it: the client that is given is the
// one that is used.
func TestCallsGoThroughTheGivenClientsProxyAndRoots(t *testing.T) {
	w := newWorld(t)
	real := httptest.NewTLSServer(w.aws)
	t.Cleanup(real.Close)
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		r.URL.Scheme, r.URL.Host, r.RequestURI = "http", strings.TrimPrefix(w.aws.URL, "http://"), ""
		(&httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}}).ServeHTTP(rw, r)
	}))
	t.Cleanup(proxy.Close)
	through, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := func(t http.RoundTripper) *http.Client { return &http.Client{Transport: t} }
	for _, row := range []struct {
		name, url string
		client    *http.Client
		asked     string
	}{
		{"a proxy", "http://sts.example", client(&http.Transport{Proxy: http.ProxyURL(through)}), "POST sts.example"},
		{"roots of one's own", real.URL, real.Client(), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			asked = nil
			w.aws.Reset()
			w.r.Connect = func(region string, e profiles.Endpoint, c credentials.Value) (resolve.STS, error) {
				e.URL = row.url
				return sts.Connect(awsclient.Config{HTTP: row.client, Now: time.Now}, region, e, c), nil
			}
			w.kept.items = nil
			w.credentials("open")
			w.wantSaw("AssumeRole/Open")
			if got := strings.Join(asked, ", "); got != row.asked {
				t.Errorf("the proxy was asked for %q", got)
			}
		})
	}
}

func TestWhose(t *testing.T) {
	w := newWorld(t)
	c := credentials.Value{AccessKeyID: w.key.ID, SecretAccessKey: w.key.Secret}
	e := profiles.Endpoint{URL: w.aws.URL}
	w.wantIdentity(c, alice)
	c.SecretAccessKey = "wrong"
	_, err := sts.Whose(t.Context(), sts.Connect(awsclient.Config{HTTP: http.DefaultClient, Now: time.Now}, "us-east-1", e, c), "me", "us-east-1")
	refused := wantRefused(t, err, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided")
	if want := `profile "me": AWS refused GetCallerIdentity: SignatureDoesNotMatch: `; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("want %q..., got %q", want, err)
	}
	if refused.Facts.Temporary || refused.Facts.Base != "me" {
		t.Errorf("%+v", refused.Facts)
	}
}

// The program's name is in CloudTrail's userAgent, so that an administrator can tell what called.
func TestCallsNameTheProgram(t *testing.T) {
	w := newWorld(t)
	w.credentials("open")
	if agent := w.aws.Calls()[0].UserAgent; !strings.Contains(agent, "app/hatstand") {
		t.Errorf("user agent %q", agent)
	}
}
