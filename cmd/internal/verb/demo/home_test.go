package demo

import (
	"path/filepath"
	"strings"
	"testing"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/settings"
	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/proxy"
)

// The keys of the demo's alice must not come into the file keyring of whoever runs it.
func TestTheDemoKeepsItsKeyringInItsHome(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		users := map[string]string{"HOME": "/user", "USERPROFILE": "/user", "LOCALAPPDATA": "/user/local", "XDG_DATA_HOME": "/user/data"}
		d := &demo{home: t.TempDir(), aws: &awstest.Server{}, proxy: &proxy.Proxy{}, world: app.World{
			GOOS: goos, Getenv: func(name string) string { return users[name] },
			Environ: func() (env []string) {
				for name, value := range users {
					env = append(env, name+"="+value)
				}
				return env
			},
		}}
		env := map[string]string{}
		for _, v := range d.environment("hatstand") {
			name, value, _ := strings.Cut(v, "=")
			env[name] = value
		}
		s := settings.Environment{Getenv: func(name string) string { return env[name] }, GOOS: goos}
		for _, dir := range []string{s.DataDir(), s.StateDir()} {
			if !strings.HasPrefix(dir, d.home+string(filepath.Separator)) {
				t.Errorf("%s: %s is not in the demo's home", goos, dir)
			}
		}
	}
}
