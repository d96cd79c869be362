package doctor

import (
	"context"
	goinfo "debug/buildinfo"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/buildinfo"
	"hatstand/cmd/internal/cached"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/cmdline"
)

const aboutPrograms = "programs"

const installBoth = "install both programs into one folder: go install ./cmd/..."

// checkPrograms checks the small program that serves cached credentials, and the programs that the profiles start.
func (d Deps) checkPrograms(ctx context.Context) ([]finding, error) {
	beside, all := d.besideFindings(ctx)
	all = append(all, d.otherInstalls(ctx)...)
	set, err := d.Settings.Profiles()
	if err != nil {
		return all, nil // the check of the files has reported that
	}
	return append(all, d.startedFindings(ctx, set, beside)...), nil
}

// besideFindings looks for the small program beside this one; beside is its path, "" if it is not there.
func (d Deps) besideFindings(ctx context.Context) (beside string, all []finding) {
	f := finding{About: aboutPrograms, What: app.SmallProgram, State: stateWarning, Hints: []string{installBoth}}
	self, err := app.LastingSelf(d.World)
	if err != nil {
		return "", nil
	}
	small, ok := app.SmallBeside(self)
	if !ok {
		f.State, f.Text = stateOff, "is not beside "+self+": hatstand credential-process serves cached credentials too, more slowly"
		return "", []finding{f}
	}
	if theirs, ours, differ := d.otherBuild(ctx, small); differ {
		f.Text = fmt.Sprintf("%s is of version %s, and hatstand of %s: it may not find what is cached", small, theirs, ours)
		return small, []finding{f}
	}
	f.State, f.Text, f.Hints = stateOK, small, nil
	return small, []finding{f}
}

// otherInstalls tells of the further hatstands on PATH: which of them a program starts, its own PATH says.
func (d Deps) otherInstalls(ctx context.Context) []finding {
	var all []finding
	for _, path := range d.otherPrograms() {
		f := finding{About: aboutPrograms, What: path, State: stateWarning, Text: "is installed too",
			Hints: []string{"keep one: this is " + d.World.Self()}}
		if version := d.versionOf(ctx, path); version != "" {
			f.Text += ", of version " + version
		}
		all = append(all, f)
	}
	return all
}

// otherPrograms finds each hatstand on PATH that is another file than this one.
func (d Deps) otherPrograms() (paths []string) {
	own, err := os.Stat(d.World.Self())
	if err != nil {
		return nil
	}
	seen := []os.FileInfo{own}
	name := "hatstand"
	if d.World.GOOS == "windows" {
		name += ".exe"
	}
	for _, dir := range filepath.SplitList(d.World.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || slices.ContainsFunc(seen, func(i os.FileInfo) bool { return os.SameFile(i, info) }) {
			continue
		}
		seen = append(seen, info)
		paths = append(paths, path)
	}
	return paths
}

// startedFindings tells which program each profile's credential_process starts.
func (d Deps) startedFindings(ctx context.Context, set *profiles.Set, beside string) []finding {
	var all []finding
	var small, whole []string
	versions, others := map[string]string{}, map[string][]string{} // by path
	// Asking a program for its version starts it. That is done only where PATH leads: a file that only the settings name
	// may be somebody else's.
	onPath := map[string]bool{}
	for _, path := range d.otherPrograms() {
		onPath[filepath.Dir(path)] = true
	}
	for _, name := range set.Names() {
		p, ok := set.Profile(name)
		if !ok {
			continue
		}
		s := p.Get("credential_process")
		words, err := cmdline.Split(s.Value)
		if err != nil {
			continue // no setting, or one that the check of the files has reported
		}
		program, hatstand := cmdline.StartedProgram(s.Value, d.World.Self())
		if !hatstand {
			program = words[0]
		}
		if !d.isThere(program) {
			f := finding{About: aboutPrograms, What: s.Where(), State: stateWarning, Hints: []string{"correct the line, or install the program"}}
			f.Text = fmt.Sprintf("credential_process of profile %s starts %s, which does not exist", ui.Quoted(name), program)
			if hatstand {
				f.Hints = []string{"hatstand adopt " + name + " renews a line that adopt wrote; correct any other"}
			}
			all = append(all, f)
			continue
		}
		if !hatstand {
			continue
		}
		if filepath.IsAbs(program) && onPath[filepath.Dir(program)] {
			if _, known := versions[program]; !known {
				versions[program] = d.versionOf(ctx, program)
			}
			if v, ours := versions[program], buildinfo.ID(); v != "" && ours != "" && v != ours {
				others[program] = append(others[program], name)
				continue
			}
		}
		if strings.TrimSuffix(filepath.Base(program), ".exe") == app.SmallProgram {
			small = append(small, name)
		} else {
			whole = append(whole, name)
		}
	}
	for _, program := range slices.Sorted(maps.Keys(others)) {
		names := others[program]
		all = append(all, finding{About: aboutPrograms, What: program, State: stateWarning,
			Text: fmt.Sprintf("of version %s, started by %s; this hatstand is of version %s",
				versions[program], strings.Join(names, ", "), buildinfo.ID()),
			Hints: []string{"to start this one: hatstand adopt " + strings.Join(names, " ")}})
	}
	started := func(program string, names []string, hints ...string) {
		if len(names) > 0 {
			all = append(all, finding{About: aboutPrograms, What: program, State: stateOK, Text: "started by " + strings.Join(names, ", "), Hints: hints})
		}
	}
	started(app.SmallProgram, small)
	if beside == "" {
		started("hatstand credential-process", whole)
	} else {
		started("hatstand credential-process", whole, app.SmallProgram+" answers faster: hatstand adopt "+strings.Join(whole, " "))
	}
	return all
}

// isThere reports whether a program that a credential_process names can be started. A path that is not whole depends on
// in the caller's folder, and is not checked.
func (d Deps) isThere(program string) bool {
	if filepath.IsAbs(program) {
		_, err := os.Stat(program)
		return err == nil
	}
	if filepath.Base(program) != program {
		return true
	}
	extensions := []string{""}
	if d.World.GOOS == "windows" {
		extensions = append(extensions, ".exe", ".cmd", ".bat", ".com")
	}
	for _, dir := range filepath.SplitList(d.World.Getenv("PATH")) {
		for _, ext := range extensions {
			if info, err := os.Stat(filepath.Join(dir, program+ext)); err == nil && !info.IsDir() {
				return true
			}
		}
	}
	return false
}

// otherBuild is the build of the small program, and whether it differs from this one's. differ is false if either is
// not known.
func (d Deps) otherBuild(ctx context.Context, small string) (theirs, ours string, differ bool) {
	theirs, ours = d.askBuild(ctx, small), buildinfo.ID()
	return theirs, ours, theirs != "" && ours != "" && theirs != ours
}

// versionOf is the build of either program; "" if it is not known. Of a release the file itself does not say it; the
// small program does, for both.
func (d Deps) versionOf(ctx context.Context, program string) string {
	if strings.TrimSuffix(filepath.Base(program), ".exe") == app.SmallProgram {
		return d.askBuild(ctx, program)
	}
	if small, ok := app.SmallBeside(program); ok {
		if version := d.askBuild(ctx, small); version != "" {
			return version
		}
	}
	if built, err := goinfo.ReadFile(program); err == nil {
		return buildinfo.IDIn(built)
	}
	return ""
}

// askBuild asks a small program which build it is. One that is older than the question does not answer.
func (d Deps) askBuild(ctx context.Context, small string) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, small, cached.BuildFlag)
	cmd.Env = d.World.Environ()
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
