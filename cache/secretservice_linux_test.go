package cache

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childUnasked is childGet where nothing may be asked.
func childUnasked(args []string) error {
	o := childOptions(args)
	o.NoPrompts = true
	return childReads(o)
}

// childBereft reads keys, then kills the keyring's program, whose process ID is the second argument, and
// reads on: between calls, or, with "amid", while a call waits for the answer.
func childBereft(args []string) error {
	pid, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	s, err := Open(context.Background(), childOptions(args))
	if err != nil {
		return describe(err)
	}
	if _, err := s.Keys(context.Background(), "p"); err != nil {
		return fmt.Errorf("while it lives: %w", describe(err))
	}
	kill := func() { _ = syscall.Kill(pid, syscall.SIGKILL) }
	if args[3] == "amid" {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
		time.AfterFunc(100*time.Millisecond, kill)
	} else {
		kill()
	}
	for range 3 {
		_, err = s.Keys(context.Background(), "p")
		fmt.Println(describe(err))
	}
	return nil
}

func TestSecretServiceKilled(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"between calls", "amid"} {
		t.Run(when, func(t *testing.T) {
			w := needSecretService(t)
			need(t, "pidof", "sysvinit-utils")
			if out, err := w.onBus(unlocked, "put", "secret-service", w.dir); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			out, err := w.onBus(unlocked+`
set -- "$@" "`+daemonPID+`" "`+when+`"`, "bereft", "secret-service", w.dir)
			if err != nil {
				t.Fatal(err)
			}
			// The bus may start another one, which is locked. Nothing of this looks like an empty keyring.
			if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 3 {
				t.Errorf("%q", out)
			} else {
				for _, l := range lines {
					if !strings.HasPrefix(l, "[") || strings.Contains(l, ErrNotFound.Error()) {
						t.Errorf("%q", l)
					}
				}
			}
		})
	}
}

// TestSecretServicePrompt meets the desktop's own dialog, on a display of its own.
func TestSecretServicePrompt(t *testing.T) {
	t.Parallel()
	w := needSecretService(t)
	need(t, "xdotool", "xdotool")
	w.env = append(w.env, "DISPLAY="+newDisplay(t), "NO_AT_BRIDGE=1", "GTK_A11Y=none")
	if out, err := w.onBus(unlocked, "put", "secret-service", w.dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// It takes its time from the window to the moment when it has the keyboard: the keys come until it goes.
	answer := func(keys string) string {
		return `(until xdotool search --onlyvisible --name 'Unlock' >/dev/null 2>&1; do sleep 0.05; done
while xdotool search --onlyvisible --name 'Unlock' >/dev/null 2>&1; do ` + keys + `; sleep 0.5; done) &`
	}
	t.Run("answered, it unlocks", func(t *testing.T) {
		out, err := w.onBus(answer(`xdotool key ctrl+a; xdotool type pw; xdotool key Return`), "get", "secret-service", w.dir)
		if err != nil || out != "keys: <nil>\nsession: not in the keyring\nlist: <nil>\n" {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("cancelled, the keyring is locked", func(t *testing.T) {
		out, err := w.onBus(answer(`xdotool key Escape`), "one", "secret-service", w.dir)
		if err != nil || !strings.HasPrefix(out, "[locked] ") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("where nothing may be asked there is no window", func(t *testing.T) {
		out, err := w.onBus("", "unasked", "secret-service", w.dir)
		if err != nil || strings.Count(out, "[locked]") != 3 {
			t.Errorf("%v\n%s", err, out)
		}
		out, err = w.onBus("", "probe", "", w.dir)
		if err != nil || !strings.Contains(out, "secret-service: [locked]") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("nobody answers: it waits for a person, and no longer than the caller does", func(t *testing.T) {
		out, err := w.onBus("", "hurried", "secret-service", w.dir)
		if err != nil || !strings.HasPrefix(out, "[timed out] ") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// childOne reads keys once.
func childOne(args []string) error {
	s, err := Open(context.Background(), childOptions(args))
	if err != nil {
		return describe(err)
	}
	_, err = s.Keys(context.Background(), "p")
	fmt.Println(describe(err))
	return nil
}

// childHurried opens the keyring and reads keys within four seconds, which is over the time limit of a call that
// waits for nobody.
func childHurried(args []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	o := childOptions(args)
	o.Timeout = 2 * time.Second
	s, err := Open(ctx, o)
	if err == nil {
		_, err = s.Keys(ctx, "p")
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("it did not wait: %w", err)
	}
	fmt.Println(describe(err))
	return nil
}

// newDisplay starts an X server, and gives its name.
func newDisplay(t *testing.T) string {
	t.Helper()
	xvfb := need(t, "Xvfb", "xvfb")
	r, wr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command(xvfb, "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{wr}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wr.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it removes its socket
		_ = cmd.Wait()
	})
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb does not start: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// Items are told apart by whoever looks into the keyring with a program of the desktop's.
func TestSecretServiceLabels(t *testing.T) {
	t.Parallel()
	w := needSecretService(t)
	tool := need(t, "secret-tool", "libsecret-tools")
	out, err := w.onBus(unlocked, "put", "secret-service", w.dir)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err = w.run("dbus-run-session", "--", "sh", "-c", unlocked+"\n"+tool+" search --all profile 'hatstand: keys/p'")
	if err != nil || !strings.Contains(out, "label = hatstand: keys/p\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
