package loginsession_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/loginsession"
	"hatstand/profiles"
)

const arn = "arn:aws:sts::444444444444:assumed-role/Admin/alice"

// suites has AWS's own test suites for sign-ins, beside this repository.
const suites = "../../../../shared/conformance/signin"

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(suites, path))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not here", path)
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var errNowhere = errors.New("nowhere")

// A traveller notes where requests go.
type traveller struct{ requests []*http.Request }

func (n *traveller) Do(r *http.Request) (*http.Response, error) {
	n.requests = append(n.requests, r)
	return nil, errNowhere
}

// AWS's endpoint tests say which host each region has, in all partitions. Only those of the data plane are called.
func TestCallsGoToAWSsHosts(t *testing.T) {
	var suite struct {
		TestCases []struct {
			Documentation string
			Expect        struct {
				Endpoint struct{ URL string }
				Error    string
			}
			Params struct {
				Region                string
				UseFIPS, UseDualStack bool
				Endpoint              string
				IsControlPlane        bool
				IsOAuthEndpoint       bool
			}
		}
	}
	readJSON(t, "aws-cli/tests/functional/botocore/endpoint-rules/signin/endpoint-tests-1.json", &suite)
	tried := 0
	for _, c := range suite.TestCases {
		if p := c.Params; p.IsControlPlane || p.IsOAuthEndpoint || p.Region == "" {
			continue
		}
		tried++
		t.Run(c.Documentation, func(t *testing.T) {
			var to traveller
			client := loginsession.Connect(awsclient.Config{HTTP: &to, Now: time.Now, Waits: awsclient.Waits{Tries: 1, First: 1, Longest: 1}},
				profiles.Grant{Kind: profiles.LoginSession, ARN: arn, Region: c.Params.Region,
					Service: profiles.Endpoint{URL: c.Params.Endpoint, FIPS: c.Params.UseFIPS, DualStack: c.Params.UseDualStack}})
			r, err := client.Register(t.Context(), grant.Browser)
			if err != nil {
				t.Fatal(err)
			}
			page, err := client.AuthorizeURL(t.Context(), r, grant.Visit{State: "s", RedirectURI: "http://127.0.0.1:1/oauth/callback"})
			_, called := client.CodeToken(t.Context(), r, grant.Visit{Verifier: "v", RedirectURI: "http://127.0.0.1:1/oauth/callback"}, "code")
			if c.Expect.Error != "" {
				if err == nil || called == nil || len(to.requests) > 0 {
					t.Errorf("no error: %v, %v", err, called)
				}
				return
			}
			if err != nil || len(to.requests) != 1 {
				t.Fatalf("%v, %d requests: %v", err, len(to.requests), called)
			}
			u, err := url.Parse(page)
			if err != nil {
				t.Fatal(err)
			}
			at := u.Scheme + "://" + u.Host
			sent := to.requests[0]
			if got := sent.URL.String(); at != c.Expect.Endpoint.URL || got != at+"/v1/token" {
				t.Errorf("the page is at %s, the call goes to %s; want %s", at, got, c.Expect.Endpoint.URL)
			}
			if sent.Header.Get("Authorization") != "" || len(strings.Split(sent.Header.Get("DPoP"), ".")) != 3 {
				t.Errorf("a proof and no signature are wanted: %v", sent.Header)
			}
		})
	}
	if tried == 0 {
		t.Error("nothing was tried")
	}
}
