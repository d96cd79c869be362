//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkUnanswered compares a call for a sign-in that nobody finished, which fails at once, with a warm call: whole
// processes of the full program, interleaved, in one run. Figures are medians. The first may take three times as long.
func BenchmarkUnanswered(b *testing.B) {
	if testing.Short() {
		b.Skip("builds programs")
	}
	h := newSSOHerd(b, herdBin(b), 1)
	account, set := ssoSet("s0")
	h.write(".aws/config", h.read(".aws/config")+"\n[sso-session late]\nsso_start_url = "+h.corp.StartURL()+"\nsso_region = "+ssoRegion+
		"\n\n[profile late]\nsso_session = late\nsso_account_id = "+account+"\nsso_role_name = "+set+"\n")
	h.login(ssoAlice)
	h.do("", h.bin, "credential-process", "s0")
	h.person("ignore")
	if err := os.Remove(filepath.Join(h.dir, "page")); err != nil { // of the sign-in before
		b.Fatal(err)
	}
	first := exec.Command(h.bin, "credential-process", "late")
	first.Env = h.env
	if err := first.Start(); err != nil {
		b.Fatal(err)
	}
	h.browsed()
	h.clock.forward(11 * time.Minute) // the sign-in's page is good for ten
	_ = first.Wait()
	h.aws.Reset()
	program := goBuild(b, "hatstand", ".", []string{"CGO_ENABLED=0"}, "-trimpath", "-ldflags=-s -w")
	run := func(profile string, exit int) float64 {
		var out, errs bytes.Buffer
		cmd := exec.Command(program, "credential-process", profile)
		cmd.Env, cmd.Stdout, cmd.Stderr = h.env, &out, &errs
		began := time.Now()
		_ = cmd.Run()
		took := time.Since(began)
		if cmd.ProcessState.ExitCode() != exit || (out.Len() > 0) != (exit == 0) || (errs.Len() > 0) != (exit != 0) {
			b.Fatalf("%s: exit code %d, stdout %q, stderr %q", profile, cmd.ProcessState.ExitCode(), out.String(), errs.String())
		}
		return ms(took)
	}
	m := medians{}
	for b.Loop() {
		m.add("warm", run("s0", 0))
		m.add("unanswered", run("late", 3))
	}
	h.saw(map[string]int{})
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(m.of("warm"), "warm-ms")
	b.ReportMetric(m.of("unanswered"), "unanswered-ms")
	b.ReportMetric(m.of("unanswered")/m.of("warm"), "unanswered/warm")
}
