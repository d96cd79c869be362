package serve

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
)

// A tokenFile holds an endpoint's token, for its user alone.
type tokenFile struct{ path, token string }

// writeToken writes the token to a file; path "" is one of that name in the runtime folder. The file is replaced as a whole, since
// clients read it at each request. It ends without a newline: the JavaScript SDK would send that too.
func writeToken(folder *app.LockFolder, path, name, token string) (*tokenFile, error) {
	if path == "" {
		locks, err := folder.Open()
		if err != nil {
			return nil, err
		}
		path = filepath.Join(locks.Folder(), name)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &ui.UsageError{Reason: "--token-file: " + path + " is not a regular file", Next: "name another file"}
	}
	if b, err := os.ReadFile(path); errors.Is(err, fs.ErrPermission) || err == nil && !mayReplace(b, token) {
		return nil, &ui.UsageError{
			Reason: "--token-file: " + path + " is there and holds no token",
			Next:   "name another file",
		}
	}
	if err := replaceFile(path, token); err != nil {
		var named *os.PathError
		if errors.As(err, &named) {
			err = named.Err
		}
		return nil, &ui.UsageError{
			Reason: fmt.Sprintf("--token-file: %s cannot be written: %v", path, err),
			Next:   "name a file in a folder that you can write to",
		}
	}
	return &tokenFile{path, token}, nil
}

// mayReplace reports whether a file is empty, or may be the token of a serve that was killed. Any other file is the
// user's own, named by mistake: it would be replaced, and removed at the end.
func mayReplace(text []byte, token string) bool {
	_, err := base64.RawURLEncoding.DecodeString(string(text))
	return len(text) == 0 || err == nil && len(text) == len(token)
}

// replaceFile writes a new file of mode 0600, and renames it to path.
func replaceFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".token-*") // its mode is 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// remove removes the file, unless another serve has written its own there.
func (f *tokenFile) remove() {
	if b, err := os.ReadFile(f.path); err == nil && string(b) == f.token {
		os.Remove(f.path)
	}
}
