package profiles

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func TestTheIndexFindsWhatTheSearchFinds(t *testing.T) {
	const config = "[default]\nregion = plain\n[profile a]\nx = 1\n[profile default]\nregion = r\n[hatstand a]\nx = 2\n[profile a]\ny = 3\n[services a]\nx = 4\n"
	set := mustParse(t, config, "[a]\nx = 5\n")
	first := map[string]*Profile{}
	for _, name := range []string{"a", "default", "nobody"} {
		first[name], _ = set.Profile(name)
	}
	var all sync.WaitGroup // the race detector watches the moment at which the index appears
	for range 8 {
		all.Go(func() {
			for range searchesBeforeIndex {
				for name, want := range first {
					if got, _ := set.Profile(name); !reflect.DeepEqual(got, want) {
						t.Errorf("%q changed", name)
					}
				}
			}
		})
	}
	all.Wait()
	if set.config.byName == nil {
		t.Error("there is no index: the test shows nothing")
	}
	if got := first["a"].Get("x").Value + first["a"].Get("y").Value; got != "23" {
		t.Errorf("x and y are %q", got)
	}
}

func TestALongChainIsWalkedToItsEnd(t *testing.T) {
	var config strings.Builder
	const n = 2000
	for i := range n {
		fmt.Fprintf(&config, "[profile p%d]\n%ssource_profile = p%d\n", i, arn, i+1)
	}
	fmt.Fprintf(&config, "[profile p%d]\n", n)
	c, err := mustParse(t, config.String(), "").Chain(Request{Target: "p0"})
	if err != nil || len(c.Roles) != n || c.Base.Profile != fmt.Sprint("p", n) || c.Roles[n-1].Profile != "p0" {
		t.Fatalf("%d roles, %v", len(c.Roles), err)
	}
}
