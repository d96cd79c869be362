package main

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
)

// smallProgram serves cached credentials, and starts hatstand for everything else.
const smallProgram = "hatstand-credential-process"

// starter is what a credential_process begins with, before the profile's name: the small program where it lies
// beside this one, else hatstand credential-process.
func (a *app) starter() (string, error) {
	self, err := a.lastingSelf()
	if err != nil {
		return "", err
	}
	if small, ok := a.smallBeside(self); ok {
		return commandWord(small, a.goos)
	}
	word, err := commandWord(self, a.goos)
	return word + " credential-process", err
}

// smallBeside is the small program in the folder of hatstand. It looks for hatstand by its name, so that a hatstand by
// another one has none.
func (a *app) smallBeside(hatstand string) (path string, ok bool) {
	name := filepath.Base(hatstand)
	if strings.TrimSuffix(name, ".exe") != "hatstand" {
		return "", false
	}
	path = filepath.Join(filepath.Dir(hatstand), smallProgram+strings.TrimPrefix(name, "hatstand"))
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// versionOf tells one build from another: the module's version, and what it was built from. It is "" where a build
// does not say.
func versionOf(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	version := info.Main.Version
	if version == "(devel)" {
		version = ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && version == "" {
			version = s.Value
		}
	}
	return version
}

// otherVersion is the version of a program that is not of this one's build, as far as both tell.
func otherVersion(path string) (theirs, ours string, differ bool) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "", "", false
	}
	own, _ := debug.ReadBuildInfo()
	theirs, ours = versionOf(info), versionOf(own)
	return theirs, ours, theirs != "" && ours != "" && theirs != ours
}
