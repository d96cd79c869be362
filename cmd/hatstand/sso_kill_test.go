//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

// TestASignInIsKilled kills a process at each call of a sign-in and of a refresh: before AWS does what it is asked for, and
// after that and before the answer. It takes one more sign-in at most, and nobody is served as somebody else.
func TestASignInIsKilled(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	started := 0
	for _, row := range []struct {
		name  string
		calls []string
		// begin comes before the process that is killed, which runs args.
		begin func(*ssoHerd)
		args  []string
		// again is what a person does then; nil: nothing.
		again []string
	}{
		{
			name: "by code", args: []string{"credential-process", "s0"},
			calls: []string{"RegisterClient", "StartDeviceAuthorization", "CreateToken", "GetRoleCredentials", "GetCallerIdentity"},
		},
		{
			name: "by browser", args: []string{"login", "corp"}, again: []string{"login", "corp"},
			calls: []string{"RegisterClient", "CreateToken", "GetRoleCredentials", "GetCallerIdentity"},
		},
		{
			name: "a refresh", args: []string{"credential-process", "s0"}, calls: []string{"CreateToken", "GetRoleCredentials"},
			begin: func(h *ssoHerd) { h.login(ssoAlice, "--device"); h.clock.forward(2 * time.Hour) },
		},
		{
			name: "of another person", args: []string{"login", "corp", "--fresh", "--device"}, again: []string{"login", "corp"},
			calls: []string{"StartDeviceAuthorization", "CreateToken", "GetRoleCredentials", "GetCallerIdentity"},
			begin: func(h *ssoHerd) {
				h.login(ssoAlice, "--device")
				for _, profile := range []string{"s0", "s1"} {
					h.has(h.wears(profile), profile, ssoAlice)
				}
				if err := h.corp.SetPerson(ssoBob); err != nil {
					h.tb.Fatal(err)
				}
			},
		},
	} {
		for _, action := range row.calls {
			for _, after := range []bool{false, true} {
				started++
				if sampled(started) {
					continue
				}
				when := map[bool]string{false: "before", true: "after"}[after]
				t.Run(fmt.Sprintf("%s, %s %s", row.name, when, action), func(t *testing.T) {
					t.Parallel()
					h := newSSOHerd(t, bin, 2)
					h.herd = h.holdingUp()
					if row.begin != nil {
						row.begin(h)
					}
					h.killedCalling(h.hat(row.args...), action, after)
					h.person("approve")
					calls := len(h.aws.Calls())
					if row.again != nil {
						h.do("", append([]string{bin}, row.again...)...)
					}
					first, second := h.whose("s0"), h.whose("s1")
					if first != second || row.name != "of another person" && first != ssoAlice {
						t.Errorf("s0 is %s's, s1 is %s's", first, second)
					}
					if row.again != nil {
						if said := h.do("", bin, "login", "corp"); said != "already signed in to corp as "+first+"\n" {
							t.Errorf("served as %s; login says %q", first, said)
						}
					}
					signIns := 0
					for _, c := range h.aws.Calls()[calls:] {
						if c.Action == "StartDeviceAuthorization" || c.Action == "Authorize" {
							signIns++
						}
					}
					if signIns > 1 {
						t.Errorf("%d sign-ins: %v", signIns, h.aws.Calls()[calls:])
					}
					h.left()
				})
			}
		}
	}
}

// killedCalling kills a process at a call. Whoever sees the code says yes before the process learns of it, so that its
// first poll has the token.
func (h *ssoHerd) killedCalling(p *realRun, action string, after bool) {
	h.tb.Helper()
	const shows = "StartDeviceAuthorization"
	started := make(chan *os.Process, 1)
	approve := func() error {
		center := h.aws.IdentityCenter()
		codes := center.Waiting(h.clock.now())
		if len(codes) == 0 {
			return fmt.Errorf("no device waits")
		}
		return center.Approve(codes[0], h.clock.now())
	}
	if slices.Contains(p.cmd.Args, "--device") || p.cmd.Args[1] == "credential-process" {
		h.person("ignore")
	}
	if action != shows {
		h.aws.Fault(awstest.Fault{Action: shows, After: true, Hook: func() { _ = approve() }})
	}
	killed := h.during(awstest.Fault{Action: action, After: after, Drop: true}, func() error {
		if action == shows && after {
			if err := approve(); err != nil {
				return err
			}
		}
		return (<-started).Kill()
	})
	p.start()
	started <- p.cmd.Process
	p.wait()
	killed()
	if p.exitCode() != -1 || p.out.Len() > 0 || p.errs.Len() > 0 {
		h.tb.Fatalf("it was not killed: exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
	}
}

// whose is the user whose credentials a profile gets.
func (h *ssoHerd) whose(profile string) string {
	h.tb.Helper()
	var d document
	out := h.do("", h.bin, "credential-process", profile)
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		h.tb.Fatalf("%v: %q", err, out)
	}
	user := h.issued()[d.AccessKeyId].Caller
	if f := h.wrong(profile, user, out, ""); f != "" {
		h.tb.Error(f)
	}
	return strings.TrimSpace(user)
}
