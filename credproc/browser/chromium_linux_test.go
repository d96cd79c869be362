package browser

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hatstand/credproc/awstest"
	"hatstand/credproc/console"
	"hatstand/credproc/credentials"
)

// From the launcher to the console's page, with a real browser; and what everybody on the machine could
// read meanwhile.
func TestChromiumSignsIn(t *testing.T) {
	chromium := need(t, "chromium", "chromium")
	for _, row := range []struct {
		name    string
		signOut bool
		calls   string
	}{
		{"straight", false, "[getSigninToken login]"},
		{"after signing out", true, "[getSigninToken logout login]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			server, role := signInServer(t)
			place, err := console.NewHosts("aws", "eu-west-1", server.URL)
			if err != nil {
				t.Fatal(err)
			}
			in, err := console.SignIn(t.Context(), http.DefaultTransport, console.Request{Hosts: place, Credentials: role, Destination: server.URL + "/console", SignOut: row.signOut})
			if err != nil {
				t.Fatal(err)
			}
			address := in.URL.Reveal()
			dir := browserFolder(t)
			page := filepath.Join(dir, "page.html")
			script := filepath.Join(dir, "chromium-headless")
			if err := os.WriteFile(script, []byte("#!/bin/sh\n"+chromium+` "$@" >`+page+".part && mv "+page+".part "+page+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			said := watchProcesses(t)
			b := Launcher{
				Commands: [][]string{{script, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
					"--disable-component-update", "--disable-sync", "--user-data-dir=" + dir, "--dump-dom"}},
				Profile: "Profile 7",
				Env:     append(os.Environ(), "HOME="+dir, "AWS_SECRET_ACCESS_KEY="+role.SecretAccessKey, "AWS_SESSION_TOKEN="+role.SessionToken),
			}
			if err := b.Open(t.Context(), address); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() bool { _, err := os.Stat(page); return err == nil })
			dom, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			if want := `<b id="arn">arn:aws:sts::222222222222:assumed-role/Admin/alice</b>`; !strings.Contains(string(dom), want) {
				t.Errorf("the page is %s", dom)
			}
			if _, err := os.Stat(filepath.Join(dir, "Profile 7")); err != nil {
				t.Errorf("the browser's profile: %v", err)
			}
			state, err := os.ReadFile(filepath.Join(dir, "Local State"))
			if err != nil {
				t.Fatal(err)
			}
			shown := regexp.MustCompile(`"Profile 7":\{[^{}]*"name":"([^"]+)"`).FindSubmatch(state)
			if shown == nil {
				t.Fatalf("Local State has no name of the profile: %s", state)
			}
			if folder, err := profileFolder(state, string(shown[1])); folder != "Profile 7" {
				t.Errorf("%q is taken for %q, %v", shown[1], folder, err)
			}
			var actions []string
			for _, c := range server.Calls() {
				if c.Service == "signin" {
					actions = append(actions, c.Action)
				}
			}
			if got := fmt.Sprint(actions); got != row.calls {
				t.Errorf("want %s, got %s", row.calls, got)
			}
			secrets := []string{tokenIn(t, address), role.SecretAccessKey, role.SessionToken}
			seen := said()
			if !strings.Contains(seen, "--dump-dom\x00--profile-directory=Profile 7\x00http://127.0.0.1:") {
				t.Error("the browser's own command line was not seen: the watch sees nothing")
			}
			for _, secret := range secrets {
				if strings.Contains(seen, secret) || strings.Contains(seen, url.QueryEscape(secret)) {
					t.Errorf("a command line or an environment has %.12s...", secret)
				}
			}
		})
	}
}

// signInServer is an AWS with a role, and credentials of it.
func signInServer(t *testing.T) (*awstest.Server, credentials.Value) {
	t.Helper()
	const admin = "arn:aws:iam::222222222222:role/Admin"
	server, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	key := server.AddUser("111111111111", "alice").AddKey()
	server.AddRole(admin, awstest.Role{MaxSession: time.Hour, Trust: []awstest.Trust{{Principal: "111111111111"}}})
	client := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, nil
	})})
	out, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(admin), RoleSessionName: aws.String("alice")})
	if err != nil {
		t.Fatal(err)
	}
	server.Reset()
	c := out.Credentials
	return server, credentials.Value{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}
}

func tokenIn(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err == nil && parsed.Query().Has("redirect_uri") {
		parsed, err = url.Parse(parsed.Query().Get("redirect_uri"))
	}
	if err != nil {
		t.Fatal(err)
	}
	token := parsed.Query().Get("SigninToken")
	if token == "" {
		t.Fatal("no token")
	}
	return token
}

// browserFolder is removed when the browser has let go of it.
func browserFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hatstand-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { eventually(t, func() bool { return os.RemoveAll(dir) == nil }) })
	return dir
}

// watchProcesses reads the command lines and environments of all processes but this one, again and
// again, until what it has seen is asked for.
func watchProcesses(t *testing.T) (said func() string) {
	t.Helper()
	stop, over := make(chan struct{}), make(chan string)
	self := fmt.Sprintf("/proc/%d/", os.Getpid())
	go func() {
		seen := map[string]bool{}
		for {
			paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, path := range paths {
				if strings.HasPrefix(path, self) {
					continue
				}
				for _, name := range []string{path, filepath.Join(filepath.Dir(path), "environ")} {
					if b, err := os.ReadFile(name); err == nil {
						seen[string(b)] = true
					}
				}
			}
			select {
			case <-t.Context().Done():
				return
			case <-stop:
				var all strings.Builder
				for s := range seen {
					all.WriteString(s + "\n")
				}
				over <- all.String()
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() string { close(stop); return <-over }
}
