//go:build unix

package child_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// SIGUSR2 is sent after the others: what would have been passed on a second time is there before it.
func TestWhatReachesTheWholeGroupIsNotPassedOn(t *testing.T) {
	leader := func(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
	cmd, line := spawner(t, leader, counting(t)...)
	if _, err := strconv.Atoi(line()); err != nil {
		t.Fatal(err)
	}
	next := map[syscall.Signal]int{}
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGINT, syscall.SIGINT} {
		for who, pid := range map[string]int{"the group": -cmd.Process.Pid, "hatstand alone": cmd.Process.Pid} {
			if err := syscall.Kill(pid, s); err != nil {
				t.Fatal(err)
			}
			next[s]++
			if got, want := line(), fmt.Sprint(unix.SignalName(s), " ", next[s]); got != want {
				t.Fatalf("%s, sent to %s: the command tells %q, want %q", unix.SignalName(s), who, got, want)
			}
			// Twice: the first may overtake a signal that a thread of hatstand's has received and not passed to Go yet.
			for range 2 {
				if err := cmd.Process.Signal(syscall.SIGUSR2); err != nil {
					t.Fatal(err)
				}
				next[syscall.SIGUSR2]++
				if got := line(); got != fmt.Sprint("SIGUSR2 ", next[syscall.SIGUSR2]) {
					t.Fatalf("%s, sent to %s, has reached the command again: %q", unix.SignalName(s), who, got)
				}
			}
		}
	}
}

// On a terminal Ctrl-C and kill -INT are told apart too.
func TestAnInterruptReachesTheCommandOnceWhoeverSendsIt(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	onTerminal := func(cmd *exec.Cmd) {
		cmd.ExtraFiles = []*os.File{slave}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	}
	cmd, line := spawner(t, onTerminal, counting(t)...)
	if _, err := strconv.Atoi(line()); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 6; n++ {
		switch n % 2 {
		case 1:
			_, err = master.WriteString("\x03")
		default:
			err = cmd.Process.Signal(syscall.SIGINT)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := line(); got != fmt.Sprint("SIGINT ", n) {
			t.Fatalf("the command tells %q, want SIGINT %d", got, n)
		}
		if err := cmd.Process.Signal(syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		if got := line(); got != fmt.Sprint("SIGUSR2 ", n) {
			t.Fatalf("an interrupt too many: %q", got)
		}
	}
}

// children are the processes that pid has started.
func children(t *testing.T, pid int) []int {
	t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "ppid=,pid=").Output()
	if err != nil {
		t.Skip("ps:", err)
	}
	var all []int
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		var parent, child int
		if _, err := fmt.Sscan(lines.Text(), &parent, &child); err == nil && parent == pid {
			all = append(all, child)
		}
	}
	return all
}

func TestWithoutAProbe(t *testing.T) {
	cmd, line := spawner(t, nil, counting(t)...)
	command, err := strconv.Atoi(line())
	if err != nil {
		t.Fatal(err)
	}
	started := children(t, cmd.Process.Pid)
	for _, pid := range started {
		if pid != command {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(started) != 2 {
		t.Fatalf("%v were started, the command is %d", started, command)
	}
	for _, want := range []string{"SIGINT 1", "SIGINT 2"} {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if got := line(); got != want {
			t.Errorf("the command tells %q, want %q", got, want)
		}
	}
}

func TestNothingStaysBehind(t *testing.T) {
	for name, end := range map[string]func(hatstand *exec.Cmd, command int) error{
		"the command ends":   func(_ *exec.Cmd, command int) error { return syscall.Kill(command, syscall.SIGKILL) },
		"hatstand is killed": func(hatstand *exec.Cmd, _ int) error { return hatstand.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			cmd, line := spawner(t, nil, "/bin/sh", "-c", "trap exit TERM; echo $$; while :; do sleep 0.01; done")
			command, err := strconv.Atoi(line())
			if err != nil {
				t.Fatal(err)
			}
			started := children(t, cmd.Process.Pid)
			if len(started) != 2 {
				t.Errorf("%v were started, the command is %d", started, command)
			}
			if err := end(cmd, command); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			for _, pid := range started {
				for late := time.Now().Add(10 * time.Second); running(pid); time.Sleep(time.Millisecond) {
					if time.Now().After(late) {
						t.Fatalf("%d of %v is still there, the command was %d", pid, started, command)
					}
				}
			}
		})
	}
}

// running reports whether a process is there and not just waiting to be reaped, which is for whoever adopted it.
func running(pid int) bool {
	out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && !strings.HasPrefix(string(out), "Z")
}
