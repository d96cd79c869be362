package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// xdg-open finds the browser of a desktop's settings, and that has the address.
func TestTheDesktopsOwnBrowser(t *testing.T) {
	need(t, "xdg-open", "xdg-utils")
	dir := t.TempDir()
	note := filepath.Join(dir, "visit")
	write(t, filepath.Join(dir, "config", "mimeapps.list"), "[Default Applications]\nx-scheme-handler/http=played.desktop\n")
	write(t, filepath.Join(dir, "data", "applications", "played.desktop"),
		"[Desktop Entry]\nType=Application\nName=Played\nExec="+link(t, "played")+" %u\nMimeType=x-scheme-handler/http;\n")
	b := Launcher{Env: append(plainEnviron(), playPart+"=browser", visitFile+"="+note, "DISPLAY=:77", "BROWSER=", "HOME="+dir,
		"XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_DATA_HOME="+filepath.Join(dir, "data"), "XDG_CURRENT_DESKTOP=", "AWS_PROFILE=prod")}
	if err := b.Open(t.Context(), secretTarget); err != nil {
		t.Fatal(err)
	}
	v := visited(t, note)
	if v.Status != 303 || v.Location != secretTarget {
		t.Errorf("%d %q", v.Status, v.Location)
	}
	for _, kv := range v.Env {
		if strings.HasPrefix(kv, "AWS_") {
			t.Errorf("%s", kv)
		}
	}
}

// A desktop without a browser: what xdg-open says is passed on as its exit status.
func TestADesktopWithoutABrowser(t *testing.T) {
	need(t, "xdg-open", "xdg-utils")
	dir := t.TempDir()
	b := Launcher{Env: append(plainEnviron(), "DISPLAY=:77", "BROWSER=no-such-browser", "HOME="+dir,
		"XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_DATA_DIRS="+dir, "XDG_CONFIG_DIRS="+dir, "XDG_CURRENT_DESKTOP=")}
	err := b.Open(t.Context(), secretTarget)
	if got := fmt.Sprint(err); got != `browser "xdg-open": it failed (exit status 3)` {
		t.Errorf("got %s", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
