//go:build linux

package main

import (
	"strings"
	"testing"

	"hatstand/credproc/awstest"
)

// A process without XDG_RUNTIME_DIR has its locks elsewhere. What it stores while the rotation waits for AWS
// is not written over: AWS never shows that secret again.
func TestARotationLeavesAKeyThatCameMeanwhile(t *testing.T) {
	t.Parallel()
	k := newKilled(t, herdBin(t))
	k.herd = k.holdingUp()
	k.addAll()
	other := k.aliceUser.AddKey()
	came := k.during(awstest.Fault{Action: "GetCallerIdentity"}, func() error {
		_, err := k.try("", "env", "XDG_RUNTIME_DIR=", "AWS_ACCESS_KEY_ID="+other.ID, "AWS_SECRET_ACCESS_KEY="+other.Secret,
			k.bin, "keys", "add", "--replace", "--no-verify", "plain", "--from-env")
		return err
	})
	p := k.hat("keys", "rotate", "plain")
	p.start()
	p.wait()
	came()
	made, statuses := k.carol.Keys()
	if len(made) != 2 || statuses[0] != "Active" {
		t.Fatalf("AWS has %v %v", made, statuses)
	}
	want := `hatstand: error: profile "plain": the access key ` + made[0] + " was replaced or removed meanwhile by another hatstand; the new key, " + made[1] + ", is not in use\n"
	if errs := p.errs.String(); p.exitCode() != 1 || p.out.Len() > 0 || !strings.HasPrefix(errs, want) {
		t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), errs)
	}
	if list := k.do("", k.bin, "keys", "list"); !strings.Contains(list, other.ID) {
		t.Errorf("the keyring has %s", list)
	}
}

// While AWS is asked whose a file's key is, another process stores one under the same name: neither is lost.
func TestAnImportLeavesAKeyThatCameMeanwhile(t *testing.T) {
	t.Parallel()
	k := newKilled(t, herdBin(t))
	k.herd = k.holdingUp()
	filed, other := k.carol.AddKey(), k.aliceUser.AddKey()
	credentials := "[plain]\naws_access_key_id = " + filed.ID + "\naws_secret_access_key = " + filed.Secret + "\n"
	k.write(".aws/credentials", credentials)
	came := k.during(awstest.Fault{Action: "GetCallerIdentity"}, func() error {
		_, err := k.try("", "env", "AWS_ACCESS_KEY_ID="+other.ID, "AWS_SECRET_ACCESS_KEY="+other.Secret,
			k.bin, "keys", "add", "--no-verify", "plain", "--from-env")
		return err
	})
	p := k.hat("keys", "import", "--from", "credentials")
	p.start()
	p.wait()
	came()
	want := `hatstand: error: profile "plain" has another key in the keyring already: ` + other.ID + "\n"
	if p.exitCode() != 2 || !strings.HasPrefix(p.errs.String(), want) {
		t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
	}
	if list := k.do("", k.bin, "keys", "list"); !strings.Contains(list, other.ID) {
		t.Errorf("the keyring has %s", list)
	}
	if now := k.read(".aws/credentials"); now != credentials {
		t.Errorf("the file has %q", now)
	}
}
