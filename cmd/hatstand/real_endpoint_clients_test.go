//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An endpointClient is a real program that asks an endpoint for credentials in a way of its own, and prints the access
// key ID that it got. Its argument is the address of the instance metadata.
type endpointClient struct {
	name string
	args func(t *testing.T, imds string) []string
}

func endpointClients() []endpointClient {
	js := func(file string) func(*testing.T, string) []string {
		return func(t *testing.T, imds string) []string {
			dir, missing, broken := installedJS(t, "testdata/programs/jsv2crt", "v2.js", "crt.js")
			if missing != "" {
				missingPart(t, missing)
			}
			if broken != "" {
				t.Skip(broken)
			}
			return []string{"node", filepath.Join(dir, file), strings.Trim(strings.TrimPrefix(imds, "http://"), "/")}
		}
	}
	return []endpointClient{
		{"aws-sdk-js 2", js("v2.js")},
		{"CRT for JavaScript", js("crt.js")}, // its Host has no port
		{"CRT for Python", pythonCRT},
		{"minio-go", miniogo},
		// The endpoint that is printed ends in a slash, which minio-go doubles; a user's own may end in none.
		{"minio-go, with no slash at the end", func(t *testing.T, imds string) []string {
			return miniogo(t, strings.TrimSuffix(imds, "/"))
		}},
	}
}

// miniogo is a module of its own, which hatstand's must not depend on.
func miniogo(t *testing.T, imds string) []string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "miniogo")
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Dir = filepath.Join("testdata", "programs", "miniogo")
	if out, err := cmd.CombinedOutput(); err != nil {
		unfetched(t, "go build", err, out)
	}
	return []string{bin, imds}
}

// pythonCRT runs where it is found: the AWS CLI of some systems brings it along.
func pythonCRT(t *testing.T, _ string) []string {
	t.Helper()
	if exec.Command("/usr/bin/python3", "-c", "import awscrt").Run() != nil {
		t.Skip("awscrt is not installed for Python")
	}
	return []string{"/usr/bin/python3", "-c", `
from awscrt.auth import AwsCredentialsProvider
print(AwsCredentialsProvider.new_default_chain().get_credentials().result(20).access_key_id)`}
}

// TestRealEndpointClients has programs that ask an endpoint once.
func TestRealEndpointClients(t *testing.T) {
	long(t)
	t.Parallel()
	w := newRealWorld(t, build(t, "hatstand", "."))
	w.signIn(0)
	served := w.serve("prod", "--imds")
	defer served.end()
	imds := served.vars["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
	plain := slices.DeleteFunc(slices.Clone(w.env), func(kv string) bool {
		return strings.HasPrefix(kv, "AWS_EC2_METADATA_DISABLED=") || strings.HasPrefix(kv, "AWS_PROFILE=")
	})
	want := ""
	for _, c := range endpointClients() {
		for protocol, env := range map[string][]string{
			"container": {
				"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + served.vars["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
				"AWS_CONTAINER_AUTHORIZATION_TOKEN=" + tokenOf(t, served),
			},
			"instance metadata": {"AWS_EC2_METADATA_SERVICE_ENDPOINT=" + imds},
		} {
			t.Run(c.name+"/"+protocol, func(t *testing.T) {
				args := c.args(t, imds)
				if c.name == "CRT for Python" && protocol != "container" {
					t.Skip("Debian's awscrt does not know AWS_EC2_METADATA_SERVICE_ENDPOINT")
				}
				cmd := exec.Command(args[0], args[1:]...)
				cmd.Env = append(slices.Clone(plain), append(env, "AWS_REGION=eu-west-1")...)
				var errs strings.Builder
				cmd.Stderr = &errs
				out, err := cmd.Output()
				id := strings.TrimSpace(string(out))
				if err != nil || !strings.HasPrefix(id, "ASIA") || want != "" && id != want {
					t.Errorf("%q, %v, want %q: %s", id, err, want, errs.String())
				}
				want = id
			})
		}
	}
}

func tokenOf(t *testing.T, served *realServe) string {
	t.Helper()
	b, err := os.ReadFile(served.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}
