package shell

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestUnquote(t *testing.T) {
	for word, want := range map[string]struct {
		text string
		open byte
	}{
		`prod`:              {"prod", 0},
		`'Acme Prod'`:       {"Acme Prod", 0},
		`"Acme Prod"`:       {"Acme Prod", 0},
		`"Acme P`:           {"Acme P", '"'},
		`'Acme P`:           {"Acme P", '\''},
		`Acme\ Prod`:        {"Acme Prod", 0},
		`"a\"b\$c\d"`:       {`a"b$c\d`, 0},
		`'a\b'`:             {`a\b`, 0},
		`a"b"'c'`:           {"abc", 0},
		`\`:                 {`\`, 0},
		"$(touch x)`id`$A":  {"$(touch x)`id`$A", 0},
		`--region="eu-west`: {"--region=eu-west", '"'},
		``:                  {"", 0},
	} {
		if text, open := unquote(word); text != want.text || open != want.open {
			t.Errorf("%s: %q, %q", word, text, open)
		}
	}
}

func TestWhatBashIsGiven(t *testing.T) {
	root := func() *cobra.Command {
		exec := &cobra.Command{Use: "exec", Short: "Run", Run: func(*cobra.Command, []string) {}, ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"acme:Admin", "acme:Audit", "Acme Prod", "a$b"}, cobra.ShellCompDirectiveNoFileComp
		}}
		exec.Flags().String("from", "", "a place")
		_ = exec.RegisterFlagCompletionFunc("from", cobra.FixedCompletions([]string{"credentials", "aws-vault"}, cobra.ShellCompDirectiveNoFileComp))
		root := &cobra.Command{Use: "hatstand"}
		root.AddCommand(exec)
		return root
	}
	for _, row := range []struct {
		name   string
		words  []string
		breaks string
		want   string
	}{
		{"one", []string{"exec", "acme:Ad"}, ":=", "4\nAdmin\n"},
		{"where a colon is no break", []string{"exec", "acme:Ad"}, "=", "4\nacme:Admin\n"},
		{"two", []string{"exec", "acme:"}, ":=", "4\nAdmin\nAudit\n"},
		{"a space is escaped", []string{"exec", "Ac"}, ":=", "4\nAcme\\ Prod\n"},
		{"but not in quotes", []string{"exec", `"Ac`}, ":=", "4\nAcme Prod\n"},
		{"nor is a word in quotes taken apart", []string{"exec", `"acme:Ad`}, ":=", "4\nacme:Admin\n"},
		{"a dollar", []string{"exec", "a\\$"}, ":=", "4\na\\$b\n"},
		{"a flag's value", []string{"exec", "--from=c"}, ":=", "4\ncredentials\n"},
		{"a flag's value where = is no break", []string{"exec", "--from=c"}, "", "4\n--from=credentials\n"},
		{"nothing", []string{"exec", "zz"}, ":=", "4\n"},
		{"descriptions of several", []string{"exec", "--"}, "", "4\n--from  (a place)\n--help  (help for exec)\n"},
		{"none of one", []string{"exec", "--fr"}, "", "4\n--from\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var b strings.Builder
			if err := bashReply(root(), &b, row.words, row.breaks, 80, false); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// FuzzBashWord: the shell takes an escaped text for that text, and unquote does.
func FuzzBashWord(f *testing.F) {
	f.Add("Acme Prod")
	f.Add("$(touch x)`'\"\\&|;<>()*?[]{}!#~^")
	sh, err := exec.LookPath("sh")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\x00\n\r") || text == "" || strings.ToValidUTF8(text, "") != text {
			t.Skip()
		}
		if back, open := unquote(bashWord(text)); back != text || open != 0 {
			t.Errorf("%q: %q", text, back)
		}
		if err != nil || runtime.GOOS == "windows" { // where a sh of others' may be, which reads its command line otherwise
			return
		}
		out, err := exec.Command(sh, "-c", "printf %s "+bashWord(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("%q: the shell has %q, %v", text, out, err)
		}
	})
}
