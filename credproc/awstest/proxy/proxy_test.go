package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/proxy"
)

// start is a proxy for every host, and a client that uses it.
func start(t *testing.T, to http.Handler) (*proxy.Proxy, *http.Client) {
	t.Helper()
	p, err := proxy.Start(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p, clientOf(t, p)
}

// clientOf is a client that uses a proxy as HTTPS_PROXY and AWS_CA_BUNDLE would have it.
func clientOf(t *testing.T, p *proxy.Proxy) *http.Client {
	t.Helper()
	at, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(p.CA) {
		t.Fatalf("no certificate: %s", p.CA)
	}
	transport := &http.Transport{
		Proxy: http.ProxyURL(at), TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// say answers with what was asked for.
func say(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s%s %s tls=%v", r.Method, r.Host, r.URL.Path, body, r.TLS != nil)
}

func TestEveryHostIsAnsweredByTheHandler(t *testing.T) {
	p, client := start(t, http.HandlerFunc(say))
	for address, want := range map[string]string{
		"https://oidc.eu-west-1.amazonaws.com/token":       "POST oidc.eu-west-1.amazonaws.com/token hello tls=true",
		"https://portal.sso.eu-west-1.amazonaws.com:8443/": "POST portal.sso.eu-west-1.amazonaws.com:8443/ hello tls=true",
		"https://192.0.2.1/x":                              "POST 192.0.2.1/x hello tls=true",
		"http://example.com/plain":                         "POST example.com/plain hello tls=false",
		p.URL + "/itself":                                  "POST " + strings.TrimPrefix(p.URL, "http://") + "/itself hello tls=false",
	} {
		resp, err := client.Post(address, "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", address, got, err)
		}
	}
	hosts := p.Hosts()
	slices.Sort(hosts)
	hosts = slices.Compact(hosts) // a host may be dialed twice
	want := []string{"192.0.2.1:443", "oidc.eu-west-1.amazonaws.com:443", "portal.sso.eu-west-1.amazonaws.com:8443"}
	if !slices.Equal(hosts, want) {
		t.Errorf("clients asked for %v", hosts)
	}
}

func TestOtherHostsAreRefused(t *testing.T) {
	p, err := proxy.StartFor(http.HandlerFunc(say), func(host string) bool { return host == "sts.amazonaws.com" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	client := clientOf(t, p)
	for _, address := range []string{"https://sts.amazonaws.com/", "https://sts.amazonaws.com:8443/", "http://sts.amazonaws.com/"} {
		resp, err := client.Get(address)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v, %v", address, resp, err)
		}
		resp.Body.Close()
	}
	for _, address := range []string{"https://example.com/", "https://sts.amazonaws.com.example.com/", "https://127.0.0.1/"} {
		if _, err := client.Get(address); err == nil || !strings.Contains(err.Error(), "Forbidden") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"http://example.com/", p.URL} {
		resp, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "is not one of AWS's hosts, and nothing leaves this machine") {
			t.Errorf("%s: %d %s, %v", address, resp.StatusCode, body, err)
		}
	}
}

func TestOnlyThoseWhoTrustTheAuthorityComeIn(t *testing.T) {
	p, client := start(t, http.HandlerFunc(say))
	client.Transport.(*http.Transport).TLSClientConfig = nil
	_, err := client.Get("https://sts.amazonaws.com/")
	if err == nil || !strings.Contains(err.Error(), "certificate signed by unknown authority") {
		t.Errorf("%v", err)
	}
	if strings.Contains(string(p.CA), "PRIVATE") {
		t.Error("the key is handed out")
	}
}

func TestWhatComesAheadOfTheAnswerIsNotLost(t *testing.T) {
	p, _ := start(t, http.HandlerFunc(say))
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The handshake's first message goes out in one write with CONNECT.
	first := &ahead{Conn: conn, head: "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: sts.amazonaws.com:443\r\n\r\n"}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.CA)
	inside := tls.Client(first, &tls.Config{ServerName: "sts.amazonaws.com", RootCAs: pool})
	if _, err := io.WriteString(inside, "GET /early HTTP/1.1\r\nHost: sts.amazonaws.com\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(inside)
	if err != nil || !strings.HasSuffix(string(got), "GET sts.amazonaws.com/early  tls=true") {
		t.Errorf("%s, %v", got, err)
	}
}

// ahead is a connection whose first write has something before it, and whose first
// answer is read away.
type ahead struct {
	net.Conn
	head string
	in   *bufio.Reader
}

func (a *ahead) Write(b []byte) (int, error) {
	if a.head == "" {
		return a.Conn.Write(b)
	}
	n, err := a.Conn.Write(append([]byte(a.head), b...))
	n, a.head = n-len(a.head), ""
	return n, err
}

func (a *ahead) Read(b []byte) (int, error) {
	if a.in == nil {
		a.in = bufio.NewReader(a.Conn)
		resp, err := http.ReadResponse(a.in, &http.Request{Method: http.MethodConnect})
		if err != nil {
			return 0, err
		}
		if resp.StatusCode != http.StatusOK {
			return 0, fmt.Errorf("CONNECT: %s", resp.Status)
		}
	}
	return a.in.Read(b)
}

func TestCONNECTWithoutAHostIsRefused(t *testing.T) {
	p, _ := start(t, http.HandlerFunc(say))
	for _, target := range []string{"sts.amazonaws.com", ":443"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %v, %v", target, resp, err)
		}
		conn.Close()
	}
	if len(p.Hosts()) > 0 {
		t.Errorf("%v", p.Hosts())
	}
}

func TestTheSDKFindsAWSByItsOwnHostNames(t *testing.T) {
	s, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.IdentityCenter().AddInstance("https://d-1234567890.awsapps.com/start", "eu-west-1")
	k := s.AddUser("111111111111", "alice").AddKey()
	p, client := start(t, s)

	who, err := sts.New(sts.Options{
		Region: "eu-west-1", HTTPClient: client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret}, nil
		}),
	}).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Account != "111111111111" {
		t.Errorf("%v, %v", who, err)
	}
	oidc := ssooidc.New(ssooidc.Options{Region: "eu-west-1", HTTPClient: client})
	c, err := oidc.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{
		ClientName: aws.String("test"), ClientType: aws.String("public"),
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String("https://d-1234567890.awsapps.com/start"),
	})
	if err != nil {
		t.Fatal(err)
	}
	// A person needs no proxy: the page is on loopback.
	resp, err := (&http.Client{Transport: &http.Transport{}}).Get(*d.VerificationUriComplete)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), *d.UserCode) {
		t.Errorf("%s, %v", body, err)
	}
	want := []string{"sts.eu-west-1.amazonaws.com:443", "oidc.eu-west-1.amazonaws.com:443"}
	if hosts := slices.Compact(p.Hosts()); !slices.Equal(hosts, want) { // a host may be dialed twice
		t.Errorf("clients asked for %v", hosts)
	}
	for _, call := range s.Calls()[1:] {
		if call.Code != "" {
			t.Errorf("%v", call)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	_, client := start(t, http.HandlerFunc(say))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			resp, err := client.Get(fmt.Sprintf("https://host%d.example/", i%5))
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
		})
	}
	wg.Wait()
}

func TestCloseStopsIt(t *testing.T) {
	p, client := start(t, http.HandlerFunc(say))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get("https://sts.amazonaws.com/"); err == nil {
		t.Error("it still answers")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
