package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/proxy"
	"hatstand/credproc/awstest/s3"
)

// TestABareMachine is a user's first minute on a machine that has Debian's essential packages and its AWS CLI, and nothing
// else: no desktop, no bus, no keyring, no editor. hatstand comes as a package. Whatever README tells to type is typed at
// a shell's prompt, and AWS answers by its own host names.
func TestABareMachine(t *testing.T) {
	long(t)
	t.Parallel()
	for program, pkg := range map[string]string{"git": "git", "apt-cache": "apt", "dpkg": "dpkg", "unshare": "util-linux", "/usr/bin/aws": "awscli"} {
		if _, err := exec.LookPath(program); err != nil {
			missingPart(t, pkg)
		}
	}
	if err := mayMount(); err != nil {
		t.Skipf("a root of its own needs the right to mount: %v", err)
	}
	r := newReleaser(t)
	m := newBareMachine(t)
	m.install(r.one(r.release(r.clone(), "0.1.0"), "*.deb"))
	t.Run("README's first minute", func(t *testing.T) { bareFirstMinute(t, m) })
	t.Run("coming from plain files", func(t *testing.T) { barePlainFiles(t, m) })
	t.Run("a user without a home", func(t *testing.T) { bareNoHome(t, m) })
	t.Run("no certificates", func(t *testing.T) { bareNoCertificates(t, m) })
}

const (
	barePassphrase = "correct horse battery staple"
	bareBuckets    = "2026-01-02 03:04:05 acme-builds\n2026-01-02 03:04:05 acme-logs\n"
)

// bareNewKeyring are the answers to the file keyring's questions about its passphrase.
var bareNewKeyring = [][2]string{{"Passphrase to protect it with: ", barePassphrase}, {"The same again: ", barePassphrase}}

func bareFirstMinute(t *testing.T, m *bareMachine) {
	w := m.world(t, "alice", 1000)
	config, commands := bareReadme(t)
	w.write(".aws/config", config[0])
	s := w.shell()
	coded := false
	for _, c := range commands[0] {
		switch {
		case strings.HasPrefix(c, "hatstand keys add me"):
			out := s.does(c, append([][2]string{{"Access key ID: ", w.key.ID}, {"Secret access key (not shown): ", w.key.Secret}}, bareNewKeyring...)...)
			if want := "\nStored " + w.key.ID + " for profile me in the file keyring: arn:aws:iam::111111111111:user/alice\n"; !strings.HasSuffix(out, want) {
				t.Errorf("%s says %q", c, out)
			}
		case !coded:
			s.lists(c, w.code())
			coded = true
		default:
			s.lists(c, "")
		}
	}
	s.ends()
	w.keptNothing()
	w.saw(t, map[string]int{"GetCallerIdentity": 1, "GetSessionToken": 1, "AssumeRole": 1, "ListBuckets": 2})
}

func barePlainFiles(t *testing.T, m *bareMachine) {
	w := m.world(t, "bob", 1001)
	w.write(".aws/credentials", fmt.Sprintf("[me]\naws_access_key_id = %s\naws_secret_access_key = %s\n", w.key.ID, w.key.Secret))
	w.write(".aws/config", "[profile me]\nmfa_serial = arn:aws:iam::111111111111:mfa/bob\n\n"+
		"[profile prod]\nregion = eu-west-1\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n")
	_, commands := bareReadme(t)
	s := w.shell()
	for _, c := range commands[1] {
		var answers [][2]string
		if strings.HasPrefix(c, "hatstand keys import") {
			answers = bareNewKeyring
		}
		s.does(c, answers...)
	}
	s.lists("aws s3 ls --profile prod", w.code())
	s.lists("aws s3 ls --profile prod", "")
	s.ends()
	w.keptNothing()
	w.saw(t, map[string]int{"GetCallerIdentity": 1, "GetSessionToken": 1, "AssumeRole": 1, "ListBuckets": 2})
}

// bareNoHome is a process of a user that the machine does not know, as in many containers.
func bareNoHome(t *testing.T, m *bareMachine) {
	const (
		noKeyring = "no home: HOME is not set to an absolute path\nhatstand: hint: set HOME to a folder of your own, for the keyring"
		noProd    = `profile "prod" not found: there are no profiles in any file: no home is known`
		noFiles   = "no profiles: there is no home folder (HOME is not set)"
		setConfig = "\nhatstand: hint: set HOME or AWS_CONFIG_FILE, so that the config file can be found"
	)
	for _, row := range []struct{ command, want string }{
		{"hatstand keys add me --from-env", noKeyring},
		{"hatstand keys list", noKeyring},
		{"hatstand logout --all", noKeyring},
		{"hatstand doctor", noKeyring},
		{"hatstand doctor --uninstall", noKeyring},
		{"hatstand-credential-process prod", noProd + setConfig},
		{"hatstand exec prod -- true", noProd + setConfig},
		{"hatstand login prod", noProd + setConfig},
		{"hatstand serve prod", noProd + setConfig},
		{"hatstand list", noFiles + setConfig},
		{"hatstand adopt --all", noFiles + setConfig},
	} {
		var errs strings.Builder
		cmd := m.command(4321, []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
			strings.Fields(row.command)...)
		cmd.Stderr = &errs
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 2 || errs.String() != "hatstand: error: "+row.want+"\n" {
			t.Errorf("%s: exit code %d, stderr %s", row.command, code, errs.String())
		}
	}
}

// bareNoCertificates asks AWS where no authority is trusted: Debian's package is one of those that this machine lacks.
func bareNoCertificates(t *testing.T, m *bareMachine) {
	w := m.world(t, "carol", 1002)
	cmd := m.command(w.uid, append(w.env, "AWS_CA_BUNDLE=", "AWS_ACCESS_KEY_ID="+w.key.ID, "AWS_SECRET_ACCESS_KEY="+w.key.Secret), "hatstand", "keys", "add", "me", "--from-env")
	out, err := cmd.CombinedOutput()
	const want = `hatstand: error: profile "me": GetCallerIdentity: no answer from sts.us-east-1.amazonaws.com: ` +
		"tls: failed to verify certificate: x509: certificate signed by unknown authority\n" +
		"hatstand: hint: install the certificates that machines trust (on Debian the package ca-certificates), or name those of your " +
		"network's proxy: AWS_CA_BUNDLE=FILE\n"
	if cmd.ProcessState.ExitCode() != 1 || !strings.HasPrefix(string(out), want) {
		t.Errorf("%v: %s", err, out)
	}
	w.saw(t, map[string]int{})
}

// bareReadme has the config files and the commands of README's section "The first minute": those before and
// those after it speaks of plain files.
func bareReadme(t *testing.T) (configs []string, commands [2][]string) {
	t.Helper()
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(b), "\n## The first minute\n")
	section, _, _ = strings.Cut(section, "\n## ")
	first, second, found := strings.Cut(section, "**Coming from plain files")
	for _, m := range regexp.MustCompile("(?ms)^```ini\n(.*?)^```$").FindAllStringSubmatch(first, -1) {
		configs = append(configs, m[1])
	}
	for i, part := range []string{first, second} {
		for _, m := range regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(part, -1) {
			commands[i] = append(commands[i], m[1])
		}
	}
	if !found || len(configs) != 1 || len(commands[0]) != 3 || len(commands[1]) != 2 {
		t.Fatalf("README's first minute is not found: %q %q", configs, commands)
	}
	return configs, commands
}

// A bareMachine is a root of its own, whose files are those that the host's packages brought.
type bareMachine struct {
	t    *testing.T
	root string
}

func newBareMachine(t *testing.T) *bareMachine {
	t.Helper()
	m := &bareMachine{t, t.TempDir()}
	packages := m.packages()
	var files strings.Builder
	for path := range strings.Lines(m.do("dpkg", append([]string{"--listfiles"}, packages...)...)) {
		path = strings.TrimSuffix(path, "\n")
		if _, err := os.Lstat(path); err != nil || path == "/." || strings.HasPrefix(path, "/usr/share/doc/") {
			continue // docs, which the host may have been told to leave out
		}
		files.WriteString(path + "\n")
		// What the packages' scripts made for Python; without it the AWS CLI takes as long to start as to be compiled.
		if cache := filepath.Join(path, "__pycache__"); strings.HasPrefix(path, "/usr/lib/python3") {
			if found, _ := filepath.Glob(cache + "/*"); len(found) > 0 {
				files.WriteString(strings.Join(found, "\n") + "\n")
			}
		}
	}
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} { // where links in the root lead to
		if err := os.MkdirAll(filepath.Join(m.root, "usr", dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	list := filepath.Join(t.TempDir(), "files")
	m.put(list, files.String(), 0o644)
	m.do("sh", "-c", `tar -C / --no-recursion -cf - -T "$1" 2>/dev/null | tar -C "$2" -xf -`, "sh", list, m.root)

	status, err := os.ReadFile("/var/lib/dpkg/status")
	if err != nil {
		t.Fatal(err)
	}
	var known strings.Builder
	for paragraph := range strings.SplitSeq(string(status), "\n\n") {
		name, _, _ := strings.Cut(strings.TrimPrefix(paragraph, "Package: "), "\n")
		if slices.Contains(packages, name) {
			known.WriteString(paragraph + "\n\n")
			lists, _ := filepath.Glob("/var/lib/dpkg/info/" + name + ".list")
			more, _ := filepath.Glob("/var/lib/dpkg/info/" + name + ":*.list")
			for _, path := range append(lists, more...) {
				m.do("install", "-D", "-m", "644", path, m.root+path)
			}
		}
	}
	m.put(filepath.Join(m.root, "var/lib/dpkg/status"), known.String(), 0o644)
	m.put(filepath.Join(m.root, "etc/passwd"), "root:x:0:0::/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/bash\n", 0o644)
	m.put(filepath.Join(m.root, "etc/group"), "root:x:0:\nalice:x:1000:\nbob:x:1001:\n", 0o644)
	return m
}

// packages are Debian's essential ones, the AWS CLI, and what they depend on.
func (m *bareMachine) packages() []string {
	m.t.Helper()
	args := []string{"depends", "--recurse", "--installed", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks",
		"--no-replaces", "--no-enhances", "awscli"}
	installed := map[string]bool{}
	for line := range strings.Lines(m.do("dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status} ${Essential}\n")) {
		f := strings.Fields(line)
		installed[f[0]] = f[1] != "not-installed" && f[1] != "config-files"
		if installed[f[0]] && f[2] == "yes" {
			args = append(args, f[0])
		}
	}
	var packages []string
	for line := range strings.Lines(m.do("apt-cache", args...)) {
		if name := strings.TrimSuffix(line, "\n"); installed[name] { // the others are dependencies, indented, and alternatives
			packages = append(packages, name)
		}
	}
	return packages
}

// install installs a package as root of this machine does.
func (m *bareMachine) install(deb string) {
	m.t.Helper()
	m.do("cp", deb, filepath.Join(m.root, "tmp", "hatstand.deb"))
	if out, err := m.command(0, nil, "dpkg", "--install", "/tmp/hatstand.deb").CombinedOutput(); err != nil {
		m.t.Fatalf("dpkg: %v\n%s", err, out)
	}
}

// command runs a program in this root, with processes and mounts of its own.
func (m *bareMachine) command(uid int, env []string, args ...string) *exec.Cmd {
	const script = `
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for device in null zero full random urandom tty; do
	: >"$1/dev/$device"
	mount --bind "/dev/$device" "$1/dev/$device"
done
mkdir "$1/dev/pts"
mount --bind /dev/pts "$1/dev/pts"
mount -t proc proc "$1/proc"
root=$1 user=$2
shift 2
exec chroot --userspec="$user" "$root" "$@"`
	cmd := exec.Command("unshare", append([]string{"--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script, "sh", m.root, fmt.Sprint(uid, ":", uid)}, args...)...)
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}, env...)
	return cmd
}

func (m *bareMachine) do(name string, args ...string) string {
	m.t.Helper()
	var errs strings.Builder
	cmd := exec.Command(name, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", name, err, errs.String())
	}
	return string(out)
}

func (m *bareMachine) put(path, text string, mode fs.FileMode) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

// A bareWorld is a user of the machine, and what AWS knows of them.
type bareWorld struct {
	*realWorld
	m    *bareMachine
	name string
	uid  int
	home string // as the host sees it
	key  awstest.Key
}

func (m *bareMachine) world(t *testing.T, name string, uid int) *bareWorld {
	t.Helper()
	server := awstest.New(awstest.Options{})
	user := server.AddUser("111111111111", name)
	server.AddRole("arn:aws:iam::222222222222:role/Admin", awstest.Role{Trust: []awstest.Trust{{Principal: user.ARN, RequireMFA: true}}})
	for _, bucket := range []string{"acme-builds", "acme-logs"} {
		server.S3().AddBucket(s3.Bucket{Name: bucket, Account: "222222222222", Region: "eu-west-1", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
	}
	p, err := proxy.StartFor(server, func(host string) bool { return strings.HasSuffix(host, ".amazonaws.com") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	bundle := "/etc/" + name + ".pem"
	m.put(m.root+bundle, string(p.CA), 0o644)
	w := &bareWorld{m: m, name: name, uid: uid, home: filepath.Join(m.root, "home", name), key: user.AddKey(),
		realWorld: &realWorld{t: t, aws: server, device: user.AddMFA(name)}}
	w.env = []string{"HOME=/home/" + name, "USER=" + name, "LOGNAME=" + name, "SHELL=/bin/bash", "TERM=xterm", "TZ=UTC",
		"HTTPS_PROXY=" + p.URL, "AWS_CA_BUNDLE=" + bundle}
	if err := os.MkdirAll(w.home, 0o700); err != nil {
		t.Fatal(err)
	}
	w.own(w.home)
	return w
}

// own gives a file to the user.
func (w *bareWorld) own(path string) {
	w.t.Helper()
	if err := os.Chown(path, w.uid, w.uid); err != nil {
		w.t.Fatal(err)
	}
}

func (w *bareWorld) write(path, text string) {
	w.t.Helper()
	path = filepath.Join(w.home, path)
	w.m.put(path, text, 0o600)
	w.own(path)
	w.own(filepath.Dir(path))
}

// code is what the user's device shows.
func (w *bareWorld) code() string { return w.device.Code(time.Now()) }

// output is what a program prints for the user, with neither terminal nor shell.
func (w *bareWorld) output(args ...string) string {
	w.t.Helper()
	out, err := w.m.command(w.uid, w.env, args...).Output()
	if err != nil {
		w.t.Fatalf("%q: %v", args, err)
	}
	return string(out)
}

// keptNothing looks through all that was written on the machine for what must not be there in plain text, and forgets
// the keyring's unlocked key, which the kernel has.
func (w *bareWorld) keptNothing() {
	t := w.t
	t.Helper()
	var issued document
	if err := json.Unmarshal([]byte(w.output("hatstand-credential-process", "prod")), &issued); err != nil {
		t.Fatal(err)
	}
	w.output("hatstand", "lock")
	secrets := map[string]string{"the secret access key": w.key.Secret, "the role's secret": issued.SecretAccessKey,
		"the session token": issued.SessionToken, "the passphrase": barePassphrase}
	files := 0
	err := filepath.WalkDir(w.m.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path == filepath.Join(w.m.root, "usr") {
			return fs.SkipDir // the packages' own
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(path, w.home) {
			files++
		}
		for what, secret := range secrets {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s has %s", strings.TrimPrefix(path, w.m.root), what)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 4 { // the config, the keyring's keys and sessions
		t.Errorf("only %d files were looked through", files)
	}
}

// A bareShell is the user at a terminal. Its prompt shows the exit code of the command before.
type bareShell struct {
	*realRun
	w    *bareWorld
	read int // how much of the screen was read
}

func (w *bareWorld) shell() *bareShell {
	w.t.Helper()
	s := &bareShell{realRun: w.run("true"), w: w}
	s.stdin.Close()
	s.silent.Close()
	s.cmd = w.m.command(w.uid, append(slices.Clip(w.env), `PS1=\w [$?] `), "bash", "--noprofile", "--norc", "--noediting", "-i")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	s.onTerminal()
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = s.slave, s.slave, s.slave
	s.cmd.ExtraFiles, s.cmd.SysProcAttr.Ctty = nil, 0
	s.start()
	s.awaits(barePrompt)
	s.does("cd")
	return s
}

// barePrompt is the shell's prompt at the end of the screen.
var barePrompt = regexp.MustCompile(`[~/] \[(\d+)\] $`)

// awaits waits until what was shown since it was last called matches, and returns what stands before it.
func (s *bareShell) awaits(pattern *regexp.Regexp) (before string, match []string) {
	s.t.Helper()
	for {
		shown := s.screen()[s.read:]
		if at := pattern.FindStringSubmatchIndex(shown); at != nil {
			s.read += at[1]
			return shown[:at[0]], pattern.FindStringSubmatch(shown)
		}
		select {
		case <-s.closed:
			s.t.Fatalf("the terminal closed without %s:\n%s", pattern, s.screen())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// does types a command, and the answer to each question that it asks, and returns what it shows. It must succeed.
func (s *bareShell) does(command string, answers ...[2]string) string {
	s.t.Helper()
	s.types(command)
	s.awaits(regexp.MustCompile(regexp.QuoteMeta(command) + `\r\n`))
	var out string
	for _, a := range answers {
		before, _ := s.awaits(regexp.MustCompile(regexp.QuoteMeta(a[0])))
		out += before + a[0]
		s.types(a[1])
	}
	rest, match := s.awaits(barePrompt)
	out = strings.ReplaceAll(out+rest, "\r\n", "\n")
	if match[1] != "0" {
		s.t.Fatalf("%s ends with %s:\n%s", command, match[1], s.screen())
	}
	return out
}

// lists types a command that lists the buckets, and asks for a code if there is one.
func (s *bareShell) lists(command, code string) {
	s.t.Helper()
	want := bareBuckets
	var answers [][2]string
	if code != "" {
		answers = [][2]string{{"MFA code for " + s.w.name + ", for prod (Admin in 222222222222): ", code}}
		want = "\n" + answers[0][0] + code + "\n" + want
	}
	if out := s.does(command, answers...); out != want {
		s.t.Errorf("%s shows %q, want %q", command, out, want)
	}
}

func (s *bareShell) ends() {
	s.t.Helper()
	s.types("exit")
	s.wait()
	for _, secret := range []string{s.w.key.Secret, barePassphrase} {
		if strings.Contains(s.screen(), secret) {
			s.t.Errorf("the screen shows %q", secret)
		}
	}
}
