//go:build unix

package child_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hatstand/credproc/child"
	"hatstand/credproc/credentials"
)

// spawner runs a command as hatstand exec --server does, in a process of its own, and gives its stdout line by line.
// prepare may be nil.
func spawner(t *testing.T, prepare func(*exec.Cmd), command ...string) (cmd *exec.Cmd, line func() string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self, command...)
	cmd.Env = []string{playRole + "=spawner", "GORACE=atexit_sleep_ms=0"}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(cmd)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Process.Kill(); cmd.Wait() })
	lines := bufio.NewReader(out)
	return cmd, func() string {
		t.Helper()
		_ = out.(*os.File).SetReadDeadline(time.Now().Add(time.Minute)) // a line that never comes is a failure
		s, err := lines.ReadString('\n')
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		return strings.TrimSuffix(s, "\n")
	}
}

func TestASpawnedCommandsEndIsOurs(t *testing.T) {
	for command, want := range map[string]int{
		"exit 0": 0, "exit 1": 1, "exit 255": 255,
		"kill -TERM $$": 143, "kill -KILL $$": 137, "kill -INT $$": 130,
	} {
		cmd, _ := spawner(t, nil, "/bin/sh", "-c", command)
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Errorf("%s: %d, want %d", command, code, want)
		}
	}
	for command, want := range map[string]int{"/no/such/command": 127, "/etc/passwd": 126} {
		cmd, _ := spawner(t, nil, command)
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Errorf("%s: %d, want %d", command, code, want)
		}
	}
}

func init() { play = counts }

// counting is the command line of counts.
func counting(t *testing.T) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{self, "counts"}
}

// counts is a command that tells its process ID, then each signal that it gets, with how many of that kind there have
// been. It ends with its stdin. A shell would not do: one that comes to "read" when the signal is there already waits
// for the next.
func counts() {
	got := make(chan os.Signal, 64)
	signal.Notify(got, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM,
		syscall.SIGTERM, syscall.SIGCONT, syscall.SIGWINCH, syscall.SIGTSTP, syscall.SIGABRT)
	fmt.Println(os.Getpid())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	n := map[os.Signal]int{}
	for s := range got {
		n[s]++
		fmt.Println(unix.SignalName(s.(syscall.Signal)), n[s])
	}
}

// With no terminal, every signal is passed on, each once.
func TestSignalsArePassedOn(t *testing.T) {
	cmd, line := spawner(t, nil, counting(t)...)
	if _, err := strconv.Atoi(line()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []syscall.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM,
		syscall.SIGTERM, syscall.SIGCONT, syscall.SIGWINCH, syscall.SIGTSTP, syscall.SIGABRT,
	} {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if got := line(); got != unix.SignalName(s)+" 1" {
			t.Errorf("after %s the command has %q", s, got)
		}
	}
}

func TestWhatIsIgnoredStaysIgnored(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `trap "" HUP; exec "$0" /bin/sh -c 'kill -HUP $$; echo alive'`, self)
	cmd.Env = []string{playRole + "=spawner", "GORACE=atexit_sleep_ms=0"}
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "alive\n" {
		t.Errorf("nohup does not reach the command: %v: %s", err, out)
	}
}

func TestACommandWhoseHatstandIsKilledIsAskedToEnd(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("Linux alone can do that")
	}
	cmd, line := spawner(t, nil, "/bin/sh", "-c", `trap "echo asked; exit" TERM; echo $$; while :; do sleep 0.05; done`)
	if _, err := strconv.Atoi(line()); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := line(); got != "asked" {
		t.Errorf("the command has %q", got)
	}
}

func TestTheCommandOfAServerGetsNoCredentials(t *testing.T) {
	parent := child.Environment([]string{"PATH=/bin"}, "other", "us-east-1", credentials.Value{AccessKeyID: "ASIAOLD", SecretAccessKey: "s", SessionToken: "t"})
	parent = append(parent, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/x", "AWS_PROFILE=x")
	got := child.ServerEnvironment(parent, "prod", "eu-west-1", child.Server{URL: "http://127.0.0.1:1/prod", Token: "tok"})
	want := "[PATH=/bin AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/prod AWS_CONTAINER_AUTHORIZATION_TOKEN=tok HATSTAND_PROFILE=prod AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 HATSTAND_REGION=eu-west-1]"
	if fmt.Sprint(got) != want {
		t.Errorf("%v", got)
	}
	if got := child.ServerEnvironment([]string{"AWS_REGION=x"}, "prod", "", child.Server{}); got[0] != "AWS_REGION=x" {
		t.Errorf("the parent's region is gone: %v", got)
	}
}
