package browser

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWhichBrowserIsSteered(t *testing.T) {
	for _, row := range []struct {
		name, commands, installed string
		must                      bool
		want                      string // "": an error
	}{
		{"the one that is set", "/usr/bin/chromium --headless", "/usr/bin/chromium google-chrome", false, "/usr/bin/chromium --headless"},
		{"the first of the family among several", "firefox|brave", "firefox brave-browser", false, "brave-browser"},
		{"a wrapper that is set for this", "/opt/my-browser -x", "/opt/my-browser", true, "/opt/my-browser -x"},
		{"a wrapper that is set for other pages", "/opt/my-browser", "/opt/my-browser chromium", false, "chromium"},
		{"Firefox is none", "firefox", "firefox microsoft-edge", false, "microsoft-edge"},
		{"none is set", "", "firefox chromium", false, "chromium"},
		{"Chrome before Chromium", "", "chromium google-chrome-stable", false, "google-chrome-stable"},
		{"none is installed", "", "firefox", false, ""},
		{"the one that is set for this is not installed", "chromium", "google-chrome", true, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := machine{"linux", func(name string) (string, error) {
				if slices.Contains(strings.Fields(row.installed), name) {
					return name, nil
				}
				return "", errors.New("no")
			}, nil}
			b := Launcher{From: "~/.aws/config:3"}
			for command := range strings.SplitSeq(row.commands, "|") {
				b.Commands = append(b.Commands, strings.Fields(command))
			}
			got, err := b.steered(m, row.must)
			if row.want == "" {
				if e, ok := errors.AsType[*Error](err); !ok || e.Kind != NotInstalled {
					t.Errorf("%q, %v", got, err)
				}
				return
			}
			want := strings.Fields(row.want)
			if err != nil || !strings.HasSuffix(filepath.ToSlash(got[0]), want[0]) || !slices.Equal(got[1:], want[1:]) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	if !Headless([]string{"chromium", "--headless=new"}) || Headless([]string{"chromium", "--headlessly"}) {
		t.Error("headless")
	}
}
