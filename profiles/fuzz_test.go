package profiles

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/limits"
	"hatstand/profiles/partitions"
)

func seeds(f *testing.F, add func(config, credentials string)) {
	for _, config := range []string{
		"", me + prod, "[default]\n[profile default]\nregion = x\n", "[profile a]\ns3 =\n x = y\n # c\n z = 1\n", "\xef\xbb\xbf[profile a]\r\nA = b # c\r\n  d\r\n",
		"[hatstand]\nprompt = x\n[hatstand a]\ninclude_profile = a\n", "[profile a]; x\nk=v;w\n= \n", "[profile a]\n [profile b]\n", "[services s]\nsts =\n  endpoint_url = http://x\n[profile a]\nservices = s\n",
		"[profile a]\nsso_session = s\n[sso-session s]\nsso_region = r\nsso_start_url = u\n", "[profile a]\nk = [\n ]\n",
	} {
		add(config, "[me]\n"+keys)
	}
}

func FuzzParse(f *testing.F) {
	seeds(f, func(config, credentials string) { f.Add(config, credentials) })
	f.Fuzz(func(t *testing.T, config, credentials string) {
		files := map[string][]byte{"config": []byte(config), "credentials": []byte(credentials)}
		parse := func() (*Set, error) {
			return Parse(File{"config", files["config"]}, File{"credentials", files["credentials"]})
		}
		s, err := parse()
		if syntax, ok := errors.AsType[*Error](err); err != nil {
			if !ok || syntax.Location.Line < 1 || syntax.Location.Line > 1+bytes.Count(files[syntax.Location.Path], []byte("\n")) {
				t.Fatalf("error is %#v", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, name := range s.Names() {
			if seen[name] || !grammar.ValidName(name) {
				t.Fatalf("name %q", name)
			}
			seen[name] = true
			p, ok := s.own(name)
			if !ok {
				t.Fatalf("no profile %q", name)
			}
			for _, e := range p.entries {
				lines := strings.Split(string(files[e.Path]), "\n")
				if e.Line < 1 || e.Line > len(lines) {
					t.Fatalf("%s at line %d of %d", e.Key, e.Line, len(lines))
				}
				// The key stands at the start of the line it is said to be on, then '=', then the
				// value's first line.
				line := lines[e.Line-1]
				if e.Line == 1 {
					line = strings.TrimPrefix(line, "\xef\xbb\xbf")
				}
				key, rest, ok := strings.Cut(line, "=")
				first, _, _ := strings.Cut(e.Value, "\n")
				if !ok || strings.ToLower(strings.Trim(key, " \t\r")) != e.Key || !strings.HasPrefix(strings.Trim(rest, " \t\r"), first) {
					t.Fatalf("%s = %q is not at %s:%d: %q", e.Key, e.Value, e.Path, e.Line, line)
				}
				if strings.ToLower(e.Key) != e.Key || !grammar.ValidKey([]byte(e.Key)) {
					t.Fatalf("key %q", e.Key)
				}
			}
			if full, _ := s.Profile(name); len(full.entries) < len(p.entries) {
				t.Fatalf("%q lost settings by what it includes", name)
			}
		}
		again, err := parse()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Profiles() {
			if q, ok := again.Profile(p.Name); !ok || !reflect.DeepEqual(p.entries, q.entries) || (p.err == nil) != (q.err == nil) {
				t.Fatal("the same bytes gave another answer")
			}
		}
	})
}

func FuzzChain(f *testing.F) {
	seeds(f, func(config, credentials string) { f.Add(config, credentials, "prod", "") })
	f.Add(me, "", "222222222222:Admin", "me")
	f.Fuzz(func(t *testing.T, config, credentials, target, source string) {
		s, err := Parse(File{"config", []byte(config)}, File{"credentials", []byte(credentials)})
		if err != nil {
			return
		}
		targets := append(s.Names(), target)
		for i, target := range targets {
			req := Request{Target: target}
			if i == len(targets)-1 {
				req.Source = source
			}
			c, err := s.Chain(req)
			again, againErr := s.Chain(req)
			if !reflect.DeepEqual(c, again) || !reflect.DeepEqual(err, againErr) {
				t.Fatal("the same request gave another answer")
			}
			if err != nil {
				if c != nil {
					t.Fatalf("a chain beside the error %v", err)
				}
				message(t, err)
				continue
			}
			checkChain(t, c)
		}
	})
}

// checkChain holds what is true of every chain.
func checkChain(t *testing.T, c *Chain) {
	t.Helper()
	if c.Base.Profile == "" || c.Partition == "" || !partitions.ValidLabel(c.SessionRegion) || c.Region != "" && !partitions.ValidLabel(c.Region) {
		t.Fatalf("chain is %+v", c)
	}
	if (c.Base.Kind == Static) != (c.Base.AccessKeyID != "" && c.Base.SecretAccessKey != "") {
		t.Fatalf("base is %+v", c.Base)
	}
	for _, r := range c.Roles {
		again, err := limits.ParseRoleARN(r.ARN)
		if err != nil || again.AccountID != r.AccountID || again.Partition != r.Partition {
			t.Fatalf("role is %+v: %v", r, err)
		}
		if r.MFASerial.IsSet() && limits.CheckSerial(r.MFASerial.Value) != nil || r.SessionName != "" && limits.CheckSessionName(r.SessionName) != nil ||
			r.Duration != 0 && limits.CheckRoleDuration(r.Duration) != nil || limits.CheckTags(r.Tags) != nil {
			t.Fatalf("role is %+v", r)
		}
	}
}

// The fuzz tests above would pass on a parser that reads nothing; this holds one value to its place.
func TestSettingsKnowTheirPlace(t *testing.T) {
	s := mustParse(t, "# c\r\n[profile a]\r\nx = 1\r\n\r\n y\r\n[profile b]\nz = 2\n[profile a]\nw = 3", "")
	a, _ := s.Profile("a")
	b, _ := s.Profile("b")
	for _, pair := range [][2]Setting{
		{a.Get("x"), {Value: "1\ny", Path: "~/.aws/config", Line: 3}}, {b.Get("z"), {Value: "2", Path: "~/.aws/config", Line: 7}}, {a.Get("w"), {Value: "3", Path: "~/.aws/config", Line: 9}}, {a.Get("z"), {}},
	} {
		if pair[0] != pair[1] {
			t.Errorf("got %+v, want %+v", pair[0], pair[1])
		}
	}
}
