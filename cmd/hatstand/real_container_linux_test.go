package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"hatstand/credproc/endpoint"
)

// ownNetwork makes the test program one that has a network of its own. Its value is the user outside.
const ownNetwork = "HATSTAND_TEST_OWN_NETWORK"

// TestRealContainer is a machine and containers with a network of their own: real clients get credentials at the address
// where AWS's SDKs look for those of a container, and nobody else does. The containers are network namespaces.
func TestRealContainer(t *testing.T) {
	if os.Getenv(ownNetwork) != "" {
		inOwnNetwork(t)
		return
	}
	t.Parallel()
	if _, err := exec.LookPath("ip"); err != nil {
		missingPart(t, "iproute2")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		missingPart(t, "curl")
	}
	if longTests() {
		jsSDK(t) // it is fetched from outside
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestRealContainer$", "-test.v")
	cmd.Env = append(os.Environ(), fmt.Sprint(ownNetwork, "=", os.Geteuid()))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if id := os.Geteuid(); id != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: id, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}}
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Skipf("no network namespaces here: %v", err)
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "--- PASS: TestRealContainer") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// A container is a network namespace, as long as a process of it lives.
type container struct {
	t   *testing.T
	pid string
}

// newContainer is one with an address, on a bridge of its own that has another one of the machine.
func newContainer(t *testing.T, link, machine, address string) container {
	t.Helper()
	init := exec.Command("sleep", "infinity")
	init.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := init.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { init.Process.Kill(); init.Wait() })
	c := container{t, fmt.Sprint(init.Process.Pid)}
	ip(t, "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", c.pid)
	ip(t, "address", "add", machine, "dev", link)
	ip(t, "link", "set", link, "up")
	for _, line := range []string{"link set lo up", "address add " + address + " dev eth0", "link set eth0 up"} {
		c.do(append([]string{"ip"}, strings.Fields(line)...)...)
	}
	return c
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}

// inside is a command line that runs in the container.
func (c container) inside(args ...string) []string {
	return append([]string{"nsenter", "--target", c.pid, "--net", "--"}, args...)
}

func (c container) do(args ...string) string {
	c.t.Helper()
	args = c.inside(args...)
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s: %v: %s", args, err, out)
	}
	return string(out)
}

// status is what an HTTP client in the container gets.
func (c container) status(url string, headers ...string) string {
	c.t.Helper()
	args := []string{"curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}"}
	for _, h := range headers {
		args = append(args, "-H", h)
	}
	return c.do(append(args, url)...)
}

func inOwnNetwork(t *testing.T) {
	ip(t, "link", "set", "lo", "up")
	w := newRealWorld(t, build(t, "hatstand", "."))
	w.signIn(0)

	p := w.run(w.bin, "serve", "prod", "--container")
	p.start()
	p.wait()
	if p.exitCode() != 1 || !strings.HasPrefix(p.errs.String(), "hatstand: error: --container: this machine has no address 169.254.170.2\nhatstand: hint: ") {
		t.Errorf("without the address: exit code %d, %q", p.exitCode(), p.errs.String())
	}

	c := newContainer(t, "aws0", endpoint.ContainerHost+"/24", "169.254.170.10/24")
	outside := newContainer(t, "other0", "10.9.9.1/24", "10.9.9.2/24")
	outside.do("ip", "route", "add", "default", "via", "10.9.9.1")
	sts := forwarded(t, endpoint.ContainerHost, strings.TrimPrefix(w.aws.URL, "http://"))

	for _, tt := range []struct {
		port     []string
		variable string
		base     string
	}{
		{nil, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "http://169.254.170.2"},
		{[]string{"--port", "9911"}, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.2:9911"},
	} {
		t.Run(tt.variable, func(t *testing.T) {
			w.aws.Reset()
			served := w.serve(append([]string{"prod", "reader", "--container"}, tt.port...)...)
			defer served.end()
			token := tokenOf(t, served)
			asked := 0
			for _, l := range loopers(t) {
				if l.name == "boto3, a session each time" || l.name == "aws-sdk-go-base" || l.missing != "" || l.broken != "" ||
					(l.slow || l.name == "JavaScript SDK") && !longTests() {
					continue
				}
				asked++
				p := w.run(c.inside(l.args(t, sts)...)...)
				p.cmd.Env = append(slices.Clone(w.env), "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1",
					tt.variable+"="+served.vars[tt.variable], "AWS_CONTAINER_AUTHORIZATION_TOKEN="+token)
				talk := p.talks()
				if got := talk(); got != asAdmin {
					t.Errorf("%s is %q; stderr %s", l.name, got, p.errs.String())
				}
				p.silent.Close()
				p.wait()
			}
			if asked < 2 {
				t.Errorf("%d clients asked", asked)
			}
			with := "Authorization: " + token
			for _, q := range []struct {
				name, got, want string
			}{
				{"with the token", c.status(tt.base+"/prod", with), "200"},
				{"without a token", c.status(tt.base + "/prod"), "401"},
				{"with another token", c.status(tt.base+"/prod", with+"x"), "401"},
				{"another profile's path", c.status(tt.base+"/audit", with), "404"},
				{"by a name that a web page has", c.status(tt.base+"/prod", with, "Host: aws.example"), "403"},
				{"through a proxy", c.status(tt.base+"/prod", with, "Via: 1.1 proxy"), "403"},
				{"from another network, with the token", outside.status(tt.base+"/prod", with), "403"},
			} {
				if q.got != q.want {
					t.Errorf("%s: status %s, want %s", q.name, q.got, q.want)
				}
			}
			if os.Getenv(ownNetwork) == "0" { // root can be a second user
				anotherUser(t, tt.base+"/prod", with)
			}
			want := map[string]int{"GetCallerIdentity": asked, "AssumeRole": 2}
			if tt.port != nil { // both are kept by now
				delete(want, "AssumeRole")
			}
			w.saw(t, want)
		})
	}
}

// anotherUser has a process of this machine ask that is another user's.
func anotherUser(t *testing.T, url, header string) {
	t.Helper()
	cmd := exec.Command("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", header, url)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1, Gid: 1, NoSetGroups: true}}
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "403" {
		t.Errorf("another user of this machine: %v, %s", err, out)
	}
}

// forwarded opens a way from an address of this machine to another one.
func forwarded(t *testing.T, host, to string) string {
	t.Helper()
	ln, err := net.Listen("tcp4", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := net.DialTimeout("tcp4", to, patient)
			if err != nil {
				near.Close()
				continue
			}
			go func() { io.Copy(far, near); far.(*net.TCPConn).CloseWrite() }()
			go func() { io.Copy(near, far); near.Close() }()
		}
	}()
	return "http://" + ln.Addr().String()
}
