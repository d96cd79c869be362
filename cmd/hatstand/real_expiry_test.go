//go:build unix

package main

import "testing"

// TestRealExpiry runs real programs across expiries of their credentials, which they have of credential_process,
// started by themselves as often as they like.
func TestRealExpiry(t *testing.T) {
	t.Parallel()
	bin := build(t, "hatstand", ".")
	for _, l := range loopers(t) {
		t.Run(l.name, func(t *testing.T) {
			if l.missing != "" {
				missingPart(t, l.missing)
			}
			if l.broken != "" {
				t.Skip(l.broken)
			}
			t.Parallel()
			w := newRealWorld(t, bin)
			w.signIn(l.life())
			p := w.run(l.args(t, w.aws.URL)...)
			p.cmd.Env = append(p.cmd.Env, "AWS_PROFILE=prod")
			crossExpiries(t, w, p, l.slow)
		})
	}
}
