package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/settings"
	"hatstand/credproc/child"
	"hatstand/profiles/cmdline"
	"hatstand/profiles/userfile"
)

// leftovers are what hatstand has left on this machine, in the order in which it is to be removed.
func (d Deps) leftovers() []func(context.Context) ([]finding, error) {
	return []func(context.Context) ([]finding, error){d.leftInFiles, d.leftInKeyring, d.leftInFolders, d.leftInShells, d.leftPrograms}
}

// left is one thing that is there, and how to remove it.
func left(about, what, text string, hints ...string) finding {
	return finding{About: about, What: what, State: stateNote, Text: text, Hints: hints}
}

// leftInFiles tells which profiles start hatstand, and of what profiles sync wrote.
func (d Deps) leftInFiles(context.Context) ([]finding, error) {
	set, err := d.Settings.Profiles()
	if err != nil {
		return []finding{{About: aboutFiles, What: "profiles", State: stateError, Text: err.Error(), Hints: advice.Hints(err)}}, err
	}
	var all []finding
	var started []string
	for _, name := range set.Names() {
		p, ok := set.Profile(name)
		if !ok {
			continue
		}
		if _, hatstand := cmdline.StartedProgram(p.Get("credential_process").Value, d.World.Self()); hatstand {
			started = append(started, name)
		}
	}
	if len(started) > 0 {
		all = append(all, left(aboutFiles, strings.Join(started, ", "), "other programs get their credentials from hatstand",
			"hatstand release --all"))
	}
	config := settings.LocateFiles(d.World.Getenv, d.World.GOOS).Config
	for _, line := range linesWith(config, "# hatstand profiles sync ", ": begin.") {
		all = append(all, left(aboutFiles, fmt.Sprintf("%s:%d", config, line), "profiles that profiles sync wrote",
			"keep them, or delete the lines down to the one that says end"))
	}
	return all, nil
}

// leftInKeyring lists what the keyring in use has, and which other keyrings have keys. It asks nobody: a locked keyring
// is reported as locked.
func (d Deps) leftInKeyring(ctx context.Context) ([]finding, error) {
	o, err := d.Keyring.Asking(prompt.Never).Options()
	if err != nil {
		return []finding{{About: aboutKeyring, What: "settings", State: stateError, Text: err.Error(), Hints: advice.Hints(err)}}, err
	}
	choice, err := cache.Chosen(o)
	if err != nil {
		return []finding{{About: aboutKeyring, What: "settings", State: stateError, Text: err.Error(), Hints: advice.Hints(err)}}, err
	}
	var all []finding
	if choice.Backend != "" {
		listing, err := cache.List(ctx, o)
		if err != nil && !errors.Is(err, cache.ErrNotForReading) { // nothing was ever stored
			all = append(all, finding{About: aboutKeyring, What: choice.Backend, State: stateWarning, Text: "cannot be listed: " + err.Error(), Hints: advice.Hints(err)})
		}
		all = append(all, contained(choice.Backend, listing.Contents())...)
	}
	for _, r := range cache.Probe(ctx, o) {
		if r.Backend != choice.Backend && len(r.Holds) > 0 {
			var hints []string
			for _, name := range r.Holds {
				hints = append(hints, "HATSTAND_BACKEND="+r.Backend+" hatstand keys remove "+advice.ShellWord(name))
			}
			all = append(all, left(aboutKeyring, r.Backend, "keys of "+strings.Join(r.Holds, ", ")+", in a keyring that is not in use",
				hints...))
		}
	}
	return all, nil
}

// contained tells what a keyring has.
func contained(backend string, c cache.Contents) []finding {
	var all []finding
	var made []string
	if len(c.SignIns) > 0 {
		var names []string
		for _, key := range c.SignIns {
			_, name, _ := strings.Cut(key, ":")
			names = append(names, name)
		}
		made = append(made, "sign-ins to "+strings.Join(names, ", "))
	}
	if n := c.Sessions + c.Others; n > 0 {
		made = append(made, "sessions: "+strconv.Itoa(n))
	}
	if len(made) > 0 {
		all = append(all, left(aboutKeyring, backend, strings.Join(made, "; "), "hatstand logout --all"))
	}
	for _, serial := range c.Seeds {
		all = append(all, left(aboutKeyring, backend, "the seed of "+serial, "hatstand mfa remove "+advice.ShellWord(serial)))
	}
	for _, name := range c.Keys {
		all = append(all, left(aboutKeyring, backend, "keys of "+name, "hatstand keys remove "+advice.ShellWord(name),
			"first, if other programs need them, in plain text: hatstand keys export "+advice.ShellWord(name)))
	}
	return all
}

// leftInFolders tells of hatstand's own folders.
func (d Deps) leftInFolders(context.Context) ([]finding, error) {
	env := d.Settings.Environment()
	folders := [][2]string{{env.DataDir(), "an encrypted keyring, if that of files was used"},
		{env.StateDir(), "which keyring is used, and the profiles used last"}}
	if run := d.World.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(run) {
		folders = append(folders, [2]string{filepath.Join(run, "hatstand"), "locks"})
	}
	var all []finding
	seen := map[string]bool{}
	for _, folder := range folders {
		path := folder[0]
		if info, err := os.Lstat(path); path == "" || err != nil || !info.IsDir() || seen[path] {
			continue
		}
		seen[path] = true
		all = append(all, left("folders", path, folder[1], removal(d.World.GOOS, path, true)))
	}
	return all, nil
}

// leftInShells tells of the lines that have shells read what hatstand prints.
func (d Deps) leftInShells(context.Context) ([]finding, error) {
	home := settings.LocateFiles(d.World.Getenv, d.World.GOOS).Home
	if home == "" {
		return nil, nil
	}
	var all []finding
	for _, name := range []string{".bashrc", ".bash_profile", ".profile", ".zshrc", ".zprofile", filepath.Join(".config", "fish", "config.fish"),
		filepath.Join(".config", "powershell", "Microsoft.PowerShell_profile.ps1"),
		filepath.Join("Documents", "PowerShell", "Microsoft.PowerShell_profile.ps1")} {
		path := filepath.Join(home, name)
		for _, line := range linesWith(path, "hatstand", "") {
			all = append(all, left("shells", fmt.Sprintf("%s:%d", path, line), "names hatstand", "delete the line"))
		}
	}
	return all, nil
}

// leftPrograms tells where the programs are.
func (d Deps) leftPrograms(context.Context) ([]finding, error) {
	self, err := app.LastingSelf(d.World)
	if err != nil {
		return nil, nil //nolint:nilerr // whoever runs it knows where it is
	}
	paths := []string{self}
	if small, ok := app.SmallBeside(self); ok {
		paths = append(paths, small)
	}
	var all []finding
	for _, path := range paths {
		all = append(all, left(aboutPrograms, path, "this program; remove it last", removal(d.World.GOOS, path, false), "or by the package manager that installed it"))
	}
	for _, path := range d.otherPrograms() {
		what := removal(d.World.GOOS, path, false)
		if small, ok := app.SmallBeside(path); ok {
			what += "; " + removal(d.World.GOOS, small, false)
		}
		all = append(all, left(aboutPrograms, path, "another installation", what, "or by the package manager that installed it"))
	}
	return all, nil
}

// removal is the command that removes a file or, with recursive, a folder.
func removal(goos, path string, recursive bool) string {
	command, all, word := "rm", " -r", advice.ShellWord(path)
	if goos == "windows" {
		command, all, word = "Remove-Item", " -Recurse", child.Quote("powershell", path)
	}
	if recursive {
		command += all
	}
	return command + " " + word
}

// linesWith are the numbers of the lines of a file that have both texts; none of a file that cannot be read.
func linesWith(path, one, other string) []int {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	b, err := userfile.Read(path, 16<<20)
	if err != nil {
		return nil
	}
	var all []int
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		if strings.Contains(line, one) && strings.Contains(line, other) {
			all = append(all, n)
		}
	}
	return all
}
