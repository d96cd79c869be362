//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDemoLeavesNothing ends the demo at its prompt in the ways that a user ends a program; SIGHUP is
// the terminal's window being closed.
func TestDemoLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newRealWorld(t, build(t, "hatstand", "."))
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			temp := t.TempDir()
			p := w.run(w.bin, "demo")
			p.cmd.Env = append(p.cmd.Env[:len(p.cmd.Env):len(p.cmd.Env)], "TMPDIR="+temp)
			p.cmd.WaitDelay = time.Minute // what it started holds its stdout too
			p.onTerminal()
			p.start()
			p.sees("MFA code for alice")
			if left, err := os.ReadDir(temp); err != nil || len(left) != 1 {
				t.Fatalf("the demo's home is not where it is looked for: %v, %v", left, err)
			}
			if err := p.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			p.wait()
			if p.exitCode() != 130 {
				t.Errorf("exit code %d, want 130: %s", p.exitCode(), p.errs.String())
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestTheDemosHatstand: in the demo's shell the name is the program that runs the demo, though its file has
// another one and another program of that name is installed, and though a file of the shell's own would set PATH.
func TestTheDemosHatstand(t *testing.T) {
	t.Parallel()
	w := newRealWorld(t, build(t, "hatstand", "."))
	dir := t.TempDir()
	try, other := filepath.Join(dir, "try"), filepath.Join(dir, "other")
	if err := os.Mkdir(other, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(other, "hatstand"): "#!/bin/sh\necho the other one\n",
		filepath.Join(dir, "rc"):         "PATH=" + other + ":$PATH\n",
		filepath.Join(dir, "shell"):      "#!/bin/sh\n[ -z \"$ENV\" ] || . \"$ENV\"\nhatstand list\n[ -d ~/.local/share/fish/generated_completions ] || echo fish would fill it\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(w.bin, try); err != nil {
		if err := os.Symlink(w.bin, try); err != nil {
			t.Fatal(err)
		}
	}
	p := w.run(try, "demo", "--shell")
	p.cmd.Env = append(p.cmd.Env[:len(p.cmd.Env):len(p.cmd.Env)], "PATH="+other+":"+os.Getenv("PATH"), "SHELL="+filepath.Join(dir, "shell"), "ENV="+filepath.Join(dir, "rc"))
	p.start()
	p.wait()
	if out := p.out.String(); p.exitCode() != 0 || !strings.Contains(out, "222222222222:Admin") || strings.Contains(out, "the other one") || strings.Contains(out, "fish would") {
		t.Errorf("exit code %d: %s%s", p.exitCode(), out, p.errs.String())
	}
}

// TestTheRealAWSCLIInTheDemo: where it does not know AWS_ENDPOINT_URL, it finds the demo's AWS by AWS's own host names, as
// hatstand does; and no other host.
func TestTheRealAWSCLIInTheDemo(t *testing.T) {
	t.Parallel()
	long(t)
	w := newRealWorld(t, build(t, "hatstand", "."))
	if out, err := exec.Command("aws", "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "aws-cli/") {
		missingPart(t, "awscli")
	}
	shell := filepath.Join(t.TempDir(), "shell")
	const script = `#!/bin/sh
exec 2>&1
unset AWS_ENDPOINT_URL # as if the AWS CLI did not know it
hatstand keys add me --from-stdin <alice_accessKeys.csv >log
hatstand login prod --mfa-code "$(phone | cut -c1-6)" >log
echo BEGIN
aws s3 ls s3://acme-builds --profile prod
aws s3 ls --profile prod
aws s3 ls s3://acme-builds/web/ --profile prod
aws sts get-caller-identity --query Arn --output text --profile prod
aws s3 ls --endpoint-url https://s3.example.com --profile prod
`
	if err := os.WriteFile(shell, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	p := w.run(w.bin, "demo", "--shell")
	p.cmd.Env = append(p.cmd.Env[:len(p.cmd.Env):len(p.cmd.Env)], "SHELL="+shell, "TZ=UTC")
	p.start()
	p.wait()
	_, got, _ := strings.Cut(p.out.String(), "BEGIN\n")
	want := `                           PRE web/
2026-03-20 09:30:00          6 latest.txt
2026-03-02 09:30:00 acme-builds
2026-03-03 09:30:00 acme-logs
2026-03-20 09:30:00      48211 1.4.2.tar.gz
arn:aws:sts::222222222222:assumed-role/Admin/alice

Failed to connect to proxy URL: "http://127.0.0.1:`
	if p.exitCode() != 0 || !strings.HasPrefix(strings.ReplaceAll(got, "\n\n", "\n"), strings.ReplaceAll(want, "\n\n", "\n")) {
		t.Errorf("exit code %d: %s%s", p.exitCode(), p.out.String(), p.errs.String())
	}
}
