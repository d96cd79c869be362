//go:build linux

package main

import (
	"strings"
	"testing"

	"hatstand/credproc/awstest"
)

// AWS sends headers and half of a body, and nothing more: whatever calls it ends at the limit of a call.
func TestVerbsEndThoughAnAnswerDoesNot(t *testing.T) {
	t.Parallel()
	h := newHerd(t, herdBin(t), 10)
	h.storeSeeds()
	h.do("", h.bin, "login", "p8", "p9")
	h.aws.Fault(awstest.Fault{Body: awstest.Stalled, Times: -1})
	hurried := h.with(callLimitVariable+"=3s", "AWS_ENDPOINT_URL_SIGNIN="+h.aws.URL,
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	const none = ""
	late := "the answer from " + strings.TrimPrefix(h.aws.URL, "http://") + " did not end within 3 s"
	rows := []struct {
		args string
		code int
		errs string // its first line on stderr
		run  *realRun
	}{
		{args: "exec p0 -- true", code: 1, errs: `hatstand: error: profile "p0": AssumeRole: ` + late},
		{args: "exec --each p1 -- true", code: 1, errs: `p1 | profile "p1": AssumeRole: ` + late},
		{args: "env p3", code: 1, errs: `hatstand: error: profile "p3": AssumeRole: ` + late},
		{args: "credential-process p4", code: 1, errs: `hatstand: error: profile "p4": AssumeRole: ` + late},
		{args: "login p5", code: 1, errs: `hatstand: error: profile "p5": AssumeRole: ` + late},
		{args: "console p6 --print", code: 1, errs: `hatstand: error: profile "p6": AssumeRole: ` + late},
		{args: "console p8 --print", code: 1, errs: `hatstand: error: profile "p8": ` + late},
		{args: "keys add x --from-env", code: 1, errs: `hatstand: error: profile "x": GetCallerIdentity: ` + late},
		{args: "keys list --check", code: 1, errs: `hatstand: error: profile "me": ListAccessKeys: ` + late},
		{args: "keys rotate me", code: 1, errs: `hatstand: error: profile "me": ListAccessKeys: ` + late},
		{args: "mfa list --check", errs: none},
	}
	for i := range rows {
		rows[i].run = hurried.hat(strings.Fields(rows[i].args)...)
		rows[i].run.start()
	}
	for _, row := range rows {
		row.run.wait()
		first, _, _ := strings.Cut(row.run.errs.String(), "\n")
		if row.run.exitCode() != row.code || first != row.errs {
			t.Errorf("%s: exit code %d, stderr\n%s", row.args, row.run.exitCode(), row.run.errs.String())
		}
	}
	if out := rows[len(rows)-1].run.out.String(); !strings.Contains(out, "not known: profile \"me\": ListMFADevices: "+late+"\n") {
		t.Errorf("mfa list --check prints\n%s", out)
	}
	h.left()
}
