package dialog

import (
	"bufio"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"hatstand/mfa"
)

const alice = "arn:aws:iam::111111111111:mfa/alice"

func TestDialogArguments(t *testing.T) {
	hostile := question{text: `a_b \n <h1>&amp;` + "\n--x", label: "Code"}
	hidden := hostile
	hidden.hidden, hidden.wrong = true, "no"
	notice := hostile
	notice.notice = true
	for _, tt := range []struct {
		name string
		args func(question) []string
		q    question
		want []string
	}{
		{"zenity", zenityArgs, hostile, []string{"--entry", "--title=hatstand", `--text=a__b \\n <h1>&amp;` + "\n--x"}},
		{"zenity, hidden", zenityArgs, hidden, []string{"--entry", "--title=hatstand", "--text=no\n\n" + `a__b \\n <h1>&amp;` + "\n--x", "--hide-text"}},
		{"zenity, a message", zenityArgs, notice, []string{"--question", "--no-markup", "--title=hatstand", `--text=a_b \\n <h1>&amp;` + "\n--x", "--ok-label=OK", "--cancel-label=Cancel"}},
		{"kdialog, a message", kdialogArgs, notice, []string{"--title=hatstand", "--yesno=<qt>a_b &#92;n &lt;h1&gt;&amp;amp;<br>--x</qt>", "--yes-label=OK", "--no-label=Cancel"}},
		{"osascript, a message", osascriptArgs, notice, []string{"-e", appleScript, "hatstand", hostile.text, "notice"}},
		{"powershell, a message", powershellTexts, notice, []string{"HATSTAND_DIALOG_TITLE=hatstand", `HATSTAND_DIALOG_TEXT=a_b \n <h1>&amp;` + "\r\n--x", "HATSTAND_DIALOG_KIND=notice"}},
		{"kdialog", kdialogArgs, hostile, []string{"--title=hatstand", "--inputbox=<qt>a_b &#92;n &lt;h1&gt;&amp;&amp;amp;<br>--x</qt>"}},
		{"kdialog, hidden", kdialogArgs, hidden, []string{"--title=hatstand", "--password=<qt>no<br><br>a_b &#92;n &lt;h1&gt;&amp;amp;<br>--x</qt>"}},
		{"osascript", osascriptArgs, hostile, []string{"-e", appleScript, "hatstand", hostile.text, "shown"}},
		{"osascript, hidden", osascriptArgs, hidden, []string{"-e", appleScript, "hatstand", "no\n\n" + hostile.text, "hidden"}},
		{"powershell", powershellTexts, hostile, []string{"HATSTAND_DIALOG_TITLE=hatstand", `HATSTAND_DIALOG_TEXT=a_b \n <h1>&amp;` + "\r\n--x", "HATSTAND_DIALOG_KIND=shown"}},
		{"powershell, hidden", powershellTexts, hidden, []string{"HATSTAND_DIALOG_TITLE=hatstand", "HATSTAND_DIALOG_TEXT=no\r\n\r\n" + `a_b \n <h1>&amp;` + "\r\n--x", "HATSTAND_DIALOG_KIND=hidden"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.args(tt.q); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
	t.Run("the way through Windows' command line takes no double quotes", func(t *testing.T) {
		if strings.Contains(powershellScript, `"`) {
			t.Error(powershellScript)
		}
	})
}

func TestDialogText(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    mfa.Request
		want string
	}{
		{"a session alone", mfa.Request{Serial: alice, Profile: "me"}, "MFA code for alice, for me\nDevice: " + alice},
		{"a hardware device", mfa.Request{Serial: "GAHT12345678", Role: "arn:aws:iam::222222222222:role/Admin"}, "MFA code for GAHT12345678, for Admin in 222222222222"},
		{"lines and directions are those of the dialog", mfa.Request{Serial: "a\nb\u202e", Profile: "c\rd\x1b[2J"}, "MFA code for a?b?, for c?d?[2J"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := dialogText(tt.r); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Whatever a text holds, it is one line, which a server reads as the same text again or a cut of it.
func FuzzAssuanEscape(f *testing.F) {
	for _, text := range []string{"", "plain", "100%", "%0A", "a\nBYE\r\n", "é%25\n", strings.Repeat("é\n", 1000)} {
		f.Add(text, 100)
		f.Add(text, maxAssuan)
	}
	f.Fuzz(func(t *testing.T, text string, max int) {
		if !utf8.ValidString(text) || max < 0 {
			return
		}
		line := assuanEscape(text, max)
		if strings.ContainsAny(line, "\r\n") || len(line) > max {
			t.Fatalf("%q, %d bytes of %d", line, len(line), max)
		}
		if back := assuanUnescape(line); !strings.HasPrefix(text, back) {
			t.Fatalf("%q is read as %q", text, back)
		}
		if len(text)*3 <= max && assuanUnescape(line) != text {
			t.Fatalf("%q is cut to %q", text, line)
		}
	})
}

func FuzzAssuanReply(f *testing.F) {
	for _, reply := range []string{"OK\n", "D 12%3\nOK\n", "ERR 83886179 Operation cancelled <Pinentry>\n", "S ERROR a\nERR 1\n", "D", "ERR\n", "ERR 99999999999999\n"} {
		f.Add(reply)
	}
	f.Fuzz(func(t *testing.T, reply string) {
		a := &assuan{r: bufio.NewReaderSize(strings.NewReader(reply), maxAssuan+2)}
		data, err := a.reply()
		if len(data) > mfa.MaxLine {
			t.Fatalf("%d bytes", len(data))
		}
		if ok := strings.HasPrefix("\n"+reply, "\nOK") || strings.Contains(reply, "\nOK"); err == nil && !ok {
			t.Fatalf("%q is taken for success", reply)
		}
		if err != nil && data != "" {
			t.Fatalf("%q gives %q and %v", reply, data, err)
		}
	})
}
