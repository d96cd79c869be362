//go:build unix

package main

import (
	"image/color"
	"net/url"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/cmd/internal/testkit"
)

// scans USER [FILE|-text]: the user's telephone reads the QR code that the terminal shows, the one in a
// picture, or the secret that the terminal shows in letters. It is then the user's device.
func scans(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	var seed, label string
	if len(args) > 1 && args[1] == "-text" {
		seed, label = s.shown.secretText(), "(text)"
	} else {
		var text string
		var err error
		if len(args) > 1 {
			text, err = testkit.ScanFile(ts.MkAbs(args[1]))
		} else {
			text, err = s.shown.photographed(ts)
		}
		ts.Check(err)
		u, err := url.Parse(text)
		ts.Check(err)
		if u.Scheme != "otpauth" || u.Host != "totp" {
			ts.Fatalf("the code is of %q", text)
		}
		seed, label = u.Query().Get("secret"), u.Path
	}
	for _, serial := range regexp.MustCompile(`arn:aws:iam::[0-9]{12}:mfa/[\w+=,.@-]+`).FindAllString(s.shown.screenText(), -1) {
		if d := s.aws.Device(serial); d != nil && d.Seed == seed {
			name := serial[strings.LastIndexByte(serial, '/')+1:]
			if label != "(text)" && !strings.HasSuffix(label, name+"@"+home) {
				ts.Fatalf("the app would show %q for %s", label, serial)
			}
			s.devices[args[0]] = d
			return
		}
	}
	ts.Fatalf("the secret is of no device that the screen names: %q", s.shown.screenText())
}

func (r *terminalRun) screenText() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drawn
}

// photographed is what a telephone reads on a dark terminal.
func (r *terminalRun) photographed(ts *testscript.TestScript) (string, error) {
	var code strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(r.screenText(), "\r\n", "\n")) {
		if strings.Contains(line, "\x1b[0m") {
			code.WriteString(line)
		}
	}
	img, err := testkit.Photograph(code.String(), color.Gray{0})
	if err != nil {
		return "", err
	}
	return testkit.Scan(ts.Getenv("WORK"), img)
}

// secretText is the secret, which is shown in groups of four.
func (r *terminalRun) secretText() string {
	return strings.Join(strings.Fields(regexp.MustCompile(`(?m)(^ ( [A-Z2-7]{4})+\r?\n)+`).FindString(r.screenText())), "")
}
