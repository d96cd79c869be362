package lock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// childHold takes the lock DIR NAME, says so, and holds it until its stdin ends.
func childHold(args []string) error {
	locks, err := Open("", args[0])
	if err != nil {
		return err
	}
	release, err := locks.Acquire(context.Background(), args[1], "the child's profile")
	if err != nil {
		return err
	}
	fmt.Println("held")
	_, err = io.Copy(io.Discard, os.Stdin)
	release()
	return err
}

func openTestLocks(t *testing.T) (*Locks, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	locks, err := Open("", dir)
	if err != nil {
		t.Fatal(err)
	}
	return locks, dir
}

// holdInChild starts a process that holds the lock.
func holdInChild(t *testing.T, dir, name string) (cmd *exec.Cmd, letGo func()) {
	t.Helper()
	cmd = child(t.Context(), t, "hold", dir, name)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return cmd, func() { _ = in.Close() }
}

func TestLockExcludes(t *testing.T) {
	locks, _ := openTestLocks(t)
	var inside, most atomic.Int32
	done := make(chan error)
	for i := range 20 {
		go func() {
			release, err := locks.Acquire(context.Background(), "n", fmt.Sprint(i))
			if err == nil {
				most.Store(max(most.Load(), inside.Add(1)))
				time.Sleep(time.Millisecond)
				inside.Add(-1)
				release()
			}
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d were inside at once", most.Load())
	}
}

func TestAwaitEndsForAllAtOnceAndHoldsNothing(t *testing.T) {
	locks, _ := openTestLocks(t)
	if waited, err := locks.Await(t.Context(), "n", 0); waited || err != nil {
		t.Errorf("nobody holds it: waited %t, %v", waited, err)
	}
	release, err := locks.Acquire(t.Context(), "n", "first")
	if err != nil {
		t.Fatal(err)
	}
	const waiters = 5
	ctx := waitingContext{t.Context(), make(chan struct{}, 100)}
	errs := make(chan error, waiters)
	for range waiters {
		go func() {
			waited, err := locks.Await(ctx, "n", 0)
			if err == nil && !waited {
				err = errors.New("it did not wait")
			}
			errs <- err
		}()
	}
	for range waiters {
		<-ctx.waits
	}
	release()
	for range waiters {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if release, err := locks.Try("n"); err != nil {
		t.Error("one of those who waited holds it")
	} else {
		release()
	}
}

func TestAwaitFailsAsAcquireDoes(t *testing.T) {
	locks, dir := openTestLocks(t)
	cmd, letGo := holdInChild(t, dir, "n")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := locks.Await(ctx, "n", 0)
	var held *HeldError
	if !errors.As(err, &held) || held.PID != cmd.Process.Pid || held.Holder != "the child's profile" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	got := make(chan error)
	waiting := waitingContext{t.Context(), make(chan struct{}, 100)}
	go func() {
		_, err := locks.Await(waiting, "n", 0)
		got <- err
	}()
	<-waiting.waits
	if err := locks.Refuse("n", "the prompt was cancelled", time.Now()); err != nil {
		t.Fatal(err)
	}
	letGo()
	_ = cmd.Wait()
	var refused *RefusedError
	if err := <-got; !errors.As(err, &refused) || refused.Reason != "the prompt was cancelled" {
		t.Errorf("%v", err)
	}
}

func TestARefusalKeepsItsReason(t *testing.T) {
	locks, _ := openTestLocks(t)
	release, err := locks.Acquire(t.Context(), "n", "the first")
	if err != nil {
		t.Fatal(err)
	}
	if err := locks.Refuse("n", "the prompt was cancelled", time.Now()); err != nil {
		t.Fatal(err)
	}
	release()
	// Who comes later may have the lock before one that waits.
	if release, err = locks.Acquire(t.Context(), "n", "a newcomer"); err != nil {
		t.Fatal(err)
	}
	defer release()
	if n := readNote(locks.path("n")); n.reason != "the prompt was cancelled" || n.refusals != 1 || n.holder != "a newcomer" {
		t.Errorf("%+v", n)
	}
}

func TestWhoLingersSeesThatTheLockIsTaken(t *testing.T) {
	locks, _ := openTestLocks(t)
	errs := make(chan error, 1)
	go func() {
		waited, err := locks.Await(t.Context(), "n", time.Hour)
		if err == nil && !waited {
			err = errors.New("it did not see it")
		}
		errs <- err
	}()
	for { // what is taken and let go between two glances is not seen
		release, err := locks.Acquire(t.Context(), "n", "another")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * pollEvery)
		release()
		select {
		case err := <-errs:
			if err != nil {
				t.Error(err)
			}
			return
		case <-time.After(2 * pollEvery):
		}
	}
}

func TestWhoLingersInVain(t *testing.T) {
	locks, _ := openTestLocks(t)
	ended, cancel := context.WithCancel(t.Context())
	ctx := waitingContext{ended, make(chan struct{}, 100)}
	go func() { <-ctx.waits; cancel() }()
	for _, row := range []struct {
		name   string
		ctx    context.Context
		linger time.Duration
	}{
		{"nobody takes it", t.Context(), 2 * pollEvery},
		{"the context ends first", ctx, time.Hour},
	} {
		if waited, err := locks.Await(row.ctx, "n", row.linger); waited || err != nil {
			t.Errorf("%s: %t, %v", row.name, waited, err)
		}
		if release, err := locks.Try("n"); err != nil {
			t.Errorf("%s: it holds the lock: %v", row.name, err)
		} else {
			release()
		}
	}
}

func TestQueueTellsWhetherItWaited(t *testing.T) {
	locks, _ := openTestLocks(t)
	release, waited, err := locks.Queue(t.Context(), "n", "first")
	if waited || err != nil {
		t.Fatalf("nobody held it: %t, %v", waited, err)
	}
	ctx := waitingContext{t.Context(), make(chan struct{}, 100)}
	go func() { <-ctx.waits; release() }()
	again, waited, err := locks.Queue(ctx, "n", "second")
	if !waited || err != nil {
		t.Fatalf("it was held: %t, %v", waited, err)
	}
	again()
}

func TestTryTakesWhatIsFree(t *testing.T) {
	locks, _ := openTestLocks(t)
	release, err := locks.Try("n")
	if err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := locks.Try("n"); !errors.As(err, &held) {
		t.Errorf("it was taken twice: %v", err)
	}
	release()
	if release, err := locks.Try("n"); err != nil {
		t.Error("it was let go")
	} else {
		release()
	}
}

func TestLockNamesAreApart(t *testing.T) {
	locks, _ := openTestLocks(t)
	for _, name := range []string{"a", "../a", "a/b", strings.Repeat("x", 5000), ""} {
		release, err := locks.Acquire(t.Context(), name, "p")
		if err != nil {
			t.Fatalf("%.20q: %v", name, err)
		}
		defer release()
	}
}

func TestLockOfAKilledProcessIsFree(t *testing.T) {
	locks, dir := openTestLocks(t)
	cmd, _ := holdInChild(t, dir, "n")
	got := make(chan error)
	go func() {
		release, err := locks.Acquire(context.Background(), "n", "me")
		if err == nil {
			release()
		}
		got <- err
	}()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := <-got; err != nil {
		t.Errorf("after the holder was killed: %v", err)
	}
}

func TestHeldLockNamesItsHolder(t *testing.T) {
	locks, dir := openTestLocks(t)
	cmd, letGo := holdInChild(t, dir, "n")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := locks.Acquire(ctx, "n", "me")
	var held *HeldError
	if !errors.As(err, &held) || held.PID != cmd.Process.Pid || held.Holder != "the child's profile" {
		t.Errorf("%v", err)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is not the context's error", err)
	}
	letGo()
	_ = cmd.Wait()
	// The waiter that gave up must let the lock go when the kernel hands it over.
	release, err := locks.Acquire(t.Context(), "n", "me")
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestRefusalReachesWhoWaitsAndNobodyElse(t *testing.T) {
	locks, _ := openTestLocks(t)
	release, err := locks.Acquire(t.Context(), "n", "first")
	if err != nil {
		t.Fatal(err)
	}
	const waiters = 5
	errs := make(chan error, waiters)
	ctx := waitingContext{t.Context(), make(chan struct{}, 100)}
	for range waiters {
		go func() {
			r, err := locks.Acquire(ctx, "n", "waiter")
			if err == nil {
				r()
			}
			errs <- err
		}()
	}
	for range waiters {
		<-ctx.waits
	}
	if err := locks.Refuse("n", "the prompt was cancelled", time.Now()); err != nil {
		t.Fatal(err)
	}
	release()
	for range waiters {
		var refused *RefusedError
		if err := <-errs; !errors.As(err, &refused) {
			t.Errorf("a waiter got %v", err)
		}
	}
	release, err = locks.Acquire(t.Context(), "n", "later")
	if err != nil {
		t.Errorf("who came afterwards was refused too: %v", err)
	} else {
		release()
	}
}

// waitingContext tells when somebody begins to wait.
type waitingContext struct {
	context.Context
	waits chan struct{}
}

func (c waitingContext) Done() <-chan struct{} {
	c.waits <- struct{}{}
	return c.Context.Done()
}

func TestLockFolders(t *testing.T) {
	const modesAndLinks = true // which Windows has not, or differently
	rows := []struct {
		name  string
		setup func(t *testing.T, dir string) (runtime, state string)
		want  string // folder used, below dir; "" is an error
		unix  bool
	}{
		{"the runtime folder", func(t *testing.T, dir string) (string, string) {
			mkdir(t, dir, "run", 0o700)
			return dir + "/run", dir + "/state"
		}, "run/hatstand", false},
		{"no runtime folder said", func(t *testing.T, dir string) (string, string) { return "", dir + "/state" }, "state", false},
		{"the runtime folder is absent", func(t *testing.T, dir string) (string, string) { return dir + "/gone", dir + "/deep/state" }, "deep/state", false},
		{"others may write to the runtime folder", func(t *testing.T, dir string) (string, string) {
			mkdir(t, dir, "run", 0o777)
			return dir + "/run", dir + "/state"
		}, "state", modesAndLinks},
		{"others may write to ours in it", func(t *testing.T, dir string) (string, string) {
			mkdir(t, dir, "run", 0o700)
			mkdir(t, dir, "run/hatstand", 0o770)
			return dir + "/run", dir + "/state"
		}, "state", modesAndLinks},
		{"others may write to the state folder", func(t *testing.T, dir string) (string, string) {
			mkdir(t, dir, "state", 0o702)
			return "", dir + "/state"
		}, "", modesAndLinks},
		{"the state folder is a file", func(t *testing.T, dir string) (string, string) {
			write(t, dir+"/state", "x")
			return "", dir + "/state"
		}, "", false},
		{"our own link is followed", func(t *testing.T, dir string) (string, string) {
			mkdir(t, dir, "other", 0o700)
			symlink(t, dir+"/other", dir+"/state")
			return "", dir + "/state"
		}, "state", modesAndLinks},
		{"a link to nowhere", func(t *testing.T, dir string) (string, string) {
			symlink(t, dir+"/nowhere", dir+"/state")
			return "", dir + "/state"
		}, "", modesAndLinks},
		{"nothing given", func(t *testing.T, dir string) (string, string) { return "", "" }, "", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if row.unix && runtime.GOOS == "windows" {
				t.Skip("modes and links are other things there")
			}
			dir := t.TempDir()
			locks, err := Open(row.setup(t, dir))
			var broken *Error
			switch {
			case row.want == "" && !errors.As(err, &broken):
				t.Errorf("%v", err)
			case row.want != "" && err != nil:
				t.Error(err)
			case row.want != "" && filepath.Clean(locks.dir) != filepath.Join(dir, row.want):
				t.Errorf("used %s", locks.dir)
			case row.want != "":
				info, err := os.Stat(locks.dir)
				if err != nil || info.Mode().Perm() != 0o700 && runtime.GOOS != "windows" {
					t.Errorf("%v, %v", info.Mode(), err)
				}
			}
		})
	}
}

func FuzzParseNote(f *testing.F) {
	f.Add(uint64(3), 42, "prod", int64(1790000000), []byte(`1 2 "x"`))
	f.Add(uint64(0), 0, strings.Repeat("é\n", 300), int64(-1), []byte("\x00"))
	f.Fuzz(func(t *testing.T, refusals uint64, pid int, holder string, refused int64, raw []byte) {
		_, _ = parseNote(raw)
		in := note{refusals, pid, holder, "the prompt was cancelled", refused}
		b := in.encode()
		if len(b) != noteSize {
			t.Fatalf("%d bytes", len(b))
		}
		got, ok := parseNote(b)
		if !ok || got.refusals != refusals || got.pid != pid || got.refused != refused || got.holder != holder && got.holder != "" {
			t.Fatalf("%+v became %+v", in, got)
		}
	})
}

func mkdir(t *testing.T, dir, name string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}
