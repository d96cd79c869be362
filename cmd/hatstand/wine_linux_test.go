//go:build linux

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestWine runs both programs as they are built for Windows, under Wine: what they do with the Credential Manager, the
// console, cmd.exe, and paths of Windows. It shows nothing of what Wine itself plays: who may read an item or a file,
// and that an item of more than 2,560 bytes is refused. Dialogs and PowerShell need what Wine has not.
func TestWine(t *testing.T) {
	t.Parallel()
	long(t)
	w := newWindows(t)
	for _, s := range []struct {
		name string
		test func(*machine)
	}{
		{"version", wineVersion},
		{"keys", wineKeys},
		{"credential-process", wineCredentialProcess},
		{"code", wineCode},
		{"exit codes", wineExitCodes},
		{"Ctrl-C", wineCtrlC},
		{"twenty at once", wineTwenty},
		{"adopt", wineAdopt},
		{"variables", wineVariables},
		{"endpoint", wineEndpoint},
		{"reports", wineReports},
		{"demo", wineDemo},
	} {
		t.Run(s.name, func(t *testing.T) { s.test(w.machine(t)) })
	}
}

func wineVersion(m *machine) {
	r := m.run("hatstand.exe", "version")
	m.expect(r, 0, regexp.MustCompile(`^hatstand \S+ windows/amd64 go\S+\n$`))
}

func wineKeys(m *machine) {
	key := m.addKeys()
	m.expect(m.run("hatstand.exe", "keys", "list"), 0,
		regexp.MustCompile(`^PROFILE .*\n`+m.base+` +`+key.ID+` .* wincred +`+m.user.ARN+`\n$`))
	m.expect(m.run("hatstand.exe", "keys", "remove", m.base, "--yes"), 0, regexp.MustCompile(`^Removed `+key.ID))
	if items := m.items(); len(items) != 0 {
		m.t.Errorf("left are %v", items)
	}
	r := m.run("hatstand.exe", "credential-process", "prod")
	if r.code != 2 || !strings.Contains(r.errs, "hatstand keys add "+m.base) {
		m.t.Errorf("without keys: %+v", r)
	}
}

// A session token may be longer than what one item of the Credential Manager holds.
func wineCredentialProcess(m *machine) {
	m.addKeys()
	m.addSeed()
	cold := m.run("hatstand-credential-process.exe", "prod")
	m.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1})
	m.isDocument(cold)
	for _, args := range [][]string{
		{"hatstand-credential-process.exe", "prod"},
		{"hatstand.exe", "credential-process", "prod"},
	} {
		if warm := m.run(args...); warm != cold {
			m.t.Errorf("%q: %+v, want %+v", args, warm, cold)
		}
	}
	m.saw(map[string]int{})
	parts := 0
	for name, size := range m.items() {
		if size > 2560 {
			m.t.Errorf("%s has %d bytes", name, size)
		}
		if strings.Contains(name, "#") {
			parts++
		}
	}
	if parts != 6 { // three of the session, three of the role session
		m.t.Errorf("%v are of %d parts", m.items(), parts)
	}
	m.expect(m.run("hatstand.exe", "logout", m.base), 0, regexp.MustCompile(`^`+m.base+`: 2 sessions forgotten\n$`))
	for name := range m.items() {
		if strings.Contains(name, "session/") {
			m.t.Errorf("%s is left", name)
		}
	}
}

func wineCode(m *machine) {
	m.addKeys()
	p := m.onConsole("hatstand.exe", "exec", "reader", "--", tools+`\onwindows.exe`, "show", "HATSTAND_PROFILE")
	p.sees("MFA code for")
	m.answer(p, m.device.Code(time.Now()))
	p.wait()
	if p.exitCode() != 0 || !strings.Contains(p.screen(), "HATSTAND_PROFILE=reader") {
		m.t.Errorf("exit code %d, the console showed %q", p.exitCode(), p.screen())
	}
	m.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1})
	m.expect(m.run("hatstand.exe", "logout", m.base), 0, regexp.MustCompile(`^`+m.base+`: 2 sessions forgotten\n$`))
	r := m.run("hatstand.exe", "exec", "prod", "--mfa-code", m.device.Code(time.Now().Add(30*time.Second)), "--",
		tools+`\onwindows.exe`, "show", "HATSTAND_PROFILE")
	m.expect(r, 0, regexp.MustCompile(`^HATSTAND_PROFILE=prod\n$`))
	m.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1})
}

func wineExitCodes(m *machine) {
	m.addKeys()
	m.addSeed()
	notes := m.home + `\notes.txt`
	m.write(notes, "no program\n")
	for _, row := range []struct {
		code    int
		errs    string
		command []string
	}{
		{0, "", []string{tools + `\onwindows.exe`, "exit", "0"}},
		{7, "", []string{tools + `\onwindows.exe`, "exit", "7"}},
		{255, "", []string{"cmd", "/c", "exit 255"}},
		{126, "hatstand: error: ", []string{notes}},
		{127, "hatstand: error: \"nosuch\": command not found\n", []string{"nosuch"}},
	} {
		r := m.run(append([]string{"hatstand.exe", "exec", "prod", "--"}, row.command...)...)
		if r.code != row.code || r.out != "" || !strings.HasPrefix(r.errs, row.errs) || row.errs == "" && r.errs != "" {
			m.t.Errorf("%q: %+v, want %d", row.command, r, row.code)
		}
	}
	r := m.run("hatstand.exe", "exec", "prod", "--",
		tools+`\onwindows.exe`, "show", "HATSTAND_PROFILE", "a b", `"ö`, `c\`)
	m.expect(r, 0, regexp.MustCompile(`^a b\n"ö\nc\\\nHATSTAND_PROFILE=prod\n$`))
}

// Ctrl-C reaches the command, whose exit code is hatstand's: hatstand outlives it.
func wineCtrlC(m *machine) {
	m.addKeys()
	m.addSeed()
	p := m.onConsole("hatstand.exe", "exec", "prod", "--", tools+`\onwindows.exe`, "interrupted")
	p.sees("waiting")
	p.types("\x03")
	p.wait()
	if p.exitCode() != 7 || !strings.Contains(p.screen(), "interrupted") {
		m.t.Errorf("exit code %d, the console showed %q", p.exitCode(), p.screen())
	}
}

func wineTwenty(m *machine) {
	m.addKeys()
	m.addSeed()
	commands := make([]*exec.Cmd, 20)
	outs := make([]bytes.Buffer, len(commands))
	profiles := []string{"prod", "reader"}
	for i := range commands {
		c := m.command("hatstand-credential-process.exe", profiles[i%len(profiles)])
		c.Stdout, c.Stderr = &outs[i], &outs[i]
		if err := c.Start(); err != nil {
			m.t.Fatal(err)
		}
		commands[i] = c
	}
	for i, c := range commands {
		if err := c.Wait(); err != nil || outs[i].String() != outs[i%len(profiles)].String() {
			m.t.Errorf("%v: %s", err, outs[i].String())
		}
	}
	m.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": len(profiles)})
}

// The path of the programs and that of the config have a blank and a letter that ASCII lacks. The SDK for Go starts the
// line that adopt writes by cmd.exe.
func wineAdopt(m *machine) {
	m.addKeys()
	m.addSeed()
	for _, ends := range []string{"\n", "\r\n"} {
		before := strings.ReplaceAll(m.read(m.config), "\n", ends)
		m.write(m.config, before)
		m.expect(m.run("hatstand.exe", "adopt", "prod"), 0, regexp.MustCompile(`^prod: adopted\n$`))
		adopted := m.read(m.config)
		small := `C:\\[^\\" ]+\\[^\\" ]+\\hatstand-credential-process\.exe`
		line := regexp.MustCompile(`(?m)^credential_process = ` + small + ` prod` + ends[:len(ends)-1] + `$`).
			MatchString(adopted)
		if !line || strings.Count(adopted, "\n") != strings.Count(adopted, ends) {
			m.t.Fatalf("%q", adopted)
		}
		m.expect(m.run(tools+`\gosdk.exe`, "prod", m.aws.URL), 0, regexp.MustCompile(`^`+asAdmin+`\n$`))
		doctor := m.run("hatstand.exe", "doctor")
		m.expect(doctor, 0, regexp.MustCompile(`ok +hatstand-credential-process: started by prod\n`))
		m.expect(m.run("hatstand.exe", "release", "prod"), 0, regexp.MustCompile(`^prod: released\n$`))
		if after := m.read(m.config); after != before {
			m.t.Errorf("was %q, is %q", before, after)
		}
		m.write(m.config, strings.ReplaceAll(before, "\r\n", "\n"))
	}
	m.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1, "GetCallerIdentity": 2})
}

// cmd.exe sets what the formats cmd and dotenv hold, and drops it.
func wineVariables(m *machine) {
	m.addKeys()
	m.addSeed()
	m.isDocument(m.run("hatstand.exe", "credential-process", "prod"))
	m.write(m.home+`\load.cmd`, strings.ReplaceAll(`@echo off
"%PROGRAM%" env prod --format cmd >on.cmd
call on.cmd
C:\tools\onwindows show AWS_S
"%PROGRAM%" env --unset --format cmd >off.cmd
call off.cmd
echo dropped
C:\tools\onwindows show AWS_S
"%PROGRAM%" env prod --format dotenv >.env
for /f "delims=" %%v in (.env) do set %%v
C:\tools\onwindows show AWS_S
`, "\n", "\r\n"))
	r := m.run(`C:\windows\system32\cmd.exe`, "/c", "load.cmd")
	set := `AWS_SECRET_ACCESS_KEY=\S{40}\nAWS_SESSION_TOKEN=` + strings.Repeat(`\S{1000}`, tokenLength/1000) + `\n`
	m.expect(r, 0, regexp.MustCompile(`^`+set+`dropped\r\n`+set+`$`))
}

func wineEndpoint(m *machine) {
	m.addKeys()
	m.addSeed()
	r := m.run("hatstand.exe", "exec", "--server", "prod", "--", tools+`\gosdk.exe`, "", m.aws.URL)
	m.expect(r, 0, regexp.MustCompile(`^`+asAdmin+`\n$`))
	m.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1, "GetCallerIdentity": 1})
}

func wineReports(m *machine) {
	m.addKeys()
	// The keyring is asked for two seconds, in which a busy machine may not list it.
	list := m.run("hatstand.exe", "list")
	for end := time.Now().Add(patient); !strings.Contains(list.out, "needs code") && time.Now().Before(end); {
		list = m.run("hatstand.exe", "list")
	}
	m.expect(list, 0,
		regexp.MustCompile(`(?m)^prod +222222222222:Admin +`+m.base+` +eu-west-1 +alice-`+m.base+` +needs code\n`))
	doctor := m.run("hatstand.exe", "doctor")
	m.expect(doctor, 0, regexp.MustCompile(`ok +wincred: used, `))
	for line := range strings.Lines(doctor.out) {
		if strings.HasPrefix(line, "  warn") || strings.HasPrefix(line, "  fail") {
			m.t.Errorf("doctor has %q", line)
		}
	}
	explained := m.run("hatstand.exe", "explain", "prod")
	m.expect(explained, 0, regexp.MustCompile(`(?m)^ +2  GetSessionToken \+ MFA code `))
}

// The demo has a world of its own, and leaves nothing in the user's.
func wineDemo(m *machine) {
	before := m.files()
	r := m.run("hatstand.exe", "demo")
	if r.code != 0 || !strings.HasPrefix(r.errs, "hatstand: note: whoever opens the URL ") ||
		strings.Count(r.errs, "\n") != 1 ||
		!strings.Contains(r.out, "The page says: Signed in as arn:aws:sts::222222222222:assumed-role/Admin/alice ") {
		m.t.Errorf("%+v", r)
	}
	if after := m.files(); !slices.Equal(before, after) {
		m.t.Errorf("there are %q, there were %q", after, before)
	}
}

// result is how a program ended.
type result struct {
	code      int
	out, errs string
}

func (m *machine) run(args ...string) result {
	m.t.Helper()
	cmd := m.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exit := errors.AsType[*exec.ExitError](err); err != nil && !exit {
		m.t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (m *machine) expect(r result, code int, out *regexp.Regexp) {
	m.t.Helper()
	if r.code != code || r.errs != "" || !out.MatchString(r.out) {
		m.t.Errorf("exit code %d, stdout %q, stderr %q, want %d and %s", r.code, r.out, r.errs, code, out)
	}
}

func (m *machine) isDocument(r result) {
	m.t.Helper()
	m.expect(r, 0, regexp.MustCompile(`^\{"Version":1,"AccessKeyId":"ASIA\w+",.*"AccountId":"222222222222"\}\n$`))
}

// items are the bytes of each item that the Credential Manager has of this machine.
func (m *machine) items() map[string]int {
	m.t.Helper()
	r := m.run(tools+`\onwindows.exe`, "items")
	items := map[string]int{}
	for line := range strings.Lines(r.out) {
		name, size, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.Atoi(size)
		if err != nil {
			m.t.Fatalf("%+v", r)
		}
		if strings.Contains(name, "/"+m.base) {
			items[name] = n
		}
	}
	return items
}

func (m *machine) read(path string) string {
	m.t.Helper()
	b, err := os.ReadFile(m.unix(path))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(b)
}

func (m *machine) write(path, text string) {
	m.t.Helper()
	if err := os.WriteFile(m.unix(path), []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}
