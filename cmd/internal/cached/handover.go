package cached

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Names of the two programs, without ".exe".
const (
	whole = "hatstand"
	small = "hatstand-credential-process"
)

const install = "install both programs into one folder: go install ./cmd/..."

// handOver has hatstand take this process's place, with the same arguments.
func (w World) handOver() int {
	// A copy of this program under the other's name would start itself for ever.
	if programName(w.Args[0]) == whole {
		return w.fail(fmt.Sprintf("%s is %s under another program's name", w.Args[0], small), install)
	}
	folders := w.folders()
	path, ok := w.find(folders)
	if !ok {
		reason := fmt.Sprintf("the program %s is not on PATH", whole)
		if len(folders) > 0 {
			reason = fmt.Sprintf("the program %s is neither beside %s, in %s, nor on PATH", whole, small, strings.Join(folders, " or "))
		}
		return w.fail(reason, install)
	}
	exit, err := w.Become(path, append([]string{path}, arguments(w.Args[1:])...), w.Environ())
	if err != nil {
		return w.fail(fmt.Sprintf("%s cannot be started: %v", path, err), install)
	}
	return exit
}

// arguments are hatstand's for those of this program. A shell that completes a command line puts its own verb first.
func arguments(args []string) []string {
	if len(args) > 0 && strings.HasPrefix(args[0], "__complete") {
		return append([]string{args[0], "credential-process"}, args[1:]...)
	}
	return append([]string{"credential-process"}, args...)
}

// folders are where this program lies: where its link does, then where its file does.
func (w World) folders() []string {
	var files []string
	if called, err := exec.LookPath(w.Args[0]); err == nil {
		if called, err = filepath.Abs(called); err == nil {
			files = append(files, called)
		}
	}
	if file, err := w.Executable(); err == nil {
		files = append(files, file)
		if real, err := filepath.EvalSymlinks(file); err == nil {
			files = append(files, real)
		}
	}
	var folders []string
	seen := map[string]bool{}
	for _, file := range files {
		if dir := filepath.Dir(file); !seen[dir] {
			seen[dir] = true
			folders = append(folders, dir)
		}
	}
	return folders
}

// find looks for hatstand beside this program, then on PATH.
func (w World) find(folders []string) (path string, ok bool) {
	name := whole
	if w.GOOS == "windows" {
		name += ".exe"
	}
	for _, dir := range folders {
		if path := filepath.Join(dir, name); isWhole(path) {
			return path, true
		}
	}
	if path, err := exec.LookPath(whole); err == nil && isWhole(path) {
		return path, true
	}
	return "", false
}

// isWhole reports whether a file may be hatstand: a link of that name to this program is not.
func isWhole(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || programName(real) == small {
		return false
	}
	info, err := os.Stat(real)
	return err == nil && info.Mode().IsRegular()
}

// programName is a path's last part, without ".exe".
func programName(path string) string {
	name := filepath.Base(path)
	if ext := filepath.Ext(name); strings.EqualFold(ext, ".exe") {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}
