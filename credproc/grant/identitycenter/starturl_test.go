package identitycenter_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/profiles"
)

// companySite is a client to which every host is the same server, which notes what it is asked for.
func companySite(t *testing.T, answer http.HandlerFunc) (c awsclient.Config, asked func() []string) {
	t.Helper()
	var seen []string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.Host+r.URL.Path)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	transport := s.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com" // whom the server's certificate is for
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
	}
	return awsclient.Config{HTTP: &http.Client{Transport: transport}, Now: time.Now}, func() []string { return seen }
}

func redirects(status int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if to != "" {
			w.Header().Set("Location", to)
		}
		w.WriteHeader(status)
	}
}

const company = "https://signin.corp.example/aws"

func TestStartURLsOfACompany(t *testing.T) {
	onlyGET := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(status)
				return
			}
			redirects(302, "https://corp.awsapps.com/start")(w, r)
		}
	}
	const head, get = "HEAD signin.corp.example/aws", "GET signin.corp.example/aws"
	for _, row := range []struct {
		claim  string
		answer http.HandlerFunc
		url    string
		region string
		asked  []string
	}{
		{"it leads to AWS", redirects(302, "https://corp.awsapps.com/start"), "https://corp.awsapps.com/start", "", []string{head}},
		{"what follows the path is dropped", redirects(308, "https://Corp.awsapps.com:443/start/?a=b#/"), "https://corp.awsapps.com/start", "", []string{head}},
		{"it leads to another region", redirects(301, "https://ssoins-1.portal.us-east-2.app.aws/"), "https://ssoins-1.portal.us-east-2.app.aws", "us-east-2", []string{head}},
		{"it leads to the same region", redirects(307, "https://ssoins-1.portal.eu-west-1.app.aws"), "https://ssoins-1.portal.eu-west-1.app.aws", "", []string{head}},
		{"it takes no HEAD", onlyGET(405), "https://corp.awsapps.com/start", "", []string{head, get}},
		{"it knows no HEAD", onlyGET(501), "https://corp.awsapps.com/start", "", []string{head, get}},
	} {
		c, asked := companySite(t, row.answer)
		g := profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: company, Region: region, Scopes: "a,b"}
		sent, note, err := identitycenter.ResolveStartURL(t.Context(), c, g)
		want, wantNote := g, ""
		want.StartURL = row.url
		if row.region != "" {
			want.Region = row.region
			wantNote = company + " leads to Identity Center in us-east-2, which is used instead of eu-west-1"
		}
		if err != nil || sent != want || note != wantNote || !slices.Equal(asked(), row.asked) {
			t.Errorf("%s: %+v, note %q, %v; asked for %q", row.claim, sent, note, err, asked())
		}
	}
}

func TestStartURLsThatLeadAstray(t *testing.T) {
	twice := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/aws" {
			redirects(302, "/second")(w, r)
			return
		}
		redirects(302, "https://corp.awsapps.com/start")(w, r)
	}
	for _, row := range []struct {
		claim  string
		url    string
		answer http.HandlerFunc
		kind   grant.Kind
		reason string
	}{
		{"to nowhere", company, redirects(200, ""), grant.BadStartURL, "does not redirect to AWS (HTTP 200)"},
		{"to an error", company, redirects(404, ""), grant.BadStartURL, "does not redirect to AWS (HTTP 404)"},
		{"by two steps", company, twice, grant.BadStartURL, "redirects to https://signin.corp.example/second, which is not a start URL of AWS"},
		{"to somebody else", company, redirects(302, "https://corp.awsapps.com.evil.example/start?code=hush"), grant.BadStartURL, "redirects to https://corp.awsapps.com.evil.example/start, which is not a start URL of AWS"},
		{"to plain http", company, redirects(302, "http://corp.awsapps.com/start"), grant.BadStartURL, "redirects to http://corp.awsapps.com/start, which is not a start URL of AWS"},
		{"with a user's name", company, redirects(302, "https://hush@corp.awsapps.com/start"), grant.BadStartURL, "redirects to https://corp.awsapps.com/start, which is not a start URL of AWS"},
		{"to another port", company, redirects(302, "https://corp.awsapps.com:8443/start"), grant.BadStartURL, "redirects to https://corp.awsapps.com:8443/start, which is not a start URL of AWS"},
		{"without saying where", company, redirects(302, ""), grant.BadStartURL, "redirects to no URL"},
		{"over plain http", "http://signin.corp.example/aws", redirects(302, "https://corp.awsapps.com/start"), grant.BadStartURL, "is not https"},
		{"to silence", company, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, grant.NoAnswer, ""},
	} {
		c, asked := companySite(t, row.answer)
		_, _, err := identitycenter.ResolveStartURL(t.Context(), c, profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: row.url, Region: region})
		if row.reason != "" {
			wantKind(t, err, row.kind, "sign-in to corp: start URL "+row.url+" "+row.reason)
		} else if want := "sign-in to corp: start URL " + company + ": no answer from signin.corp.example: "; grant.KindOf(err) != row.kind || !strings.HasPrefix(fmt.Sprint(err), want) {
			t.Errorf("%s: %v", row.claim, err)
		}
		if len(asked()) > 1 {
			t.Errorf("%s: asked for %q", row.claim, asked())
		}
	}
}

func TestStartURLsOfAWSAreLeftAlone(t *testing.T) {
	for _, url := range []string{"https://corp.awsapps.com/start#/", "https://ssoins-1.portal.us-east-2.app.aws", "http://127.0.0.1:1/start", "https://localhost/start"} {
		c, asked := companySite(t, redirects(302, "https://corp.awsapps.com/start"))
		g := profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: url, Region: region}
		if sent, note, err := identitycenter.ResolveStartURL(t.Context(), c, g); err != nil || sent != g || note != "" || len(asked()) != 0 {
			t.Errorf("%s: %+v, %q, %v; asked for %q", url, sent, note, err, asked())
		}
	}
}
