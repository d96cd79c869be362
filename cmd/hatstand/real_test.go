//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"hatstand/credproc/awstest"
)

const (
	asAdmin   = "arn:aws:sts::222222222222:assumed-role/Admin/alice"
	asReader  = "arn:aws:sts::222222222222:assumed-role/Reader/alice"
	asAuditor = "arn:aws:sts::333333333333:assumed-role/Auditor/alice"
)

// TestReal is the main job with nothing played: hatstand as it is built, and the AWS CLI, boto3 and the
// Go SDK, which read a config file, start it as their credential_process and ask STS who they are.
func TestReal(t *testing.T) {
	t.Parallel()
	bin := build(t, "hatstand", ".")
	all := clients(t)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			c.wanted(t)
			if c.missing != "" {
				missingPart(t, c.missing)
			}
			if c.broken != "" {
				t.Skip(c.broken)
			}
			for _, s := range []struct {
				name string
				test func(*testing.T, *realWorld, client)
			}{
				{"a stored seed: asked twice, AWS is asked once", realSeed},
				{"a terminal: one code is typed, and serves ever after", realTerminal},
				{"two profiles at once share one code", realTwoProfiles},
				{"a chain of roles over two accounts", realChain},
				{"exec wears a profile that has its role in its own section", realExec},
				{"nobody to ask: it fails at once and says what to run", realNobody},
			} {
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					s.test(t, newRealWorld(t, bin), c)
				})
			}
		})
	}
	t.Run("twenty clients at once", func(t *testing.T) { realTwenty(t, newRealWorld(t, bin), all) })
	t.Run("stderr read as stdout", func(t *testing.T) { realMerged(t, newRealWorld(t, bin)) })
}

// TestTheSDKHearsThatNobodyAnswered leaves a question alone. The Go SDK ends its credential_process after 60 s: hatstand
// ends before that, and says why.
func TestTheSDKHearsThatNobodyAnswered(t *testing.T) {
	t.Parallel()
	long(t)
	w := newRealWorld(t, build(t, "hatstand", "."))
	p := w.ask(goSDK(t), "prod")
	p.onTerminal()
	p.start()
	p.sees("MFA code for alice")
	p.wait()
	if p.exitCode() <= 0 || !strings.Contains(p.errs.String(), "no answer in time: waited for a token code of "+w.device.Serial) {
		t.Errorf("exit code %d, stderr %q", p.exitCode(), p.errs.String())
	}
	w.saw(t, map[string]int{})
}

func realSeed(t *testing.T, w *realWorld, c client) {
	w.storeSeed()
	for range 2 {
		w.expect(w.ask(c, "prod"), asAdmin)
	}
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 1, "GetCallerIdentity": 2})
}

func realTerminal(t *testing.T, w *realWorld, c client) {
	first := w.ask(c, "prod")
	first.onTerminal()
	first.start()
	first.sees("MFA code for alice")
	first.types(w.device.Code(time.Now()))
	w.expect(first, asAdmin)
	second := w.ask(c, "prod")
	second.onTerminal()
	w.expect(second, asAdmin)
	if n := strings.Count(first.screen(), "MFA code"); n != 1 || second.screen() != "" {
		t.Errorf("the terminal showed %q, then %q", first.screen(), second.screen())
	}
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 1, "GetCallerIdentity": 2})
}

func realTwoProfiles(t *testing.T, w *realWorld, c client) {
	w.storeSeed()
	admin, reader := w.ask(c, "prod"), w.ask(c, "reader")
	admin.start()
	reader.start()
	w.expect(admin, asAdmin)
	w.expect(reader, asReader)
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 2, "GetCallerIdentity": 2})
}

func realChain(t *testing.T, w *realWorld, c client) {
	w.storeSeed()
	w.expect(w.ask(c, "audit"), asAuditor)
	w.expect(w.ask(c, "prod"), asAdmin)
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 2, "GetCallerIdentity": 2})
}

func realExec(t *testing.T, w *realWorld, c client) {
	w.storeSeed()
	for range 2 {
		w.expect(w.run(append([]string{w.bin, "exec", "plain", "--"}, c.args("", w.aws.URL)...)...), asAdmin)
	}
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 1, "GetCallerIdentity": 2})
}

func realNobody(t *testing.T, w *realWorld, c client) {
	p := w.ask(c, "prod")
	p.start()
	p.wait()
	if p.exitCode() <= 0 || p.out.Len() > 0 {
		t.Errorf("exit code %d, stdout %q", p.exitCode(), p.out.String())
	}
	// Each shows what its credential_process said in a form of its own.
	if !strings.Contains(p.errs.String(), "hatstand: error: ") || !strings.Contains(p.errs.String(), "hatstand login prod") {
		t.Errorf("the user is told: %s", p.errs.String())
	}
	w.saw(t, map[string]int{})
}

// realTwenty starts them cold, whichever are installed, while one code has to do.
func realTwenty(t *testing.T, w *realWorld, all []client) {
	w.storeSeed()
	all = slices.DeleteFunc(all, func(c client) bool { return c.missing != "" || c.broken != "" || c.slow && !longTests() })
	const n = 20
	var running []*realRun
	for i := range n {
		p := w.ask(all[i%len(all)], "prod")
		p.start()
		running = append(running, p)
	}
	for _, p := range running {
		w.expect(p, asAdmin)
	}
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 1, "GetCallerIdentity": n})
}

// realMerged reads hatstand as the C++ SDK does: popen, and stderr in the same pipe.
func realMerged(t *testing.T, w *realWorld) {
	line := "'" + w.bin + "' credential-process prod 2>&1"
	cold := w.run("sh", "-c", line)
	cold.onTerminal()
	cold.start()
	cold.sees("MFA code for alice")
	cold.types(w.device.Code(time.Now()))
	cold.wait()
	var document map[string]any
	if err := json.Unmarshal(cold.out.Bytes(), &document); err != nil {
		t.Fatalf("%v: %q", err, cold.out.String())
	}
	keys := slices.Sorted(maps.Keys(document))
	if want := "[AccessKeyId AccountId Expiration SecretAccessKey SessionToken Version]"; fmt.Sprint(keys) != want {
		t.Errorf("the document has %v, want %s", keys, want)
	}
	warm := w.run("sh", "-c", line)
	warm.start()
	warm.wait()
	if warm.out.String() != cold.out.String() {
		t.Errorf("warm: %q, cold: %q", warm.out.String(), cold.out.String())
	}
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 1})
}

// A realWorld is alice's machine and her company's accounts.
type realWorld struct {
	t      *testing.T
	aws    *awstest.Server
	device *awstest.Device
	bin    string
	env    []string
}

func newRealWorld(t *testing.T, bin string) *realWorld {
	t.Helper()
	server, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	alice := server.AddUser("111111111111", "alice")
	const admin = "arn:aws:iam::222222222222:role/Admin"
	mfa := []awstest.Trust{{Principal: alice.ARN, RequireMFA: true}}
	server.AddRole(admin, awstest.Role{Trust: mfa})
	server.AddRole("arn:aws:iam::222222222222:role/Reader", awstest.Role{Trust: mfa})
	server.AddRole("arn:aws:iam::333333333333:role/Auditor", awstest.Role{Trust: []awstest.Trust{{Principal: admin}}})

	dir := t.TempDir()
	w := &realWorld{t: t, aws: server, device: alice.AddMFA("alice"), bin: bin}
	w.env = append(scrubbed(dir),
		"HATSTAND_BACKEND=file", "HATSTAND_FILE_PASSPHRASE=correct horse battery staple",
		"AWS_ENDPOINT_URL_STS="+server.URL)
	command := `"` + bin + `" credential-process`
	config := fmt.Sprintf(`[profile me]
mfa_serial = %s
region = eu-west-1

[profile prod]
region = eu-west-1
credential_process = %s prod

[hatstand prod]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me

[profile reader]
region = us-west-2
credential_process = %[2]s reader

[hatstand reader]
role_arn = arn:aws:iam::222222222222:role/Reader
source_profile = me

[profile audit]
region = eu-west-1
credential_process = %[2]s audit

[hatstand audit]
role_arn = arn:aws:iam::333333333333:role/Auditor
source_profile = prod

[profile plain]
region = eu-west-1
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
`, w.device.Serial, command)
	for _, d := range []string{".aws", "run"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, ".aws", "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	key := alice.AddKey()
	w.do("", "env", "AWS_ACCESS_KEY_ID="+key.ID, "AWS_SECRET_ACCESS_KEY="+key.Secret, bin, "keys", "add", "me", "--from-env")
	// The kernel's keyring would hold the store's key for twelve hours.
	t.Cleanup(func() { w.do("", bin, "lock") })
	server.Reset()
	return w
}

func (w *realWorld) storeSeed() { w.do(w.device.Seed, w.bin, "mfa", "add", "me", "--from-stdin") }

// do runs a command of the set-up.
func (w *realWorld) do(stdin string, args ...string) {
	w.t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stdin = w.env, strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("%v: %s", err, out)
	}
}

// saw holds AWS to these calls and no others.
func (w *realWorld) saw(t *testing.T, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, c := range w.aws.Calls() {
		got[c.Action]++
		if c.Code != "" {
			t.Errorf("AWS refused: %s", c)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("AWS saw %v, want %v", got, want)
	}
}

// ask runs a client as a profile.
func (w *realWorld) ask(c client, profile string) *realRun {
	return w.run(c.args(profile, w.aws.URL)...)
}

// expect waits for a client that says who it is, and nothing else.
func (w *realWorld) expect(p *realRun, arn string) {
	w.t.Helper()
	if p.cmd.Process == nil {
		p.start()
	}
	p.wait()
	if p.exitCode() != 0 || p.out.String() != arn+"\n" || p.errs.Len() > 0 {
		w.t.Errorf("exit code %d, stdout %q, stderr %q, want %s", p.exitCode(), p.out.String(), p.errs.String(), arn)
	}
}

// A realRun is one program. It leads a session of its own, so that the terminal of whoever runs the
// tests is out of reach, and its stdin is a pipe that stays open and silent, as that of the JavaScript
// and Java SDKs' children is.
type realRun struct {
	alarm         *time.Timer // ends it where it hangs
	t             *testing.T
	cmd           *exec.Cmd
	out, errs     lockedBuffer
	silent, stdin *os.File
	master, slave *os.File

	mu     sync.Mutex
	shown  bytes.Buffer
	closed chan struct{} // when the terminal shows no more
}

// A lockedBuffer is a bytes.Buffer that may be read while a program writes to it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (b *lockedBuffer) Bytes() []byte { return []byte(b.String()) }

func (b *lockedBuffer) Len() int { return len(b.String()) }

func (b *lockedBuffer) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Reset()
}

func (w *realWorld) run(args ...string) *realRun {
	w.t.Helper()
	p := &realRun{t: w.t, cmd: exec.Command(args[0], args[1:]...)}
	var err error
	if p.stdin, p.silent, err = os.Pipe(); err != nil {
		w.t.Fatal(err)
	}
	p.cmd.Env, p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = w.env, p.stdin, &p.out, &p.errs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return p
}

// onTerminal gives it a controlling terminal, which is none of its stdin, stdout and stderr.
func (p *realRun) onTerminal() {
	p.t.Helper()
	var err error
	if p.master, p.slave, err = pty.Open(); err != nil {
		p.t.Fatal(err)
	}
	p.cmd.ExtraFiles = []*os.File{p.slave}
	p.cmd.SysProcAttr.Setctty, p.cmd.SysProcAttr.Ctty = true, 3
}

func (p *realRun) start() {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	// The whole group: a client that hangs has a hatstand that hangs.
	p.alarm = time.AfterFunc(patient, func() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) })
	p.t.Cleanup(func() { p.alarm.Stop() })
	p.stdin.Close()
	if p.master == nil {
		return
	}
	p.slave.Close()
	p.closed = make(chan struct{})
	go func() {
		defer close(p.closed)
		b := make([]byte, 4096)
		for {
			n, err := p.master.Read(b)
			p.mu.Lock()
			p.shown.Write(b[:n])
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
}

func (p *realRun) wait() {
	p.t.Helper()
	p.alarm.Reset(patient)
	err := p.cmd.Wait()
	p.alarm.Stop()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		p.t.Fatal(err)
	}
	p.silent.Close()
	if p.master != nil {
		<-p.closed
		p.master.Close()
	}
}

func (p *realRun) exitCode() int { return p.cmd.ProcessState.ExitCode() }

func (p *realRun) screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown.String()
}

// sees waits until the terminal shows text.
func (p *realRun) sees(text string) {
	p.t.Helper()
	for !strings.Contains(p.screen(), text) {
		select {
		case <-p.closed:
			p.wait()
			p.t.Fatalf("the terminal closed without %q: %q, stdout %q, stderr %q", text, p.screen(), p.out.String(), p.errs.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (p *realRun) types(line string) {
	p.t.Helper()
	if _, err := p.master.WriteString(line + "\r"); err != nil {
		p.t.Fatal(err)
	}
}
