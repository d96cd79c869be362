package identitycenter_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/profiles"
)

// suites has AWS's own test suites for sign-ins, beside this repository.
const suites = "../../../../shared/conformance/signin"

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not here", path)
	}
	check(t, err)
	check(t, json.Unmarshal(b, into))
}

// A traveller notes where a request goes, and answers it.
type traveller struct {
	requests []*http.Request
	answer   func() *http.Response
}

var errNowhere = errors.New("nowhere")

func (n *traveller) Do(r *http.Request) (*http.Response, error) {
	n.requests = append(n.requests, r)
	if n.answer == nil {
		return nil, errNowhere
	}
	a := n.answer()
	a.Request = r
	return a, nil
}

// AWS's endpoint tests say which host each region has, in all partitions.
func TestCallsGoToAWSsHosts(t *testing.T) {
	for folder, call := range map[string]func(*identitycenter.Client) error{
		"sso-oidc": func(c *identitycenter.Client) error { _, err := c.Register(t.Context(), grant.Device); return err },
		"sso": func(c *identitycenter.Client) error {
			_, err := c.RoleCredentials(t.Context(), grant.Token{Access: "a"}, dev, "Admin")
			return err
		},
	} {
		t.Run(folder, func(t *testing.T) {
			var suite struct {
				TestCases []struct {
					Documentation string
					Expect        struct {
						Error    string
						Endpoint struct{ URL string }
					}
					Params struct {
						Region, Endpoint      string
						UseFIPS, UseDualStack bool
					}
				}
			}
			readJSON(t, filepath.Join(suites, "aws-cli/tests/functional/botocore/endpoint-rules", folder, "endpoint-tests-1.json"), &suite)
			run := 0
			for _, row := range suite.TestCases {
				p := row.Params
				if p.Region == "" { // there is always one
					continue
				}
				run++
				e := profiles.Endpoint{URL: p.Endpoint, FIPS: p.UseFIPS, DualStack: p.UseDualStack}
				want := row.Expect.Endpoint.URL
				if p.Endpoint != "" {
					want = p.Endpoint // which overrides FIPS and dual stack, where the SDKs refuse both
				}
				var n traveller
				c := identitycenter.Connect(awsclient.Config{HTTP: &n, Now: time.Now, Waits: awsclient.Waits{Tries: 1, First: 1, Longest: 1}}, profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: p.Region, Service: e, Portal: e})
				err := call(c)
				text, _ := c.AuthorizeURL(t.Context(), grant.Registration{ClientID: "id"}, grant.Visit{})
				page, _ := url.Parse(text)
				switch {
				case want == "":
					if err == nil || len(n.requests) > 0 || folder == "sso-oidc" && page.Host != "" {
						t.Errorf("%s: called %v, %v", row.Documentation, n.requests, err)
					}
				case len(n.requests) != 1:
					t.Errorf("%s: %d calls, %v", row.Documentation, len(n.requests), err)
				default:
					got := n.requests[0].URL.Scheme + "://" + n.requests[0].URL.Host
					if got != want || folder == "sso-oidc" && page.Scheme+"://"+page.Host != want {
						t.Errorf("%s: called %s and %s, want %s", row.Documentation, got, page, want)
					}
				}
			}
			if run < 30 {
				t.Errorf("%d cases", run)
			}
		})
	}
}

// An exchange is one request and its answer, as the suite of AWS's SDK for Rust has them.
type exchange struct {
	method, uri, bearer string
	status              int
	body                string
}

func exchangeOf(t *testing.T, path string) (x exchange) {
	t.Helper()
	var traffic struct {
		Events []struct {
			Action struct {
				Request *struct {
					Request struct {
						Method, URI string
						Headers     map[string][]string
					}
				}
				Response *struct {
					Response struct{ Ok struct{ Status int } }
				}
				Data *struct {
					Data      struct{ Utf8 string }
					Direction string
				}
			}
		}
	}
	readJSON(t, path, &traffic)
	for _, e := range traffic.Events {
		switch a := e.Action; {
		case a.Request != nil && x.method == "":
			x.method, x.uri = a.Request.Request.Method, a.Request.Request.URI
			x.bearer = strings.Join(a.Request.Request.Headers["x-amz-sso_bearer_token"], ",")
		case a.Response != nil && x.status == 0:
			x.status = a.Response.Response.Ok.Status
		case a.Data != nil && a.Data.Direction == "Response" && x.body == "":
			x.body = a.Data.Data.Utf8
		}
	}
	return x
}

func TestExchangesOfOtherSuites(t *testing.T) {
	data := filepath.Join(suites, "smithy-rs/aws/rust-runtime/aws-config/test-data")
	if _, err := os.Stat(data); err != nil {
		t.Skipf("%s is not here", data)
	}
	files, err := filepath.Glob(filepath.Join(data, "*/*/http-traffic.json"))
	check(t, err)
	run := 0
	for _, file := range files {
		x := exchangeOf(t, file)
		if !strings.Contains(x.uri, "/federation/credentials") {
			continue
		}
		run++
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			want, err := url.Parse(x.uri)
			check(t, err)
			n := traveller{answer: func() *http.Response {
				return &http.Response{StatusCode: x.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(x.body))}
			}}
			portal := profiles.Endpoint{FIPS: strings.Contains(want.Host, "sso-fips"), DualStack: strings.HasSuffix(want.Host, ".api.aws")}
			region := "us-east-1"
			if !strings.Contains(want.Host, "sso") {
				portal.URL = want.Scheme + "://" + want.Host
			} else if labels := strings.Split(want.Host, "."); len(labels) > 2 {
				region = labels[2]
			}
			// The suite's credentials expire at different times, all of them in the past.
			long := func() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }
			c := identitycenter.Connect(awsclient.Config{HTTP: &n, Now: long, Waits: awsclient.Waits{Tries: 3, First: 1, Longest: 1}}, profiles.Grant{Kind: profiles.SSO, Session: "s", Region: region, Portal: portal})
			v, err := c.RoleCredentials(t.Context(), grant.Token{Access: x.bearer}, want.Query().Get("account_id"), want.Query().Get("role_name"))
			got := n.requests[0]
			if got.Method != x.method || got.URL.Host != want.Host || got.URL.Path != want.Path || got.URL.Query().Encode() != want.Query().Encode() || got.Header.Get("X-Amz-Sso_bearer_token") != x.bearer {
				t.Errorf("%s %s, want %s %s", got.Method, got.URL, x.method, want)
			}
			if got.Header.Get("Authorization") != "" || got.Header.Get("X-Amz-Security-Token") != "" {
				t.Error("it is signed")
			}
			if x.status != 200 {
				if grant.KindOf(err) != grant.NoAnswer || len(n.requests) != 3 {
					t.Errorf("%d tries, %v", len(n.requests), err)
				}
				return
			}
			var answer struct {
				RoleCredentials struct {
					AccessKeyID     string `json:"accessKeyId"`
					SecretAccessKey string
					SessionToken    string
					Expiration      int64
				}
			}
			check(t, json.Unmarshal([]byte(x.body), &answer))
			r := answer.RoleCredentials
			if err != nil || !slices.Equal([]string{v.AccessKeyID, v.SecretAccessKey, v.SessionToken}, []string{r.AccessKeyID, r.SecretAccessKey, r.SessionToken}) || v.Expires.UnixMilli() != r.Expiration {
				t.Errorf("%v, expires %v, %v", v, v.Expires, err)
			}
		})
	}
	if run < 5 {
		t.Errorf("%d exchanges", run)
	}
}
