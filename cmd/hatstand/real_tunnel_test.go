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
	"strings"
	"testing"
	"time"
)

// TestRealTunnel is a development machine that uses the laptop's role and holds no key: hatstand serve here, ssh -R, and the
// Go SDK at the far end, whose port there is another one.
func TestRealTunnel(t *testing.T) {
	t.Parallel()
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
	w := newRealWorld(t, build(t, "hatstand", "."))
	w.signIn(0)
	served := w.serve("prod")
	address, err := url.Parse(served.vars["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
	if err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	for _, key := range []string{"host", "alice"} {
		w.do("", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, key))
	}
	port, far := freePort(t), freePort(t)
	config := filepath.Join(dir, "sshd_config")
	text := fmt.Sprintf("ListenAddress 127.0.0.1:%s\nHostKey %s/host\nAuthorizedKeysFile %[2]s/alice.pub\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\n", port, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where it locks itself in
			t.Fatal(err)
		}
	}
	var log strings.Builder
	daemon := exec.Command(sshd, "-D", "-e", "-f", config)
	daemon.Stderr = &log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { daemon.Process.Kill(); daemon.Wait() }()
	for end := time.Now().Add(patient); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp4", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}

	token, err := os.ReadFile(served.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	// The token goes over by stdin: a command line is for all to read.
	client := build(t, "gosdkloop", "./testdata/programs/gosdkloop")
	remote := fmt.Sprintf(`umask 077; d=$(mktemp -d); cat >$d/token; echo who | env -i PATH=/usr/bin:/bin HOME=$d AWS_REGION=eu-west-1 AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:%s%s AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$d/token '%s' %s; rm -r $d`,
		far, address.Path, client, w.aws.URL)
	ssh := exec.Command("ssh", "-F", "none", "-p", port, "-i", filepath.Join(dir, "alice"), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
		"-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-R", "127.0.0.1:"+far+":"+address.Host, me.Username+"@127.0.0.1", remote)
	ssh.Env, ssh.Stdin = w.env, strings.NewReader(string(token))
	out, err := ssh.CombinedOutput()
	if err != nil || string(out) != asAdmin+"\n" {
		t.Errorf("%v: %s\nsshd: %s", err, out, log.String())
	}
	served.end()
	w.saw(t, map[string]int{"AssumeRole": 1, "GetCallerIdentity": 1})
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
