package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"hatstand/credproc/credentials"
)

// childForbidden runs another role under a filter that forbids the kernel's keyrings, as container runtimes do.
func childForbidden(args []string) error {
	const allow, refuse = unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	filter := []unix.SockFilter{load(0)} // seccomp_data.nr
	calls := []uint32{unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL}
	for i, nr := range calls {
		filter = append(filter, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jt: uint8(len(calls) - i)})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: allow}, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: refuse})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	const allThreads = unix.SECCOMP_FILTER_FLAG_TSYNC
	if _, _, errno := syscall.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, allThreads, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return childRoles()[args[0]](args[1:])
}

func TestKeyctlForbidden(t *testing.T) {
	w := newWorld(t)
	if _, err := w.as("forbidden", "choose", "file", t.TempDir()); err != nil {
		if strings.Contains(err.Error(), "seccomp") {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	_, err := w.as("forbidden", "choose", "keyctl", w.dir)
	if err == nil || !strings.Contains(err.Error(), "[absent] keyring keyctl is unavailable: open: the kernel's keyring: operation not permitted") {
		t.Errorf("%v", err)
	}
	if out, err := w.as("forbidden", "probe", "", w.dir); err != nil || !strings.Contains(out, "keyctl: [absent]") || !strings.Contains(out, "file: <nil>") {
		t.Errorf("%v\n%s", err, out)
	}
	// The file keyring goes on without: its passphrase is asked for each time.
	for _, role := range []string{"put", "get"} {
		out, err := w.as("forbidden", role, "file", w.dir)
		if err != nil || role == "get" && out != "keys: <nil>\nsession: not in the keyring\nlist: <nil>\n" {
			t.Errorf("%s: %v\n%s", role, err, out)
		}
	}
}

// childCrowd fills the kernel's keyring, of a user of its own, with sessions until the quota is reached, and goes
// on: what was dropped to make room is printed.
func childCrowd(args []string) error {
	ctx := context.Background()
	s, err := Open(ctx, childOptions(args))
	if err != nil {
		return describe(err)
	}
	if err := s.PutKeys(ctx, "p", testKeys("AKIA")); err != nil {
		return describe(err)
	}
	if err := s.PutSeed(ctx, "serial", "SEED"); err != nil {
		return describe(err)
	}
	now := time.Now()
	put := func(name string, issued, expires time.Time) error {
		return s.PutSession(ctx, SessionID{Base: "p", Hash: name}, credentials.Value{AccessKeyID: "ASIA", SecretAccessKey: "s", SessionToken: strings.Repeat("t", 1500), CanExpire: true, Expires: expires}, issued)
	}
	const n = 30 // of which about a dozen fit into 20,000 bytes
	if err := put("expired", now.Add(-2*time.Hour), now.Add(-time.Hour)); err != nil {
		return describe(err)
	}
	for i := range n {
		if err := put(fmt.Sprintf("s%02d", i), now.Add(time.Duration(i)*time.Second), now.Add(time.Hour)); err != nil {
			return describe(err)
		}
	}
	names, err := s.list(ctx, "")
	if err != nil {
		return describe(err)
	}
	fmt.Println(strings.Join(names, "\n"))
	return nil
}

// asNewUser runs a role as a user of its own, whose keyring the kernel has not made yet, and forgets with their last
// process. base keeps two such users apart.
func asNewUser(t *testing.T, base int, role, backend string) (out, dir string) {
	t.Helper()
	needRoot(t)
	dir, err := os.MkdirTemp("", "hs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "test")
	if out, err := exec.Command("cp", self, program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	user := base + os.Getpid()
	for _, path := range []string{dir, program} {
		if err := errors.Join(os.Chown(path, user, user), os.Chmod(path, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, backend, dir)
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), childRole + "=" + role, noExitSleep, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(user), Gid: uint32(user)}}
	if out, err = run(t, cmd); err != nil {
		t.Fatal(err)
	}
	return out, dir
}

// TestProbeMakesNoKeyring has a user whose keyring was never made: it would be made under a lock, in the state folder.
func TestProbeMakesNoKeyring(t *testing.T) {
	needKernelKeyring(t)
	out, dir := asNewUser(t, 5_000_000, "probe", "")
	if !strings.Contains(out, "keyctl: <nil>") {
		t.Error(out)
	}
	if _, err := os.Lstat(filepath.Join(dir, "state")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state folder was made: %v", err)
	}
}

// TestKeyctlQuota has a user of its own, since root's quota is another one and is shared.
func TestKeyctlQuota(t *testing.T) {
	needKernelKeyring(t)
	out, _ := asNewUser(t, 100_000, "crowd", "keyctl")
	names := strings.Fields(out)
	sessions := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !strings.HasPrefix(n, sessionPrefix) })
	if !slices.Contains(names, keysItem("p")) || !slices.Contains(names, seedItem("serial")) {
		t.Errorf("keys and seeds are never dropped: %q", names)
	}
	if slices.Contains(names, SessionID{Base: "p", Hash: "expired"}.item()) || len(sessions) < 5 || len(sessions) > 15 {
		t.Errorf("%d sessions: %q", len(sessions), sessions)
	}
	for i, name := range sessions { // the youngest are left
		if want := (SessionID{Base: "p", Hash: fmt.Sprintf("s%02d", 30-len(sessions)+i)}).item(); name != want {
			t.Errorf("%s where %s should be", name, want)
		}
	}
}

func needKernelKeyring(t *testing.T) {
	t.Helper()
	if _, err := openKeyctl(t.Context(), Options{}.withDefaults()); err != nil {
		t.Skipf("the kernel keyring is not to be had here: %v", err)
	}
}

func TestRealKeyctl(t *testing.T) {
	needKernelKeyring(t)
	s, err := Open(t.Context(), Options{Backend: "keyctl", StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if names, err := s.list(t.Context(), ""); err != nil || len(names) != 0 {
		t.Skipf("this user has items of hatstand in the kernel's keyring: %q, %v", names, err)
	}
	contract(t, s)

	// Writers disturb one another in the library; none may lose its item.
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s, err := Open(t.Context(), Options{Backend: "keyctl", StateDir: t.TempDir()})
			if err != nil {
				t.Error(err)
				return
			}
			for range 30 {
				if err := s.PutSeed(t.Context(), fmt.Sprint(i%4), "SEED"); err != nil {
					t.Error(err)
				}
				if _, err := s.Seed(t.Context(), fmt.Sprint(i%4)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	seeds, err := s.ListSeeds(t.Context())
	if err != nil || len(seeds) != 4 {
		t.Errorf("%q, %v", seeds, err)
	}
	for _, serial := range seeds {
		if err := s.RemoveSeed(t.Context(), serial); err != nil {
			t.Error(err)
		}
	}
}
