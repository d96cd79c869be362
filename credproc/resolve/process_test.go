package resolve_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hatstand/credproc/resolve"
)

// The test program plays other programs too: with playRole set it plays that one instead of running
// tests.
const playRole = "HATSTAND_CREDPROC_TEST_PLAY"

func TestMain(m *testing.M) {
	role, ok := os.LookupEnv(playRole)
	if !ok {
		os.Exit(m.Run())
	}
	args := os.Args[1:]
	switch role {
	case "args":
		fmt.Printf("%q", args)
	case "env":
		fmt.Print(os.Getenv("SEEN"), os.Getenv("HOME"))
	case "stdin":
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "fail":
		fmt.Print("wJalrXUtnFEMI")
		fmt.Fprint(os.Stderr, args[0])
		os.Exit(3)
	case "flood":
		fmt.Print(strings.Repeat("x", 1<<20))
	case "endless": // a write that fails does not end it
		for {
			os.Stdout.WriteString("y\n")
		}
	case "loud":
		for {
			os.Stderr.WriteString("y\n")
		}
	case "hang":
		hang(args[0])
	case "parent": // leaves a child behind that holds the pipes
		child := exec.Command(os.Args[0], args...)
		child.Env = append(os.Environ(), playRole+"=hang")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			os.Exit(9)
		}
		fmt.Print("printed")
	case "parent that hangs":
		child := exec.Command(os.Args[0], args...)
		child.Env = append(os.Environ(), playRole+"=hang")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			os.Exit(9)
		}
		hang(args[0])
	default:
		os.Exit(9)
	}
	os.Exit(0)
}

// hang tells the test that it runs, and lives until the test lets it go.
func hang(address string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		os.Exit(9)
	}
	_, _ = io.Copy(io.Discard, conn)
}

// play runs the test program in a role, as another program's credential_process is run.
func play(ctx context.Context, t *testing.T, role string, args ...string) (string, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := resolve.RunProgram(ctx, append([]string{self}, args...), []string{playRole + "=" + role, "SEEN=yes", "SystemRoot=" + os.Getenv("SystemRoot")}, strings.NewReader("typed"))
	return string(out), err
}

func TestAProgramIsRunWithNoShell(t *testing.T) {
	args := []string{"a b", "; exit 1", "$HOME", "*", "'", `"`, "\\", "|", ">x", ""}
	got, err := play(t.Context(), t, "args", args...)
	if want := fmt.Sprintf("%q", args); err != nil || got != want {
		t.Errorf("want %s, got %s, %v", want, got, err)
	}
}

func TestAProgramHasTheEnvironmentAndStdinThatItIsGiven(t *testing.T) {
	t.Setenv("HOME", "/this-must-not-get-there")
	if got, err := play(t.Context(), t, "env"); err != nil || got != "yes" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := play(t.Context(), t, "stdin"); err != nil || got != "typed" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAProgramThatFailsIsToldByItsLastLine(t *testing.T) {
	for _, row := range []struct{ name, stderr, want string }{
		{"the last line", "first\nlast\n\n", "it failed (exit status 3): last"},
		{"nothing said", "", "it failed (exit status 3)"},
		{"the last line of much", strings.Repeat("line\n", 5000) + "why", "it failed (exit status 3): why"},
		{"a long line is cut", strings.Repeat("x", 5000), "it failed (exit status 3): " + strings.Repeat("x", 300)},
		{"a letter is not cut in two", strings.Repeat("x", 299) + "\u20ac", "it failed (exit status 3): " + strings.Repeat("x", 299)},
		{"a hatstand's error stands above its hints", "hatstand: error: no\nhatstand: hint: do\n", "it failed (exit status 3): no"},
		{"escapes are blanked", "a\x1b[2Jb\u009bc", "it failed (exit status 3): a [2Jb c"},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, err := play(t.Context(), t, "fail", row.stderr)
			if err == nil || err.Error() != row.want || out != "" {
				t.Errorf("want %q, got %q, %v", row.want, out, err)
			}
		})
	}
}

func TestAProgramThatCannotBeStartedSaysWhy(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, program, want string }{
		{"not on PATH", "hatstand-no-such-program", "no such program on PATH"},
		{"no such file", filepath.Join(dir, "absent"), "it could not be started: no such file or directory"},
		{"not executable", plain, "it could not be started: permission denied"},
		{"a folder", dir, "it could not be started: permission denied"},
		{"no name", "", "it could not be started: exec: no command"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && row.program != "hatstand-no-such-program" {
				t.Skip("Windows words these itself")
			}
			_, err := resolve.RunProgram(t.Context(), []string{row.program}, []string{}, nil)
			if err == nil || err.Error() != row.want {
				t.Errorf("want %q, got %v", row.want, err)
			}
		})
	}
}

func TestAProgramThatPrintsTooMuchIsStopped(t *testing.T) {
	for _, role := range []string{"flood", "endless"} {
		got, err := play(t.Context(), t, role)
		if got != "" || err == nil || err.Error() != "it printed more than 64,000 bytes, and was stopped" {
			t.Errorf("%s: %d bytes, %v", role, len(got), err)
		}
	}
	if _, err := play(t.Context(), t, "loud"); err == nil || err.Error() != "it printed more than 1 MiB to stderr, and was stopped" {
		t.Errorf("loud: %v", err)
	}
}

// hung starts a role that hangs, waits until n processes of it run, ends the context, and gives what
// came back.
func hung(t *testing.T, role string, n int, end bool) (conns []net.Conn, out string, err error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	accepted := make(chan []net.Conn, 1)
	go func() {
		var conns []net.Conn
		for range n {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			conns = append(conns, conn)
		}
		if end {
			cancel()
		}
		accepted <- conns
	}()
	out, err = play(ctx, t, role, l.Addr().String())
	l.Close()
	conns = <-accepted
	t.Cleanup(func() {
		for _, c := range conns {
			c.Close()
		}
	})
	if len(conns) != n {
		t.Fatalf("%d of %d processes ran", len(conns), n)
	}
	return conns, out, err
}

func TestAProgramThatHangsIsEnded(t *testing.T) {
	conns, _, err := hung(t, "hang", 1, true)
	if err == nil || err.Error() != "it did not answer in time and was stopped" {
		t.Errorf("got %v", err)
	}
	if _, err := conns[0].Read(make([]byte, 1)); err == nil {
		t.Error("it still lives")
	}
}

func TestAGrandchildThatHoldsThePipesDoesNotHoldTheCall(t *testing.T) {
	t.Run("when the program hangs", func(t *testing.T) {
		t.Parallel()
		if _, _, err := hung(t, "parent that hangs", 2, true); err == nil || err.Error() != "it did not answer in time and was stopped" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when the program has answered", func(t *testing.T) {
		t.Parallel()
		if _, out, err := hung(t, "parent", 1, false); err != nil || out != "printed" {
			t.Errorf("%q, %v", out, err)
		}
	})
}
