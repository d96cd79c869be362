// Package awsfile changes the two files that hold profiles, ~/.aws/config and ~/.aws/credentials.
//
// An edit is whole or did not happen. Edits by several processes come one after the other, under a lock, and each
// is given the text of the file at that moment. It never writes through another user's link, never changes a
// file's mode, owner or group, and never decides what the text should be: package profiles/edit does.
package awsfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"hatstand/cache"
	"hatstand/cache/folder"
	"hatstand/cache/lock"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
	"hatstand/profiles"
)

// A File is one of the two files that hold profiles.
type File int

const (
	Config File = iota
	Credentials
)

// An Editor edits the files that the environment names.
type Editor struct {
	World    app.World
	Settings *app.Settings
	Locks    *app.LockFolder
}

// editPatience is how long an edit may wait for another one, which takes no longer than its own work.
const editPatience = 30 * time.Second

// Rewrite replaces one of the user's files by what edit makes of it, whole or not at all:
//
//	err := e.Rewrite(ctx, awsfile.Config, func(f profiles.File) ([]byte, error) {
//		e, err := profiles.EditConfig(f)
//		...
//		return e.Bytes(), err
//	})
//
// edit is given the text of the file now, under a lock that every rewrite of that file takes;
// it decides by that and not by what was read before, and does nothing but decide. A file that
// is not there is empty, and made 0600 (its folder 0700); one that comes back as it was is not touched.
// Mode, owner and group stay, and so does a link, whose target is written.
//
// Refused is, with an *Error, what somebody else changes while it is edited, a link that another
// user owns, a read-only file, and a file that has a second name, which would keep the old text. After
// an error the old file is there, and nothing else.
func (e Editor) Rewrite(ctx context.Context, which File, edit func(profiles.File) ([]byte, error)) error {
	at := settings.LocateFiles(e.World.Getenv, e.World.GOOS)
	path := at.Config
	if which == Credentials {
		path = at.Credentials
	}
	if path == "" {
		next := "set HOME or AWS_CONFIG_FILE, so that the config file can be found"
		if which == Credentials {
			next = "set HOME or AWS_SHARED_CREDENTIALS_FILE, so that the credentials file can be found"
		}
		return &ui.UsageError{Reason: "no home: HOME is not set", Next: next}
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	target, err := followLinks(path)
	if err != nil {
		return shortened(at, err)
	}
	open, err := e.Locks.Open()
	if err != nil {
		return shortened(at, lockError(ctx, target, err))
	}
	wait, cancel := context.WithTimeout(ctx, editPatience)
	defer cancel()
	unlock, err := open.Acquire(wait, "edit "+target, "an edit of "+filepath.Base(target))
	if err != nil {
		return shortened(at, lockError(ctx, target, err))
	}
	defer unlock()
	before, info, err := readRegular(target)
	if err != nil {
		return shortened(at, err)
	}
	after, err := edit(profiles.File{Path: at.Short(path), Data: before})
	if err != nil || bytes.Equal(before, after) {
		return err
	}
	if ctx.Err() != nil {
		return lockError(ctx, target, ctx.Err())
	}
	e.Settings.Reread() // they are read again
	return shortened(at, writeError(target, replaceFile(target, before, after, info)))
}

// writeError explains why a file could not be written.
func writeError(path string, err error) error {
	inside := errors.Unwrap(err)
	if inside == nil {
		return err // it is worded, or there is none
	}
	next := "make " + filepath.Dir(path) + " a folder that you may write to; the file is as it was"
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		next = "df " + filepath.Dir(path) + " shows whether there is room; the file is as it was"
	}
	return &Error{path, "cannot be written: " + inside.Error(), next}
}

// lockError explains why the file could not be locked. Editing without a lock, as a prompt may do, is not an option: of
// two simultaneous edits one would be lost.
func lockError(ctx context.Context, path string, err error) error {
	held, broken, folder := (*lock.HeldError)(nil), (*lock.Error)(nil), (*cache.FolderError)(nil)
	switch {
	case errors.Is(context.Cause(ctx), app.ErrInterrupted):
		return mfa.ErrCancelled
	case errors.As(err, &held):
		return &Error{path, fmt.Sprintf("is being edited by another hatstand (process %d)", held.PID), fmt.Sprintf("if that hangs, end it: kill %d", held.PID)}
	case errors.As(err, &broken) && !errors.As(err, &folder):
		why := broken.Err
		if inside := errors.Unwrap(why); inside != nil {
			why = inside
		}
		return &Error{path, "was not changed, since there can be no lock in " + filepath.Dir(broken.Path) + ": " + why.Error(),
			"set XDG_RUNTIME_DIR to a folder of yours that can be written to"}
	}
	return err
}

// shortened names the path, and its folder, as their user would.
func shortened(at settings.Files, err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		dir := filepath.Dir(e.Path)
		next := strings.ReplaceAll(e.Next, dir, at.Short(dir))
		return &Error{at.Short(e.Path), e.Reason, next}
	}
	return err
}

// An Error is a file that is left as it is, since replacing it would lose something.
type Error struct{ Path, Reason, Next string }

func (e *Error) Error() string { return fmt.Sprintf("%s %s", e.Path, e.Reason) }

// Hints are the next things to do.
func (e *Error) Hints() []string { return []string{e.Next} }

// mostLinks is what Linux follows in one path.
const mostLinks = 40

// followLinks is the path without links, the last part of which need not be there. A link that neither
// this user nor root owns could be turned to another file at any time.
func followLinks(path string) (string, error) {
	done, left := filepath.VolumeName(path)+string(filepath.Separator), path[len(filepath.VolumeName(path)):]
	for links := 0; ; {
		part, rest := cutPath(left)
		if part == "" {
			return done, nil
		}
		next := filepath.Join(done, part)
		info, err := os.Lstat(next)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return filepath.Join(next, rest), nil
		case err != nil:
			return "", err
		case info.Mode()&fs.ModeSymlink == 0:
			done, left = next, rest
			continue
		}
		if !folder.Trusted(info) {
			return "", &Error{next, "is a link that another user owns", "replace it by one of your own"}
		}
		if links++; links > mostLinks {
			return "", &Error{path, "goes through too many links", "look at them: readlink " + next}
		}
		to, err := os.Readlink(next)
		if err != nil {
			return "", err
		}
		if filepath.IsAbs(to) {
			done = filepath.VolumeName(to) + string(filepath.Separator)
			to = to[len(filepath.VolumeName(to)):]
		}
		left = to + string(filepath.Separator) + rest
	}
}

// cutPath takes the first part off a path; ".." stays a part.
func cutPath(path string) (part, rest string) {
	for path != "" && os.IsPathSeparator(path[0]) {
		path = path[1:]
	}
	for i := range len(path) {
		if os.IsPathSeparator(path[i]) {
			return path[:i], path[i+1:]
		}
	}
	return path, ""
}

// readRegular reads a file and what is known of it; both are nil where there is none.
func readRegular(path string) ([]byte, fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, nil, &Error{path, "is not a file", "move it away"}
	case info.Mode().Perm()&0o200 == 0:
		return nil, nil, &Error{path, "is read-only", "to let it be edited: chmod u+w " + path}
	case folder.Names(info) > 1:
		return nil, nil, &Error{path, "has a second name (a hard link), which would keep the old text", "make a copy of it, and put that in its place"}
	}
	data, err := os.ReadFile(path)
	return data, info, err
}

// replaceFile writes beside the file, and renames. info is nil for a new file.
func replaceFile(path string, before, after []byte, info fs.FileInfo) (err error) {
	made, err := []string(nil), error(nil)
	if info == nil {
		made, err = makeFolders(filepath.Dir(path))
	}
	defer func() {
		for i := len(made) - 1; err != nil && i >= 0; i-- {
			_ = os.Remove(made[i])
		}
	}()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(after); err != nil {
		return err
	}
	if info != nil {
		if err := likeOld(f, path, info); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	now, is, err := readRegular(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, before) || (is == nil) != (info == nil) {
		return &Error{path, "was changed by another program in the meantime", "run the command again"}
	}
	if err := folder.Rename(f.Name(), path); err != nil {
		return err
	}
	// The new file is there. Where its folder cannot be synced, a machine that stops now may have the old one.
	_ = folder.Sync(filepath.Dir(path))
	return nil
}

// makeFolders makes a folder for a new file, and its missing parents, 0700, and tells which it made. It makes none, and
// takes none, in another user's folder: under sudo -E root has that user's home.
func makeFolders(dir string) (made []string, err error) {
	info, err := os.Stat(dir)
	if err == nil && !folder.Trusted(info) {
		return nil, &Error{dir, "belongs to another user: no file is made there",
			"run this as its owner, or set HOME to a folder of your own (sudo -H does)"}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if made, err = makeFolders(filepath.Dir(dir)); err != nil {
		return made, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
		return made, err
	}
	return append(made, dir), nil
}
