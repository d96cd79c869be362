// Package settings reads what the environment and the AWS files say about a run: where those files are, which folders
// are hatstand's, what the program is set to, and what of the environment counts for a profile. Both programs read it
// here, so that they mean the same.
//
// It touches nothing but the two AWS files, which Profiles reads, and the function that looks a variable up.
package settings

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"hatstand/credproc/child"
	"hatstand/credproc/credentials"
	"hatstand/profiles"
)

// An Environment is a process's variables, and the system it runs on.
type Environment struct {
	Getenv func(string) string
	GOOS   string // as runtime.GOOS spells it
}

// WithHome is getenv with a home where HOME is not set: the user database's, as SDKs and shells have it. On Windows
// other variables say where the home is.
func WithHome(getenv func(string) string, goos string, userHome func() string) func(string) string {
	home := sync.OnceValue(userHome)
	return func(name string) string {
		value := getenv(name)
		if name == "HOME" && value == "" && goos != "windows" {
			return home()
		}
		return value
	}
}

// StateDir and DataDir follow the XDG Base Directory Specification; on Windows, the user's local
// application data. They are "" where no home is known: a folder of wherever one happens to stand is
// no place for keys.
func (e Environment) StateDir() string { return e.folder("XDG_STATE_HOME", ".local", "state") }

// DataDir is where the file keyring's folder is.
func (e Environment) DataDir() string { return e.folder("XDG_DATA_HOME", ".local", "share") }

func (e Environment) folder(variable string, fallback ...string) string {
	if dir := e.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "hatstand")
	}
	if dir := e.Getenv("LOCALAPPDATA"); e.GOOS == "windows" && dir != "" {
		return filepath.Join(dir, "hatstand")
	}
	home := e.Files().Home
	if !filepath.IsAbs(home) {
		return ""
	}
	return filepath.Join(append(append([]string{home}, fallback...), "hatstand")...)
}

// Files says where the AWS files are.
func (e Environment) Files() Files { return LocateFiles(e.Getenv, e.GOOS) }

// Profiles reads the AWS files.
func (e Environment) Profiles() (*profiles.Set, error) {
	config, credentials, err := ReadFiles(e.Files())
	if err != nil {
		return nil, err
	}
	return profiles.Parse(config, credentials)
}

// OfProfile is the environment as far as it says something about a profile. A region or an endpoint that hatstand set
// for the profile of this shell says nothing about another.
func (e Environment) OfProfile(name string) string {
	v := e.Getenv(name)
	if v != "" && child.SetByHatstand(e.Getenv, name) {
		return ""
	}
	return v
}

// Ambient is the environment's own credentials; package credproc looks at them only where a profile
// asks for them.
func (e Environment) Ambient() credentials.Value {
	return credentials.Value{
		AccessKeyID: e.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: e.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: e.Getenv("AWS_SESSION_TOKEN"),
	}
}

// Variable is a setting of the program in the environment: HATSTAND_NAME. from is that name; "" if it is not set.
func (e Environment) Variable(name string) (value, from string) {
	from = "HATSTAND_" + strings.ToUpper(name)
	if value = e.Getenv(from); value == "" {
		return "", ""
	}
	return value, from
}

// Program is a setting of the program: the environment's HATSTAND_NAME, else [hatstand] name. from says
// where it was found; both are "" where it is not set.
func (e Environment) Program(set *profiles.Set, name string) (value, from string) {
	if value, from = e.Variable(name); value != "" {
		return value, from
	}
	if s := set.Program(name); s.Value != "" {
		return s.Value, fmt.Sprintf("%s:%d", s.Path, s.Line)
	}
	return "", ""
}
