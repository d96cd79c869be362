package profiles

import "fmt"

// Format keeps the bytes, which may hold keys, out of messages.
func (f File) Format(w fmt.State, verb rune) { fmt.Fprintf(w, "file %q", f.Path) }

// Format keeps the settings, which may hold keys, out of messages.
func (p Profile) Format(w fmt.State, verb rune) { fmt.Fprintf(w, "profile %q", p.Name) }

// Format keeps the files' bytes out of messages.
func (s *Set) Format(w fmt.State, verb rune) {
	fmt.Fprintf(w, "profiles of %q and %q", s.config.Path, s.credentials.Path)
}
