package cache

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatstand/cache/backend"
)

func TestOpenRecordsTheFirstThatWorks(t *testing.T) {
	w := newWorld(t) // no bus; pass has no store
	for range 2 {
		if out, err := w.as("choose", "", w.dir); err != nil || out != "file\n" {
			t.Fatalf("%q, %v", out, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(w.dir, "state", "backend")); err != nil || string(b) != "file\n" {
		t.Errorf("recorded %q, %v", b, err)
	}
}

func TestChoice(t *testing.T) {
	rows := []struct {
		name     string
		recorded string // "" is no record
		named    string
		want     string // the backend opened; "" is an error
		after    string // what is recorded then
	}{
		{"a named one that works is recorded where nothing is", "", "file", "file", "file\n"},
		{"a named one beats the record and leaves it", "secret-service login\n", "file", "file", "secret-service login\n"},
		{"the record is kept to", "file\n", "", "file", "file\n"},
		{"a record of what is gone is an error", "secret-service\n", "", "", "secret-service\n"},
		{"a record that names nothing", "\n", "", "", "\n"},
		{"a record that names something else", "wallet\n", "", "", "wallet\n"},
		{"a record with more than it has", "file a b\n", "", "", "file a b\n"},
		{"an unreadable record does not stop a named one", "wallet\n", "file", "file", "wallet\n"},
		{"a named one that does not exist", "", "wallet", "", ""},
		{"a named one that does not work leads to no other", "", "secret-service", "", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			record := filepath.Join(w.dir, "state", "backend")
			if row.recorded != "" {
				mkdir(t, w.dir, "state", 0o700)
				write(t, record, row.recorded)
			}
			out, err := w.as("choose", row.named, w.dir)
			if row.want == "" && err == nil || row.want != "" && strings.TrimSpace(out) != row.want {
				t.Errorf("%q, %v", out, err)
			}
			if b, _ := os.ReadFile(record); string(b) != row.after {
				t.Errorf("recorded %q, want %q", b, row.after)
			}
		})
	}
}

func TestChoiceIsMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	first, err := recordFirst(dir, Place{Backend: "file"})
	if err != nil || first.Backend != "file" {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := recordFirst(dir, Place{Backend: "pass"})
	if err != nil || second.Backend != "file" {
		t.Errorf("a later choice won: %+v, %v", second, err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestChoiceThatCannotBeRecordedStillWorks(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "state"), "a file is in the way")
	s, err := Open(t.Context(), Options{Backend: "file", DataDir: dir, StateDir: filepath.Join(dir, "else")})
	if err != nil || s.Backend() != "file" {
		t.Fatal(err)
	}
	o := Options{DataDir: dir, StateDir: filepath.Join(dir, "state")}.withDefaults()
	if s, err := o.choose(t.Context(), []string{"file"}); err != nil || s.Backend() != "file" {
		t.Errorf("%v", err)
	}
}

func TestUnknownBackend(t *testing.T) {
	_, err := Open(t.Context(), Options{Backend: "wallet", BackendFrom: "~/.aws/config:3"})
	if !errors.Is(err, UnknownBackend) || !strings.HasPrefix(err.Error(), "~/.aws/config:3: ") {
		t.Errorf("%v", err)
	}
}

func TestNothingWorks(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "keyring"), "a file is in the way")
	o := Options{DataDir: dir, StateDir: t.TempDir()}.withDefaults()
	_, err := o.choose(t.Context(), []string{"file", "file"})
	var unavailable *Error
	if !errors.As(err, &unavailable) || unavailable.Backend != "" || !strings.Contains(err.Error(), "not a folder") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
	if unavailable.Need != backend.NeedChoice {
		t.Error("what is needed is not said")
	}
}

func TestProbeSaysWhyAndLeavesNothing(t *testing.T) {
	w := newWorld(t)
	out, err := w.as("probe", "", w.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(out) {
		name, verdict, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if strings.HasSuffix(name, " needs") {
			continue
		}
		names = append(names, name)
		if slices.Contains([]string{"secret-service", "kwallet"}, name) && !strings.Contains(verdict, "[absent]") || name == "file" && verdict != `<nil> "" []` {
			t.Error(line)
		}
	}
	if !slices.Equal(names, Backends()) {
		t.Errorf("%q", names)
	}
	for _, made := range []string{"state", "keyring"} {
		if _, err := os.Lstat(filepath.Join(w.dir, made)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was made: %v", made, err)
		}
	}
}

func TestRecordKeepsTheCollection(t *testing.T) {
	if !slices.Contains(Backends(), "secret-service") {
		t.Skip("a record of another system's keyring is not read")
	}
	for _, r := range []Record{
		{Place: Place{Backend: "file"}},
		{Place: Place{"secret-service", "login"}},
		{Place: Place{"secret-service", "Default keyring é"}},
		{Place: Place{Backend: "file"}, Copies: Place{"secret-service", "Default keyring é"}},
	} {
		if got, err := parseRecord(r.String()); err != nil || got != r {
			t.Errorf("%+v became %+v, %v", r, got, err)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add("file\n")
	f.Add("secret-service login\n")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := parseRecord(text); err == nil && !slices.Contains(Backends(), r.Backend) {
			t.Fatalf("%+v", r)
		}
	})
}
