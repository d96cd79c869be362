package child_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"hatstand/credproc/child"
)

// The test program plays both hatstand, which calls Run, and the command that is run.
const playRole = "HATSTAND_CHILD_TEST_PLAY"

// play is a command that lasts, where there are signals.
var play func()

func TestMain(m *testing.M) {
	switch role := os.Getenv(playRole); role {
	case "":
		// What nohup and a script's background job ignore, all that is started here would: to catch it has them heed it.
		for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
			if signal.Ignored(s) {
				signal.Notify(make(chan os.Signal, 1), s)
			}
		}
		os.Exit(m.Run())
	case "hatstand", "spawner":
		run := child.Run
		if role == "spawner" {
			run = child.Spawn
		}
		path, err := child.Find(os.Args[1])
		if err == nil {
			err = run(path, os.Args[1:], []string{playRole + "=command", "GIVEN=yes", "SystemRoot=" + os.Getenv("SystemRoot")})
		}
		var exit *child.ExitError
		var start *child.StartError
		switch {
		case err == nil:
			os.Exit(0)
		case errors.As(err, &exit):
			os.Exit(exit.Code)
		case errors.As(err, &start):
			fmt.Print(err)
			os.Exit(start.Code)
		}
		fmt.Print("neither: ", err)
		os.Exit(99)
	case "print":
		fmt.Print(os.Getenv("HATSTAND_TEST_VALUE") + "\x00")
		if _, ok := os.LookupEnv("HATSTAND_TEST_GONE"); ok {
			fmt.Print("still there")
		}
		os.Exit(0)
	case "command":
		if os.Args[1] == "counts" {
			play()
		}
		code, err := strconv.Atoi(os.Args[1])
		if err != nil {
			os.Exit(98)
		}
		fmt.Printf("%d %q %s%s", os.Getpid(), os.Args[2:], os.Getenv("GIVEN"), os.Getenv("LEFT"))
		os.Exit(code)
	}
	os.Exit(97)
}

// hatstand runs a command as hatstand exec does, in a process of its own.
func hatstand(t *testing.T, command ...string) (pid int, out string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, command...)
	cmd.Env = append(os.Environ(), playRole+"=hatstand", "LEFT=over")
	b, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.Process.Pid, string(b), cmd.ProcessState.ExitCode()
}

func TestTheCommandTakesThisProcesssPlace(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{0, 1, 42, 255} {
		pid, out, code := hatstand(t, self, strconv.Itoa(want), "a b", ";", "")
		if code != want {
			t.Errorf("exit code %d, want %d", code, want)
		}
		its, rest, _ := strings.Cut(out, " ")
		if rest != `["a b" ";" ""] yes` {
			t.Errorf("arguments and environment: %s", rest)
		}
		if same := its == strconv.Itoa(pid); same != (runtime.GOOS != "windows") {
			t.Errorf("it ran as %s, hatstand as %d", its, pid)
		}
	}
}

func TestACommandThatCannotBeStartedHasTheShellsCode(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := write("plain", "text", 0o600)
	text := write("text", "\x00 no program", 0o700)
	lost := write("lost", "#!"+filepath.Join(dir, "no-such-interpreter")+"\n", 0o700)
	absent := filepath.Join(dir, "absent")
	for _, row := range []struct {
		name, command string
		code          int
		says          string
	}{
		{"not on PATH", "hatstand-no-such-command", 127, `"hatstand-no-such-command": command not found`},
		{"no such file", absent, 127, strconv.Quote(absent) + ": command not found"},
		{"no name", "", 127, `"": command not found`},
		{"a script whose interpreter is absent", lost, 127, strconv.Quote(lost) + ": command not found"},
		{"not executable", plain, 126, strconv.Quote(plain) + ": permission denied"},
		{"a folder", dir, 126, strconv.Quote(dir) + ": is a directory"},
		{"no program", text, 126, strconv.Quote(text) + ": exec format error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && row.code == 126 {
				t.Skip("Windows has no such permission, and words its own errors")
			}
			_, out, code := hatstand(t, row.command)
			if code != row.code || out != row.says {
				t.Errorf("want %d %s\ngot  %d %s", row.code, row.says, code, out)
			}
		})
	}
}
