package settings

import (
	"errors"
	"io/fs"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/userfile"
)

// Files are the paths of AWS's config and credentials files, and the home that messages shorten to "~". An empty path
// means that there is no such file: no home is known and no variable names one.
type Files struct{ Config, Credentials, Home string }

// LocateFiles finds the files as the SDKs do: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, a leading "~/" meaning
// the home, else .aws/config and .aws/credentials in the home. The home is HOME; on Windows also USERPROFILE, then
// HOMEDRIVE with HOMEPATH. goos is spelled as in runtime.GOOS.
func LocateFiles(getenv func(string) string, goos string) Files {
	windows := goos == "windows"
	home := getenv("HOME")
	if windows && home == "" {
		home = getenv("USERPROFILE")
	}
	if windows && home == "" {
		home = getenv("HOMEDRIVE") + getenv("HOMEPATH")
	}
	separator := "/"
	if windows {
		separator = `\`
	}
	at := func(variable, name string) string {
		if path := getenv(variable); path != "" {
			return expandHome(path, home, windows)
		}
		if home == "" {
			return ""
		}
		root := strings.TrimSuffix(home, separator)
		return root + separator + ".aws" + separator + name
	}
	return Files{
		Config:      at("AWS_CONFIG_FILE", "config"),
		Credentials: at("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
		Home:        home,
	}
}

func expandHome(path, home string, windows bool) string {
	if home == "" || path == "" || path[0] != '~' {
		return path
	}
	if len(path) == 1 || path[1] == '/' || windows && path[1] == '\\' {
		return home + path[1:]
	}
	return path
}

// ReadTwice reports whether the files can be read again: a pipe, for one, can be read once.
func (f Files) ReadTwice() bool {
	return !userfile.OnceOnly(f.Config) && !userfile.OnceOnly(f.Credentials)
}

// mostBytes is more than a million profiles.
const mostBytes = 512 << 20

// ReadFiles reads both files. A missing one is empty; one that cannot be read is a *profiles.Error.
func ReadFiles(f Files) (config, credentials profiles.File, err error) {
	if config, err = read(f.Config, f.Home); err != nil {
		return profiles.File{}, profiles.File{}, err
	}
	if credentials, err = read(f.Credentials, f.Home); err != nil {
		return profiles.File{}, profiles.File{}, err
	}
	return config, credentials, nil
}

func read(path, home string) (profiles.File, error) {
	f := profiles.File{Path: shorten(path, home)}
	if path == "" {
		return f, nil
	}
	data, err := userfile.Read(path, mostBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return profiles.File{}, unreadable(f.Path, err)
	}
	f.Data = data
	return f, nil
}

// Short is a path as its user would name it: one under the home begins with "~/".
func (f Files) Short(path string) string { return shorten(path, f.Home) }

// shorten writes a path under the home as "~/...", the way people name it.
func shorten(path, home string) string {
	home = strings.TrimRight(home, `/\`)
	rest, under := strings.CutPrefix(path, home)
	if home == "" || !under || rest == "" || rest[0] != '/' && rest[0] != '\\' {
		return path
	}
	return "~" + rest
}

func unreadable(path string, err error) error {
	reason := err
	if inside, ok := errors.AsType[*fs.PathError](err); ok { // without the path that package os puts in front
		reason = inside.Err
	}
	return &profiles.Error{Kind: profiles.Unreadable, Reason: "cannot be read: " + reason.Error(),
		Location: profiles.Location{Path: path}, Err: err}
}
