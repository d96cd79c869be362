package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/buildinfo"
	"hatstand/cmd/internal/cached"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/cmdline"
)

const installBoth = "install both programs into one folder: go install ./cmd/..."

// checkPrograms tells of the small program that serves cached credentials, and of what the profiles start.
func (a *parts) checkPrograms(ctx context.Context) ([]finding, error) {
	beside, all := a.besideFindings(ctx)
	set, err := a.settings.Profiles()
	if err != nil {
		return all, nil // the check of the files has told of that
	}
	return append(all, a.startedFindings(set, beside)...), nil
}

// besideFindings looks for the small program beside this one; beside is its path, "" if it is not there.
func (a *parts) besideFindings(ctx context.Context) (beside string, all []finding) {
	f := finding{About: "programs", What: app.SmallProgram, State: stateWarning, Hints: []string{installBoth}}
	self, err := app.LastingSelf(a.World)
	if err != nil {
		return "", nil
	}
	small, ok := app.SmallBeside(self)
	if !ok {
		f.State, f.Text = stateOff, "is not beside "+self+": hatstand credential-process serves cached credentials too, more slowly"
		return "", []finding{f}
	}
	if theirs, ours, differ := a.otherBuild(ctx, small); differ {
		f.Text = fmt.Sprintf("%s is of version %s, and hatstand of %s: it may find nothing that is cached", small, theirs, ours)
		return small, []finding{f}
	}
	f.State, f.Text, f.Hints = stateOK, small, nil
	return small, []finding{f}
}

// startedFindings tells which program each profile's credential_process starts.
func (a *parts) startedFindings(set *profiles.Set, beside string) []finding {
	var all []finding
	var small, whole []string
	for _, name := range set.Names() {
		p, ok := set.Profile(name)
		if !ok {
			continue
		}
		s := p.Get("credential_process")
		program, ok := cmdline.StartedProgram(s.Value, a.Self())
		if !ok {
			continue
		}
		if filepath.IsAbs(program) {
			if _, err := os.Stat(program); err != nil {
				all = append(all, finding{About: "programs", What: s.Where(), State: stateWarning,
					Text: fmt.Sprintf("credential_process of profile %s starts %s, which is not there", ui.Quoted(name), program), Hints: []string{"hatstand adopt " + name + " renews a line that adopt wrote; correct any other"}})
				continue
			}
		}
		if strings.TrimSuffix(filepath.Base(program), ".exe") == app.SmallProgram {
			small = append(small, name)
		} else {
			whole = append(whole, name)
		}
	}
	started := func(program string, names []string, hints ...string) {
		if len(names) > 0 {
			all = append(all, finding{About: "programs", What: program, State: stateOK, Text: "started by " + strings.Join(names, ", "), Hints: hints})
		}
	}
	started(app.SmallProgram, small)
	if beside == "" {
		started("hatstand credential-process", whole)
	} else {
		started("hatstand credential-process", whole, app.SmallProgram+" answers sooner: hatstand adopt "+strings.Join(whole, " "))
	}
	return all
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
