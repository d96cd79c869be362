//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A client is a real program that finds credentials as AWS's own code does. It asks STS who it is and
// prints the ARN alone.
type client struct {
	name string
	// args run it as a profile; with profile "", as whoever its environment says.
	args func(profile, url string) []string
	// slow: to start one takes a second and more.
	slow bool
	// missing names the Debian package that has it, if it is not installed.
	missing string
	// broken says why it cannot serve here though it is installed.
	broken string
}

// wanted skips a slow one where long tests do not run.
func (c client) wanted(t *testing.T) {
	t.Helper()
	if c.slow {
		long(t)
	}
}

func clients(t *testing.T) []client {
	return append([]client{goSDK(t), jsSDK(t), boto3()}, awsCLIs(t)...)
}

// awsCLIs are all that are installed: Debian's, and what else is on PATH.
func awsCLIs(t *testing.T) []client {
	t.Helper()
	if !longTests() {
		return []client{{name: "aws-cli", slow: true}}
	}
	var found []client
	var seen []os.FileInfo
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/bin") {
		path := filepath.Join(dir, "aws")
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 || contains(seen, info) {
			continue
		}
		seen = append(seen, info)
		c := client{slow: true, args: func(profile, url string) []string {
			// Debian's does not know AWS_ENDPOINT_URL.
			args := []string{path, "sts", "get-caller-identity", "--endpoint-url", url, "--query", "Arn", "--output", "text"}
			if profile != "" {
				args = append(args, "--profile", profile)
			}
			return args
		}}
		// One that a version manager put there may want the home that it was installed in.
		cmd := exec.Command(path, "--version")
		cmd.Env = scrubbed(t.TempDir())
		version, err := cmd.CombinedOutput()
		fields := strings.Fields(string(version))
		if err != nil || len(fields) == 0 || !strings.HasPrefix(fields[0], "aws-cli/") {
			c.name, c.broken = path, fmt.Sprintf("%s does not run in a home of its own: %v: %s", path, err, version)
		} else {
			c.name = strings.ReplaceAll(fields[0], "/", " ")
		}
		found = append(found, c)
	}
	for _, c := range found {
		if c.broken == "" {
			return found
		}
	}
	return append(found, client{name: "aws-cli", slow: true, missing: "awscli"})
}

func contains(files []os.FileInfo, f os.FileInfo) bool {
	for _, g := range files {
		if os.SameFile(f, g) {
			return true
		}
	}
	return false
}

// boto3 is Debian's, which belongs to Debian's own Python.
func boto3() client {
	const python = "/usr/bin/python3"
	const program = `
import sys, boto3
session = boto3.Session(profile_name=sys.argv[1] or None)
print(session.client("sts", endpoint_url=sys.argv[2]).get_caller_identity()["Arn"])`
	c := client{name: "boto3", slow: true, args: func(profile, url string) []string {
		return []string{python, "-c", program, profile, url}
	}}
	if longTests() && exec.Command(python, "-c", "import boto3").Run() != nil {
		c.missing = "python3-boto3"
	}
	return c
}

// goSDK is a small program that uses it.
func goSDK(t *testing.T) client {
	program := build(t, "gosdk", "./testdata/programs/gosdk")
	return client{name: "Go SDK", args: func(profile, url string) []string { return []string{program, profile, url} }}
}

// scrubbed is an environment with nothing of the user's but the way to the programs.
func scrubbed(home string) []string {
	return []string{
		"HOME=" + home, "XDG_RUNTIME_DIR=" + filepath.Join(home, "run"), "PATH=" + os.Getenv("PATH"),
		"TMPDIR=" + os.TempDir(), "LC_ALL=C.UTF-8", "TERM=xterm", "SHELL=/bin/sh",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=",
		"GORACE=atexit_sleep_ms=0", // the race detector's goodbye takes a second
	}
}
