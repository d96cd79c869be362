//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRealAdopt is what a user has who comes from the SDKs' own roles: after adopt --all every client, by
// every profile, is who that profile says, and one code was typed for all of it. After release --all the
// file is what it was.
func TestRealAdopt(t *testing.T) {
	t.Parallel()
	bin := build(t, "hatstand", ".")
	w := newRealWorld(t, bin)
	config := filepath.Join(envOf(w.env, "HOME"), ".aws", "config")
	before := fmt.Sprintf(`# The shop's accounts
[default]
region = eu-west-1

[profile me]
mfa_serial = %s
region = eu-west-1

[profile prod]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
mfa_serial = %[1]s
region = eu-west-1
s3 =
  max_concurrent_requests = 20
role_session_name = alice

[profile reader]
region = us-west-2
# reads
role_arn = arn:aws:iam::222222222222:role/Reader
source_profile = me
# role_arn beside credential_process, which the AWS CLI passes by
[profile both]
credential_process = "%[2]s" credential-process both
region = us-west-2
role_arn = arn:aws:iam::222222222222:role/Reader
source_profile = me
[profile audit]
source_profile = prod
role_arn = arn:aws:iam::333333333333:role/Auditor
region = eu-west-1
`, w.device.Serial, bin)
	if err := os.WriteFile(config, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	w.do("", bin, "adopt", "--all")
	asked, calls := false, 0
	for _, c := range clients(t) {
		t.Run(c.name, func(t *testing.T) {
			c.wanted(t)
			if c.missing != "" {
				missingPart(t, c.missing)
			}
			if c.broken != "" {
				t.Skip(c.broken)
			}
			for _, row := range [][2]string{{"audit", asAuditor}, {"prod", asAdmin}, {"reader", asReader}, {"both", asReader}, {"me", "arn:aws:iam::111111111111:user/alice"}} {
				p := w.ask(c, row[0])
				if !asked {
					asked = true
					p.onTerminal()
					p.start()
					p.sees("MFA code for alice")
					p.types(w.device.Code(time.Now()))
				}
				w.expect(p, row[1])
				calls++
			}
		})
	}
	w.saw(t, map[string]int{"GetSessionToken": 1, "AssumeRole": 3, "GetCallerIdentity": calls})
	w.do("", bin, "release", "--all")
	if after, err := os.ReadFile(config); err != nil || string(after) != before {
		t.Errorf("%v: released:\n%s", err, after)
	}
}

func envOf(env []string, name string) string {
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}
