//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A looper is a real program that runs longer than its credentials live. For each line of its stdin it asks STS who it is,
// with whatever credentials AWS's own code finds for it, and prints the ARN.
type looper struct {
	name    string
	args    func(t *testing.T, url string) []string
	slow    bool // it starts anew for each question
	missing string
	broken  string
}

func (l looper) life() time.Duration {
	if l.slow {
		return 24 * time.Second
	}
	return 6 * time.Second
}

func loopers(t *testing.T) []looper {
	// Of instance metadata botocore stretches what is about to expire by twelve minutes and more (it takes it for an
	// outage of AWS's), so that each question is a session of its own: as long as none of the short ones here live.
	const boto = `
import sys, boto3
for _ in sys.stdin:
    try:
        print(boto3.Session().client("sts", endpoint_url=sys.argv[1]).get_caller_identity()["Arn"], flush=True)
    except Exception as e:
        print("error:", e, flush=True)`
	const botoKept = `
import sys, boto3
client = boto3.Session().client("sts", endpoint_url=sys.argv[1])
for _ in sys.stdin:
    try:
        print(client.get_caller_identity()["Arn"], flush=True)
    except Exception as e:
        print("error:", e, flush=True)`
	python := func(program string) func(*testing.T, string) []string {
		return func(_ *testing.T, url string) []string { return []string{"/usr/bin/python3", "-c", program, url} }
	}
	missing, js := boto3().missing, jsSDK(t)
	all := []looper{
		{name: "boto3, one client", args: python(botoKept), missing: missing},
		{name: "boto3, a session each time", args: python(boto), missing: missing},
		{name: "Go SDK", args: func(t *testing.T, url string) []string {
			return []string{build(t, "gosdkloop", "./testdata/programs/gosdkloop"), url}
		}},
		{name: "JavaScript SDK", missing: js.missing, broken: js.broken, args: func(_ *testing.T, url string) []string {
			whoami := js.args("", url)
			return []string{whoami[0], filepath.Join(filepath.Dir(whoami[1]), "loop.js"), url}
		}},
		{name: "aws-sdk-go-base", args: terraformBase},
	}
	for _, c := range awsCLIs(t) {
		all = append(all, looper{name: c.name, slow: true, missing: c.missing, broken: c.broken, args: func(_ *testing.T, url string) []string {
			return append([]string{"/bin/sh", "-c", `while read -r line; do "$@" || echo failed; done`, "sh"}, c.args("", url)...)
		}})
	}
	return all
}

// terraformBase is a module of its own, which hatstand's must not depend on.
func terraformBase(t *testing.T, url string) []string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "terraformbase")
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Dir = filepath.Join("testdata", "programs", "terraformbase")
	if out, err := cmd.CombinedOutput(); err != nil {
		unfetched(t, "go build", err, out)
	}
	return []string{bin, url}
}

// unfetched ends the test of a client that cannot be had here, which CI does not allow.
func unfetched(t *testing.T, what string, err error, out []byte) {
	t.Helper()
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		t.Fatalf("%s: %v\n%s", what, err, out)
	}
	t.Skipf("%s: %v\n%s", what, err, out)
}

// TestRealExpiries runs real programs across expiries of their credentials: those that credential_process gives them,
// started by themselves as often as they like, and those that the endpoint hands out and renews.
func TestRealExpiries(t *testing.T) {
	long(t)
	t.Parallel()
	bin := build(t, "hatstand", ".")
	for _, l := range loopers(t) {
		t.Run(l.name, func(t *testing.T) {
			if l.missing != "" {
				missingPart(t, l.missing)
			}
			if l.broken != "" {
				t.Skip(l.broken)
			}
			t.Parallel()
			t.Run("credential_process", func(t *testing.T) {
				t.Parallel()
				w := newRealWorld(t, bin)
				w.signIn(l.life())
				p := w.run(l.args(t, w.aws.URL)...)
				p.cmd.Env = append(p.cmd.Env, "AWS_PROFILE=prod")
				crossExpiries(t, w, []*realRun{p}, l)
			})
			t.Run("exec --server", func(t *testing.T) {
				t.Parallel()
				w := newRealWorld(t, bin)
				w.signIn(l.life())
				crossExpiries(t, w, []*realRun{w.run(append([]string{bin, "exec", "prod", "--server", "--"}, l.args(t, w.aws.URL)...)...)}, l)
			})
			if l.name == "boto3, one client" {
				return
			}
			t.Run("serve --imds", func(t *testing.T) {
				t.Parallel()
				w := newRealWorld(t, bin)
				w.signIn(l.life())
				served := w.serve("prod", "--imds")
				env := append(slices.DeleteFunc(slices.Clone(w.env), func(kv string) bool { return strings.HasPrefix(kv, "AWS_EC2_METADATA_DISABLED=") }),
					"AWS_EC2_METADATA_SERVICE_ENDPOINT="+served.vars["AWS_EC2_METADATA_SERVICE_ENDPOINT"], "AWS_DEFAULT_REGION=eu-west-1", "AWS_REGION=eu-west-1")
				// SDKs go on with expired credentials of an instance for minutes where the service does not answer within a
				// second, which is what a busy machine does: such a client begins anew.
				var tries []*realRun
				for range 5 {
					p := w.run(l.args(t, w.aws.URL)...)
					p.cmd.Env = env
					tries = append(tries, p)
				}
				crossExpiries(t, w, tries, l)
				served.end()
			})
		})
	}
}

// signIn types the one code of the test. Roles live for that long from then on; 0 is as long as ever.
func (w *realWorld) signIn(life time.Duration) {
	w.t.Helper()
	p := w.run(w.bin, "login", "me")
	p.onTerminal()
	p.start()
	p.sees("MFA code for alice")
	p.types(w.device.Code(time.Now()))
	p.wait()
	if p.exitCode() != 0 {
		w.t.Fatalf("login: %d %s", p.exitCode(), p.errs.String())
	}
	w.aws.MaxIssued(life)
	w.aws.Reset()
}

// crossExpiries asks a program until it has used three credentials, two if it is slow. Nobody is asked for a code meanwhile, no call is
// refused, and AWS sees no more of AssumeRole than their lives take. Where there are several tries, a program that has used
// credentials beyond their end gives way to the next try; at its start it may not.
func crossExpiries(t *testing.T, w *realWorld, tries []*realRun, l looper) {
	t.Helper()
	wanted := 3
	if l.slow {
		wanted = 2
	}
	life := l.life()
	p, tries, stretches := tries[0], tries[1:], len(tries) > 1
	p.onTerminal()
	talk := p.talks()
	seen := map[string]bool{}
	last, worked := "", false
	for end := time.Now().Add(patient); len(seen) < wanted; time.Sleep(500 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("only %d credentials were used", len(seen))
		}
		got := talk()
		if worked && len(tries) > 0 && strings.Contains(got, "ExpiredToken") {
			p.silent.Close()
			p.wait()
			p, tries, worked = tries[0], tries[1:], false
			p.onTerminal()
			talk = p.talks()
			continue
		}
		if got != asAdmin {
			t.Fatalf("it is %q; stderr %s", got, p.errs.String())
		}
		worked = true
		calls := w.aws.Calls()
		for _, c := range calls {
			if c.Action == "GetCallerIdentity" {
				last = c.AccessKeyID
			}
			if c.Code != "" && !(stretches && c.Code == "ExpiredToken" && c.Action == "GetCallerIdentity") {
				t.Fatalf("AWS refused: %s", c)
			}
		}
		seen[last] = true
	}
	p.silent.Close()
	p.wait()
	// The client's own stderr is the same one.
	if p.exitCode() != 0 || strings.Contains(p.errs.String(), "hatstand: ") {
		t.Errorf("exit code %d, stderr %q", p.exitCode(), p.errs.String())
	}
	if p.screen() != "" {
		t.Errorf("the terminal shows %q", p.screen())
	}
	// On a busy machine some are renewed before the program has used them, so that they are held to the time that passed.
	var issued []time.Time
	for _, c := range w.aws.Calls() {
		if c.Action == "AssumeRole" {
			issued = append(issued, c.Time)
		}
	}
	n, took := len(issued), time.Duration(0)
	if n > 0 {
		took = issued[n-1].Sub(issued[0])
	}
	if n < len(seen) || n > 2+int(took/(life/2)) {
		t.Errorf("%d calls of AssumeRole within %s, for %d credentials of %s", n, took, len(seen), life)
	}
	if n := w.aws.Count("GetSessionToken"); n > 0 {
		t.Errorf("%d more sessions", n)
	}
}

// talks starts a program, and gives a function that sends it a line and returns its answer.
func (p *realRun) talks() func() string {
	p.t.Helper()
	r, out, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd.Stdout = out
	p.start()
	out.Close()
	p.t.Cleanup(func() { r.Close() })
	lines := bufio.NewReader(r)
	return func() string {
		p.t.Helper()
		if _, err := io.WriteString(p.silent, "who?\n"); err != nil {
			p.t.Fatal(err)
		}
		line, err := lines.ReadString('\n')
		if err != nil {
			p.wait()
			p.t.Fatalf("%v; exit code %d, stderr %s", err, p.exitCode(), p.errs.String())
		}
		return strings.TrimSuffix(line, "\n")
	}
}

// A realServe is hatstand serve, and the variables that it prints; those in comments too, where they have no other value.
type realServe struct {
	t    *testing.T
	run  *realRun
	vars map[string]string
}

func (w *realWorld) serve(args ...string) *realServe {
	w.t.Helper()
	return serving(w.t, w.run(append([]string{w.bin, "serve"}, args...)...))
}

// serving starts a serve, and waits until it is there.
func serving(t *testing.T, p *realRun) *realServe {
	t.Helper()
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = out
	p.start()
	out.Close()
	t.Cleanup(func() { p.cmd.Process.Kill(); r.Close() })
	// It prints all at once.
	b := make([]byte, 64<<10)
	n, err := r.Read(b)
	if err != nil {
		p.wait()
		t.Fatalf("serve: %v, exit code %d, %s", err, p.exitCode(), p.errs.String())
	}
	p.alarm.Stop() // it serves as long as its test has clients, which may have to be installed first
	s := &realServe{t: t, run: p, vars: map[string]string{}}
	for _, m := range regexp.MustCompile(`(?m)export (\w+)='([^']*)'`).FindAllStringSubmatch(string(b[:n]), -1) {
		if _, set := s.vars[m[1]]; !set {
			s.vars[m[1]] = m[2]
		}
	}
	return s
}

// end stops it as a service manager does.
func (s *realServe) end() {
	s.t.Helper()
	s.run.cmd.Process.Signal(syscall.SIGTERM)
	s.run.wait()
	if s.run.exitCode() != 0 || s.run.errs.Len() > 0 {
		s.t.Errorf("serve: exit code %d, stderr %q", s.run.exitCode(), s.run.errs.String())
	}
	if _, err := os.Stat(s.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]); err == nil {
		s.t.Errorf("the token's file is left behind")
	}
}

// TestRealServe has the clients that read the token's file use two profiles of one serve at the same time.
func TestRealServe(t *testing.T) {
	t.Parallel()
	bin := build(t, "hatstand", ".")
	w := newRealWorld(t, bin)
	w.signIn(0)
	served := w.serve("prod", "reader")
	base := strings.TrimSuffix(served.vars["AWS_CONTAINER_CREDENTIALS_FULL_URI"], "/prod")
	for _, l := range loopers(t) {
		if l.name != "Go SDK" && (l.name != "JavaScript SDK" || !longTests()) || l.missing != "" || l.broken != "" {
			continue
		}
		args := l.args(t, w.aws.URL)
		for profile, arn := range map[string]string{"prod": asAdmin, "reader": asReader} {
			p := w.run(args...)
			p.cmd.Env = append(slices.Clone(w.env), "AWS_REGION=eu-west-1", "AWS_CONTAINER_CREDENTIALS_FULL_URI="+base+"/"+profile,
				"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="+served.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
			talk := p.talks()
			if got := talk(); got != arn {
				t.Errorf("%s as %s is %q", l.name, profile, got)
			}
			p.silent.Close()
			p.wait()
		}
	}
	served.end()
	w.saw(t, map[string]int{"AssumeRole": 2, "GetCallerIdentity": len(w.aws.Calls()) - 2})
	if n := w.aws.Count("GetCallerIdentity"); n < 2 {
		t.Errorf("%s: no client asked", fmt.Sprint(w.aws.Calls()))
	}
}
