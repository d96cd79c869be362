package file

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// weakBelow is how many characters NIST SP 800-63B wants of a password that is the only factor. The passphrase is: who
// has the folder can guess at their own speed.
const weakBelow = 15

// WeakPassphrase says why a passphrase for a new keyring is weak, in words that follow "the passphrase"; "" if it is
// not. It is a remark and refuses nothing.
func WeakPassphrase(passphrase string) string {
	n := utf8.RuneCountInString(passphrase)
	switch {
	case n < 8:
		return fmt.Sprintf("has %d characters: a copy of the folder is opened within days; four words are better", n)
	case distinct(passphrase) < 5:
		return "repeats itself: a copy of the folder is opened within days; four words are better"
	case strings.Trim(passphrase, "0123456789") == "":
		return "has only digits: a copy of the folder is opened within days; four words are better"
	case n < weakBelow && oneWord(passphrase):
		return fmt.Sprintf("is one word of %d characters, which word lists have; four words are better", n)
	}
	return ""
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// oneWord reports whether s is letters with at most a few digits or signs at the end: how people make a password of a
// word.
func oneWord(s string) bool {
	word := strings.TrimRight(s, "0123456789!?.*#$")
	return word != "" && len(s)-len(word) <= 4 && strings.IndexFunc(word, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
}
