package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"hatstand/cmd/internal/buildinfo"
	"hatstand/cmd/internal/cached"
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

// otherBuild is the build of a small program that is not of this one's, as far as both tell. An older one knows no such
// question.
func (a *app) otherBuild(ctx context.Context, small string) (theirs, ours string, differ bool) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, small, cached.BuildFlag)
	cmd.Env = a.environ()
	out, err := cmd.Output()
	if err != nil {
		return "", "", false
	}
	theirs, ours = strings.TrimSpace(string(out)), buildinfo.ID()
	return theirs, ours, theirs != "" && ours != "" && theirs != ours
}
