package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc/awsclient"
	"hatstand/profiles/userfile"
)

// httpClients are what this process calls AWS with, one for each set of roots, so that the second call of a chain
// takes the connection of the first: a handshake is two trips more.
type httpClients struct {
	mu sync.Mutex
	of map[string]*http.Client // by the CA bundle and what is in it, which may change while a process lives
}

// calls is what calls to AWS are made with.
func (a *app) calls(client awsclient.HTTPClient) awsclient.Config {
	return awsclient.Config{HTTP: client, Now: a.now, OnRetry: a.sayRetrying}
}

// patienceForSilence is how long a call is waited for before a person hears why.
const patienceForSilence = 2 * time.Second

// sayRetrying says on the terminal that a call takes long, and why: each reason once.
func (a *app) sayRetrying(ctx context.Context, r awsclient.Retry) {
	if a.unasked || quiet(ctx) || r.Elapsed+r.Wait < patienceForSilence {
		return
	}
	refused, reason := awsclient.Explain(r.Err, "AWS", a.now())
	text := refused.Code
	if reason != nil {
		text = reason.Error()
	}
	if _, said := a.retries.LoadOrStore(text, true); said {
		return
	}
	if tty, err := a.terminal(); err == nil {
		defer tty.Close()
		fmt.Fprintf(tty, "\nhatstand: %s; trying again\n", ui.Plain(text))
	}
}

// httpClient is for AWS: proxies as the environment says, the CA bundle instead of the system's
// roots where one is set, no redirects, and a limit on the dial; package awsclient limits the
// whole call.
func (a *app) httpClient(caBundle string) (*http.Client, error) {
	var roots string
	var pem []byte
	if caBundle != "" {
		var err error
		if pem, err = userfile.Read(caBundle, 16<<20); err != nil {
			return nil, &ui.UsageError{Reason: fmt.Sprintf("CA bundle: %v", err), Next: "correct AWS_CA_BUNDLE or ca_bundle"}
		}
		roots = caBundle + "\n" + string(pem)
	}
	a.clients.mu.Lock()
	defer a.clients.mu.Unlock()
	if c := a.clients.of[roots]; c != nil {
		return c, nil
	}
	t := &http.Transport{
		Proxy:               a.proxy,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		// A chain's next call comes at once. What lies idle for longer AWS may close while a call goes out on it, which
		// costs another try. (A call that has only one takes none that lay idle: package awsclient.)
		IdleConnTimeout:   3 * time.Second,
		ForceAttemptHTTP2: true,
	}
	if caBundle != "" {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, &ui.UsageError{Reason: fmt.Sprintf("CA bundle %s: no certificate in it", ui.Quoted(caBundle)), Next: "correct AWS_CA_BUNDLE or ca_bundle: it must be a PEM file"}
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	c := &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if a.clients.of == nil {
		a.clients.of = map[string]*http.Client{}
	}
	a.clients.of[roots] = c
	return c, nil
}
