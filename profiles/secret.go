package profiles

import (
	"fmt"
	"io"
)

// A Secret is text that never prints: String, GoString, Format and the JSON and
// log encodings all give a fixed mask. Reveal returns the text.
//
// Keep it in exported fields, where package fmt calls its methods, and out of the keys of maps,
// where encoding/json does not.
type Secret string

const mask = "(secret)"

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string   { return mask }
func (s Secret) GoString() string { return mask }

// Format masks every verb, %x and %q too.
func (s Secret) Format(w fmt.State, verb rune) { io.WriteString(w, mask) }

// MarshalText masks JSON, log/slog and every other encoding by text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// Format keeps the bytes, which may hold keys, out of messages.
func (f File) Format(w fmt.State, verb rune) { fmt.Fprintf(w, "file %q", f.Path) }

// Format keeps the settings, which may hold keys, out of messages.
func (p Profile) Format(w fmt.State, verb rune) { fmt.Fprintf(w, "profile %q", p.Name) }

// Format keeps the files' bytes out of messages.
func (s *Set) Format(w fmt.State, verb rune) {
	fmt.Fprintf(w, "profiles of %q and %q", s.config.path, s.credentials.path)
}
