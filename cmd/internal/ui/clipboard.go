package ui

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"time"

	"hatstand/cmd/internal/advice"
	"hatstand/mfa"
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

// A Clipboard is the desktop's, or the terminal's.
type Clipboard struct {
	GOOS     string
	Getenv   func(string) string
	Environ  func() []string
	Terminal func() (*mfa.TTY, error)
	Log      *slog.Logger
}

// clipPatience is how long a clipboard's program may take; one whose display does not answer would not
// end.
const clipPatience = 5 * time.Second

// A clipboardProgram is a program that takes what is to be copied on its stdin.
type clipboardProgram struct {
	path  string
	words []string
}

// installed are those that are installed; missing are the names of the others.
func (c Clipboard) installed() (found []clipboardProgram, missing []string) {
	for _, words := range clipboards(c.GOOS, c.Getenv) {
		path, err := exec.LookPath(words[0])
		if err != nil {
			missing = append(missing, words[0])
			continue
		}
		found = append(found, clipboardProgram{path, words})
	}
	return found, missing
}

// Check says what would keep Copy from copying anything here, before there is anything to copy. A
// program that is installed may fail all the same.
func (c Clipboard) Check() error {
	found, missing := c.installed()
	if len(found) > 0 {
		return nil
	}
	tty, err := c.Terminal()
	if err != nil {
		return &NoClipboardError{Missing: missing, Err: err}
	}
	return tty.Close()
}

// Copy puts a secret on the desktop's clipboard, else on that of the terminal (OSC 52, which goes
// through ssh), and says on which. It reaches the program by stdin: a command line is no secret.
func (c Clipboard) Copy(ctx context.Context, secret string) (where string, err error) {
	found, missing := c.installed()
	var failed []string
	for _, p := range found {
		ctx, cancel := context.WithTimeout(ctx, clipPatience)
		cmd := exec.CommandContext(ctx, p.path, p.words[1:]...)
		cmd.Env = withoutSecrets(c.Environ())
		cmd.Stdin = strings.NewReader(secret)
		cmd.WaitDelay = time.Second
		err = cmd.Run()
		cancel()
		if err == nil {
			return "the clipboard", nil
		}
		failed = append(failed, fmt.Sprintf("%s failed (%v)", p.words[0], err))
		c.Log.Debug("clipboard", "program", p.words[0], "error", err.Error())
	}
	tty, err := c.Terminal()
	if err != nil {
		return "", &NoClipboardError{failed, missing, err}
	}
	defer tty.Close()
	if _, err := fmt.Fprintf(tty, "\x1b]52;c;%s\a", base64.StdEncoding.EncodeToString([]byte(secret))); err != nil {
		return "", err
	}
	return "the terminal's clipboard (if it takes OSC 52)", nil
}

// A NoClipboardError says that neither the desktop nor a terminal takes what is to be copied.
type NoClipboardError struct {
	Failed  []string // programs, and how they ended
	Missing []string // programs
	Err     error    // why there is no terminal
}

func (e *NoClipboardError) Error() string {
	why := slices.Clone(e.Failed)
	for _, program := range e.Missing {
		why = append(why, program+" is not installed")
	}
	if len(why) == 0 {
		why = []string{"there is no desktop (neither DISPLAY nor WAYLAND_DISPLAY is set)"}
	}
	return "no clipboard: " + strings.Join(why, ", ") + ", and there is no terminal that could take it"
}

func (*NoClipboardError) ExitCode() int { return advice.NoHuman }

func (e *NoClipboardError) Unwrap() error { return e.Err }

// Hints says what to install, where that is what is wanted.
func (e *NoClipboardError) Hints() []string {
	var h []string
	if len(e.Failed) == 0 && len(e.Missing) > 0 {
		program := e.Missing[0]
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
