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
			if !trimmed(before[i]).equal(trimmed(after[i])) {
				t.Fatalf("%q", e.Bytes())
			}
		}
	})
}

func TestAProfileIsAddedAtTheEnd(t *testing.T) {
	settings := []KeyValue{{"role_arn", "arn:aws:iam::222222222222:role/A"}, {"source_profile", "me"}}
	const lines = "role_arn = arn:aws:iam::222222222222:role/A\nsource_profile = me\n"
	for _, c := range []struct {
		name, config, credentials, profile, want string
		line                                     int // of the header, or of what is there already
	}{
		{"to an empty file", "", "", "a", "[profile a]\n" + lines, 1},
		{"after another", "[profile b]\n", "", "a", "[profile b]\n\n[profile a]\n" + lines, 3},
		{"after a last line without a newline", "[profile b]\nx = y", "", "a",
			"[profile b]\nx = y\n\n[profile a]\n" + strings.TrimSuffix(lines, "\n"), 4},
		{"with the file's line ends", "[profile b]\r\n", "", "a",
			"[profile b]\r\n\r\n[profile a]\r\n" + strings.ReplaceAll(lines, "\n", "\r\n"), 3},
		{"with a name in quotes", "", "", "Acme Prod", "[profile 'Acme Prod']\n" + lines, 1},
		{"the default", "", "", "default", "[default]\n" + lines, 1},
		{"beside a profile that cannot be read", "[profile b]\n  x\n", "", "a", "[profile b]\n  x\n\n[profile a]\n" + lines, 4},
		{"one that is there", "[profile b]\n[profile a]\n", "", "a", "", 2},
		{"one that the credentials file has", "", "[b]\n[a]\n", "a", "", 2},
		{"one that has a section of hatstand's own", "[hatstand a]\n", "", "a", "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, err := profiles.Parse(profiles.File{Path: "config", Data: []byte(c.config)},
				profiles.File{Path: "credentials", Data: []byte(c.credentials)})
			if err != nil {
				t.Fatal(err)
			}
			change, line, err := AddProfile(set, c.profile, settings)
			if e, ok := err.(*Error); ok && c.want == "" && e.Kind == Exists && e.Location.Line == c.line {
				return
			}
			if err != nil || string(change.Bytes()) != c.want || line != c.line {
				t.Fatalf("%v, line %d, %q", err, line, change.Bytes())
			}
		})
	}
	set, _ := profiles.Parse(profiles.File{Path: "config"}, profiles.File{})
	for _, bad := range []struct{ name, key, value string }{{"a]b", "x", "y"}, {"a", "x y", "y"}, {"a", "x", "y\x00"}} {
		if _, _, err := AddProfile(set, bad.name, []KeyValue{{bad.key, bad.value}}); err == nil {
			t.Errorf("%+v was written", bad)
		}
	}
}

// FuzzAddProfile: the file begins as it was, but for a newline at its end, and the new profile reads as meant.
func FuzzAddProfile(f *testing.F) {
	f.Add("[profile b]\r\nregion = x # c\r\n", "a", "me")
	f.Add("\xef\xbb\xbf[default]\nx =\n  y = z", "Acme Prod", "x # y")
	f.Fuzz(func(t *testing.T, text, name, source string) {
		set, err := profiles.Parse(profiles.File{Path: "config", Data: []byte(text)}, profiles.File{})
		if err != nil {
			return
		}
		before, _ := Config(profiles.File{Path: "config", Data: []byte(text)})
		change, _, err := AddProfile(set, name, []KeyValue{{"source_profile", source}})
		if err != nil {
			return
		}
		after, err := Config(profiles.File{Path: "config", Data: change.Bytes()})
		if err != nil || !strings.HasPrefix(string(change.Bytes()), text) {
			t.Fatalf("%v, %q", err, change.Bytes())
		}
		models, old := after.source.model(), before.source.model()
		if len(models) != len(old)+1 {
			t.Fatalf("%q", change.Bytes())
		}
		for i := range old {
			if !trimmed(old[i]).equal(trimmed(models[i])) {
				t.Fatalf("%q", change.Bytes())
			}
		}
		if last := models[len(old)]; last.name != name || len(last.entries) != 1 || last.entries[0].value != source {
			t.Fatalf("%q", change.Bytes())
		}
	})
}

// trimmed is a section that cannot be read without the empty lines at its end.
func trimmed(m sectionModel) sectionModel {
	m.broken = strings.TrimRight(m.broken, "\r\n")
	return m
}
