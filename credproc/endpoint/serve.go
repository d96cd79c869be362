package endpoint

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"hatstand/credproc/internal/peer"
)

// Limits of a connection. A client that says nothing, or half of something, costs a goroutine until then.
const (
	headerLimit = 5 * time.Second
	// A whole exchange: a request waits for credentials for less than a second.
	exchangeLimit = 10 * time.Second
	idleLimit     = time.Minute
	// The longest headers that SDKs send are a few hundred bytes; net/http adds 4 KiB to this.
	maxHeader = 4 << 10
)

// Serve answers the requests that come to a listener on loopback, until ctx ends. It hands on only those of this user's
// processes (on Linux; elsewhere that cannot be told) that no web page and no proxy sent. The error is the
// listener's; the end of ctx is none.
func Serve(ctx context.Context, ln net.Listener, h http.Handler, logger *slog.Logger) error {
	s := &http.Server{
		Handler: &guard{next: h, log: logger}, DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout: headerLimit, ReadTimeout: exchangeLimit, WriteTimeout: exchangeLimit, IdleTimeout: idleLimit,
		MaxHeaderBytes: maxHeader, ErrorLog: log.New(io.Discard, "", 0),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, callerKey{}, &caller{conn: c})
		},
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		// Answers that are on their way may finish.
		brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if s.Shutdown(brief) != nil {
			s.Close()
		}
	})
	err := s.Serve(ln)
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

type callerKey struct{}

// A caller is the other end of a connection. Whose it is, is looked at when its first request is there and not
// before: a thousand that say nothing cost no look.
type caller struct {
	conn net.Conn
	once sync.Once
	err  error
}

func (c *caller) check() error {
	c.once.Do(func() { c.err = peer.Check(c.conn) })
	return c.err
}

// A guard lets no request pass that a program of this user did not make on purpose.
type guard struct {
	next http.Handler
	log  *slog.Logger
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refused := suspicious(r)
	if c, ok := r.Context().Value(callerKey{}).(*caller); refused == nil {
		if !ok {
			refused = forbidden("whose request it is cannot be told")
		} else if err := c.check(); err != nil {
			refused = forbidden(err.Error())
		}
	}
	if refused != nil {
		g.log.Warn("a request was refused", "reason", refused.message)
		refused.write(w)
		return
	}
	g.next.ServeHTTP(w, r)
}

func forbidden(why string) *refusal {
	return &refusal{status: http.StatusForbidden, code: "Forbidden", message: why}
}

// suspicious refuses what a web page, a proxy or a program that takes this for another server sends.
func suspicious(r *http.Request) *refusal {
	// A page's pictures and scripts come without Origin; of proxies some say nothing but Via.
	for _, name := range []string{"Origin", "Sec-Fetch-Site", "X-Forwarded-For", "Forwarded", "Via"} {
		if _, ok := r.Header[name]; ok {
			return forbidden("a request with " + name + " comes from a web page or through a proxy")
		}
	}
	switch {
	// A web page's own host name, made to lead here, would pass as the same origin: DNS rebinding.
	case !loopback(r.Host):
		return forbidden("the Host must be 127.0.0.1 or [::1], and the port")
	case r.Method != http.MethodGet && r.Method != http.MethodPut:
		return wrongMethod("GET, PUT")
	case r.ContentLength != 0:
		return &refusal{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge", message: "no request here has a body"}
	case r.URL.IsAbs(), !strings.HasPrefix(r.URL.Path, "/"):
		return &refusal{status: http.StatusBadRequest, code: "BadRequest", message: "the request must name a path"}
	}
	return nil
}

// loopback accepts any port: that of a tunnel's far end (ssh -R) is not ours.
func loopback(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil || name != "127.0.0.1" && name != "::1" {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}
