package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// builds are the programs that were built so far, by go build's arguments: each is linked once.
var builds sync.Map

// buildFolder has a space in its name, as a user's home may.
var buildFolder = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "of alice ") })

// removeBuilds ends the programs' life.
func removeBuilds() {
	builds.Range(func(_, built any) bool {
		if folder, err := buildFolder(); err == nil {
			os.RemoveAll(folder)
		}
		return false
	})
}

// build builds a program as its user would.
func build(t *testing.T, name, source string, flags ...string) string {
	t.Helper()
	if raced {
		flags = append(flags, "-race")
	}
	return goBuild(t, name, source, nil, flags...)
}

// released builds the program as it is released.
func released(t *testing.T) string {
	t.Helper()
	return goBuild(t, "hatstand", ".", []string{"CGO_ENABLED=0"}, "-trimpath", "-ldflags=-s -w")
}

func goBuild(t testing.TB, name, source string, env []string, flags ...string) string {
	t.Helper()
	key := fmt.Sprint(env, flags, source)
	build, _ := builds.LoadOrStore(key, sync.OnceValues(func() (string, error) {
		folder, err := buildFolder()
		if err != nil {
			return "", err
		}
		if folder, err = os.MkdirTemp(folder, ""); err != nil {
			return "", err
		}
		bin := filepath.Join(folder, name)
		args := append(append([]string{"build", "-o", bin}, flags...), source)
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return bin, nil
	}))
	bin, err := build.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// long skips what takes longer than a user of go test waits for; CI runs it.
func long(t *testing.T) {
	t.Helper()
	if !longTests() {
		t.Skip("it takes long: HATSTAND_TEST_LONG=1 runs it")
	}
}

// sampled tells whether the i-th of many alike is left to long tests.
func sampled(i int) bool { return !longTests() && i%5 != 0 }

func longTests() bool { return os.Getenv("HATSTAND_TEST_LONG") == "1" }
