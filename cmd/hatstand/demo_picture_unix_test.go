//go:build unix

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hinshun/vt10x"

	"hatstand/cmd/internal/testkit/picture"
)

// TestDemoPicture draws README's picture from a fresh run of the demo's shell, and holds the stored one to it; -update
// stores it. It is as if it were nine o'clock and the phone showed 492039: all else is what the terminal showed.
func TestDemoPicture(t *testing.T) {
	t.Parallel()
	const columns, rows, file, prompt = 80, 60, "../../docs/demo.svg", `\(hatstand demo\) ~ [#$] `
	s := openDemoShell(t, columns, rows)
	s.p.types("hatstand keys add me --from-stdin <alice_accessKeys.csv")
	s.sees("Stored ")
	s.sees(prompt)
	from := s.read
	s.p.types("aws s3 ls --profile prod")
	s.sees("MFA code")
	code := s.code()
	s.p.types(code)
	s.sees(prompt)
	for _, line := range []string{
		"# One code is enough for twelve hours, whatever the role.",
		"aws s3 ls s3://acme-builds --profile prod",
		"hatstand exec audit -- aws s3 ls",
		"hatstand list",
	} {
		s.p.types(line)
		s.sees(prompt)
	}
	shown := regexp.MustCompile(prompt).ReplaceAllString("$ "+s.p.screen()[from:s.read], "$ ")
	s.leaves()

	window := vt10x.New(vt10x.WithSize(columns, rows))
	_, _ = window.Write([]byte(atNine(strings.ReplaceAll(shown, code, "492039"), s.clock.now())))
	var lines []string
	for row := range rows {
		var line strings.Builder
		for column := range columns {
			line.WriteRune(window.Cell(column, row).Char)
		}
		lines = append(lines, strings.TrimRight(strings.ReplaceAll(line.String(), "\x00", " "), " "))
	}
	for len(lines) > 0 && (lines[len(lines)-1] == "" || lines[len(lines)-1] == "$") {
		lines = lines[:len(lines)-1]
	}
	got := picture.SVG("hatstand in a terminal", "The AWS CLI lists buckets as the role prod, after one MFA code. More "+
		"commands, also as a role in another account, ask for nothing. hatstand list says until when.",
		columns, lines)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("docs/demo.svg is not what the terminal shows: go test ./cmd/hatstand -run DemoPicture -update\n%s", strings.Join(lines, "\n"))
	}
}

// atNine has what lasts for an hour last until ten, and what lasts for twelve until nine in the evening.
func atNine(text string, now time.Time) string {
	return regexp.MustCompile(`until (?:[A-Z][a-z]{2} )?\d\d:\d\d`).ReplaceAllStringFunc(text, func(until string) string {
		end, err := time.Parse("15:04", until[len(until)-5:])
		if err != nil {
			return until
		}
		left := end.Hour()*60 + end.Minute() - now.UTC().Hour()*60 - now.UTC().Minute()
		if (left+24*60)%(24*60) > 120 {
			return "until 21:00"
		}
		return "until 10:00"
	})
}
