package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// goTool runs the go command for a system, without cgo, as releases are built.
func goTool(t *testing.T, goos string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip("go is not installed (package golang-go)")
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, errs.String())
	}
	return string(out)
}

// What is linked is paid for at every start, and SDKs start this program again and again.
func TestLittleIsLinked(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			deps := strings.Fields(goTool(t, goos, "list", "-deps", "."))
			for _, dep := range deps {
				for _, never := range []string{
					"net/http", "crypto/tls", "github.com/spf13", "github.com/AlecAivazis/survey", "github.com/pquerna/otp", "github.com/aws",
					"hatstand/mfa", "hatstand/credproc/resolve", "hatstand/credproc/sts", "hatstand/credproc/iam",
				} {
					if dep == never || strings.HasPrefix(dep, never+"/") {
						t.Errorf("it links %s", dep)
					}
				}
			}
			for _, want := range []string{"hatstand/profiles", "hatstand/credproc", "hatstand/cache"} {
				if !slices.Contains(deps, want) {
					t.Errorf("it does not link %s: this looks at something else", want)
				}
			}
		})
	}
}

func TestTheProgramIsSmall(t *testing.T) {
	const most = 8 << 20
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			if goos != runtime.GOOS && os.Getenv("HATSTAND_TEST_LONG") != "1" {
				t.Skip("another system's standard library is compiled for it: HATSTAND_TEST_LONG=1 runs it")
			}
			program := filepath.Join(t.TempDir(), "program")
			goTool(t, goos, "build", "-ldflags=-s -w", "-o", program, ".")
			info, err := os.Stat(program)
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() > most {
				t.Errorf("stripped, it has %d bytes, more than %d", info.Size(), most)
			}
		})
	}
}
