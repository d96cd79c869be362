package edit

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"hatstand/profiles"
)

func TestEditTouchesItsOwnLinesAlone(t *testing.T) {
	set := func(s Section, key, value string) func(*Editor) error {
		return func(e *Editor) error { return e.Set(s, key, value) }
	}
	unset := func(s Section, keys ...string) func(*Editor) error {
		return func(e *Editor) error { _, err := e.Unset(s, keys...); return err }
	}
	a := Profile("a")
	for _, row := range []struct {
		name           string
		credentials    bool
		before         string
		do             func(*Editor) error
		after, problem string
	}{
		{"a new setting comes after the others, before the empty line", false, "[profile a]\nx = 1\n\n# b's\n[profile b]\n", set(a, "y", "2"), "[profile a]\nx = 1\ny = 2\n\n# b's\n[profile b]\n", ""},
		{"a section without settings takes its first one below the header", false, "[profile a] # mine\n# note\n[profile b]\n", set(a, "y", "2"), "[profile a] # mine\ny = 2\n# note\n[profile b]\n", ""},
		{"a new setting comes after the lines that continue the last one", false, "[profile a]\ns3 =\n  x = 1\n\n  y = 2\n# end\n", set(a, "y", "2"), "[profile a]\ns3 =\n  x = 1\n\n  y = 2\ny = 2\n# end\n", ""},
		{"a value is changed in place, and its comment stays", false, "[profile a]\n  \nX\t=  1\t# why\r\nz=3\n", set(a, "x", "2"), "[profile a]\n  \nX\t=  2\t# why\r\nz=3\n", ""},
		{"an empty value is filled", false, "[profile a]\nx =\ny=\n", set(a, "y", "2"), "[profile a]\nx =\ny= 2\n", ""},
		{"a value that was continued becomes one line", false, "[profile a]\nx = 1\n  2\n # c\n  3\ny = 1\n", set(a, "x", "4"), "[profile a]\nx = 4\n # c\ny = 1\n", ""},
		{"a nested value is written as one", false, "[profile a]\nx = 1 # c\ny = 1\n", set(a, "x", "\np = 1\nq = 2"), "[profile a]\nx =  # c\n  p = 1\n  q = 2\ny = 1\n", ""},
		{"a new nested value", false, "[profile a]", set(a, "s3", "\np = 1"), "[profile a]\ns3 =\n  p = 1", ""},
		{"Windows line ends stay Windows'", false, "[profile a]\r\nx = 1\r\n\r\n", set(a, "y", "2"), "[profile a]\r\nx = 1\r\ny = 2\r\n\r\n", ""},
		{"of mixed line ends, the section's own count", false, "[profile b]\nx = 1\n[profile a]\r\nx = 1\n", set(a, "y", "2"), "[profile b]\nx = 1\n[profile a]\r\nx = 1\ny = 2\r\n", ""},
		{"a file without a newline at its end stays without", false, "[profile a]\nx = 1", set(a, "y", "2"), "[profile a]\nx = 1\ny = 2", ""},
		{"a byte order mark stays", false, "\xef\xbb\xbf[profile a]\r\n", set(a, "y", "2"), "\xef\xbb\xbf[profile a]\r\ny = 2\r\n", ""},
		{"a new section in a file of nothing but a mark", false, "\xef\xbb\xbf", set(a, "y", "2"), "\xef\xbb\xbf[profile a]\ny = 2\n", ""},
		{"a new section in an empty file", false, "", set(Hatstand("a"), "y", "2"), "[hatstand a]\ny = 2\n", ""},
		{"a new section after an empty line", false, "[profile b]\nx = 1", set(a, "y", "2"), "[profile b]\nx = 1\n\n[profile a]\ny = 2\n", ""},
		{"a new section where there is an empty line already", false, "[profile b]\r\n\r\n", set(a, "y", "2"), "[profile b]\r\n\r\n[profile a]\r\ny = 2\r\n", ""},
		{"a new section of the credentials file", true, "[b]\n", set(a, "y", "2"), "[b]\n\n[a]\ny = 2\n", ""},
		{"a new default section", false, "", set(Profile("default"), "y", "2"), "[default]\ny = 2\n", ""},
		{"[default], where it is the only one", false, "[default]\n", set(Profile("default"), "y", "2"), "[default]\ny = 2\n", ""},
		{"[profile default], which hides [default]", false, "[profile default]\n[default]\ny = 1\n", set(Profile("default"), "y", "2"), "[profile default]\ny = 2\n[default]\ny = 1\n", ""},
		{"of duplicates the last one, which counts", false, "[profile a]\nx = 1\nx = 2\n[profile a]\nz = 1\n", set(a, "x", "3"), "[profile a]\nx = 1\nx = 3\n[profile a]\nz = 1\n", ""},
		{"[hatstand a] is not [profile a]", false, "[profile a]\nx = 1\n[hatstand a]\nx = 2\n", set(Hatstand("a"), "x", "3"), "[profile a]\nx = 1\n[hatstand a]\nx = 3\n", ""},

		{"a setting is taken out with what continues it", false, "[profile a]\nx =\n  p = 1\n\n # c\n  q = 2\ny = 1\n", unset(a, "x"), "[profile a]\n\n # c\ny = 1\n", ""},
		{"the last setting of a file without a newline", false, "[profile a]\r\nx = 1\r\ny = 2", unset(a, "y"), "[profile a]\r\nx = 1", ""},
		{"a setting in every duplicate", false, "[profile a]\nx = 1\nX = 2\n[profile b]\nx = 1\n[profile a]\nx=3", unset(a, "x"), "[profile a]\n[profile b]\nx = 1\n[profile a]", ""},
		{"what is not there is not taken out", false, "[profile a]\nx = 1\n", unset(a, "y"), "[profile a]\nx = 1\n", ""},
		{"access keys, and nothing beside them", true, "# c\n[a]\naws_access_key_id = AKIA\n# old\nAWS_SECRET_ACCESS_KEY=s\nregion = x\naws_session_token = t\n[b]\naws_access_key_id = AKIB\n", unset(a, KeyNames()...),
			"# c\n[a]\n# old\nregion = x\n[b]\naws_access_key_id = AKIB\n", ""},
		{"access keys in a section that another one hides", false, "[default]\naws_access_key_id = AKIA\n[profile default]\nx = 1\n", unset(Profile("default"), KeyNames()...), "[default]\n[profile default]\nx = 1\n", ""},

		{"a value that would lose its end is refused", false, "", set(a, "x", "1 # 2"), "", "~/.aws/config: the value of x would not be read back unchanged"},
		{"a value that would lose its spaces is refused", false, "", set(a, "x", " 1"), "", "~/.aws/config: the value of x would not be read back unchanged"},
		{"a value that would be another section is refused", false, "[profile a]\nx = 1\n", set(a, "x", "1\n[profile b]"), "", "~/.aws/config: the value of x would not be read back unchanged"},
		{"a value with a control character is refused", false, "", set(a, "x", "1\x1b[m"), "", "~/.aws/config: the value of x has a control character in it"},
		{"a name that is none is refused", false, "", set(Profile("a]\n[b"), "x", "1"), "", `~/.aws/config: a section cannot be named "a]\n[b"`},
		{"a key that is none is refused", false, "", set(a, "x y", "1"), "", `~/.aws/config: a setting cannot be named "x y"`},
		{"hatstand's own section does not stand in the credentials file", true, "", set(Hatstand("a"), "x", "1"), "", "~/.aws/credentials: hatstand's own sections belong in the config file, not here"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := mustEdit(t, row.before, row.credentials)
			err := row.do(e)
			if row.problem != "" {
				if as, ok := errors.AsType[*Error](err); !ok || as.Error() != row.problem || string(e.Bytes()) != row.before {
					t.Fatalf("error %v, text %q", err, e.Bytes())
				}
				return
			}
			if err != nil || string(e.Bytes()) != row.after {
				t.Errorf("error %v, got\n%q, want\n%q", err, e.Bytes(), row.after)
			}
		})
	}
}

func mustEdit(t *testing.T, text string, credentials bool) *Editor {
	t.Helper()
	begin, path := Config, "~/.aws/config"
	if credentials {
		begin, path = Credentials, "~/.aws/credentials"
	}
	e, err := begin(profiles.File{Path: path, Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestASectionThatCannotBeReadIsNotEdited(t *testing.T) {
	e, err := Config(profiles.File{Path: "~/.aws/config", Data: []byte("[profile a]\n [profile b]\n[profile c]\n")})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Set(Profile("c"), "x", "1"); err != nil {
		t.Errorf("another section: %v", err)
	}
	err = e.Set(Profile("a"), "x", "1")
	if syntax, ok := errors.AsType[*Error](err); !ok || syntax.Location.Line != 2 {
		t.Errorf("error is %v", err)
	}
}

func TestWhereASettingIsWrittenItCounts(t *testing.T) {
	for _, row := range []struct {
		name, config, credentials string
		want                      Target
	}{
		{"nowhere yet", "", "", Target{Section: Profile("a")}},
		{"in the profile", "[profile a]\nx = 1\n", "", Target{Section: Profile("a")}},
		{"new, in the profile", "[profile a]\n", "[a]\n", Target{Section: Profile("a")}},
		{"in the credentials file, which wins", "[profile a]\nx = 1\n", "[a]\nx = 2\n", Target{true, Profile("a")}},
		{"in hatstand's section, which wins over both", "[profile a]\nx = 1\n[hatstand a]\nx = 3\n", "[a]\nx = 2\n", Target{Section: Hatstand("a")}},
		{"in the profile though there is a section of hatstand's", "[profile a]\nx = 1\n[hatstand a]\n", "", Target{Section: Profile("a")}},
		{"new, where there is a section of hatstand's", "[profile a]\n[hatstand a]\n", "", Target{Section: Hatstand("a")}},
		{"in another profile", "[profile a]\ninclude_profile = b\n[profile b]\nx = 1\n", "", Target{Section: Profile("a")}},
		{"in the default profile", "[default]\nx = 1\n", "", Target{Section: Profile("a")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := mustParse(t, row.config, row.credentials)
			got := TargetOf(s, "a", "x")
			if got != row.want {
				t.Fatalf("got %+v, want %+v", got, row.want)
			}
			// What is written there is what is read.
			files := map[bool]string{false: row.config, true: row.credentials}
			e := mustEdit(t, files[got.Credentials], got.Credentials)
			if err := e.Set(got.Section, "x", "new"); err != nil {
				t.Fatal(err)
			}
			files[got.Credentials] = string(e.Bytes())
			p, _ := mustParse(t, files[false], files[true]).Profile("a")
			if p.Get("x").Value != "new" {
				t.Errorf("x reads as %q", p.Get("x").Value)
			}
		})
	}
}

const (
	me   = "[profile me]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n"
	keys = "aws_access_key_id = AKIA1\naws_secret_access_key = secret1\n"
	prod = "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/path/Admin\nsource_profile = me\n"
)

func mustParse(t testing.TB, config, credentials string) *profiles.Set {
	t.Helper()
	s, err := profiles.Parse(profiles.File{Path: "~/.aws/config", Data: []byte(config)}, profiles.File{Path: "~/.aws/credentials", Data: []byte(credentials)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// message is the error's line, as a user reads it.
func message(t *testing.T, err error) string {
	t.Helper()
	line := err.Error()
	if strings.ContainsAny(line, "\n\x1b") || line == "" {
		t.Errorf("%q is not one printable line", line)
	}
	return line
}

// lines are a file's, each with its line end; a byte of any of them that changed shows.
func lines(text []byte) []string {
	return strings.SplitAfter(string(text), "\n")
}

func FuzzEdit(f *testing.F) {
	for _, text := range []string{
		"", me + prod, "[default]\n[profile default]\nregion = x\n", "[profile a]\ns3 =\n x = y\n # c\n z = 1\n", "\xef\xbb\xbf[profile a]\r\nA = b # c\r\n  d\r\n",
		"[hatstand a]\nx = a\n[profile a]\nx=1\nX = 2\n[profile a]\nx = 3", "[profile a]; x\nk=v;w\n y\r\r\n", "[profile b]\r\n[profile a]", "[profile a]\nx = 1\r", "# c\r\n[profile a]\n= \n", "[profile a] \r", "[profile b]\n[profile a]\r",
	} {
		f.Add(text, "a", "x", "v", false)
		f.Add(text, "default", "region", "\np = 1\nq = 2", false)
		f.Add(text, "a", "a", "b  c", true)
	}
	f.Add("[default]\nx = 1\n[profile default]\ny = 2\n", "default", "x", "3", false)
	f.Fuzz(func(t *testing.T, text, name, key, value string, own bool) {
		begin := func(b []byte) *Editor {
			e, err := Config(profiles.File{Path: "config", Data: b})
			if err != nil {
				return nil
			}
			return e
		}
		e := begin([]byte(text))
		if e == nil {
			return
		}
		section := Profile(name)
		if own {
			section = Hatstand(name)
		}
		key = strings.ToLower(key)
		before := e.source
		had, values := len(before.effective(section)) > 0, valuesOf(before, section, key)
		hidden := len(valuesOfAll(before, section, key)) > len(values) // in a [default] that does not count
		if err := e.Set(section, key, value); err != nil {
			if as, ok := errors.AsType[*Error](err); !ok || string(e.Bytes()) != text {
				t.Fatalf("error %#v", err)
			} else {
				message(t, as)
			}
			return
		}
		after := bytes.Clone(e.Bytes())
		if got := valuesOf(e.source, section, key); len(got) == 0 || got[len(got)-1] != value {
			t.Fatalf("%q reads as %q", value, got)
		}
		others(t, before, e.source, section, key)
		if len(values) == 0 {
			// Lines were added, and none was touched.
			if kept := commonLines(lines([]byte(text)), lines(after)); !had && !bytes.HasPrefix(after, []byte(text)) || kept < strings.Count(text, "\n") {
				t.Fatalf("%q became %q", text, after)
			}
		}
		if again := begin(after); again == nil || again.Set(section, key, value) != nil || !bytes.Equal(again.Bytes(), after) && !strings.Contains(value, "\n") {
			t.Fatal("the second time it is another edit")
		}
		switch {
		case len(values) == 0 && had && !hidden:
			n, err := e.Unset(section, key)
			if err != nil || n != 1 || string(e.Bytes()) != text {
				t.Fatalf("%d removed, %v: %q became %q and came back as %q", n, err, text, after, e.Bytes())
			}
		case len(values) > 0 && values[len(values)-1] != "" && !strings.Contains(values[len(values)-1], "\n") && value != "" && !strings.Contains(value, "\n"):
			if err := e.Set(section, key, values[len(values)-1]); err == nil && string(e.Bytes()) != text {
				t.Fatalf("%q became %q and came back as %q", text, after, e.Bytes())
			}
		}
		n, err := e.Unset(section, key)
		if err != nil {
			t.Fatal(err)
		}
		if left := valuesOf(e.source, section, key); len(left) > 0 {
			t.Fatalf("%d removed, and %q is left", n, left)
		}
		others(t, before, e.source, section, key)
	})
}

// valuesOf are the values of a setting, where it counts.
func valuesOf(s *source, section Section, key string) []string {
	return valuesIn(s, s.effective(section), key)
}

// valuesOfAll are the values of a setting in all sections of that name, which Unset removes.
func valuesOfAll(s *source, section Section, key string) []string {
	var numbers []int
	for i := range s.sections {
		if s.is(&s.sections[i], section) {
			numbers = append(numbers, i)
		}
	}
	return valuesIn(s, numbers, key)
}

func valuesIn(s *source, numbers []int, key string) (values []string) {
	model := s.model()
	for _, i := range numbers {
		for _, e := range model[i].entries {
			if e.key == key {
				values = append(values, e.value)
			}
		}
	}
	return values
}

// others holds every setting but one to what it was.
func others(t *testing.T, before, after *source, section Section, key string) {
	t.Helper()
	flat := func(s *source) (out []string) {
		for i, m := range s.model() {
			for _, e := range m.entries {
				if !s.is(&s.sections[i], section) || e.key != key {
					out = append(out, m.name+"\x00"+e.key+"\x00"+e.value)
				}
			}
		}
		return out
	}
	if a, b := strings.Join(flat(before), "\x01"), strings.Join(flat(after), "\x01"); a != b {
		t.Fatalf("other settings changed: %q became %q", a, b)
	}
}

// commonLines is how many of a's whole lines are b's, in order.
func commonLines(a, b []string) (n int) {
	for _, line := range b {
		if n < len(a) && a[n] == line {
			n++
		}
	}
	return n
}
