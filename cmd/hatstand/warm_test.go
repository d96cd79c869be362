//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// newWarmWorld has the credentials of prod at hand, and the file keyring unlocked.
func newWarmWorld(t *testing.T) *realWorld {
	t.Helper()
	// The released program is compiled by itself, which takes a minute; short tests share what the others compile.
	bin := released
	if !longTests() && !raced {
		bin = func(t *testing.T) string { return build(t, "hatstand", ".") }
	}
	w := newRealWorld(t, bin(t))
	w.storeSeed()
	return w
}

// TestWarmCallReadsOneItem watches the kernel's side of a call: nothing is sent anywhere, no program is
// started, and of the keyring one item is read. A cold call shows that the watching sees what it
// should.
func TestWarmCallReadsOneItem(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		missingPart(t, "strace")
	}
	if out, err := exec.Command(strace, "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not watch other programs here: %v: %s", err, out)
	}
	if _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true); err != nil {
		t.Skipf("the kernel keeps no keys here: %v", err)
	}
	w := newWarmWorld(t)
	watch := func() trace {
		t.Helper()
		file := filepath.Join(t.TempDir(), "trace")
		p := w.run(strace, "-f", "-qq", "-s", "4096", "-e", "signal=none", "-e", "trace=%network,execve,open,openat,openat2,getdents64,keyctl", "-o", file, w.bin, "credential-process", "prod")
		p.start()
		p.wait()
		if p.exitCode() != 0 || p.out.Len() == 0 || p.errs.Len() > 0 {
			t.Fatalf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return readTrace(string(text))
	}

	cold := watch()
	if cold.connects == 0 || len(cold.items) < 2 || cold.keyReads == 0 || cold.programs != 1 {
		t.Fatalf("the trace of a cold call does not show what it did: %+v", cold)
	}
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 1})
	w.aws.Reset()

	warm := watch()
	if warm.connects != 0 {
		t.Errorf("%d connections to the network", warm.connects)
	}
	if len(warm.items) != 1 || !strings.HasPrefix(filepath.Base(warm.items[0]), "session~me~") {
		t.Errorf("opened in the keyring: %q, want the role's session alone", warm.items)
	}
	if warm.keyReads != 1 {
		t.Errorf("the kernel was asked %d times for the keyring's key, want once", warm.keyReads)
	}
	if warm.lists != 0 {
		t.Errorf("%d folders were listed", warm.lists)
	}
	if warm.programs != 1 {
		t.Errorf("%d programs ran, want hatstand alone", warm.programs)
	}
	w.saw(t, map[string]int{})
}

// A trace is what strace told of a call.
type trace struct {
	connects int      // to IPv4 and IPv6 addresses, datagrams included
	items    []string // opened below the file keyring's folder, once for each time
	lists    int      // readings of a folder
	keyReads int      // of the kernel's keyring
	programs int
}

func readTrace(text string) trace {
	var tr trace
	opened := regexp.MustCompile(`\bopen(?:at2?)?\(.*?"([^"]*)"`)
	for line := range strings.Lines(text) {
		switch {
		case strings.Contains(line, "sa_family=AF_INET") && !strings.Contains(line, "resumed>"):
			tr.connects++
		case strings.Contains(line, "getdents64("):
			tr.lists++
		case strings.Contains(line, "keyctl(KEYCTL_READ,"):
			tr.keyReads++
		case strings.Contains(line, "execve("):
			tr.programs++
		default:
			if m := opened.FindStringSubmatch(line); m != nil && strings.Contains(m[1], "/hatstand/keyring") {
				tr.items = append(tr.items, m[1])
			}
		}
	}
	return tr
}

// TestWarmCallIsSmall takes the peak of resident memory from GNU time: what the kernel tells this
// process of its children includes its own, which they share until they have started their program.
func TestWarmCallIsSmall(t *testing.T) {
	t.Parallel()
	const limit = 20 << 20
	gnuTime, err := exec.LookPath("time")
	if err != nil {
		missingPart(t, "time")
	}
	w := newWarmWorld(t)
	w.do("", w.bin, "login", "prod")
	w.aws.Reset()
	var peaks []int
	for range 7 {
		file := filepath.Join(t.TempDir(), "peak")
		w.do("", gnuTime, "-f", "%M", "-o", file, w.bin, "credential-process", "prod")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kib, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || kib == 0 {
			t.Fatalf("time says %q", text)
		}
		peaks = append(peaks, kib<<10)
	}
	w.saw(t, map[string]int{})
	slices.Sort(peaks)
	median := peaks[len(peaks)/2]
	t.Logf("peak %.1f MiB", float64(median)/(1<<20))
	if median >= limit {
		t.Errorf("a warm call takes %d bytes at its peak, want less than %d", median, limit)
	}
}

func TestReleasedProgramIsSmall(t *testing.T) {
	long(t)
	t.Parallel()
	// 22 MB without the clients that sign people in (service/sso, service/ssooidc and service/signin, 3 MB), the writer
	// of Terraform's files (hcl/v2, 2 MB), and the demo's S3 and reports.
	const limit = 30e6
	if runtime.GOARCH != "amd64" {
		t.Skip("the limit is that of linux/amd64")
	}
	info, err := os.Stat(released(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB", float64(info.Size())/1e6)
	if info.Size() >= limit {
		t.Errorf("the program has %d bytes, want less than %.0f", info.Size(), limit)
	}
}
