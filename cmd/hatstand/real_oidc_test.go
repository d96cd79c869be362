//go:build linux

package main

import (
	"bufio"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/oidc"
)

// TestRealOpenIDProvider signs in to npm's oidc-provider as a public client, whose browser comes back to loopback on any
// port, and with a code; and exchanges, renews and revokes what it gives.
func TestRealOpenIDProvider(t *testing.T) {
	t.Parallel()
	if !longTests() {
		t.Skip("HATSTAND_TEST_LONG=1")
	}
	dir, missing, broken := installedJS(t, "testdata/programs/oidcprovider", "provider.js", "browser.js")
	switch {
	case missing != "":
		missingPart(t, missing)
	case broken != "":
		t.Skip(broken)
	}
	// oidc-provider 9 is for Node.js 20 and later; Debian 12 has 18.
	if err := exec.Command("node", "-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)").Run(); err != nil {
		t.Skip("Node.js is older than 20")
	}
	provider := exec.Command("node", filepath.Join(dir, "provider.js"))
	stdin, err := provider.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := provider.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	provider.Stderr = &errs
	if err := provider.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = provider.Wait()
		if t.Failed() {
			t.Log(errs.String())
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err, errs.String())
	}
	issuer := strings.TrimSpace(line)
	h := &ssoHerd{herd: emptyHerd(t, herdBin(t))}
	h.aws.TakeTokens(work, oidc.Foreign(issuer, keyOf(t, issuer)), "hatstand")
	h.aws.AddRole("arn:aws:iam::"+work+":role/Engineer", awstest.Role{Trust: []awstest.Trust{
		{Federated: strings.TrimPrefix(issuer, "http://"), Audience: "hatstand", Subject: "alice"}}})
	h.write(".aws/config", "[hatstand-oidc idp]\noidc_issuer = "+issuer+"\noidc_client_id = hatstand\n"+
		"oidc_scopes = openid email offline_access\n[profile dev]\nrole_arn = arn:aws:iam::"+work+
		":role/Engineer\noidc = idp\nregion = eu-west-1\n")
	h.herd = h.with("BROWSER=node "+filepath.Join(dir, "browser.js"), "DISPLAY=:77")
	says := func(want string, args ...string) {
		t.Helper()
		if got := h.do("", append([]string{h.bin}, args...)...); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
	renewed := func(calls int) { // in all
		t.Helper()
		says("{", "credential-process", "dev")
		h.clock.forward(2*time.Hour + 57*time.Minute) // the token has 3 min left, and so has the one that replaces it
		says("{", "credential-process", "dev")
		h.saw(map[string]int{"AssumeRoleWithWebIdentity": calls})
	}
	says("signed in to idp as alice@example.com\n", "login", "idp")
	renewed(2)
	says("signed out of idp;", "logout", "idp")
	h.clock.forward(-(2*time.Hour + 57*time.Minute)) // to the provider's time
	says("signed in to idp as alice@example.com\n", "login", "idp", "--device")
	renewed(4)
	says("signed out of idp;", "logout", "idp")
	log, err := os.ReadFile(filepath.Join(h.dir, "log"))
	if err == nil && strings.Contains(string(log), "was not told of the sign-out") {
		t.Errorf("%s", log)
	}
}

// keyOf is the key that an issuer signs with.
func keyOf(t *testing.T, issuer string) *rsa.PublicKey {
	t.Helper()
	answer, err := http.Get(issuer + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var set struct{ Keys []struct{ Kty, N, E string } }
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil || len(set.Keys) == 0 {
		t.Fatal("no keys: ", err)
	}
	n, err := base64.RawURLEncoding.DecodeString(set.Keys[0].N)
	if err != nil || set.Keys[0].Kty != "RSA" {
		t.Fatal(set.Keys[0].Kty, err)
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
}
