package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hatstand/cmd/internal/ui"
)

// LastingSelf returns a path of the running program that stays valid after an upgrade, to write into a file: the path
// found on PATH, if it is the same program. (The real path behind it may contain the version.)
func LastingSelf(w World) (string, error) {
	self := w.Self()
	if self == "" {
		return "", errors.New("the path of the running hatstand is not known")
	}
	info, err := os.Stat(self)
	if err != nil {
		return "", err
	}
	name := filepath.Base(self)
	for _, dir := range filepath.SplitList(w.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		if strings.TrimSuffix(name, ".exe") != "hatstand" { // by another name it is known by its path alone
			break
		}
		if found, err := os.Stat(path); err == nil && filepath.IsAbs(path) && os.SameFile(info, found) {
			return path, nil
		}
	}
	if strings.Contains(filepath.ToSlash(self), "/go-build") {
		return "", &ui.UsageError{
			Reason: "this hatstand was started by go run, and its file is deleted when it ends",
			Next:   "go install ./cmd/..., then: hatstand adopt",
		}
	}
	return self, nil
}

// ProfileWord is a profile's name as a word of credential_process.
func ProfileWord(name, goos string) string {
	if word, err := CommandWord(name, goos); err == nil {
		return word
	}
	return `"` + name + `"`
}

// CommandWord quotes a program's path so that a shell and a reader without one take it as the same word:
// botocore splits the line itself, the other SDKs hand it to sh -c or cmd.exe.
func CommandWord(path, goos string) (string, error) {
	refuse := &ui.UsageError{
		Reason: fmt.Sprintf(
			"the path of this hatstand, %s, cannot be written into credential_process so that every SDK reads it the same",
			ui.Quoted(path),
		),
		Next: "install it into a folder with a plain name",
	}
	if path != ui.Plain(path) || strings.Contains(path, " #") || strings.Contains(path, " ;") {
		return "", refuse
	}
	const safe = "/._-+@:,="
	odd := strings.ContainsFunc(path, func(r rune) bool {
		return r < 0x80 && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') &&
			!strings.ContainsRune(safe, r)
	})
	switch {
	case goos == "windows" && strings.ContainsAny(path, `"%^&|<>!`):
		return "", refuse
	case goos == "windows" && strings.Contains(path, " "):
		return `"` + path + `"`, nil
	case goos == "windows" || !odd:
		return path, nil
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'", nil
}

// Shell is the command line of the user's own shell.
func Shell(w World) []string {
	if s := w.Getenv("SHELL"); s != "" {
		return []string{s}
	}
	if w.GOOS != "windows" {
		return []string{"/bin/sh"}
	}
	if s := w.Getenv("COMSPEC"); s != "" {
		return []string{s}
	}
	return []string{"cmd.exe"}
}
