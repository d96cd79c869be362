// Package buildinfo tells one build of hatstand from another. It never says more than the build does.
package buildinfo

import "runtime/debug"

// Where Go cannot see the repository, as in a tarball of a distribution, the linker may say what it would have said:
//
//	go build -ldflags "-X hatstand/cmd/internal/buildinfo.version=v1.2.3 -X hatstand/cmd/internal/buildinfo.commit=... \
//		-X hatstand/cmd/internal/buildinfo.date=2026-01-31T12:00:00Z" ./cmd/...
var version, commit, date string

// Info is what a build says of itself.
type Info struct {
	Version  string // of the module; "" for one that was built from a folder
	Commit   string // "" where the build does not say
	Date     string // of the commit, in RFC 3339; "" where the build does not say
	Modified bool   // the folder held changes that are not in the commit
}

// Read is the running program's.
func Read() Info {
	info := Info{Version: version, Commit: commit, Date: date}
	built, ok := debug.ReadBuildInfo()
	if !ok {
		return info
	}
	return info.with(built)
}

// with fills in what Go put into the program; the linker's flags win.
func (i Info) with(built *debug.BuildInfo) Info {
	if v := built.Main.Version; i.Version == "" && v != "(devel)" {
		i.Version = v
	}
	if i.Commit != "" {
		return i
	}
	for _, s := range built.Settings {
		switch s.Key {
		case "vcs.revision":
			i.Commit = s.Value
		case "vcs.time":
			i.Date = s.Value
		case "vcs.modified":
			i.Modified = s.Value == "true"
		}
	}
	return i
}

// ID is the module's version, else the commit; "" where the build does not say. The two programs of one build have the
// same.
func ID() string { return Read().id() }

// IDIn is the ID that Go put into a program's file. What the linker was told is not seen there.
func IDIn(built *debug.BuildInfo) string { return Info{}.with(built).id() }

func (i Info) id() string {
	if i.Version != "" {
		return i.Version
	}
	return i.Commit
}
