package awstest

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"hatstand/credproc/awstest/console"
	"hatstand/credproc/awstest/iamreport"
	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/loginsession"
	"hatstand/credproc/awstest/s3"
	"hatstand/credproc/awstest/saml"
)

// Options are a server's defaults.
type Options struct {
	// Now is the server's clock; nil is time.Now. SetSkew moves it.
	Now func() time.Time
	// Partition is the one this server is of: "aws" (the default), "aws-cn",
	// "aws-us-gov", ... Users and their keys belong to it.
	Partition string
	// Region, if set, is the only one whose credential scope STS accepts, as a
	// regional endpoint does. Empty: every region of the partition.
	Region string
	// TokenLength is how many characters a session token has, rounded down to a
	// multiple of four; 0 is 360. AWS gives no limit, and says to assume none.
	TokenLength int
}

// Server is the whole of it. Its methods may be called at any time from any
// goroutine.
type Server struct {
	// URL is the endpoint, http://127.0.0.1:PORT; empty unless made by Start.
	URL string

	opts    Options
	http    *http.Server
	center  *identitycenter.Service // has a lock of its own, which is taken under mu
	signIn  *loginsession.Service   // the same
	objects *s3.Service             // the same

	mu        sync.Mutex
	users     map[string]*User      // by ARN
	keys      map[string]*accessKey // by ID
	sessions  map[string]*session   // by access key ID
	devices   map[string]*Device    // by serial number
	roles     map[string]*role      // by ARN
	disabled  map[string]bool       // regions
	skew      time.Duration
	maxIssued time.Duration
	keyDelay  time.Duration
	calls     []Call
	faults    []*Fault
	providers []registeredProvider
	reports   map[string]*iamreport.Reports // by account
	console   *console.Service

	samlProviders []*saml.Provider
}

// New makes a server that does not listen: it is an http.Handler.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Partition == "" {
		o.Partition = "aws"
	}
	if o.TokenLength == 0 {
		o.TokenLength = 360
	}
	o.TokenLength -= o.TokenLength % 4
	return &Server{
		opts: o, center: identitycenter.New(),
		users: map[string]*User{}, keys: map[string]*accessKey{}, sessions: map[string]*session{},
		reports: map[string]*iamreport.Reports{}, devices: map[string]*Device{}, roles: map[string]*role{}, disabled: map[string]bool{},
		console: console.New(o.Partition), signIn: loginsession.New(), objects: s3.New(),
	}
}

// Start makes a server that listens on a free port of 127.0.0.1.
func Start(o Options) (*Server, error) {
	s := New(o)
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.URL = "http://" + ln.Addr().String()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 30 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = s.http.Serve(ln) }() // Close ends it, always with ErrServerClosed
	return s, nil
}

// Close stops listening and drops open connections.
func (s *Server) Close() error {
	if s.http == nil {
		return nil
	}
	return s.http.Close()
}

// SetSkew moves the server's clock, and its Date header, away from Options.Now.
func (s *Server) SetSkew(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = d
}

// MaxIssued caps the life of credentials issued from now on, without a word to
// the client, so that a test can cross an expiry. 0 takes the cap away.
func (s *Server) MaxIssued(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxIssued = d
}

// KeyDelay is how long keys made by CreateAccessKey from now on stay unknown to
// the services, as eventual consistency has it.
func (s *Server) KeyDelay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyDelay = d
}

// DisableRegion makes STS issue nothing in a region, as an account that has not
// activated it there.
func (s *Server) DisableRegion(region string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disabled[region] = true
}

// Now is the server's clock.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// now needs mu.
func (s *Server) now() time.Time { return s.opts.Now().Add(s.skew) }

// maxBody is far above what any action here takes.
const maxBody = 1 << 20

// exchange is one request on its way to its answer.
type exchange struct {
	r      *http.Request
	body   []byte
	params url.Values
	id     string    // of the request
	now    time.Time // the server's clock when it was taken up
	// expired is how long ago what is issued has expired, where a fault has it so.
	expired time.Duration
	call    Call
}

// ServeHTTP answers S3 where the host name or the signature says so, the query APIs at /, sign-in at /federation,
// Identity Center at its paths, and the console at every other path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{r: r, id: requestID()}
	var err error
	if x.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			http.Error(w, "request entity too large", http.StatusRequestEntityTooLarge)
		}
		return
	}
	x.params = readParams(r, x.body)
	handle := s.route(x)
	if handle == nil {
		http.NotFound(w, r)
		return
	}
	f := s.takeFault(x.call.Action)
	if !f.After && !f.pass(r.Context()) {
		return
	}

	s.mu.Lock()
	x.now, x.expired = s.now().Add(f.Skew), f.Expired
	x.call.Time = x.now
	var out reply
	if f.breaks() && !f.After {
		out = f.answer(x)
	} else {
		out = handle(x)
		if f.breaks() {
			out = f.answer(x)
		}
	}
	f.spoil(&out)
	x.call.Code, x.call.Status, x.call.Dropped = out.code, out.status, f.Drop
	s.calls = append(s.calls, x.call)
	s.mu.Unlock()

	if f.After && !f.pass(r.Context()) {
		return
	}
	if f.Drop {
		panic(http.ErrAbortHandler) // the documented way to cut a connection
	}
	for k, v := range out.header {
		w.Header()[k] = v
	}
	w.Header().Set("Date", x.now.UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Length", strconv.Itoa(len(out.body)))
	w.WriteHeader(out.status)
	if !f.Body.send(r.Context(), w, out.body) {
		panic(http.ErrAbortHandler)
	}
}

// readParams is the form of a POST, the query of anything else.
func readParams(r *http.Request, body []byte) url.Values {
	if r.Method != http.MethodPost {
		return r.URL.Query()
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if strings.TrimSpace(strings.ToLower(kind)) != "application/x-www-form-urlencoded" {
		return url.Values{}
	}
	v, _ := url.ParseQuery(string(body)) // what cannot be read is not there
	return v
}

// route names the call and finds its handler, which runs under mu.
func (s *Server) route(x *exchange) func(*exchange) reply {
	x.call = Call{UserAgent: x.r.UserAgent(), Connection: x.r.RemoteAddr, Action: x.params.Get("Action"),
		Params: visibleParams(x.params)}
	if handle := s.routeToS3(x); handle != nil {
		return handle
	}
	if handle := s.routeToCenter(x); handle != nil {
		return handle
	}
	if service, action, known := loginsession.Route(x.r); known {
		x.call.Service, x.call.Action, x.call.Params = service, action, loginsession.Params(x.r, x.body)
		return s.askSignIn
	}
	if path := x.r.URL.Path; path == "/" || path == "" {
		x.call.Service = queryService(x)
		return s.query
	}
	service, action := console.Route(x.r.URL.Path)
	if service == "" {
		return nil
	}
	x.call.Service = service
	if action != "" {
		x.call.Action = action
	}
	return s.askConsole
}
