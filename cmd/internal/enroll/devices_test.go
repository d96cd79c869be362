package enroll

import (
	"slices"
	"strings"
	"testing"
)

func TestNamesOfNewDevices(t *testing.T) {
	if got := Names("", "alice"); len(got) != 8 || got[0] != "alice" || got[1] != "alice-1" || got[7] != "alice-7" {
		t.Errorf("%q", got)
	}
	if got := Names("phone", "alice"); !slices.Equal(got, []string{"phone"}) {
		t.Errorf("%q", got)
	}
	for name, ok := range map[string]bool{
		"alice": true, "a+b=c,d.e@f-g_h": true, strings.Repeat("a", 226): true,
		"": false, strings.Repeat("a", 227): false, "a b": false, "a/b": false, "é": false, "a\n": false, "a:b": false,
	} {
		if ValidName(name) != ok {
			t.Errorf("%q: want %v", name, ok)
		}
	}
}
