package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/buildinfo"
	"hatstand/cmd/internal/cached"
)

// smallProgram serves cached credentials, and starts hatstand for everything else.
const smallProgram = "hatstand-credential-process"

// starter is what a credential_process begins with, before the profile's name: the small program where it lies
// beside this one, else hatstand credential-process.
func (a *parts) starter() (string, error) {
	self, err := app.LastingSelf(a.World)
	if err != nil {
		return "", err
	}
	if small, ok := a.smallBeside(self); ok {
		return app.CommandWord(small, a.GOOS)
	}
	word, err := app.CommandWord(self, a.GOOS)
	return word + " credential-process", err
}

// smallBeside is the small program in the folder of hatstand. It looks for hatstand by its name, so that a hatstand by
// another one has none.
func (a *parts) smallBeside(hatstand string) (path string, ok bool) {
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
func (a *parts) otherBuild(ctx context.Context, small string) (theirs, ours string, differ bool) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, small, cached.BuildFlag)
	cmd.Env = a.Environ()
	out, err := cmd.Output()
	if err != nil {
		return "", "", false
	}
	theirs, ours = strings.TrimSpace(string(out)), buildinfo.ID()
	return theirs, ours, theirs != "" && ours != "" && theirs != ours
}
