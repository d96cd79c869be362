package ui

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// typing reads keys from text; a | is a pause.
type typing struct{ text string }

func (t *typing) next() (byte, error) {
	t.text = strings.TrimLeft(t.text, "|")
	if t.text == "" {
		return 0, io.EOF
	}
	b := t.text[0]
	t.text = t.text[1:]
	return b, nil
}

func (t *typing) pause() bool { return t.text == "" || t.text[0] == '|' }

func TestKeysAreReadOneAtATime(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, typed, want string }{
		{"letters", "ab", "a b"},
		{"letters of several bytes", "ü日😀", "ü 日 😀"},
		{"half a letter", "\xc3|a", "\xc3 a"},
		{"Enter, and what comes after it", "\rls\r", "\r l s \r"},
		{"Enter before the terminal gave single keys", "\n", "\n"},
		{"Esc", "\x1b|", "\x03"},
		{"Esc, then a letter", "\x1b|a", "\x03 a"},
		{"Esc twice", "\x1b\x1b", "\x03"},
		{"Esc, then Ctrl-C at once", "\x1b\x03", "\x03"},
		{"Ctrl-C, Ctrl-D, Ctrl-\\", "\x03\x04\x1c", "\x03 \x03 \x03"},
		{"Ctrl-U", "\x15", "\x18"},
		{"Ctrl-D of a line that was not finished", "\x00a", "a"},
		{"arrows", "\x1b[A\x1b[B\x1bOA\x1bOB", "\x1b[A \x1b[B \x1bOA \x1bOB"},
		{"Delete, Home, End", "\x1b[3~\x1b[H\x1b[F", "\x1b[3~ \x1b[H \x1b[F"},
		{"Enter of the keypad", "\x1bOM", "\r"},
		{"Alt with Backspace", "\x1b\x7f", "\x17"},
		{"Alt with a letter", "\x1bxa", "a"},
		{"Alt with a letter of several bytes", "\x1büa", "a"},
		{"function keys, Page Up, an arrow with Ctrl", "\x1bOP\x1b[15~\x1b[5~\x1b[1;5Aa", "a"},
		{"a mouse", "\x1b[<35;10;5Ma", "a"},
		{"half a key", "\x1b[|a", "a"},
		{"a key that does not end", "\x1b[" + strings.Repeat("0", 100) + "~a", strings.TrimSpace(strings.Repeat("0 ", 100-longestKey+2)) + " ~ a"},
		{"where the cursor is, between letters", "a\x1b[12;40Rb", "a \x1b[12;40R b"},
	} {
		keys := typing{row.typed}
		var got []string
		for {
			key, err := readKey(keys.next, keys.pause)
			if errors.Is(err, io.EOF) {
				break
			}
			if len(key) > 0 {
				got = append(got, string(key))
			}
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

// A read of a few bytes gets a key in parts, and no key too much.
func TestAKeyboardReadsNoFurtherThanTheKey(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("\x1b[Ax\rrest"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	k := &keyboard{File: r, pause: func() bool { return false }}
	got := make([]byte, 5)
	if _, err := io.ReadFull(iotest.OneByteReader(k), got); err != nil || string(got) != "\x1b[Ax\r" {
		t.Errorf("%q %v", got, err)
	}
	if rest, err := io.ReadAll(r); err != nil || string(rest) != "rest" {
		t.Errorf("the next reader gets %q %v", rest, err)
	}
	if _, err := k.Read(got); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
}

func FuzzReadKey(f *testing.F) {
	f.Add("a\x1b[A|\x1b|\x1b[12;40Rü\x1bOM")
	f.Fuzz(func(t *testing.T, typed string) {
		keys := typing{typed}
		for range len(typed) + 1 { // each key takes a byte at least
			key, err := readKey(keys.next, keys.pause)
			if errors.Is(err, io.EOF) {
				return
			}
			if len(key) > longestKey {
				t.Errorf("%q", key)
			}
		}
		t.Errorf("%q does not end: %q is left", typed, keys.text)
	})
}
