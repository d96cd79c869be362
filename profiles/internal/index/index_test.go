package index

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"hatstand/profiles/internal/grammar"
)

const config = "[default]\nregion = plain\n[profile a]\nx = 1\n[profile default]\nregion = r\n[hatstand a]\nx = 2\n[profile a]\ny = 3\nx = 4\n[services a]\nx = 5\n"

func mustParse(t *testing.T, text string) *File {
	t.Helper()
	f, fault := Parse("~/.aws/config", []byte(text), false)
	if fault != nil {
		t.Fatal(fault.What.Reason())
	}
	return f
}

func TestTheMapFindsWhatTheSearchFinds(t *testing.T) {
	f := mustParse(t, config)
	first := map[string][]grammar.Section{}
	for _, name := range []string{"a", "default", "nobody"} {
		first[name] = f.Named(name)
	}
	var all sync.WaitGroup // the race detector watches the moment at which the map appears
	for range 8 {
		all.Go(func() {
			for range searchesBeforeMap {
				for name, want := range first {
					if got := f.Named(name); !reflect.DeepEqual(got, want) {
						t.Errorf("%q changed", name)
					}
				}
			}
		})
	}
	all.Wait()
	if f.byName == nil {
		t.Error("there is no map: the test shows nothing")
	}
	if len(first["a"]) != 4 || len(first["default"]) != 2 || len(first["nobody"]) != 0 {
		t.Errorf("%v", first)
	}
}

func TestSectionsOfOneKindAndNameAreOne(t *testing.T) {
	f := mustParse(t, config)
	all, found, fault := f.Settings(grammar.Profile, "a")
	if fault != nil || !found || !reflect.DeepEqual(all.Keys(), []string{"x", "y"}) {
		t.Fatalf("%v, %v, %v", all, found, fault)
	}
	if x := all.Find("x"); x.Value != "4" || x.Where() != "~/.aws/config:11" {
		t.Errorf("x = %+v: the later value wins", x)
	}
	if _, found, _ := f.Settings(grammar.SSOSession, "a"); found {
		t.Error("there is no such session")
	}
	if names := f.Names(grammar.Profile); !reflect.DeepEqual(names, []string{"a", "default"}) {
		t.Errorf("%q", names)
	}
	if at := f.Location(grammar.Services, "a"); at.Line != 12 {
		t.Errorf("services at %v", at)
	}
}

// Whoever asks for the names once for each profile would else read all sections as often.
func TestNamesOfAKindAreReadOnce(t *testing.T) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "[profile p%d]\n[services s%d]\n", i, i)
	}
	f := mustParse(t, text.String())
	first := f.Names(grammar.Services)
	sections := 0
	got := testing.AllocsPerRun(1, func() {
		sections = len(f.Names(grammar.Services))
	})
	if sections != 1000 || got > 10 {
		t.Errorf("%d names, %v allocations", sections, got)
	}
	first[0] = "changed"
	if got := f.Names(grammar.Services)[0]; got != "s0" {
		t.Errorf("%q: a caller changed it for the next", got)
	}
	for range 2 { // that there is none is remembered too
		if f.Names(grammar.SSOSession) != nil {
			t.Error("names of a kind that is not there")
		}
	}
}

func TestAFaultBelongsToItsSectionAlone(t *testing.T) {
	f := mustParse(t, "[profile a]\nx = 1\nno equals\ny = 2\n[profile b]\nx = 1\n")
	all, _, fault := f.Settings(grammar.Profile, "a")
	if fault == nil || *fault != (Fault{"~/.aws/config", "a", 3, grammar.NoEquals}) {
		t.Errorf("%+v", fault)
	}
	if len(all) != 2 {
		t.Errorf("%v: what can be read is read", all)
	}
	if _, _, fault := f.Settings(grammar.Profile, "b"); fault != nil {
		t.Errorf("%+v", fault)
	}
	if _, fault := Parse("x", []byte("a = 1\n[profile b]\n"), false); fault == nil || *fault != (Fault{"x", "", 1, grammar.BeforeSection}) {
		t.Errorf("%+v", fault)
	}
}
