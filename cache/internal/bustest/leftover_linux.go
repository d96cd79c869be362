package bustest

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// endAll waits until its standard input is closed, then kills whatever has a folder as its HOME, and removes the folder.
const endAll = `read -r _
grep -lzxF "HOME=$1" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do kill -KILL "$pid"; done
rm -rf "$1"`

// EndWith ends all programs whose HOME is a folder, and removes the folder, when the test ends. It does so too where the
// test is killed and its cleanups do not run: keyrings, their buses and agents go to the background and stay there else.
func EndWith(t testing.TB, home string) {
	t.Helper()
	r, w, err := os.Pipe() // whose end the kernel closes with the test
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", endAll, "sh", home)
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for the test
	err = cmd.Start()
	r.Close()
	if err != nil {
		w.Close()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Close()
		_ = cmd.Wait()
	})
}
