package endpoint

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The test program plays a client of another user, too: it sends its standard input there, and prints the answer.
const playClient = "HATSTAND_ENDPOINT_TEST_CONNECT"

func TestMain(m *testing.M) {
	address := os.Getenv(playClient)
	if address == "" {
		os.Exit(m.Run())
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		fmt.Print(err)
		os.Exit(1)
	}
	go io.Copy(c, os.Stdin)
	io.Copy(os.Stdout, c)
}

// A server that listens, until the test is over.
type server struct {
	addr  string
	stop  context.CancelFunc
	ended chan error
}

func start(t *testing.T, h http.Handler) *server {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, ln, h)
}

func startOn(t *testing.T, ln net.Listener, h http.Handler) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &server{addr: ln.Addr().String(), stop: cancel, ended: make(chan error, 1)}
	go func() { s.ended <- Serve(ctx, ln, h, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(cancel)
	return s
}

func (s *server) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// good is the request of a client that may have credentials.
func (s *server) good() string {
	return "GET /prod HTTP/1.1\r\nHost: " + s.addr + "\r\nAuthorization: " + token + "\r\n\r\n"
}

// get sends a request and reads the answer.
func (s *server) get(t *testing.T, request string) (status int, body string) {
	t.Helper()
	c := s.dial(t)
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func (s *server) wantGood(t *testing.T) {
	t.Helper()
	if status, body := s.get(t, s.good()); status != 200 || !strings.Contains(body, "the-secret") {
		t.Errorf("%d %s", status, body)
	}
}

func TestAClientOfOurs(t *testing.T) { start(t, container(admin(t))).wantGood(t) }

// aws-sdk-js 2 and minio-go put the path behind an endpoint that ends in a slash.
func TestDoubledSlashesAreTaken(t *testing.T) {
	s := start(t, NewIMDS(admin(t), time.Now))
	status, body := s.get(t, "PUT //latest/api/token HTTP/1.1\r\nHost: "+s.addr+"\r\n"+tokenTTLHeader+": 60\r\n\r\n")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	status, body = s.get(t, "GET //latest/meta-data/iam/security-credentials/ HTTP/1.1\r\nHost: localhost\r\n"+tokenHeader+": "+body+"\r\n\r\n")
	if status != http.StatusOK || body != "Admin" {
		t.Errorf("%d %s", status, body)
	}
}

func TestAClientOfAnotherUserIsRefused(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("whose client it is can be told on Linux only")
	}
	if os.Getuid() != 0 {
		t.Skip("only root can be a second user")
	}
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
			t.Fatal("util-linux is not installed")
		}
		t.Skip("util-linux is not installed")
	}
	s := start(t, container(admin(t)))
	// The program lies in a folder that is closed to others: it is run by its descriptor.
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	for _, row := range []struct {
		user   string
		prefix []string
		status string
		secret bool
	}{
		{"ours", nil, "HTTP/1.1 200 OK", true},
		{"another, who has the token", []string{setpriv, "--reuid", "65534", "--clear-groups"}, "HTTP/1.1 403 Forbidden", false},
	} {
		t.Run(row.user, func(t *testing.T) {
			args := append(row.prefix, "/proc/self/fd/3")
			cmd := exec.Command(args[0], args[1:]...)
			cmd.ExtraFiles = []*os.File{self}
			cmd.Env = []string{playClient + "=" + s.addr, "GORACE=atexit_sleep_ms=0"}
			cmd.Stdin = strings.NewReader(strings.Replace(s.good(), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if !strings.HasPrefix(string(out), row.status) || strings.Contains(string(out), "the-secret") != row.secret {
				t.Errorf("%s", out)
			}
		})
	}
}

// A looked is a connection that counts how often it is asked whom it comes from.
type looked struct {
	net.Conn
	times *atomic.Int64
}

func (c looked) RemoteAddr() net.Addr {
	c.times.Add(1)
	return c.Conn.RemoteAddr()
}

type lookedListener struct {
	net.Listener
	times atomic.Int64
}

func (l *lookedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return looked{c, &l.times}, err
}

func TestWhoseAConnectionIsIsLookedAtOnce(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("whose client it is can be told on Linux only")
	}
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	counting := &lookedListener{Listener: ln}
	s := startOn(t, counting, container(admin(t)))
	for connection := range int64(2) {
		c := s.dial(t)
		r := bufio.NewReader(c)
		for i := range 100 {
			if _, err := io.WriteString(c, s.good()); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, answer.Body)
			if answer.StatusCode != http.StatusOK {
				t.Fatalf("request %d: %s", i+1, answer.Status)
			}
			// net/http asks once, too, when the connection is new.
			if times := counting.times.Load(); times != 2*(connection+1) {
				t.Fatalf("after %d connections and request %d of this one: asked %d times", connection, i+1, times)
			}
		}
	}
}

func TestRubbishHarmsNobodyElse(t *testing.T) {
	s := start(t, container(admin(t)))
	for _, row := range []struct{ name, request, status string }{
		{"no HTTP", "\x16\x03\x01\x02\x00 hello \x00\xff\r\n\r\n", "400"},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "403"},
		{"HTTP/0.9", "GET /prod\r\n\r\n", "400"},
		{"no Host", "GET /prod HTTP/1.1\r\nAuthorization: " + token + "\r\n\r\n", "400"},
		{"two Hosts", "GET /prod HTTP/1.1\r\nHost: " + s.addr + "\r\nHost: evil\r\n\r\n", "400"},
		{"another Host", strings.Replace(s.good(), s.addr, "evil.example", 1), "403"},
		{"a web page", strings.Replace(s.good(), "\r\n\r\n", "\r\nOrigin: null\r\n\r\n", 1), "403"},
		{"a proxy", strings.Replace(s.good(), "\r\n\r\n", "\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n", 1), "403"},
		{"a body", strings.Replace(s.good(), "\r\n\r\n", "\r\nContent-Length: 3\r\n\r\nabc", 1), "413"},
		{"headers without end", strings.Replace(s.good(), "\r\n\r\n", "\r\nX: "+strings.Repeat("x", 64<<10)+"\r\n\r\n", 1), "431"},
		{"a line without end", "GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\n\r\n", "431"},
		{"OPTIONS of all", "OPTIONS * HTTP/1.1\r\nHost: " + s.addr + "\r\n\r\n", "405"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := s.dial(t)
			go io.WriteString(c, row.request)
			line, err := bufio.NewReader(c).ReadString('\n')
			if err != nil || !strings.Contains(line, " "+row.status+" ") {
				t.Errorf("%q, %v, want %s", line, err, row.status)
			}
			s.wantGood(t)
		})
	}
}

func TestAThousandHeldConnectionsAndHalfRequestsHarmNobody(t *testing.T) {
	s := start(t, container(admin(t)))
	for i := range 1000 {
		c := s.dial(t)
		if half := s.good(); i%2 == 0 {
			io.WriteString(c, half[:i%len(half)])
		}
	}
	s.wantGood(t)
}

// A half request ends by the server's time limit. What the limit is, is not measured.
func TestAHalfRequestIsGivenUp(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the limit")
	}
	t.Parallel()
	s := start(t, container(admin(t)))
	c := s.dial(t)
	io.WriteString(c, "GET /prod HTTP/1.1\r\nHost: ")
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("%v", err)
	}
}

func TestTheEndWaitsForAnswersOnTheirWay(t *testing.T) {
	slow := &source{takes: 200 * time.Millisecond}
	s := start(t, container(Profile{Cache: keep(t, slow)}))
	c := s.dial(t)
	silent := s.dial(t)
	io.WriteString(c, s.good())
	for {
		if calls, _ := slow.counts(); calls > 0 {
			break
		}
		runtime.Gosched()
	}
	s.stop()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("%d", response.StatusCode)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("%v", err)
	}
	if _, err := io.ReadAll(silent); err != nil {
		t.Errorf("a connection outlives the server: %v", err)
	}
	if _, err := net.Dial("tcp4", s.addr); err == nil {
		t.Error("it listens still")
	}
}

func TestAListenerThatEndsIsAnError(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := Serve(t.Context(), ln, container(admin(t)), slog.New(slog.DiscardHandler)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}
