package ui

import (
	"strings"
	"testing"
)

func TestClipboards(t *testing.T) {
	for name, row := range map[string]struct{ goos, env, want string }{
		"macOS":                     {"darwin", "", "pbcopy"},
		"Windows":                   {"windows", "", "clip.exe"},
		"no desktop":                {"linux", "", ""},
		"Wayland":                   {"linux", "WAYLAND_DISPLAY", "wl-copy"},
		"X":                         {"linux", "DISPLAY", "xclip xsel"},
		"Wayland, with X beside it": {"linux", "WAYLAND_DISPLAY DISPLAY", "wl-copy xclip xsel"},
		"Linux on Windows":          {"linux", "WSL_DISTRO_NAME", "clip.exe"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, words := range clipboards(row.goos, func(name string) string {
				if strings.Contains(" "+row.env+" ", " "+name+" ") {
					return "1"
				}
				return ""
			}) {
				got = append(got, words[0])
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("%v, want %s", got, row.want)
			}
		})
	}
}

func TestNoClipboardSaysWhatToInstall(t *testing.T) {
	for _, row := range []struct {
		name       string
		err        NoClipboardError
		text, hint string
	}{
		{"on Wayland", NoClipboardError{Missing: []string{"wl-copy", "xclip"}}, "wl-copy is not installed, xclip is not installed", "install the package wl-clipboard"},
		{"on X11", NoClipboardError{Missing: []string{"xclip", "xsel"}}, "xclip is not installed, xsel is not installed", "install the package xclip"},
		{"one is there, and fails", NoClipboardError{Failed: []string{"xclip failed (exit status 1)"}, Missing: []string{"xsel"}}, "xclip failed (exit status 1), xsel is not installed", "print the URL: --print, or copy it in a terminal"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, want := row.err.Error(), "no clipboard: "+row.text+", and there is no terminal that could take it"; got != want {
				t.Errorf("got %q", got)
			}
			if got := row.err.Hints()[0]; got != row.hint {
				t.Errorf("hint %q", got)
			}
		})
	}
}
