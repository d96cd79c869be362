// Package awscache reads and writes the token files that the AWS CLI and the SDKs share: those of aws sso login in
// ~/.aws/sso/cache, and those of aws login in ~/.aws/login/cache.
//
// It promises that a file is replaced whole or not at all, for its user alone to read; that members which it does not
// know stay as they are; that it neither follows links nor waits at what is no file; and that neither tokens nor errors
// show what is secret. It knows no network, no environment and no lock: whoever refreshes a token sees to the last.
package awscache

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hatstand/cache/folder"
)

// A Folder is the path of a folder of token files.
type Folder string

// SSOFolder is where the AWS CLI and the SDKs keep the tokens of IAM Identity Center.
func SSOFolder(home string) Folder { return inHome(home, "sso") }

// LoginFolder is where they keep the tokens of aws login. What AWS_LOGIN_CACHE_DIRECTORY says goes first, with a ~ at
// its beginning, as the AWS CLI takes it; "" is as good as none.
func LoginFolder(home, loginCacheDirectory string) Folder {
	if loginCacheDirectory == "" {
		return inHome(home, "login")
	}
	rest, inside := strings.CutPrefix(loginCacheDirectory, "~")
	if !inside || home == "" || rest != "" && !os.IsPathSeparator(rest[0]) {
		return Folder(loginCacheDirectory)
	}
	return Folder(filepath.Join(home, rest))
}

func inHome(home, kind string) Folder {
	if home == "" {
		return ""
	}
	return Folder(filepath.Join(home, ".aws", kind, "cache"))
}

// SSOFileName is the name of the file of an [sso-session], or, where a profile has none, of a start URL as it is
// written: "https://x/start" and "https://x/start/" have two files.
func SSOFileName(session, startURL string) string {
	if session == "" {
		session = startURL
	}
	sum := sha1.Sum([]byte(session))
	return hex.EncodeToString(sum[:]) + suffix
}

// LoginFileName is the name of the file of a profile's login_session, an ARN.
func LoginFileName(session string) string {
	return hexSHA256(strings.TrimSpace(session)) + suffix
}

const suffix = ".json"

func hexSHA256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// ReadSSO reads the file of a name that [SSOFileName] gives.
func (f Folder) ReadSSO(name string) (SSOToken, error) {
	return readToken(f, name, decodeSSO, wait)
}

// ReadLogin reads the file of a name that [LoginFileName] gives.
func (f Folder) ReadLogin(name string) (LoginToken, error) {
	return readToken(f, name, decodeLogin, wait)
}

// The botocore of 2022 and the Go SDK's login_session write into the file itself: for a moment it is empty, or has the
// beginning of a document.
const (
	readings = 5
	pause    = 20 * time.Millisecond
)

func wait() { time.Sleep(pause) }

func readToken[T any](f Folder, name string, decode func([]byte) (T, error), wait func()) (T, error) {
	var none T
	path, err := f.file(name)
	if err != nil {
		return none, err
	}
	for reading := 1; ; reading++ {
		data, err := f.read(path)
		if err != nil {
			return none, err
		}
		token, err := decode(data)
		if err == nil {
			return token, nil
		}
		if fault := asError(path, err); fault.Kind != NotJSON || reading == readings {
			return none, fault
		}
		wait()
	}
}

// WriteSSO replaces the file of a name that [SSOFileName] gives, and makes the folder where it is not there.
func (f Folder) WriteSSO(name string, t SSOToken) error {
	data := t.encode()
	_, err := decodeSSO(data)
	return f.write(name, data, err)
}

// WriteLogin replaces the file of a name that [LoginFileName] gives, and makes the folder where it is not there.
func (f Folder) WriteLogin(name string, t LoginToken) error {
	data := t.encode()
	_, err := decodeLogin(data)
	return f.write(name, data, err)
}

// sizeLimit is more than a hundred times what the AWS CLI writes.
const sizeLimit = 1 << 20

// file is the path of a file in the folder.
func (f Folder) file(name string) (string, error) {
	switch {
	case f == "":
		return "", &Error{Kind: Failed, Path: name, Reason: "the user has no home folder"}
	case name != filepath.Base(name) || !strings.HasSuffix(name, suffix):
		return "", &Error{Kind: Failed, Path: filepath.Join(string(f), name), Reason: "not the name of a token file"}
	}
	return filepath.Join(string(f), name), nil
}

// read returns what is in a file of ours, in a folder that is safe.
func (f Folder) read(path string) ([]byte, error) {
	if err := folder.CheckByUmask(string(f)); err != nil {
		return nil, f.folderError(path, err)
	}
	if err := checkFile(path); err != nil {
		return nil, err
	}
	file, err := folder.Open(path)
	if err != nil {
		return nil, asError(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil {
		err = checkInfo(path, info)
	}
	if err != nil {
		return nil, asError(path, err)
	}
	data, err := folder.ReadUpTo(file, sizeLimit+1)
	switch {
	case err != nil:
		return nil, asError(path, err)
	case len(data) > sizeLimit:
		return nil, tooLarge(path)
	}
	return data, nil
}

// checkFile looks at what a name stands for, before it is opened: another user's file cannot be opened at all.
func checkFile(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return asError(path, err)
	}
	return checkInfo(path, info)
}

func checkInfo(path string, info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return &Error{Kind: NotRegular, Path: path, Reason: notRegular}
	case folder.CheckFile(path, info) != nil:
		return &Error{Kind: Foreign, Path: path, Reason: "belongs to another user"}
	}
	return nil
}

// write replaces a file, whatever stands in its place, unless that is a folder. A link is replaced, not followed.
func (f Folder) write(name string, data []byte, unreadable error) error {
	path, err := f.file(name)
	switch {
	case err != nil:
		return err
	case unreadable != nil:
		return asError(path, unreadable)
	case len(data) > sizeLimit:
		return tooLarge(path)
	}
	if err := f.make(); err != nil {
		return f.folderError(path, err)
	}
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		return &Error{Kind: NotRegular, Path: path, Reason: notRegular}
	}
	if err := folder.WriteFile(path, data); err != nil {
		return asError(path, err)
	}
	return nil
}

func (f Folder) make() error {
	err := folder.CheckByUmask(string(f))
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	return folder.CheckByUmask(string(f))
}

// leftoverAge is how old a half-written file is before its writer counts as dead.
const leftoverAge = 10 * time.Minute

// Remove removes the file of a name, and what writers that were killed have left: it holds tokens, too. That there is
// no such file is no error.
func (f Folder) Remove(name string, now time.Time) error {
	path, err := f.file(name)
	if err != nil {
		return err
	}
	if err := folder.CheckByUmask(string(f)); err != nil {
		return unlessAbsent(f.folderError(path, err))
	}
	err = checkFile(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err := unlessAbsent(err); err != nil {
		return asError(path, err)
	}
	if err := f.clear(now); err != nil {
		return asError(string(f), err)
	}
	if err := folder.Sync(string(f)); err != nil {
		return asError(string(f), err)
	}
	return nil
}

// unlessAbsent drops the error that a file does not exist.
func unlessAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (f Folder) clear(now time.Time) error {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), folder.TempPrefix) {
			continue
		}
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > leftoverAge {
			err = os.Remove(filepath.Join(string(f), e.Name()))
		}
		if err := unlessAbsent(err); err != nil {
			return err
		}
	}
	return nil
}
