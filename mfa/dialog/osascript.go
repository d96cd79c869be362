package dialog

import (
	"context"
	"strings"

	"hatstand/mfa"
)

// appleScript reads its texts from the arguments: no text becomes source.
const appleScript = `on run argv
	set {theTitle, theText, theKind} to {item 1 of argv, item 2 of argv, item 3 of argv}
	activate
	if theKind is "notice" then
		display dialog theText with title theTitle buttons {"Cancel", "OK"} default button "OK" cancel button "Cancel"
		return ""
	end if
	if theKind is "hidden" then
		set theReply to display dialog theText with title theTitle default answer "" buttons {"Cancel", "OK"} default button "OK" cancel button "Cancel" with hidden answer
	else
		set theReply to display dialog theText with title theTitle default answer "" buttons {"Cancel", "OK"} default button "OK" cancel button "Cancel"
	end if
	return text returned of theReply
end run`

// osascript asks with macOS's own dialog.
func (p runner) osascript(ctx context.Context, q question) (string, error) {
	const path = "/usr/bin/osascript"
	if !runnable(path) {
		return "", missing("osascript")
	}
	o, err := run(ctx, p.env, append([]string{path}, osascriptArgs(q)...)...)
	switch {
	case err != nil:
		return "", err
	case o.code == 0:
		return o.out, nil
	case strings.Contains(o.said, "(-128)"): // userCanceledErr
		return "", mfa.ErrCancelled
	}
	return "", o.unusable("")
}

// osascriptArgs begins what follows the script with a word that is no option; there getopt stops.
func osascriptArgs(q question) []string {
	return []string{"-e", appleScript, dialogTitle, q.lines(), q.kind()}
}
