//go:build unix

package main

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/pquerna/otp/totp"

	"hatstand/credproc/awstest/person"
)

// A demoShell is somebody at a terminal, in the shell of hatstand demo.
type demoShell struct {
	t     *testing.T
	p     *realRun
	clock testClock
	home  string
	read  int // how much of the screen was read
	step  int

	asked bool // for a code
}

// openDemoShell starts hatstand demo --shell with bash, in a window of a size, where there is no AWS CLI and nothing else
// that is not the system's.
func openDemoShell(t *testing.T, columns, rows uint16) *demoShell {
	t.Helper()
	if _, err := os.Stat("/bin/bash"); err != nil {
		missingPart(t, "bash")
	}
	dir, temp := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"aws":       "#!/bin/sh\nexit 1\n", // none that starts: the demo brings its own
		"terraform": "#!/bin/sh\ntest -n \"$AWS_SESSION_TOKEN$AWS_CONTAINER_AUTHORIZATION_TOKEN\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	bin, err := exec.LookPath("hatstand") // TestMain's, which heeds the clock
	if err != nil {
		t.Fatal(err)
	}
	w := &realWorld{t: t, bin: bin}
	w.env = append(scrubbed(dir), "PATH="+dir+":/usr/bin:/bin", "TMPDIR="+temp, "SHELL=/bin/bash", "TZ=UTC")
	s := &demoShell{t: t, clock: testClock{filepath.Join(t.TempDir(), "clock")}}
	w.env = append(w.env, clockVariable+"="+s.clock.path, "TERM=dumb")
	s.p = w.run(w.bin, "demo", "--shell")
	s.p.onTerminal()
	if err := pty.Setsize(s.p.master, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	s.p.cmd.Stdin, s.p.cmd.Stdout, s.p.cmd.Stderr = s.p.slave, s.p.slave, s.p.slave
	s.p.start()
	s.sees(`\(hatstand demo\) ~ `)
	homes, err := filepath.Glob(filepath.Join(temp, "hatstand-demo-*"))
	if err != nil || len(homes) != 1 {
		t.Fatalf("the demo's home is not where it is looked for: %v, %v", homes, err)
	}
	s.home = homes[0]
	return s
}

// sees waits until the terminal shows a pattern after what was read, and returns its groups.
func (s *demoShell) sees(pattern string) []string {
	s.t.Helper()
	re, end := regexp.MustCompile(pattern), time.Now().Add(patience)
	for {
		screen := s.p.screen()
		if m := re.FindStringSubmatchIndex(screen[s.read:]); m != nil {
			found := re.FindStringSubmatch(screen[s.read:])
			s.read += m[1]
			return found
		}
		if time.Now().After(end) {
			s.t.Fatalf("the terminal does not show %q: %q", pattern, screen)
		}
		select {
		case <-s.p.closed:
			s.t.Fatalf("the terminal closed without %q: %q", pattern, screen)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// begins types a command line, whose exit code ends waits for.
func (s *demoShell) begins(command string) {
	s.step++
	s.p.types(command + "; echo end-$?-" + strconv.Itoa(s.step))
	s.sees("-" + strconv.Itoa(s.step) + "\r\n") // what was typed
}

func (s *demoShell) ends() int {
	s.t.Helper()
	code, err := strconv.Atoi(s.sees(`end-(\d+)-` + strconv.Itoa(s.step) + "\r\n")[1])
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// file is one of the demo's home.
func (s *demoShell) file(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.home, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// code is what the phone shows now.
func (s *demoShell) code() string {
	s.t.Helper()
	code, err := totp.GenerateCode(s.file(".phone"), s.clock.now())
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// key is alice's.
func (s *demoShell) key() (id, secret string) {
	s.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(s.file("alice_accessKeys.csv"))).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[1]) != 2 {
		s.t.Fatalf("%v, %v", rows, err)
	}
	return rows[1][0], rows[1][1]
}

// leaves ends the shell, and with it the demo.
func (s *demoShell) leaves() {
	s.t.Helper()
	s.p.types("exit")
	s.p.wait()
	if s.p.exitCode() != 0 {
		s.t.Errorf("exit code %d: %q", s.p.exitCode(), s.p.screen())
	}
}

// TestReadmeCommandsInTheDemo types README's commands into the demo's shell, which is where README sends its readers.
func TestReadmeCommandsInTheDemo(t *testing.T) {
	t.Parallel()
	_, commands := readmeCommands(t)
	s := openDemoShell(t, 1000, 50)
	for _, command := range commands {
		s.begins(command)
		if got, want := s.answers(command), readmeCode(command); got != want {
			t.Errorf("%s: exit code %d, want %d", command, got, want)
		}
	}
	s.leaves()
	if t.Failed() {
		t.Logf("%s", s.p.screen())
	}
}

// answers gives a command what it asks for, and waits for its end.
func (s *demoShell) answers(command string) int {
	s.t.Helper()
	switch {
	case command == "hatstand keys add me":
		id, secret := s.key()
		s.sees("Access key ID")
		s.p.types(id)
		s.sees("Secret access key")
		s.p.types(secret)
	case command == "hatstand mfa add me":
		s.sees("Seed")
		s.p.types(s.file(".phone"))
	case command == "hatstand mfa enroll me":
		s.sees("New MFA device")
		s.p.types("\x03")
	case command == "hatstand exec -- aws s3 ls":
		s.sees("Number or name")
		s.p.types("prod")
	case command == "hatstand exec prod":
		s.sees(`\(hatstand demo\)`)
		s.p.types("exit")
	case command == "hatstand login PROFILE --console":
		page, err := person.Open(s.t.Context(), s.sees(`(http://127\S+)\r\n`)[1], person.Allow)
		shown := regexp.MustCompile(`<b id="code">([^<]+)</b>`).FindStringSubmatch(page.Body)
		if err != nil || shown == nil {
			s.t.Fatalf("%v, HTTP %d %s", err, page.Status, page.Body)
		}
		s.sees("Paste the code")
		s.p.types(shown[1])
	case strings.HasPrefix(command, "hatstand serve "):
		s.sees("AWS_CONTAINER_CREDENTIALS_FULL_URI")
		s.p.types("\x03")
	case strings.HasPrefix(command, "aws ") && !s.asked: // the first that needs a code
		s.asked = true
		s.sees("MFA code")
		s.p.types(s.code())
	}
	return s.ends()
}

// readmeCode is the exit code of one of README's commands in the demo's shell: what is not there cannot be copied from or to.
func readmeCode(command string) int {
	switch {
	case command == "hatstand keys import --from aws-vault":
		return 2
	case strings.HasPrefix(command, "hatstand keys migrate --to "):
		return 5
	case command == "hatstand mfa enroll me": // cancelled
		return 130
	}
	return 0
}
