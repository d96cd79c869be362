package edit

import (
	"strings"
	"testing"

	"hatstand/profiles"
)

func TestAnEmptySectionIsAddedAtTheEnd(t *testing.T) {
	for _, c := range []struct{ name, text, section, want string }{
		{"to an empty file", "", "a", "[profile a]\n"},
		{"after another", "[profile b]\nregion = x\n", "a", "[profile b]\nregion = x\n\n[profile a]\n"},
		{"after a last line without a newline", "[profile b]\nregion = x", "a", "[profile b]\nregion = x\n\n[profile a]\n"},
		{"with the file's line ends", "[profile b]\r\n", "a", "[profile b]\r\n\r\n[profile a]\r\n"},
		{"the default", "", "default", "[default]\n"},
		{"one that is there", "[profile a]\n", "a", "[profile a]\n"},
		{"one that is there as [default]", "[default]\n", "default", "[default]\n"},
		{"beside a section of hatstand's own", "[hatstand a]\n", "a", "[hatstand a]\n\n[profile a]\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := Config(profiles.File{Path: "config", Data: []byte(c.text)})
			if err != nil {
				t.Fatal(err)
			}
			added, err := e.Add(Profile(c.section))
			if err != nil || added != (c.text != c.want) || string(e.Bytes()) != c.want {
				t.Errorf("%v, %v, %q", added, err, e.Bytes())
			}
		})
	}
	e, _ := Config(profiles.File{Path: "config"})
	if _, err := e.Add(Profile("a]b")); err == nil || !strings.Contains(err.Error(), "cannot be named") {
		t.Error(err)
	}
}

// FuzzAdd: every other section is as it was, and the new one is there, last and empty.
func FuzzAdd(f *testing.F) {
	f.Add("[profile b]\r\nregion = x # c\r\n", "a")
	f.Add("\xef\xbb\xbf[default]\nx =\n  y = z", "default")
	f.Fuzz(func(t *testing.T, text, name string) {
		e, err := Config(profiles.File{Path: "config", Data: []byte(text)})
		if err != nil {
			return
		}
		before := e.source.model()
		added, err := e.Add(Profile(name))
		after := e.source.model()
		if !added || err != nil {
			if string(e.Bytes()) != text {
				t.Fatal("it changed")
			}
			return
		}
		if !strings.HasPrefix(string(e.Bytes()), text) || len(after) != len(before)+1 || len(after[len(before)].entries) != 0 {
			t.Fatalf("%q", e.Bytes())
		}
		for i := range before {
			if !before[i].equal(after[i]) {
				t.Fatalf("%q", e.Bytes())
			}
		}
	})
}
