package ui

import (
	"bytes"
	"testing"
)

func TestWhoGetsColours(t *testing.T) {
	for _, row := range []struct {
		name string
		env  map[string]string
		want bool // where the output is no terminal
	}{
		{"no terminal", nil, false},
		{"no terminal, forced", map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{"forced by 0, which is not", map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{"forced and switched off", map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
		{"asked for, which is not forced", map[string]string{"CLICOLOR": "1"}, false},
	} {
		var out bytes.Buffer
		s := Streams{Out: &out, Getenv: func(name string) string { return row.env[name] }}
		if got := s.Colours(&out); got != row.want {
			t.Errorf("%s: %t", row.name, got)
		}
		if got := s.DiffLine("+new") != "+new"; got != row.want {
			t.Errorf("%s: the diff's line has a colour: %t", row.name, got)
		}
	}
}
