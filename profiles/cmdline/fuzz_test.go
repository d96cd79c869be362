package cmdline

import (
	"reflect"
	"strings"
	"testing"
)

func FuzzSplit(f *testing.F) {
	for _, line := range []string{"", "a b", `"a \"b" 'c'`, `a\`, `\ `, "env A=1 hatstand credential-process x", `sh -c "exec hatstand credential-process"`, `C:\x\"y z"`} {
		f.Add(line)
	}
	quote := func(words []string) string {
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		return strings.Join(quoted, " ")
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, problem := splitPOSIX(line)
		if problem == "" {
			// What is quoted comes back as it was.
			again, problem := splitPOSIX(quote(words))
			if problem != "" || len(again) != len(words) || len(words) > 0 && !reflect.DeepEqual(again, words) {
				t.Fatalf("%q became %q (%s)", words, again, problem)
			}
			StartsHatstandFor(words, "", "x")
		}
		if !strings.ContainsAny(line, "'\"\\") {
			if want := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }); strings.Join(want, "|") != strings.Join(words, "|") {
				t.Fatalf("%q is %q", line, words)
			}
		}
		if words, problem := splitWindows(line); problem == "" && strings.Join(words, "") == "" && strings.Trim(line, " \t\n\"") != "" {
			t.Fatalf("%q lost everything", line)
		}
		if _, err := Split(line); err != nil && (err.Error() == "" || strings.ContainsAny(err.Error(), "\n\x1b")) {
			t.Fatalf("%q: error is %q", line, err)
		}
	})
}
