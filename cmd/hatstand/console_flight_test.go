//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

// TestConsoleFlight starts many processes of one sign-in to the console at once, whose credentials have expired: one
// renews them, with a refresh token that works once.
func TestConsoleFlight(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]string{"in the keyring": "keyring", "in the AWS CLI's file": "shared"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const roles = 10
			n := manyOf(100)
			h := emptyHerd(t, herdBin(t)).holdingUp()
			alice := h.aws.AddUser(home, "alice").ARN
			h.aws.ConsoleSignIn().SetPerson(alice)
			config := fmt.Sprintf("[hatstand]\nsso_cache = %s\n\n[profile me]\nlogin_session = %s\nregion = eu-west-1\n", shared, alice)
			for i := range roles {
				role := fmt.Sprint("p", i)
				h.aws.AddRole(roleOf(role), awstest.Role{Trust: []awstest.Trust{{Principal: home}}})
				config += fmt.Sprintf("\n[profile %s]\nrole_arn = %s\nsource_profile = me\nregion = eu-west-1\n", role, roleOf(role))
			}
			h.write(".aws/config", config)
			h = h.with("AWS_ENDPOINT_URL_SIGNIN="+h.aws.URL, "BROWSER=browse "+filepath.Join(h.dir, "page"), "DISPLAY=:77",
				personVariable+"="+filepath.Join(h.dir, "person"))
			h.do("", h.bin, "login", "me")
			h.aws.Reset()
			h.clock.forward(time.Hour)

			allWaited := h.during(awstest.Fault{Action: "CreateOAuth2Token"}, func() error { return h.waiting(n - 1) })
			all, of := make([]*realRun, n), make([]string, n)
			for i := range all {
				if of[i] = "me"; i%2 == 1 {
					of[i] = fmt.Sprint("p", i/2%roles)
				}
				all[i] = h.wears(of[i])
				all[i].start()
			}
			for _, p := range all {
				p.wait()
			}
			allWaited()
			issued, assumed := h.issued(), map[string]bool{}
			for i, p := range all {
				var d document
				if err := json.Unmarshal([]byte(p.out.String()), &d); err != nil || p.exitCode() != 0 || p.errs.String() != "" {
					t.Errorf("%s: exit code %d, %v, stderr %q", of[i], p.exitCode(), err, p.errs.String())
					continue
				}
				action, role := "CreateOAuth2Token", ""
				if of[i] != "me" {
					action, role = "AssumeRole", roleOf(of[i])
					assumed[of[i]] = true
				}
				if call := issued[d.AccessKeyId]; call.Action != action || call.Caller != alice || call.Params["RoleArn"] != role {
					t.Errorf("%s: got what %s gave %s for %q", of[i], call.Action, call.Caller, call.Params["RoleArn"])
				}
			}
			h.saw(map[string]int{"CreateOAuth2Token": 1, "AssumeRole": len(assumed)})
			h.left()
		})
	}
}
