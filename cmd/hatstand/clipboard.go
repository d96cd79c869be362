package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"hatstand/cmd/internal/advice"
)

// clipboards are the programs that may reach the desktop's clipboard, the likeliest first.
func clipboards(goos string, getenv func(string) string) [][]string {
	switch {
	case goos == "darwin":
		return [][]string{{"pbcopy"}}
	case goos == "windows":
		return [][]string{{"clip.exe"}}
	}
	var all [][]string
	if getenv("WAYLAND_DISPLAY") != "" {
		all = append(all, []string{"wl-copy"})
	}
	if getenv("DISPLAY") != "" {
		all = append(all, []string{"xclip", "-selection", "clipboard", "-in"}, []string{"xsel", "--clipboard", "--input"})
	}
	if getenv("WSL_DISTRO_NAME") != "" {
		all = append(all, []string{"clip.exe"})
	}
	return all
}

// clipPatience is how long a clipboard's program may take; one whose display does not answer would not
// end.
const clipPatience = 5 * time.Second

// A clipboard is a program that takes what is to be copied on its stdin.
type clipboard struct {
	path  string
	words []string
}

// clipboardsHere are those that are installed; missing are the names of the others.
func (a *app) clipboardsHere() (found []clipboard, missing []string) {
	for _, words := range clipboards(a.goos, a.getenv) {
		path, err := exec.LookPath(words[0])
		if err != nil {
			missing = append(missing, words[0])
			continue
		}
		found = append(found, clipboard{path, words})
	}
	return found, missing
}

// checkClipboard says what would keep copyOut from copying anything here, before there is anything to copy. A
// program that is installed may fail all the same.
func (a *app) checkClipboard() error {
	found, missing := a.clipboardsHere()
	if len(found) > 0 {
		return nil
	}
	tty, err := a.terminal()
	if err != nil {
		return &noClipboardError{missing: missing, err: err}
	}
	return tty.Close()
}

// copyOut puts a secret on the desktop's clipboard, else on that of the terminal (OSC 52, which goes
// through ssh), and says on which. It reaches the program by stdin: a command line is no secret.
func (a *app) copyOut(ctx context.Context, secret string) (where string, err error) {
	found, missing := a.clipboardsHere()
	var failed []string
	for _, c := range found {
		ctx, cancel := context.WithTimeout(ctx, clipPatience)
		cmd := exec.CommandContext(ctx, c.path, c.words[1:]...)
		cmd.Env = withoutSecrets(a.environ())
		cmd.Stdin = strings.NewReader(secret)
		cmd.WaitDelay = time.Second
		err = cmd.Run()
		cancel()
		if err == nil {
			return "the clipboard", nil
		}
		failed = append(failed, fmt.Sprintf("%s failed (%v)", c.words[0], err))
		if log, logErr := a.log(); logErr == nil {
			log.Debug("clipboard", "program", c.words[0], "error", err.Error())
		}
	}
	tty, err := a.terminal()
	if err != nil {
		return "", &noClipboardError{failed, missing, err}
	}
	defer tty.Close()
	if _, err := fmt.Fprintf(tty, "\x1b]52;c;%s\a", base64.StdEncoding.EncodeToString([]byte(secret))); err != nil {
		return "", err
	}
	return "the terminal's clipboard (if it takes OSC 52)", nil
}

// A noClipboardError says that neither the desktop nor a terminal takes what is to be copied.
type noClipboardError struct {
	failed  []string // programs, and how they ended
	missing []string // programs
	err     error    // why there is no terminal
}

func (e *noClipboardError) Error() string {
	why := slices.Clone(e.failed)
	for _, program := range e.missing {
		why = append(why, program+" is not installed")
	}
	if len(why) == 0 {
		why = []string{"there is no desktop (neither DISPLAY nor WAYLAND_DISPLAY is set)"}
	}
	return "no clipboard: " + strings.Join(why, ", ") + ", and there is no terminal that could take it"
}

func (*noClipboardError) ExitCode() int { return advice.NoHuman }

func (e *noClipboardError) Unwrap() error { return e.err }

// Hints says what to install, where that is what is wanted.
func (e *noClipboardError) Hints() []string {
	var h []string
	if len(e.failed) == 0 && len(e.missing) > 0 {
		program := e.missing[0]
		if program == "wl-copy" {
			program = "wl-clipboard"
		}
		h = []string{"install the package " + program}
	}
	return append(h, "print the URL: --print, or copy it in a terminal")
}

// withoutSecrets is an environment for a program that needs none of ours.
func withoutSecrets(env []string) []string {
	var out []string
	for _, kv := range env {
		if name := strings.ToUpper(kv); !strings.HasPrefix(name, "AWS_") && !strings.HasPrefix(name, "HATSTAND_") {
			out = append(out, kv)
		}
	}
	return out
}
