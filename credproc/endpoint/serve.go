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
// processes (on Linux; elsewhere that cannot be known) that no web page and no proxy sent. The error is the
// listener's; the end of ctx is none.
func Serve(ctx context.Context, ln net.Listener, h http.Handler, logger *slog.Logger) error {
	return serve(ctx, ln, h, logger, peer.Check)
}

// serve answers whom check lets pass.
func serve(ctx context.Context, ln net.Listener, h http.Handler, logger *slog.Logger,
	check func(net.Conn) error) error {
	s := &http.Server{
		Handler: &guard{next: h, log: logger}, DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout: headerLimit, ReadTimeout: exchangeLimit, WriteTimeout: exchangeLimit, IdleTimeout: idleLimit,
		MaxHeaderBytes: maxHeader, ErrorLog: log.New(io.Discard, "", 0),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, callerKey{}, c)
		},
		ConnState: (&memory{}).connState,
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
	err := s.Serve(newOwnersListener(ln, check))
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

type callerKey struct{}

// A guard lets no request pass that a program of this user did not make on purpose.
type guard struct {
	next http.Handler
	log  *slog.Logger
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refused := suspicious(r)
	if c, ok := r.Context().Value(callerKey{}).(*checkedConn); refused == nil {
		if !ok {
			refused = forbidden("it is not known whose request this is")
		} else if c.refused != nil {
			refused = forbidden(c.refused.Error())
		}
	}
	if refused != nil {
		g.log.Warn("a request was refused", "reason", refused.message)
		refused.write(w)
		return
	}
	// SDKs put a path behind an endpoint that ends in a slash. (aws-sdk-js 2, minio-go)
	for strings.HasPrefix(r.URL.Path, "//") {
		r.URL.Path = r.URL.Path[1:]
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
	case !isOurs(r.Host):
		return forbidden("the Host must be 127.0.0.1, localhost, [::1] or " + ContainerHost)
	case r.Method != http.MethodGet && r.Method != http.MethodPut:
		return wrongMethod("GET, PUT")
	case r.ContentLength != 0:
		return &refusal{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge",
			message: "no request here has a body"}
	case r.URL.IsAbs(), !strings.HasPrefix(r.URL.Path, "/"):
		return &refusal{status: http.StatusBadRequest, code: "BadRequest", message: "the request must name a path"}
	}
	return nil
}

// isOurs takes the loopback names with any port, since that of a tunnel's far end (ssh -R) is not ours, and with none:
// the AWS CRT sends none. It takes ContainerHost too, for a relay in a container's network.
func isOurs(host string) bool {
	name := host
	if !strings.HasSuffix(host, "]") && strings.Contains(host, ":") {
		var port string
		var err error
		if name, port, err = net.SplitHostPort(host); err != nil {
			return false
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
		if strings.Contains(name, ":") {
			name = "[" + name + "]"
		}
	}
	return name == "127.0.0.1" || name == "[::1]" || name == ContainerHost || strings.EqualFold(name, "localhost")
}
