package dialog

import (
	"context"
	"strings"

	"hatstand/mfa"
)

// kdialog asks with KDE's dialog.
func (p runner) kdialog(ctx context.Context, q question) (string, error) {
	path := p.env.find("kdialog")
	if path == "" {
		return "", missing("kdialog")
	}
	o, err := run(ctx, p.env, append([]string{path}, kdialogArgs(q)...)...)
	if err != nil {
		return "", err
	}
	switch o.code {
	case 0:
		return o.out, nil
	case 1: // Qt ends with SIGABRT where it reaches no display
		return "", mfa.ErrCancelled
	case 2:
		if q.notice {
			return "", mfa.ErrCancelled
		}
	}
	return "", o.unusable("")
}

// kdialogArgs gives the text as Qt's rich text with nothing of it left to read as markup: plain text is
// taken for rich text when it looks like it. A backslash would begin kdialog's own escapes, and in the
// label of --inputbox "&" marks the next letter even so.
func kdialogArgs(q question) []string {
	option, and := "--inputbox=", "&amp;&amp;"
	switch {
	case q.hidden:
		option, and = "--password=", "&amp;"
	case q.notice:
		option, and = "--yesno=", "&amp;"
	}
	text := strings.NewReplacer("&", and, "<", "&lt;", ">", "&gt;", `\`, "&#92;", "\n", "<br>").Replace(q.lines())
	args := []string{"--title=" + dialogTitle, option + "<qt>" + text + "</qt>"}
	if q.notice {
		args = append(args, "--yes-label=OK", "--no-label=Cancel")
	}
	return args
}
