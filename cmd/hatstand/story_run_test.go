package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// runCommands run programs as a user does, and touch files.
func runCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"run":        run1,
		"handskeys":  handsKeys,
		"exits":      exits,
		"fails":      fails,
		"says":       says,
		"documented": documented,
		"logged":     logged,
		"corrupt":    corrupt,
		"fill":       fill,
		"replace":    replaceText,
		"nokeyring":  noKeyring,
		"smalldisk":  smallDisk,
		"fulldisk":   fullDisk,
		"readonly":   readOnly,
		"deafbus":    deafBus,
	}
}

// run PROGRAM ARGS...: it succeeds, and writes nothing to stderr.
func run1(ts *testscript.TestScript, _ bool, args []string) {
	if code := execute(ts, args); code != 0 {
		ts.Fatalf("%s: exit code %d, want 0", args[0], code)
	}
	if errs := ts.ReadFile("stderr"); errs != "" {
		ts.Fatalf("%s: stderr is not empty: %q", args[0], errs)
	}
}

// handskeys PROGRAM ARGS...: it is run, and the long-lived keys of a user are on its stdout, as nowhere else.
func handsKeys(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	s.bare = true
	defer func() { s.bare = false }()
	run1(ts, false, args)
	s.secrets.mu.Lock()
	defer s.secrets.mu.Unlock()
	out := ts.ReadFile("stdout")
	if !slices.ContainsFunc(s.secrets.nowhere, func(secret string) bool { return strings.Contains(out, secret) }) {
		ts.Fatalf("%s: stdout has no long-lived key", args[0])
	}
}

// exits CODE PROGRAM ARGS...: whatever it writes. -1 is an end by a signal.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if code := execute(ts, args[1:]); code != want {
		ts.Fatalf("%s: exit code %d, want %d", args[1], code, want)
	}
}

// fails CODE PROGRAM ARGS...: it writes nothing to stdout, and to stderr one line of an error that can
// stand alone, then hints.
func fails(ts *testscript.TestScript, _ bool, args []string) {
	exits(ts, false, args)
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("%s: stdout is not empty: %q", args[1], out)
	}
	checkForm(ts)
}

func checkForm(ts *testscript.TestScript) {
	form := regexp.MustCompile(`\Ahatstand: error: [^\n]+\n(hatstand: hint: [^\n]+\n)*\z`)
	if errs := ts.ReadFile("stderr"); !form.MatchString(errs) {
		ts.Fatalf("stderr is not an error with its hints: %q", errs)
	}
}

// says ERROR HINT...: stderr is this error and these hints, whole. A temporary file is .new-N.
func says(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: says ERROR HINT...")
	}
	want := "hatstand: error: " + args[0] + "\n"
	for _, hint := range args[1:] {
		want += "hatstand: hint: " + hint + "\n"
	}
	got := regexp.MustCompile(`\.new-[0-9]+`).ReplaceAllString(ts.ReadFile("stderr"), ".new-N")
	if got != want {
		ts.Fatalf("stderr is\n%swant\n%s", got, want)
	}
}

// logged [!] REGEXP: HATSTAND_LOG has a line like that.
func logged(ts *testscript.TestScript, neg bool, args []string) {
	b, err := os.ReadFile(ts.Getenv("HATSTAND_LOG"))
	ts.Check(err)
	if found := regexp.MustCompile("(?m)" + args[0]).Match(b); found == neg {
		ts.Fatalf("log: %q found: %v\n%s", args[0], found, b)
	}
}

// execute runs a program and looks through what it left.
func execute(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	of(ts).search(ts, args, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	return exitCodeOf(ts, err)
}

func exitCodeOf(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	return 0
}

// corrupt GLOB writes rubbish over the files that match.
func corrupt(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("corrupt: nothing matches %s", args[0])
	}
	for _, f := range files {
		ts.Check(os.WriteFile(f, []byte("rubbish"), 0o600))
	}
}

// fill FILE... writes variables into files: $ALICE_ID, $WORK.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	for _, file := range args {
		text := os.Expand(ts.ReadFile(file), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

// replace FILE OLD NEW edits a file as a user would.
func replaceText(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("replace: %s does not contain %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
}

// nokeyring removes the story's keyring, which is there from the beginning: the next that is stored makes one.
func noKeyring(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(os.RemoveAll(filepath.Join(ts.Getenv("HOME"), ".local")))
}

// deafbus PATH is a D-Bus session bus that takes calls and answers none.
func deafBus(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("unix", ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { l.Close() })
}

// condition knows [have:PROGRAM], whether a real part is installed, and [mount], whether a disk of its
// own can be had. Where CI requires all parts, a missing one is a failure and not a skip; the right to
// mount is no part.
func condition(cond string) (bool, error) {
	if cond == "mount" {
		return mayMount() == nil, nil
	}
	if cond == "root" { // and so may give files to other users
		return os.Geteuid() == 0, nil
	}
	program, ok := strings.CutPrefix(cond, "have:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	_, err := exec.LookPath(program)
	if err != nil && os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		return false, fmt.Errorf("%w, and HATSTAND_TEST_REQUIRE_ALL=1", err)
	}
	return err == nil, nil
}
