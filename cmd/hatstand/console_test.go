package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatIsAResource(t *testing.T) {
	const role, bucket = "arn:aws:iam::222222222222:role/Admin", "arn:aws:s3:::bucket"
	for name, row := range map[string]struct {
		args   []string
		source bool
		want   string
	}{
		"nothing":                              {nil, false, "[] "},
		"profiles":                             {[]string{"prod", "dev"}, false, "[prod dev] "},
		"a profile and an ARN":                 {[]string{"prod", bucket}, false, "[prod] " + bucket},
		"an ARN alone":                         {[]string{bucket}, false, "[] " + bucket},
		"a bucket alone":                       {[]string{"s3://b/k"}, false, "[] s3://b/k"},
		"a role alone is to be worn":           {[]string{role}, false, "[" + role + "] "},
		"a role after a profile is a page":     {[]string{"prod", role}, false, "[prod] " + role},
		"a role with a source is to be worn":   {[]string{"222222222222:Reader", role}, true, "[222222222222:Reader " + role + "] "},
		"a role to wear and a page":            {[]string{role, bucket}, true, "[" + role + "] " + bucket},
		"a role given short is no resource":    {[]string{"222222222222:Admin"}, true, "[222222222222:Admin] "},
		"what comes before the end is no page": {[]string{bucket, "prod"}, false, "[" + bucket + " prod] "},
	} {
		t.Run(name, func(t *testing.T) {
			targets, resource := resourceOf(row.args, row.source)
			if got := fmt.Sprint(targets, " ", resource); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(row.want), " ") {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}

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
		err        noClipboardError
		text, hint string
	}{
		{"on Wayland", noClipboardError{missing: []string{"wl-copy", "xclip"}}, "wl-copy is not installed, xclip is not installed", "install the package wl-clipboard"},
		{"on X11", noClipboardError{missing: []string{"xclip", "xsel"}}, "xclip is not installed, xsel is not installed", "install the package xclip"},
		{"one is there, and fails", noClipboardError{failed: []string{"xclip failed (exit status 1)"}, missing: []string{"xsel"}}, "xclip failed (exit status 1), xsel is not installed", "print the URL: --print, or copy it in a terminal"},
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
