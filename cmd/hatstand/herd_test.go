//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

// A herd is a machine on which many processes want credentials at once: profiles p0, p1, ... of alice's,
// q0 of bob's, and long, a role of twelve hours. It is Linux's, whose /proc/locks tells who waits.
type herd struct {
	tb         testing.TB
	aws        *awstest.Server
	alice, bob *awstest.Device
	dir, bin   string
	env        []string
	clock      testClock

	old  map[string]awstest.Call // what AWS issued that is kept as if it were older,
	aged time.Duration           // by this
}

// unhurried is a limit that no test comes to.
var unhurried = (patient + time.Minute).String()

const herdPassphrase = "correct horse battery staple"

// herdBin is the real main, in the program that testscript made of this test: built once, and with the race
// detector where the tests are.
func herdBin(tb testing.TB) string {
	tb.Helper()
	bin, err := exec.LookPath("hatstand")
	if err != nil {
		tb.Fatal(err)
	}
	return bin
}

func newHerd(tb testing.TB, bin string, profiles int) *herd {
	tb.Helper()
	h := emptyHerd(tb, bin)
	alice, bob := h.aws.AddUser(home, "alice"), h.aws.AddUser(home, "bob")
	h.alice, h.bob = alice.AddMFA("alice"), bob.AddMFA("bob")
	config := fmt.Sprintf("[profile me]\nmfa_serial = %s\n\n[profile you]\nmfa_serial = %s\n", h.alice.Serial, h.bob.Serial)
	add := func(name, source string, role awstest.Role) {
		role.Trust = []awstest.Trust{{Principal: home, RequireMFA: true}}
		h.aws.AddRole(roleOf(name), role)
		config += fmt.Sprintf("\n[profile %s]\nregion = eu-west-1\nrole_arn = %s\nsource_profile = %s\n", name, roleOf(name), source)
	}
	for i := range profiles {
		add(fmt.Sprint("p", i), "me", awstest.Role{})
	}
	add("q0", "you", awstest.Role{})
	add("long", "me", awstest.Role{MaxSession: 12 * time.Hour})
	h.write(".aws/config", config)
	h.addKeys("me", alice)
	h.addKeys("you", bob)
	h.aws.Reset()
	return h
}

// emptyHerd is a machine with a keyring and an AWS, and nothing in either.
func emptyHerd(tb testing.TB, bin string) *herd {
	tb.Helper()
	dir := tb.TempDir()
	clock := testClock{filepath.Join(dir, "clock")}
	server, err := awstest.Start(awstest.Options{Now: clock.now})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { server.Close() })
	h := &herd{tb: tb, aws: server, dir: dir, bin: bin, clock: clock}
	h.env = append(scrubbed(h.dir),
		"HATSTAND_BACKEND=file", "HATSTAND_FILE_PASSPHRASE="+herdPassphrase,
		"HATSTAND_LOG="+filepath.Join(h.dir, "log"), "AWS_ENDPOINT_URL_STS="+server.URL, "AWS_ENDPOINT_URL_IAM="+server.URL,
		clockVariable+"="+clock.path)
	// The start of a hundred may take a slow machine minutes: none that waits gives up before the test does.
	h.env = append(h.env, sdkLimitVariable+"="+unhurried, "HATSTAND_PROMPT_TIMEOUT="+unhurried)
	for _, d := range []string{".aws", "run"} {
		if err := os.Mkdir(filepath.Join(h.dir, d), 0o700); err != nil {
			tb.Fatal(err)
		}
	}
	if err := cheapKeyring(h.dir, herdPassphrase); err != nil {
		tb.Fatal(err)
	}
	// The kernel's keyring would hold the store's key for twelve hours.
	tb.Cleanup(func() { h.do("", bin, "lock") })
	return h
}

func (h *herd) addKeys(profile string, user *awstest.User) {
	h.tb.Helper()
	key := user.AddKey()
	h.do("", "env", "AWS_ACCESS_KEY_ID="+key.ID, "AWS_SECRET_ACCESS_KEY="+key.Secret, h.bin, "keys", "add", profile, "--from-env")
}

// roleOf is the role that a profile wears.
func roleOf(profile string) string { return "arn:aws:iam::" + work + ":role/" + profile }

func (h *herd) write(path, text string) {
	h.tb.Helper()
	// A process that is being started would have the file open too, and nobody could run it (ETXTBSY).
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(filepath.Join(h.dir, path), []byte(text), 0o600); err != nil {
		h.tb.Fatal(err)
	}
}

func (h *herd) read(path string) string {
	h.tb.Helper()
	b, err := os.ReadFile(filepath.Join(h.dir, path))
	if err != nil {
		h.tb.Fatal(err)
	}
	return string(b)
}

// do runs a command of the set-up, and gives its stdout.
func (h *herd) do(stdin string, args ...string) string {
	h.tb.Helper()
	out, err := h.try(stdin, args...)
	if err != nil {
		h.tb.Fatal(err)
	}
	return out
}

// try is do that fails no test. What a command writes to stderr is an error.
func (h *herd) try(stdin string, args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	var errs strings.Builder
	cmd.Env, cmd.Stdin, cmd.Stderr = h.env, strings.NewReader(stdin), &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		return "", fmt.Errorf("%v: %v: %s", args, err, errs.String())
	}
	return string(out), nil
}

// during adds a disturbance whose hook is f. AWS calls it, and may do so when the test has ended, so f must not fail the
// test: the function that is returned does so with f's error. That one is called once no call that f holds up can be on
// its way any more, and waits for f if it must.
func (h *herd) during(fault awstest.Fault, f func() error) (ended func()) {
	found := make(chan error, 1)
	fault.Hook = func() { found <- f() }
	h.aws.Fault(fault)
	return func() {
		h.tb.Helper()
		select {
		case err := <-found:
			if err != nil {
				h.tb.Error(err)
			}
		case <-time.After(patient):
			h.tb.Errorf("AWS has not been through %s: %v", fault.Action, h.aws.Calls())
		}
	}
}

// gate is a channel that is closed by open, at the latest when the test ends.
func (h *herd) gate() (gate chan struct{}, open func()) {
	gate = make(chan struct{})
	open = sync.OnceFunc(func() { close(gate) })
	h.tb.Cleanup(open)
	return gate, open
}

// storeSeeds leaves nothing to ask a person.
func (h *herd) storeSeeds() {
	h.tb.Helper()
	h.do(h.alice.Seed, h.bin, "mfa", "add", "me", "--from-stdin")
	h.do(h.bob.Seed, h.bin, "mfa", "add", "you", "--from-stdin")
}

// hat is a process that wants credentials. It has no terminal unless it is given one.
func (h *herd) hat(args ...string) *realRun { return h.run(append([]string{h.bin}, args...)...) }

// wears is hat for credential-process.
func (h *herd) wears(profile string) *realRun { return h.hat("credential-process", profile) }

func (h *herd) run(args ...string) *realRun {
	h.tb.Helper()
	t, ok := h.tb.(*testing.T)
	if !ok {
		h.tb.Fatal("a benchmark starts its processes itself")
	}
	return (&realWorld{t: t, env: h.env}).run(args...)
}

// with is a herd whose processes see another environment.
func (h *herd) with(env ...string) *herd {
	other := *h
	other.env = append(slices.Clip(h.env), env...)
	return &other
}

// holdingUp is a herd whose calls to AWS may take as long as the test that holds them up. Each is tried once.
func (h *herd) holdingUp() *herd { return h.with(callLimitVariable + "=" + unhurried) }

// code is what alice's device shows. AWS takes it for the whole of this step and the next one, so that what a test types
// is not late on a busy machine.
func (h *herd) code() string {
	h.step()
	return h.shown(h.alice)
}

// shown is what a device shows now.
func (h *herd) shown(d *awstest.Device) string { return d.Code(h.clock.now()) }

// before is the code of the step before, which AWS takes still, so that two codes can be spent at once.
func (h *herd) before() string {
	h.step() // with the step, AWS's patience with the one before ends
	return h.alice.Code(h.clock.now().Add(-30 * time.Second))
}

// step goes to the beginning of a step.
func (h *herd) step() { h.clock.nextStep() }

// saw holds AWS to these calls since it was asked last, all of which it granted.
func (h *herd) saw(want map[string]int) {
	h.tb.Helper()
	got := map[string]int{}
	for _, c := range h.aws.Calls() {
		got[c.Action]++
		if c.Code != "" || c.Dropped {
			h.tb.Errorf("AWS did not grant: %s", c)
		}
	}
	if !maps.Equal(got, want) {
		h.tb.Errorf("AWS saw %v, want %v", got, want)
	}
}

// issued is what AWS gave, by key ID.
func (h *herd) issued() map[string]awstest.Call {
	all := map[string]awstest.Call{}
	for _, c := range h.aws.Calls() {
		if c.IssuedKeyID != "" {
			all[c.IssuedKeyID] = c
		}
	}
	return all
}

// A document is what credential-process prints.
type document struct {
	Version                                                           int
	AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId string
}

// fault says what is wrong with an answer for a profile; "" is nothing. Every key that AWS issues is for
// one role, which is how one tells whose it is.
func (h *herd) fault(profile, out, errs string, issued map[string]awstest.Call) string {
	var d document
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		return fmt.Sprintf("%s: %v: %q, stderr %q", profile, err, out, errs)
	}
	at, err := time.Parse(time.RFC3339, d.Expiration)
	call, known := issued[d.AccessKeyId]
	if old, aged := h.old[d.AccessKeyId]; aged {
		call, known = old, true
		call.Expires = call.Expires.Add(-h.aged)
	}
	switch {
	case errs != "":
		return fmt.Sprintf("%s: stderr is not empty: %q", profile, errs)
	case err != nil || d.Version != 1 || d.SecretAccessKey == "" || d.SessionToken == "" || d.AccountId != work:
		return fmt.Sprintf("%s: not a document: %q", profile, out)
	case !known:
		return fmt.Sprintf("%s: AWS never issued %s", profile, d.AccessKeyId)
	case call.Params["RoleArn"] != roleOf(profile):
		return fmt.Sprintf("%s: got the credentials of %q", profile, call.Params["RoleArn"])
	case !at.Equal(call.Expires.Truncate(time.Second)):
		return fmt.Sprintf("%s: says that it expires at %s, AWS says %s", profile, d.Expiration, call.Expires)
	case !at.After(h.clock.now()):
		return fmt.Sprintf("%s: expired at %s", profile, d.Expiration)
	}
	return ""
}

// gets waits for a process that gets its profile's credentials, and nothing else.
func (h *herd) gets(p *realRun, profile string) {
	h.tb.Helper()
	if p.cmd.Process == nil {
		p.start()
	}
	p.wait()
	if p.exitCode() != 0 {
		h.tb.Errorf("%s: exit code %d, stderr %q", profile, p.exitCode(), p.errs.String())
	} else if f := h.fault(profile, p.out.String(), p.errs.String(), h.issued()); f != "" {
		h.tb.Error(f)
	}
}

// fails waits for a process that ends with a code, an error on stderr and nothing on stdout.
func (h *herd) fails(p *realRun, code int, want string) {
	h.tb.Helper()
	p.wait()
	if p.exitCode() != code || p.out.Len() > 0 || p.errs.String() != want {
		h.tb.Errorf("exit code %d, stdout %q, stderr\n%swant %d and\n%s", p.exitCode(), p.out.String(), p.errs.String(), code, want)
	}
}

// A lockLine is one line of /proc/locks that is about a lock of this herd's.
type lockLine struct {
	pid     int
	waiting bool
}

func (h *herd) locks() []lockLine {
	h.tb.Helper()
	lines, err := h.lockLines()
	if err != nil {
		h.tb.Error(err)
	}
	return lines
}

func (h *herd) lockLines() ([]lockLine, error) {
	files := map[string]bool{}
	for _, dir := range []string{"run/hatstand", ".local/share/hatstand/keyring"} {
		entries, _ := os.ReadDir(filepath.Join(h.dir, dir)) // it may not be made yet
		for _, e := range entries {
			if info, err := e.Info(); err == nil && strings.HasSuffix(e.Name(), ".lock") {
				files[strconv.FormatUint(info.Sys().(*syscall.Stat_t).Ino, 10)] = true
			}
		}
	}
	text, err := os.ReadFile("/proc/locks")
	if err != nil {
		return nil, fmt.Errorf("nobody tells who waits for a lock: %w", err)
	}
	var lines []lockLine
	for line := range strings.Lines(string(text)) {
		// 2: -> FLOCK  ADVISORY  WRITE 4711 fe:00:9977924 0 EOF
		fields := strings.Fields(line)
		waiting := len(fields) > 1 && fields[1] == "->"
		if waiting {
			fields = slices.Delete(fields, 1, 2)
		}
		if len(fields) < 6 || fields[1] != "FLOCK" || !files[fields[5][strings.LastIndexByte(fields[5], ':')+1:]] {
			continue
		}
		pid, _ := strconv.Atoi(fields[4])
		lines = append(lines, lockLine{pid, waiting})
	}
	return lines, nil
}

// waitFor returns when n processes wait for locks.
func (h *herd) waitFor(n int) {
	h.tb.Helper()
	if err := h.waiting(n); err != nil {
		h.tb.Fatal(err)
	}
}

// waiting returns nil when n processes wait for locks, and an error if that does not come to be.
func (h *herd) waiting(n int) error {
	for end := time.Now().Add(patient); ; time.Sleep(5 * time.Millisecond) {
		lines, err := h.lockLines()
		if err != nil {
			return err
		}
		waiting := 0
		for _, l := range lines {
			if l.waiting {
				waiting++
			}
		}
		switch {
		case waiting == n:
			return nil
		case time.Now().After(end):
			return fmt.Errorf("%d processes wait for locks, want %d", waiting, n)
		}
	}
}

// left holds the herd to what may lie about when all is done: no lock, no temporary file.
func (h *herd) left() {
	h.tb.Helper()
	if l := h.locks(); len(l) > 0 {
		h.tb.Errorf("locks are held: %v", l)
	}
	for _, path := range h.partial() {
		h.tb.Errorf("%s is left", path)
	}
}

// partial are the files that are none of those that stay.
func (h *herd) partial() []string {
	h.tb.Helper()
	var odd []string
	for _, dir := range []string{"run", ".local"} {
		err := filepath.WalkDir(filepath.Join(h.dir, dir), func(path string, e os.DirEntry, err error) error {
			name := e.Name()
			kept := slices.Contains([]string{"params", "backend", "expired-removed"}, name) ||
				strings.HasPrefix(name, "sign-in-dropped-") ||
				strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".item") ||
				strings.HasPrefix(name, "spent-") && !strings.HasSuffix(name, ".new")
			if err == nil && !e.IsDir() && !kept {
				odd = append(odd, path)
			}
			return err
		})
		if err != nil {
			h.tb.Fatal(err)
		}
	}
	return odd
}
