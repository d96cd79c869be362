package dialog

import (
	"context"
	"fmt"
	"strings"

	"hatstand/mfa"
)

// zenityRefused is the exit code that zenity is made to use for Cancel and for a closed window. Its own
// is 1, which is also that of a display it cannot open.
const zenityRefused = 81

// zenity asks with GNOME's dialog.
func (p runner) zenity(ctx context.Context, q question) (string, error) {
	path := p.env.find("zenity")
	if path == "" {
		return "", missing("zenity")
	}
	refused := fmt.Sprint(zenityRefused)
	env := append(p.env[:len(p.env):len(p.env)], "ZENITY_OK=0", "ZENITY_CANCEL="+refused, "ZENITY_ESC="+refused)
	o, err := run(ctx, env, append([]string{path}, zenityArgs(q)...)...)
	if err != nil {
		return "", err
	}
	switch o.code {
	case 0:
		return o.out, nil
	case zenityRefused:
		return "", mfa.ErrCancelled
	case 1: // another program under its name, which does not know the variables
		if !strings.Contains(strings.ToLower(o.said), "display") {
			return "", mfa.ErrCancelled
		}
	}
	return "", o.unusable("")
}

// zenityArgs gives each text as part of its option, since a word that begins with "-" would be one. The
// text of --entry takes backslash escapes and mnemonics ("_"), but no markup (zenity's src/entry.c); that of --question
// takes backslash escapes, and markup unless told otherwise (src/msg.c).
func zenityArgs(q question) []string {
	if q.notice {
		text := strings.ReplaceAll(q.lines(), `\`, `\\`)
		return []string{"--question", "--no-markup", "--title=" + dialogTitle, "--text=" + text, "--ok-label=OK", "--cancel-label=Cancel"}
	}
	text := strings.NewReplacer(`\`, `\\`, "_", "__").Replace(q.lines())
	args := []string{"--entry", "--title=" + dialogTitle, "--text=" + text}
	if q.hidden {
		args = append(args, "--hide-text")
	}
	return args
}
