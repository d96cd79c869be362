package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatstand/cmd/internal/app"
	"hatstand/credproc/awstest"
)

// TestManySessions prints, for each keyring that runs here, how long it takes where the config has 10,000 profiles to sign in to
// 1,000 of them (100 with pass, which starts GnuPG for each), to list what is kept, to serve one of them, and to forget all:
//
//	scripts/soak
func TestManySessions(t *testing.T) {
	if os.Getenv("HATSTAND_TEST_MEASURE") != "1" {
		t.Skip("a measurement: HATSTAND_TEST_MEASURE=1 makes it")
	}
	const profiles, team = 10_000, 1_000
	w := newBench(t)
	aws, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { aws.Close() })
	user := aws.AddUser(home, "alice")
	key := user.AddKey()
	var config strings.Builder
	config.WriteString("[profile me]\n")
	for i := range profiles {
		name := fmt.Sprintf("team%d-%03d", i/team, i%team)
		if i < team {
			aws.AddRole(roleOf(name), awstest.Role{Trust: []awstest.Trust{{Principal: user.ARN}}})
		}
		fmt.Fprintf(&config, "\n[profile %s]\nregion = eu-west-1\nrole_arn = %s\nsource_profile = me\n", name, roleOf(name))
	}
	if err := os.WriteFile(filepath.Join(w.home, ".aws", "config"), []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Log("| keyring | sessions | login | keys list | a cached call | logout --all |")
	for _, k := range w.keyrings(t) {
		env := append(k.env, "HATSTAND_BACKEND="+k.name, "AWS_ENDPOINT_URL_STS="+aws.URL)
		w.run(t, append(env, "AWS_ACCESS_KEY_ID="+key.ID, "AWS_SECRET_ACCESS_KEY="+key.Secret), "hatstand", "keys", "add", "me", "--from-env", "--replace")
		aws.Reset()
		sessions, glob := team, "team0-*"
		if k.name == "pass" {
			sessions, glob = 100, "team0-0*"
		}
		_, login := w.run(t, env, "hatstand", "login", glob)
		if n := aws.Count("AssumeRole"); n != sessions {
			t.Errorf("%s: login made %d calls of AssumeRole", k.name, n)
		}
		listed, list := w.run(t, env, "hatstand", "keys", "list")
		if !strings.Contains(listed, fmt.Sprint(sessions)) {
			t.Errorf("%s: keys list does not tell of %d sessions: %s", k.name, sessions, listed)
		}
		m := medians{}
		for range 15 {
			_, took := w.run(t, env, app.SmallProgram, "team0-050")
			m.add("warm", ms(took))
		}
		if n := aws.Count("AssumeRole"); n != sessions {
			t.Errorf("%s: a cached call was none: %d calls of AssumeRole", k.name, n)
		}
		_, logout := w.run(t, env, "hatstand", "logout", "--all")
		if left, _ := w.run(t, env, "hatstand", "keys", "list"); strings.Contains(left, fmt.Sprint(sessions)) {
			t.Errorf("%s: logout left %s", k.name, left)
		}
		w.run(t, env, "hatstand", "keys", "remove", "me", "--yes")
		t.Logf("| `%s` | %d | %.1f s | %.0f ms | %.1f ms | %.1f s |", k.name, sessions, login.Seconds(), ms(list), m.of("warm"), logout.Seconds())
	}
}

// A keyring is a backend that runs here, and what its programs need in their environment.
type keyring struct {
	name string
	env  []string
}

// keyrings starts those that can be had. KWallet is not among them: a person has to make a wallet in a window.
func (w *bench) keyrings(t *testing.T) []keyring {
	t.Helper()
	all := []keyring{{"file", nil}, {"keyctl", nil}}
	if bus := w.sessionBus(t); bus != "" {
		if w.secretService(t, bus) {
			all = append(all, keyring{"secret-service", []string{bus}})
		}
	}
	if _, err := exec.LookPath("pass"); err != nil {
		return all
	}
	env := append(slices.Clip(w.env), "GNUPGHOME="+shortFolder(t), "PASSWORD_STORE_DIR="+filepath.Join(w.home, "store"))
	for _, args := range [][]string{
		{"gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", "hatstand@example.org", "default", "default", "never"},
		{"pass", "init", "hatstand@example.org"},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	t.Cleanup(func() {
		cmd := exec.Command("gpgconf", "--kill", "gpg-agent")
		cmd.Env = env
		_ = cmd.Run()
	})
	return append(all, keyring{"pass", env[len(env)-2:]})
}

// shortFolder is one in which sockets can be: their paths have 108 bytes at most.
func shortFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
