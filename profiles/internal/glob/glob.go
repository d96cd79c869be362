// Package glob matches names with patterns of * and ?.
package glob

import "strings"

// Match matches the whole of a name, character by character: * stands for any characters, ? for one. It only ever goes
// back to the last *, so that no pattern takes long.
func Match(pattern, name string) bool {
	glob, s := []rune(pattern), []rune(name)
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(glob) && glob[p] == '*':
			star, mark = p, i
			p++
		case p < len(glob) && (glob[p] == '?' || glob[p] == s[i]):
			p, i = p+1, i+1
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(string(glob[p:]), "*") == ""
}

// MatchAny reports whether any of the names matches any of a comma-separated list of patterns. Spaces beside commas do
// not count. An empty list matches everything.
func MatchAny(list string, names ...string) bool {
	if strings.TrimSpace(list) == "" {
		return true
	}
	for pattern := range strings.SplitSeq(list, ",") {
		for _, name := range names {
			if Match(strings.TrimSpace(pattern), name) {
				return true
			}
		}
	}
	return false
}
