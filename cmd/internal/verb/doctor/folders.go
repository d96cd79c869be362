package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/settings"
)

// checkFolders finds folders in which others could put something else in a file's place: the folder itself or one above
// it is another user's, or others may write to it.
func (d Deps) checkFolders(context.Context) ([]finding, error) {
	at := settings.LocateFiles(d.World.Getenv, d.World.GOOS)
	var folders []string
	for _, file := range []string{at.Config, at.Credentials} {
		if file != "" {
			folders = append(folders, filepath.Dir(file))
		}
	}
	env := d.Settings.Environment()
	folders = append(folders, env.StateDir(), env.DataDir())
	if run := d.World.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(run) {
		folders = append(folders, run)
	}
	var all []finding
	reported := map[string]bool{}
	for _, path := range folders {
		if path == "" {
			continue
		}
		err := cache.CheckFolder(path)
		if err == nil || errors.Is(err, fs.ErrNotExist) || reported[err.Error()] {
			continue
		}
		reported[err.Error()] = true
		all = append(all, finding{About: "folders", What: path, State: stateWarning, Text: err.Error(), Hints: advice.Hints(err)})
	}
	return all, nil
}
