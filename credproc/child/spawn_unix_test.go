//go:build unix

package child_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"hatstand/credproc/child"
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

// With no terminal, every signal is passed on, each once.
func TestSignalsArePassedOn(t *testing.T) {
	script := `for s in HUP INT QUIT USR1 USR2 ALRM TERM CONT WINCH TSTP ABRT; do trap "echo $s" $s; done; echo ready; while kill -0 $PPID; do read x; done <&3`
	cmd, line := spawner(t, nil, "/bin/sh", "-c", "exec 3<&0; "+script)
	if got := line(); got != "ready" {
		t.Fatal(got)
	}
	for _, s := range []struct {
		name   string
		signal syscall.Signal
	}{
		{"HUP", syscall.SIGHUP}, {"INT", syscall.SIGINT}, {"QUIT", syscall.SIGQUIT}, {"USR1", syscall.SIGUSR1}, {"USR2", syscall.SIGUSR2},
		{"ALRM", syscall.SIGALRM}, {"TERM", syscall.SIGTERM}, {"CONT", syscall.SIGCONT}, {"WINCH", syscall.SIGWINCH}, {"TSTP", syscall.SIGTSTP}, {"ABRT", syscall.SIGABRT},
	} {
		if err := cmd.Process.Signal(s.signal); err != nil {
			t.Fatal(err)
		}
		if got := line(); got != s.name {
			t.Errorf("after %s the command has %q", s.name, got)
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
	parent := child.Environment([]string{"PATH=/bin"}, "other", "us-east-1", aws.Credentials{AccessKeyID: "ASIAOLD", SecretAccessKey: "s", SessionToken: "t"})
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
