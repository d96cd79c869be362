package file

import (
	"strings"
	"testing"
)

func TestWeakPassphrases(t *testing.T) {
	for _, row := range []struct{ name, passphrase, says string }{
		{"nothing", "", "0 characters"},
		{"seven characters", "a!Z9k#q", "7 characters"},
		{"characters, not bytes", "äöüß€", "5 characters"},
		{"one character again and again", "aaaaaaaaaaaaaaaaaaaa", "repeats itself"},
		{"a telephone number", "4915112345678901", "only digits"},
		{"a word", "password", "one word"},
		{"a word with a year", "Sunshine1987", "one word"},
		{"a word with a sign", "Sunshine!", "one word"},
		{"four words", "correct horse battery staple", ""},
		{"four words without blanks", "correcthorsebatterystaple", ""},
		{"twelve random characters", "k7#mQ2x!vB9p", ""},
		{"two words", "horse battery", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := WeakPassphrase(row.passphrase)
			if (got == "") != (row.says == "") || !strings.Contains(got, row.says) {
				t.Errorf("%q", got)
			}
			if row.passphrase != "" && len(row.passphrase) > 4 && strings.Contains(got, row.passphrase) {
				t.Error("the remark shows the passphrase")
			}
		})
	}
}
