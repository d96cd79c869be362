// Package proxy lets real clients call AWS's own host names and reach a server on loopback. It is a CONNECT proxy on
// 127.0.0.1 that ends TLS, with certificates of an authority of its own, and answers every host with one handler. A
// client needs HTTPS_PROXY and, for the authority, AWS_CA_BUNDLE.
//
// It calls nobody, and no request leaves the machine. StartFor answers for some hosts
// and refuses the others.
package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Proxy is one that listens.
type Proxy struct {
	// URL is its address, http://127.0.0.1:PORT, as HTTPS_PROXY wants it.
	URL string
	// CA is its authority's certificate in PEM.
	CA []byte

	authority *authority
	answers   func(host string) bool
	outer     *http.Server // takes CONNECT
	inner     *http.Server // speaks HTTP within it
	tunnels   *tunnels

	mu    sync.Mutex
	hosts []string
}

// handshake is how long a client may take to say what it wants.
const handshake = 30 * time.Second

// Start makes a proxy that answers every request with a handler. Requests by plain
// HTTP, to any host and to the proxy itself, go there too.
func Start(to http.Handler) (*Proxy, error) {
	return StartFor(to, func(string) bool { return true })
}

// StartFor makes a proxy that answers for the hosts that answers takes, given without
// their port, and refuses requests for all others with 403.
func StartFor(to http.Handler, answers func(host string) bool) (*Proxy, error) {
	a, err := newAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		URL: "http://" + ln.Addr().String(), CA: a.pem, authority: a, answers: answers,
		tunnels: &tunnels{at: ln.Addr(), next: make(chan net.Conn), closed: make(chan struct{})},
	}
	quiet := log.New(io.Discard, "", 0)
	p.inner = &http.Server{Handler: to, ReadHeaderTimeout: handshake, ErrorLog: quiet}
	p.outer = &http.Server{Handler: p.entrance(to), ReadHeaderTimeout: handshake, ErrorLog: quiet}
	go func() { _ = p.inner.Serve(p.tunnels) }() // Close ends both, always with ErrServerClosed
	go func() { _ = p.outer.Serve(ln) }()
	return p, nil
}

// Close stops listening and drops open connections.
func (p *Proxy) Close() error {
	return errors.Join(p.outer.Close(), p.inner.Close(), p.tunnels.Close())
}

// Hosts are the hosts that clients asked for by CONNECT, HOST:PORT, in their order.
func (p *Proxy) Hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.hosts)
}

// entrance takes CONNECT itself and hands on everything else.
func (p *Proxy) entrance(to http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			p.plain(w, r, to)
			return
		}
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil || host == "" {
			http.Error(w, "CONNECT wants HOST:PORT", http.StatusBadRequest)
			return
		}
		if !p.answers(host) {
			refuse(w, host)
			return
		}
		p.mu.Lock()
		p.hosts = append(p.hosts, r.Host)
		p.mu.Unlock()
		conn, early, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		// What the client sent ahead of the answer is the beginning of its handshake.
		waiting, err := io.ReadAll(io.LimitReader(early, int64(early.Reader.Buffered())))
		if err == nil {
			_, err = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		}
		if err != nil {
			conn.Close()
			return
		}
		p.tunnels.add(tls.Server(&begun{Conn: conn, waiting: waiting}, &tls.Config{
			NextProtos: []string{"http/1.1"},
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				return p.authority.certificate(host)
			},
		}))
	})
}

// plain hands on a request that came without CONNECT.
func (p *Proxy) plain(w http.ResponseWriter, r *http.Request, to http.Handler) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if !p.answers(host) {
		refuse(w, host)
		return
	}
	to.ServeHTTP(w, r)
}

func refuse(w http.ResponseWriter, host string) {
	http.Error(w, host+" is not one of AWS's hosts, and nothing leaves this machine", http.StatusForbidden)
}

// begun is a connection of which the beginning was read already.
type begun struct {
	net.Conn
	waiting []byte
}

func (c *begun) Read(b []byte) (int, error) {
	if len(c.waiting) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.waiting)
	c.waiting = c.waiting[n:]
	return n, nil
}

// tunnels is a listener whose connections came by CONNECT.
type tunnels struct {
	at     net.Addr
	next   chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (t *tunnels) add(c net.Conn) {
	select {
	case t.next <- c:
	case <-t.closed:
		c.Close()
	}
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case c := <-t.next:
		return c, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

func (t *tunnels) Addr() net.Addr { return t.at }
