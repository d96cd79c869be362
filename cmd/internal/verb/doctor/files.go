package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/edit"
	"hatstand/profiles/lint"
	"hatstand/profiles/userfile"
)

const aboutFiles = "files"

// checkFiles reports what cannot be read, who else can read it, and what is ignored or understood differently by
// other readers, and of profiles and settings that cannot be used.
func (d Deps) checkFiles(context.Context) ([]finding, error) {
	where := settings.LocateFiles(d.World.Getenv, d.World.GOOS)
	set, err := d.Settings.Profiles()
	if err != nil {
		return []finding{
			{About: aboutFiles, What: "AWS files", State: stateError, Text: err.Error(), Hints: advice.Hints(err)},
		}, err
	}
	var all []finding
	for _, path := range []string{where.Config, where.Credentials} {
		if path != "" {
			all = append(all, d.fileFindings(path)...)
		}
	}
	if where.Config == "" {
		all = append(all, finding{
			About: aboutFiles, What: "AWS files", State: stateWarning, Text: "there is no place for them: no home is known",
			Hints: []string{"set HOME, or AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE"},
		})
	}
	remarks := lint.Files(set)
	request := profiles.Request{Getenv: d.Settings.Environment().OfProfile, Self: d.World.Self()}
	for _, r := range lint.Unusable(set, request) {
		if !ofProgramSetting(r) {
			remarks = append(remarks, r)
		}
	}
	for _, r := range remarks {
		f := finding{About: aboutFiles, What: r.Location.String(), State: stateWarning, Text: r.Text}
		if next := advice.Remark(r); next != "" {
			f.Hints = []string{next}
		}
		all = append(all, f)
	}
	config, _ := set.Files()
	if err, ok := errors.AsType[*edit.Error](edit.CheckBlocks(config)); ok {
		all = append(all, finding{
			About: aboutFiles, What: err.Location.String(), State: stateWarning, Text: err.Reason,
			Hints: advice.Hints(err),
		})
	}
	all = append(all, d.plainEndpoints(set)...)
	found, err := d.settingFindings(set)
	return append(all, found...), err
}

// plainEndpoints finds endpoints in the files that are on another machine and reached by plain http.
func (d Deps) plainEndpoints(set *profiles.Set) (all []finding) {
	seen := map[profiles.Location]bool{}
	add := func(where profiles.Location, what string) {
		if seen[where] {
			return
		}
		seen[where] = true
		all = append(all, finding{
			About: aboutFiles, What: where.String(), State: stateWarning,
			Text:  what + " is plain http: what is sent there can be read and changed on the way",
			Hints: []string{"give an address with https"},
		})
	}
	for _, p := range set.Profiles() {
		if s := p.Get("endpoint_url"); app.PlainHTTP(s.Value) {
			add(s.Location(), "endpoint_url")
		}
		services := p.Get("services")
		if !services.IsSet() {
			continue
		}
		chain, err := set.Chain(profiles.Request{Target: p.Name, Self: d.World.Self()})
		if err != nil {
			continue // told above
		}
		for _, v := range chain.Variables {
			if strings.HasPrefix(v.Name, "AWS_ENDPOINT_URL_") && app.PlainHTTP(v.Value) {
				add(services.Location(), "an endpoint_url of services "+ui.Quoted(services.Value))
			}
		}
	}
	return all
}

// ofProgramSetting reports whether a remark is about a setting in [hatstand], which settingFindings tells of once.
func ofProgramSetting(r lint.Remark) bool {
	return r.Err != nil && r.Err.Profile == "" && r.Err.What == sessionDuration
}

func (d Deps) fileFindings(path string) []finding {
	info, err := os.Stat(path)
	f := finding{About: aboutFiles, What: path, State: stateOK}
	switch {
	case err != nil:
		f.State, f.Text = stateOff, "there is none"
	case d.World.GOOS == "windows":
	case info.Mode().Perm()&0o022 != 0:
		f.State = stateWarning
		f.Text = fmt.Sprintf(
			"other users can write to it (%s), and so make your tools run any program",
			info.Mode().Perm(),
		)
		f.Hints = []string{"chmod go-w " + path}
	case info.Mode().Perm()&0o044 != 0 && holdsKeys(path):
		f.State, f.Text = stateWarning, fmt.Sprintf("other users can read the keys in it (%s)", info.Mode().Perm())
		f.Hints = []string{
			"chmod 600 " + path,
			"or move the keys into the keyring: hatstand keys import --from credentials",
		}
	}
	return []finding{f}
}

func holdsKeys(path string) bool {
	b, err := userfile.Read(path, 512<<20)
	return err == nil && bytes.Contains(b, []byte("aws_secret_access_key"))
}
