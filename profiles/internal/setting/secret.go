package setting

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
