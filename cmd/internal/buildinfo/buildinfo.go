// Package buildinfo tells one build of hatstand from another.
package buildinfo

import "runtime/debug"

// ID is the module's version, else the revision that this program was built from; "" where the build does not say. The
// two programs of one build have the same.
func ID() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
