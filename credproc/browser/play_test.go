package browser

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test program plays other processes too. Their names do not begin like those that a browser does not
// get.
const playPart = "TEST_BROWSER_PLAY"

func TestMain(m *testing.M) {
	parts := map[string]func(){"browser": playBrowser, "visitor": playVisitor}
	for name, play := range platformParts() {
		parts[name] = play
	}
	name := os.Getenv(playPart)
	if name == "" {
		os.Exit(m.Run())
	}
	parts[name]()
}

// play is this program in another part, with what it needs to know.
func play(t *testing.T, part string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(plainEnviron(), append([]string{playPart + "=" + part}, env...)...)
	return cmd
}

// plainEnviron is the machine's environment, less the race detector's second at the end.
func plainEnviron() []string { return append(os.Environ(), "GORACE=atexit_sleep_ms=0") }

// fetch goes to an address as a browser does, up to the redirect.
func fetch(address string) (status int, location string, err error) {
	client := http.Client{
		Transport:     &http.Transport{Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Get(address)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	_, err = io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header.Get("Location"), err
}

// A visit is what a played browser saw.
type visit struct {
	Args, Env []string
	Status    int
	Location  string
	Session   int // the process's own, as setsid has it
	PID       int
	Files     []string // standard input, output and error
}

const visitFile = "TEST_BROWSER_VISIT"

// playBrowser goes to its last argument and writes down what it saw.
func playBrowser() {
	v := visit{Args: os.Args[1:], Env: os.Environ(), PID: os.Getpid(), Session: session()}
	for _, fd := range []string{"0", "1", "2"} {
		name, _ := os.Readlink("/proc/self/fd/" + fd)
		v.Files = append(v.Files, name)
	}
	os.Stdout.WriteString("noise\n")
	os.Stderr.WriteString("noise\n")
	end := time.Now().Add(time.Minute) // a browser outlives the test that started it
	for after := os.Getenv("TEST_BROWSER_AFTER"); after != "" && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(after); err == nil {
			break
		}
	}
	address := os.Args[len(os.Args)-1]
	var err error
	if v.Status, v.Location, err = fetch(address); err != nil {
		os.Exit(3)
	}
	b, err := json.Marshal(v)
	if err != nil {
		os.Exit(4)
	}
	path := os.Getenv(visitFile)
	if os.WriteFile(path+".part", b, 0o600) != nil || os.Rename(path+".part", path) != nil {
		os.Exit(5)
	}
}

// playVisitor prints what an address answers, and reads nothing else from this machine: it may be of
// another user.
func playVisitor() {
	status, location, err := fetch(os.Getenv("TEST_BROWSER_ADDRESS"))
	if err != nil {
		os.Stdout.WriteString(err.Error())
		return
	}
	json.NewEncoder(os.Stdout).Encode(visit{Status: status, Location: location})
}

// visited waits for a played browser's notes. It is there when the browser is through, which may be after
// Open is.
func visited(t *testing.T, path string) visit {
	t.Helper()
	var v visit
	eventually(t, func() bool {
		b, err := os.ReadFile(path)
		return err == nil && json.Unmarshal(b, &v) == nil
	})
	return v
}

// need skips a test whose real part is not installed; CI installs all of them and takes no skip.
func need(t *testing.T, tool, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err == nil {
		return path
	}
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		t.Fatalf("%s is missing: apt-get install %s", tool, pkg)
	}
	t.Skipf("%s is missing: apt-get install %s", tool, pkg)
	return ""
}

// link gives this program another name, so that it is taken for another one.
func link(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if strings.HasSuffix(self, ".exe") {
		path += ".exe"
	}
	if err := os.Symlink(self, path); err != nil {
		t.Skip(err)
	}
	return path
}

// eventually waits for what another process does.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come about in 30 s")
		}
	}
}
