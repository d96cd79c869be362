package ui

import (
	"os"
	"regexp"
	"unicode/utf8"

	"github.com/AlecAivazis/survey/v2/terminal"
)

// A keyboard is a terminal's keys for survey: one at a read, and only those that survey knows. Esc, Ctrl-D and Ctrl-\
// cancel as Ctrl-C does. (Survey takes Esc for a switch to vi's keys and Ctrl-D for Enter, and fails at Alt with a
// letter.) It reads no further than the key: what is typed after Enter is for whoever reads the terminal next. On
// Windows survey reads the keys itself.
type keyboard struct {
	*os.File
	// pause reports whether no more is typed for a moment: then an Esc is the key, and not the beginning of another.
	pause func() bool

	rest []byte // of a key that did not fit into a read
}

// Read reads one key.
func (k *keyboard) Read(b []byte) (int, error) {
	for len(k.rest) == 0 {
		key, err := readKey(k.next, k.pause)
		if err != nil {
			return 0, err
		}
		k.rest = key
	}
	n := copy(b, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

func (k *keyboard) next() (byte, error) {
	var b [1]byte
	for {
		if n, err := k.File.Read(b[:]); n == 1 || err != nil {
			return b[0], err
		}
	}
}

const (
	keyBackslash = 0x1c // Ctrl-\
	keyDeleteAll = 0x15 // Ctrl-U
	longestKey   = 32   // bytes of an escape sequence
)

// readKey reads one key, as survey wants to see it; nothing, if survey does not know it.
func readKey(next func() (byte, error), pause func() bool) ([]byte, error) {
	b, err := next()
	if err != nil {
		return nil, err
	}
	switch {
	case b == terminal.KeyEscape:
		return readEscape(next, pause)
	case b == terminal.KeyInterrupt, b == terminal.KeyEndTransmission, b == keyBackslash:
		return []byte{terminal.KeyInterrupt}, nil
	case b == keyDeleteAll:
		return []byte{terminal.KeyDeleteLine}, nil
	case b == 0:
		return nil, nil
	}
	return readLetter(b, next, pause)
}

// readLetter reads the rest of a letter, which may be several bytes.
func readLetter(first byte, next func() (byte, error), pause func() bool) ([]byte, error) {
	letter := []byte{first}
	for first >= utf8.RuneSelf && !utf8.FullRune(letter) && !pause() {
		b, err := next()
		if err != nil {
			return nil, err
		}
		letter = append(letter, b)
	}
	return letter, nil
}

// readEscape reads what follows the byte of Esc: nothing, a letter that was pressed with Alt, or the code of a key such
// as an arrow.
func readEscape(next func() (byte, error), pause func() bool) ([]byte, error) {
	cancel := []byte{terminal.KeyInterrupt}
	if pause() {
		return cancel, nil
	}
	b, err := next()
	if err != nil {
		return nil, err
	}
	switch b {
	case terminal.KeyEscape, terminal.KeyInterrupt, terminal.KeyEndTransmission:
		return cancel, nil
	case terminal.KeyDelete: // Alt with Backspace
		return []byte{terminal.KeyDeleteWord}, nil
	case '[', 'O':
	default:
		_, err = readLetter(b, next, pause)
		return nil, err
	}
	code := []byte{terminal.KeyEscape, b}
	for len(code) < longestKey {
		if pause() {
			return nil, nil
		}
		if b, err = next(); err != nil {
			return nil, err
		}
		code = append(code, b)
		if b >= '@' && b <= '~' {
			break
		}
	}
	if string(code) == "\x1bOM" { // Enter of the keypad
		return []byte{terminal.KeyEnter}, nil
	}
	// The arrows, Home, End and Delete, and where the cursor is.
	if regexp.MustCompile(`^\x1b(?:[\[O][ABCDHF]|\[3~|\[\d+;\d+R)$`).Match(code) {
		return code, nil
	}
	return nil, nil
}
