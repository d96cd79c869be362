//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/oidc"
)

// TestOIDCFlight starts many processes of one sign-in to an OpenID provider at once: one refreshes, one window opens.
func TestOIDCFlight(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	const profiles = 10
	newHerd := func(t *testing.T) (*ssoHerd, *oidc.Site) {
		h := &ssoHerd{herd: emptyHerd(t, bin)}
		site, err := oidc.Listen("hatstand", h.clock.now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = site.Close() })
		h.aws.TakeTokens(work, site.Provider, "hatstand")
		config := fmt.Sprintf("[hatstand-oidc idp]\noidc_issuer = %s\noidc_client_id = hatstand\noidc_scopes = openid offline_access\n",
			site.Issuer)
		for i := range profiles {
			role := fmt.Sprintf("arn:aws:iam::%s:role/R%d", work, i)
			h.aws.AddRole(role, awstest.Role{Trust: []awstest.Trust{{Federated: strings.TrimPrefix(site.Issuer, "http://")}}})
			config += fmt.Sprintf("[profile s%d]\nrole_arn = %s\noidc = idp\nregion = eu-west-1\n", i, role)
		}
		h.write(".aws/config", config)
		h.herd = h.with("BROWSER=browse "+filepath.Join(h.dir, "page"), "DISPLAY=:77",
			personVariable+"="+filepath.Join(h.dir, "person")).holdingUp()
		return h, site
	}
	// all waits for processes that get the credentials of their role.
	all := func(h *ssoHerd, running []*realRun) {
		h.tb.Helper()
		for i, p := range running {
			p.wait()
			var d document
			if err := json.Unmarshal([]byte(p.out.String()), &d); err != nil || p.exitCode() != 0 || p.errs.String() != "" {
				h.tb.Errorf("exit code %d: %v, stderr %q", p.exitCode(), err, p.errs.String())
			} else if role := h.issued()[d.AccessKeyId].Params["RoleArn"]; !strings.HasSuffix(role, fmt.Sprint("/R", i%profiles)) {
				h.tb.Errorf("s%d got %q", i%profiles, role)
			}
		}
		h.saw(map[string]int{"AssumeRoleWithWebIdentity": profiles})
	}
	count := func(calls []string, name string) (n int) {
		for _, c := range calls {
			if c == name {
				n++
			}
		}
		return n
	}
	t.Run("a hundred with an expired token: it is refreshed once", func(t *testing.T) {
		t.Parallel()
		h, site := newHerd(t)
		n := manyOf(100)
		h.person("approve")
		h.do("", h.bin, "login", "idp")
		h.clock.forward(2 * time.Hour)
		site.Calls()
		var once sync.Once
		site.Change(func(s *oidc.Settings) {
			s.BeforeToken = func(string) {
				once.Do(func() {
					if err := h.waiting(n - 1); err != nil {
						t.Error(err)
					}
				})
			}
		})
		all(h, h.begin(n, profiles))
		if calls := site.Calls(); !slices.Equal(calls, []string{"discovery", "refresh_token"}) {
			t.Errorf("the provider saw %q", calls)
		}
	})
	t.Run("fifty with nobody signed in: one window opens, and its answer serves all", func(t *testing.T) {
		t.Parallel()
		h, site := newHerd(t)
		n := manyOf(50)
		h.person("ignore")
		running := h.begin(n, profiles)
		h.waitFor(n - 1)
		h.browsed()
		if !site.Answer("", true) {
			t.Error("no device waits")
		}
		all(h, running)
		calls := site.Calls()
		if count(calls, "device") != 1 || count(calls, "activate") != 1 || count(calls, "refresh_token") != 0 {
			t.Errorf("the provider saw %q", calls)
		}
	})
}
