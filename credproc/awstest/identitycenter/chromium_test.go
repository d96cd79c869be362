package identitycenter_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest/person"
)

// inChromium opens an address in the real browser.
func inChromium(t *testing.T, address string, press person.Button) person.Page {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
			t.Fatal("Chromium is not installed: apt-get install chromium")
		}
		t.Skip("Chromium is not installed: apt-get install chromium")
	}
	if os.Getenv("HATSTAND_TEST_LONG") != "1" {
		t.Skip("HATSTAND_TEST_LONG=1 runs it")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	page, err := person.OpenInChromium(ctx, browser, t.TempDir(), address, press)
	check(t, err)
	return page
}

func TestRealChromiumPressesTheButtons(t *testing.T) {
	w := newWorld(t)
	device, browser := w.register(t), w.register(t, w.forBrowser)
	d := w.device(t, device)
	page := inChromium(t, *d.VerificationUriComplete, person.Allow)
	if !strings.Contains(page.Body, "Request approved") || page.URL != w.URL+"/device" {
		t.Errorf("%s: %s", page.URL, page.Body)
	}
	if _, err := w.poll(t.Context(), device, d); err != nil {
		t.Error(err)
	}

	for press, want := range map[person.Button]string{person.Allow: "code", person.Deny: "error"} {
		back := newCaller(t)
		page := inChromium(t, w.authorizeURL(*browser.ClientId, back.redirect(), nil), press)
		if !strings.Contains(page.Body, "you may close this window") || !strings.HasPrefix(page.URL, back.redirect()) {
			t.Errorf("%s: %s", page.URL, page.Body)
		}
		if got := back.answer(t); got.Get(want) == "" || got.Get("state") != "xyz" {
			t.Errorf("called back with %v", got)
		}
	}
}
