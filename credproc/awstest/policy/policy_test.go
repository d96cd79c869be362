package policy

import (
	"strings"
	"testing"
)

func FuzzParseSession(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*"],"Resource":"*"}]}`)
	f.Add(`{"Statement":{"Effect":"Deny","NotAction":"sts:*"}}`)
	f.Add(`{"Statement":[[]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, problem := ParseSession(text)
		if problem != "" {
			return
		}
		for _, st := range p.statements {
			if len(st.action) == 0 {
				t.Errorf("a statement without actions in %q", text)
			}
		}
	})
}

func TestLike(t *testing.T) {
	for _, row := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"a*c", "abbc", true}, {"a*c", "abb", false},
		{"?", "", false}, {"?", "a", true}, {"a?c", "abc", true}, {"*b*", "abc", true}, {"**", "x", true}, {"a", "A", false},
		{"*ab", "aab", true}, {"*ab*cd", "abxabcd", true}, {"a**b?", "axxbc", true}, {strings.Repeat("*a", 200), strings.Repeat("a", 199), false},
	} {
		if got := Like(row.pattern, row.s); got != row.want {
			t.Errorf("Like(%q, %q) = %v", row.pattern, row.s, got)
		}
	}
}
