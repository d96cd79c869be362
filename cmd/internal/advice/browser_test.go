package advice

import (
	"strings"
	"testing"

	"hatstand/credproc/browser"
)

func TestEachBrowserErrorNamesAWayWithoutOne(t *testing.T) {
	for _, kind := range []browser.Kind{browser.NoPort, browser.NotInstalled, browser.NoDisplay, browser.Failed, browser.NotOpened} {
		all := strings.Join(Hints(&browser.Error{Kind: kind}), "\n")
		for _, want := range []string{"--print", "--copy", "--qr"} {
			if !strings.Contains(all, want) {
				t.Errorf("%d: no %s in %q", kind, want, all)
			}
		}
	}
	for _, kind := range []browser.Kind{browser.NotInstalled, browser.Failed} {
		if all := strings.Join(Hints(&browser.Error{Kind: kind}), "\n"); !strings.Contains(all, "--browser") {
			t.Errorf("%d: no --browser in %q", kind, all)
		}
	}
}
