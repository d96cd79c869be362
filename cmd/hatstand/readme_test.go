package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

const readme = "../../README.md"

// A block is a fenced part of README.
type block struct{ language, text string }

func readmeBlocks(t *testing.T) (text string, blocks []block) {
	t.Helper()
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$").FindAllStringSubmatch(string(b), -1) {
		blocks = append(blocks, block{m[1], m[2]})
	}
	return string(b), blocks
}

// readmeCommands are README's command lines in their order, each once, but those of the AWS CLI; and its config file.
func readmeCommands(t *testing.T) (config string, commands []string) {
	t.Helper()
	text, blocks := readmeBlocks(t)
	add := func(command string) {
		if strings.HasPrefix(command, "aws ") || !slices.Contains(commands, command) {
			commands = append(commands, command)
		}
	}
	for _, b := range blocks {
		switch b.language {
		case "ini":
			config += b.text + "\n"
		case "console":
			for line := range strings.Lines(b.text) {
				if command, ok := strings.CutPrefix(line, "$ "); ok {
					command, _, _ = strings.Cut(command, "  #")
					add(strings.TrimSpace(command))
				}
			}
		}
	}
	rows := 0
	for _, m := range regexp.MustCompile(`(?m)^\| .*\| (.*) \|$`).FindAllStringSubmatch(text, -1) {
		for _, c := range regexp.MustCompile("`([^`]*hatstand [^`]*)`").FindAllStringSubmatch(m[1], -1) {
			rows++
			add(c[1])
		}
	}
	if rows < 10 || config == "" {
		t.Fatalf("found %d commands and this config in README: %q", rows, config)
	}
	return config, commands
}

// TestReadmeCommands runs every hatstand command line of README, in its order, in the world of a story
// whose config is README's own. What the user would type is typed; other people's programs are
// stand-ins here, since the real ones have tests of their own.
func TestReadmeCommands(t *testing.T) {
	notOnWindows(t)
	t.Parallel()
	config, commands := readmeCommands(t)
	asked := false
	var script strings.Builder
	for _, c := range commands {
		script.WriteString(readmeStep(c, &asked))
	}
	archive := fmt.Sprintf(`chmod 755 bin/aws
chmod 755 bin/terraform
env PATH=$WORK/bin${:}$PATH
env BROWSER='browse page'
env DISPLAY=:77
replace home/.aws/config START_URL $SSO_START_URL
%s
-- home/.aws/credentials --
[bob]
aws_access_key_id = ID
aws_secret_access_key = SECRET
-- bin/aws --
#!/bin/sh
case "$*" in *--profile\ prod) exec hatstand credential-process prod >/dev/null;; esac
-- bin/terraform --
#!/bin/sh
test -n "$AWS_SESSION_TOKEN$AWS_CONTAINER_AUTHORIZATION_TOKEN"
-- home/.aws/config --
%s
[profile audit]
role_arn = arn:aws:iam::333333333333:role/Auditor
source_profile = prod
region = eu-west-1

[sso-session corp]
sso_start_url = START_URL
sso_region = eu-west-1
`, script.String(), config)
	file := filepath.Join(t.TempDir(), "readme.txtar")
	if err := os.WriteFile(file, []byte(archive), 0o600); err != nil {
		t.Fatal(err)
	}
	params := stories()
	params.Dir, params.Files = "", []string{file}
	testscript.Run(t, params)
}

// readmeStep is how a script runs one command of README. Only the first that needs a code asks for one.
func readmeStep(command string, asked *bool) string {
	quoted := "'" + strings.ReplaceAll(command, "'", "''") + "'"
	switch {
	case strings.HasPrefix(command, "hatstand serve "): // until it is told to end
		return "run sh -c '" + command + " >vars & while ! test -s vars; do sleep 0.05; done; kill $! && wait $!'\n"
	case command == "hatstand mfa enroll me": // alice has a device: hatstand wants to know whether one more is meant
		return "terminal " + command + "\nsees 'New MFA device'\npresses ^C\nends 130\n"
	case command == "hatstand keys import --from credentials":
		return "replace home/.aws/credentials ID $BOB_ID\nreplace home/.aws/credentials SECRET $BOB_SECRET\nexits 0 " + command + "\n"
	case command == "hatstand keys import --from aws-vault": // TestAWSVault has the real one; a story has none
		return "fails 2 " + command + "\nstderr 'aws-vault has no keys here'\n"
	case strings.HasPrefix(command, "hatstand keys migrate --to "): // keys_migrate.txtar has a keyring to move to; this world has none
		return "fails 5 " + command + "\n"
	case strings.HasPrefix(command, "hatstand console ") && strings.Contains(command, "--print"), strings.HasPrefix(command, "hatstand exec --each"),
		strings.Contains(command, " -v "):
		return "exits 0 " + command + "\n" // what stderr has is for a person
	case strings.HasPrefix(command, "hatstand mfa code"):
		return "exec " + command + "\n! stderr .\n" // run would find a secret in what it prints
	case strings.HasPrefix(command, "source "), strings.HasPrefix(command, "eval "):
		return "run bash -c " + quoted + "\n"
	case command == "hatstand exec -- aws s3 ls":
		return "terminal " + command + "\nsees 'Number or name'\ntypes prod\nends 0\n"
	case command == "hatstand keys add me":
		return "terminal " + command + "\nsees 'Access key ID'\ntypes $ALICE_ID\nsees 'Secret access key'\ntypes $ALICE_SECRET\nends 0\n"
	case command == "hatstand mfa add me":
		return "terminal " + command + "\nsees 'Seed'\ntypes $ALICE_SEED\nends 0\n"
	case !*asked && strings.HasPrefix(command, "aws "):
		*asked = true
		return "terminal " + command + "\nsees 'MFA code'\ncode\ntypes $CODE\nends 0\n"
	}
	return "run sh -c " + quoted + "\n"
}

// TestReadmeInstall runs README's way to install, and what it installs, which is without cgo.
func TestReadmeInstall(t *testing.T) {
	t.Parallel()
	long(t)
	_, blocks := readmeBlocks(t)
	i := slices.IndexFunc(blocks, func(b block) bool { return b.language == "sh" && strings.Contains(b.text, "go install ") })
	if i < 0 {
		t.Fatal("README has no go install")
	}
	bin := t.TempDir()
	env, command, _ := strings.Cut(strings.TrimSpace(blocks[i].text), " ")
	args := strings.Fields(command)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "GOBIN="+bin, env)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	installed := filepath.Join(bin, "hatstand")
	if runtime.GOOS == "windows" {
		installed += ".exe"
	}
	if out, err := exec.Command(installed, "version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "hatstand ") {
		t.Errorf("%v\n%s", err, out)
	}
	info, err := buildinfo.ReadFile(installed)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(info.Settings, debug.BuildSetting{Key: "CGO_ENABLED", Value: "0"}) {
		t.Errorf("built with %v", info.Settings)
	}
}

// TestReadmeDemo runs README's first command word for word.
func TestReadmeDemo(t *testing.T) {
	t.Parallel()
	long(t)
	_, blocks := readmeBlocks(t)
	var first []string
	for _, b := range blocks {
		if b.language == "sh" {
			first = strings.Fields(b.text)
			break
		}
	}
	if len(first) < 2 || first[0] != "go" {
		t.Fatalf("README's first command is %q", first)
	}
	cmd := exec.Command(first[0], first[1:]...)
	cmd.Dir = "../.."
	own := t.TempDir()
	cmd.Env = append(os.Environ(), "TMPDIR="+own)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"AWS saw: GetSessionToken", "AWS saw: nothing", "arn:aws:iam::333333333333:role/Auditor", "profile prod, key ASIA"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the demo does not show %q:\n%s", want, out)
		}
	}
	left, err := filepath.Glob(filepath.Join(own, "hatstand-demo-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("the demo left %v behind (%v)", left, err)
	}
}
