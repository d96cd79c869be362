package saml

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// need is the path of a program, or the test is skipped, which fails where all parts have to be there.
func need(t *testing.T, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
			t.Fatalf("%s is not installed: apt-get install %s", program, pkg)
		}
		t.Skipf("%s is not installed: apt-get install %s", program, pkg)
	}
	return path
}

// headless is a Chromium without a window. Root has no sandbox; and what a browser asks its maker when it starts would
// take a while where there is no network.
func headless(t *testing.T, page string) Chrome {
	t.Helper()
	if os.Getenv("HATSTAND_TEST_LONG") != "1" {
		t.Skip("a real browser takes seconds: HATSTAND_TEST_LONG=1")
	}
	chromium := need(t, "chromium", "chromium")
	folder, err := os.MkdirTemp("", "saml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return Chrome{
		Command: []string{chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-proxy-server",
			"--disable-background-networking", "--disable-component-update", "--disable-sync"},
		Folder: filepath.Join(folder, "profile"), Env: append(os.Environ(), "HOME="+folder), Page: page,
	}
}

// provider is a provider's pages, by their paths.
func provider(t *testing.T, pages map[string]string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text, ok := pages[r.URL.Path]; ok {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, text)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// posts is a page whose form goes somewhere.
func posts(to, response string) string {
	return `<body onload="document.forms[0].submit()"><form method="post" action="` + to + `"><input name="SAMLResponse" value="` +
		response + `"><input name="RelayState" value="x"></form></body>`
}

const toSignIn = "https://signin.aws.amazon.com/saml"

func TestChromiumPostsToUs(t *testing.T) {
	short := response("Role", admin+","+corp)
	long := response("Role", admin+","+corp, "Filler", strings.Repeat("x", 70_000))
	for _, row := range []struct {
		name, want string
		pages      map[string]string
	}{
		{"at once", short, map[string]string{"/": posts(toSignIn, short)}},
		{"to a region, with a query", short, map[string]string{"/": posts("https://eu-west-1.signin.aws.amazon.com/saml/acs/SAMLSP1?x", short)}},
		{"a long one", long, map[string]string{"/": posts(toSignIn, long)}},
		{"after a page that looks at AWS", short, map[string]string{
			"/": `<script>fetch("https://signin.aws.amazon.com/samlx").catch(() => location = "/next")</script>`, "/next": posts(toSignIn, short)}},
		{"from a window that opens", short, map[string]string{"/": `<script>window.open("/next") || (location = "/next")</script>`, "/next": posts(toSignIn, short)}},
		{"from a frame", short, map[string]string{"/": `<iframe src="/next"></iframe>`, "/next": posts(toSignIn, short)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := headless(t, provider(t, row.pages))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // which only bounds a failure
			defer cancel()
			got, err := c.Response(ctx)
			if err != nil || got != row.want {
				t.Fatalf("%.40q, %v", got, err)
			}
			if left := processOf(t, c.Folder); left != "" {
				t.Errorf("a browser is left: %s", left)
			}
		})
	}
}

// processOf is a command line of a process that has the folder.
func processOf(t *testing.T, folder string) string {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range lines {
		if line, err := os.ReadFile(path); err == nil && strings.Contains(string(line), folder) {
			return strings.ReplaceAll(string(line), "\x00", " ")
		}
	}
	return ""
}

func TestTheTimeIsUpWithChromiumOpen(t *testing.T) {
	there := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			close(there)
		}
	}))
	t.Cleanup(s.Close)
	c := headless(t, s.URL+"/")
	ctx, cancel := context.WithCancelCause(t.Context())
	over := errors.New("over")
	go func() { <-there; cancel(over) }()
	if _, err := c.Response(ctx); !errors.Is(err, over) {
		t.Error(err)
	}
	if left := processOf(t, c.Folder); left != "" {
		t.Errorf("a browser is left: %s", left)
	}
}

func TestAWindowThatIsClosedIsARefusal(t *testing.T) {
	c := headless(t, provider(t, map[string]string{"/": `<script>window.close()</script>`}))
	_, err := c.Response(t.Context())
	if KindOf(err) != Declined || err.Error() != "the browser's window was closed" {
		t.Error(err)
	}
}
