package main

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"hatstand/cmd/internal/advice"
	"hatstand/profiles"
	"hatstand/profiles/lint"
	"hatstand/profiles/userfile"
)

// checkFiles tells of what cannot be read, of who else can read it, of what is ignored or taken differently by
// other readers, and of profiles and settings that cannot be used.
func (a *parts) checkFiles(context.Context) ([]finding, error) {
	where := profiles.Locate(a.Getenv, a.GOOS)
	set, err := a.settings.Profiles()
	if err != nil {
		return []finding{{About: "files", What: "AWS files", State: stateError, Text: err.Error(), Hints: advice.Hints(err)}}, err
	}
	var all []finding
	for _, path := range []string{where.Config, where.Credentials} {
		all = append(all, a.fileFindings(path)...)
	}
	remarks := append(lint.Files(set), lint.Unusable(set, profiles.Request{Getenv: a.settings.Environment().OfProfile, Self: a.Self()})...)
	for _, r := range append(remarks, a.settingRemarks(set)...) {
		f := finding{About: "files", What: r.Location.String(), State: stateWarning, Text: r.Text}
		if next := advice.Remark(r); next != "" {
			f.Hints = []string{next}
		}
		all = append(all, f)
	}
	return all, nil
}

func (a *parts) fileFindings(path string) []finding {
	info, err := os.Stat(path)
	f := finding{About: "files", What: path, State: stateOK}
	switch {
	case err != nil:
		f.State, f.Text = stateOff, "there is none"
	case a.GOOS == "windows":
	case info.Mode().Perm()&0o022 != 0:
		f.State, f.Text = stateWarning, fmt.Sprintf("other users can write to it (%s), and make it start any program", info.Mode().Perm())
		f.Hints = []string{"chmod go-w " + path}
	case info.Mode().Perm()&0o044 != 0 && holdsKeys(path):
		f.State, f.Text = stateWarning, fmt.Sprintf("other users can read the keys in it (%s)", info.Mode().Perm())
		f.Hints = []string{"chmod 600 " + path, "or move the keys into the keyring: hatstand keys import --from credentials"}
	}
	return []finding{f}
}

func holdsKeys(path string) bool {
	b, err := userfile.Read(path, 512<<20)
	return err == nil && bytes.Contains(b, []byte("aws_secret_access_key"))
}
