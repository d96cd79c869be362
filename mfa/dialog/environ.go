package dialog

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// An environ is the environment that a program is given, and in which it is looked for.
type environ []string

// get gives a variable's value; of several the last counts, as it does for programs that os/exec starts.
func (e environ) get(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		n, v, _ := strings.Cut(e[i], "=")
		if n == name || runtime.GOOS == "windows" && strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}

func (e environ) hasDisplay() bool {
	return e.get("DISPLAY") != "" || e.get("WAYLAND_DISPLAY") != ""
}

// find gives the path of a program on PATH; "" if it is not there. Relative folders are skipped: a program in the
// current folder must not get a secret.
func (e environ) find(name string) string {
	for _, dir := range filepath.SplitList(e.get("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if path := filepath.Join(dir, name); runnable(path) {
			return path
		}
	}
	return ""
}

func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && (runtime.GOOS == "windows" || info.Mode()&0o111 != 0)
}
