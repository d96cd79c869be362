//go:build linux

package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// An sshServer is a real sshd of this user's on loopback, and what ssh needs to log in to it.
type sshServer struct {
	port, dir, user string
	log             *lockedBuffer
}

func (w *realWorld) sshServer() *sshServer {
	t := w.t
	t.Helper()
	sshd, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil {
		missingPart(t, "openssh-server")
	}
	if _, err := exec.LookPath("ssh"); err != nil {
		missingPart(t, "openssh-client")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s := &sshServer{port: freePort(t), dir: t.TempDir(), user: me.Username, log: &lockedBuffer{}}
	for _, key := range []string{"host", "alice"} {
		w.do("", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(s.dir, key))
	}
	config := filepath.Join(s.dir, "sshd_config")
	text := fmt.Sprintf("ListenAddress 127.0.0.1:%s\nHostKey %s/host\nAuthorizedKeysFile %[2]s/alice.pub\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\n", s.port, s.dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where it locks itself in
			t.Fatal(err)
		}
	}
	daemon := exec.Command(sshd, "-D", "-e", "-f", config)
	daemon.Stderr = s.log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { daemon.Process.Kill(); daemon.Wait() })
	for end := time.Now().Add(patient); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp4", "127.0.0.1:"+s.port)
		if err == nil {
			c.Close()
			return s
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// at runs a command at the far end of a tunnel: there, the port far leads to an address here.
func (w *realWorld) at(s *sshServer, far, address, stdin, command string) string {
	w.t.Helper()
	ssh := exec.Command("ssh", "-F", "none", "-p", s.port, "-i", filepath.Join(s.dir, "alice"), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
		"-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-R", "127.0.0.1:"+far+":"+address, s.user+"@127.0.0.1", command)
	ssh.Env, ssh.Stdin = w.env, strings.NewReader(stdin)
	out, err := ssh.CombinedOutput()
	if err != nil {
		w.t.Errorf("%v: %s\nsshd: %s", err, out, s.log.String())
	}
	return string(out)
}

// TestRealTunnel is a development machine that uses the laptop's role and holds no key: hatstand serve here, ssh -R, and the
// Go SDK at the far end, whose port there is another one.
func TestRealTunnel(t *testing.T) {
	t.Parallel()
	w := newRealWorld(t, build(t, "hatstand", "."))
	machine := w.sshServer()
	w.signIn(0)
	served := w.serve("prod")
	address, err := url.Parse(served.vars["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
	if err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(served.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	// The token goes over by stdin: a command line is for all to read.
	client, far := build(t, "gosdkloop", "./testdata/programs/gosdkloop"), freePort(t)
	remote := fmt.Sprintf(`umask 077; d=$(mktemp -d); cat >$d/token; echo who | env -i PATH=/usr/bin:/bin HOME=$d AWS_REGION=eu-west-1 AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:%s%s AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$d/token '%s' %s; rm -r $d`,
		far, address.Path, client, w.aws.URL)
	if out := w.at(machine, far, address.Host, string(token), remote); out != asAdmin+"\n" {
		t.Error(out)
	}
	served.end()
	w.saw(t, map[string]int{"AssumeRole": 1, "GetCallerIdentity": 1})
}

// TestRealTunnelAttack has the far end of a tunnel ask for credentials without the token. The container endpoint gives
// none. Instance metadata has no secret: whoever is there has that one role, and no other, as docs/threats.md warns.
func TestRealTunnelAttack(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		missingPart(t, "curl")
	}
	w := newRealWorld(t, build(t, "hatstand", "."))
	machine := w.sshServer()
	w.signIn(0)
	served := w.serve("prod", "--imds")
	container, err := url.Parse(served.vars["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
	if err != nil {
		t.Fatal(err)
	}
	imds, err := url.Parse(served.vars["AWS_EC2_METADATA_SERVICE_ENDPOINT"])
	if err != nil {
		t.Fatal(err)
	}
	far := freePort(t)
	const ask = `curl -sS -w ' %{http_code}\n' `
	uri := "http://127.0.0.1:" + far
	var script string
	for _, wrong := range []string{"", "-H 'Authorization: no' ", "-H 'Authorization: ' "} {
		script += ask + wrong + uri + container.Path + "\n"
	}
	if out := w.at(machine, far, container.Host, "", script); strings.Contains(out, "AccessKeyId") || strings.Count(out, " 401\n") != 3 {
		t.Errorf("without the token there is: %s", out)
	}

	const withToken = "-H \"X-aws-ec2-metadata-token: $t\" "
	newToken := "-X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' " + uri + "/latest/api/token"
	roles := uri + "/latest/meta-data/iam/security-credentials/"
	out := w.at(machine, far, imds.Host, "", "t=$(curl -sS "+newToken+")\n"+ask+withToken+roles+"\n"+ask+withToken+roles+"Admin\n"+ask+withToken+roles+"Reader\n"+
		// By another name than loopback's, as a page of DNS rebinding has it, nobody gets anything.
		ask+"-H 'Host: dev.example:"+far+"' "+newToken+"\n"+ask+"-H 'Host: 169.254.169.254' "+newToken+"\n")
	for i, want := range []string{
		`^Admin 200$`, `^\{.*"AccessKeyId":"ASIA.*"AccountId":"222222222222"\} 200$`, `^[^A]* 404$`, `^[^A]* 403$`, `^[^A]* 403$`,
	} {
		lines := strings.Split(out, "\n")
		if i >= len(lines) || !regexp.MustCompile(want).MatchString(lines[i]) {
			t.Errorf("answer %d is not %s:\n%s", i+1, want, out)
		}
	}
	served.end()
}

// freePort is one that nobody listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
