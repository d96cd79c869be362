//go:build linux

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

// While AWS is asked, keys migrate moves everything: what comes of the call goes to where it is now, and the
// keyring that was left stays empty.
func TestWhatIsStoredAfterAMigration(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	for _, row := range []struct {
		name, at string
		args     []string
		holds    []string // profiles, or "device"
	}{
		{"keys add", "GetCallerIdentity", []string{"keys", "add", "you", "--from-env"}, []string{"me", "you"}},
		{"keys import", "GetCallerIdentity", []string{"keys", "import", "--from", "credentials"}, []string{"infile", "me"}},
		{"keys rotate", "ListAccessKeys", []string{"keys", "rotate", "--all-older-than", "0s"}, []string{"me"}},
		{"mfa enroll", "ListMFADevices", []string{"mfa", "enroll", "new", "--store"}, []string{"me", "new"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := newMovingHerd(t, bin).holdingUp()
			bob := h.aws.AddUser(home, "bob")
			key := bob.AddKey()
			give := h.with("AWS_ACCESS_KEY_ID="+key.ID, "AWS_SECRET_ACCESS_KEY="+key.Secret)
			switch row.name {
			case "keys import":
				h.write(".aws/credentials", "[infile]\naws_access_key_id = "+key.ID+"\naws_secret_access_key = "+key.Secret+"\n")
			case "mfa enroll":
				give.do("", bin, "keys", "add", "new", "--from-env")
				h.aws.Reset()
			case "keys rotate":
				h.aws.SetSkew(2 * time.Minute) // by AWS's clock the key has an age
			}
			migrated := h.during(awstest.Fault{Action: row.at}, h.migrates)
			p := give.hat(row.args...)
			p.start()
			p.wait()
			migrated()
			if p.exitCode() != 0 || p.errs.Len() > 0 {
				t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
			}
			var listed []listedKey
			if err := json.Unmarshal([]byte(h.do("", bin, "keys", "list", "--json")), &listed); err != nil {
				t.Fatal(err)
			}
			var has []string
			for _, i := range listed {
				if has = append(has, i.Profile); i.Backend != "pass" {
					t.Errorf("%s is in %s", i.Profile, i.Backend)
				}
			}
			if strings.Join(has, " ") != strings.Join(row.holds, " ") {
				t.Errorf("the keyring has the keys of %q", has)
			}
			seeds, err := filepath.Glob(filepath.Join(h.dir, ".password-store/hatstand/mfa/*.gpg"))
			if want := map[bool]int{false: 1, true: 2}[row.name == "mfa enroll"]; err != nil || len(seeds) != want {
				t.Errorf("it has the seeds %q, %v", seeds, err)
			}
			h.empty("file")
			if b, err := os.ReadFile(filepath.Join(h.dir, ".aws/credentials")); err == nil && strings.Contains(string(b), key.Secret) {
				t.Errorf("the file has %q", b)
			}
		})
	}
}

// migrates moves everything to pass.
func (h *herd) migrates() error {
	_, err := h.try("", h.bin, "keys", "migrate", "--to", "pass")
	return err
}

// A process that gets a session while keys migrate moves everything keeps it where everything is then: the next
// one asks AWS for nothing, and nobody for a code.
func TestASessionGotDuringAMigration(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	for _, at := range []string{"GetSessionToken", "AssumeRole"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			h := newMovingHerd(t, bin).holdingUp()
			h.write(".aws/config", h.read(".aws/config")+"mfa_serial = "+h.alice.Serial+"\n")
			migrated := h.during(awstest.Fault{Action: at}, h.migrates)
			for range 2 {
				h.gets(h.hat("credential-process", "p0"), "p0")
			}
			migrated()
			if s, r := h.aws.Count("GetSessionToken"), h.aws.Count("AssumeRole"); s != 1 || r != 1 {
				t.Errorf("%d sessions and %d role sessions were asked for", s, r)
			}
			h.empty("file")
			kept, err := filepath.Glob(filepath.Join(h.dir, ".password-store/hatstand/session/*/*.gpg"))
			if want := map[string]int{"GetSessionToken": 2, "AssumeRole": 1}[at]; err != nil || len(kept) != want {
				t.Errorf("pass has the sessions %q, %v", kept, err)
			}
		})
	}
}
