package app

import (
	"slices"
	"strings"
	"testing"
)

func TestListWords(t *testing.T) {
	names := []string{"me", "prod-admin", "prod-read", "prod-keys", "acme:a", "acme:b", "a,b", "dev-x"}
	role := func(name string) bool { return name != "prod-keys" }
	for _, row := range []struct {
		name, given string
		want        []string
	}{
		{"globs first, of what has a role", "", []string{"prod-*\t2 profiles", "acme:*\t2 profiles", "me", "prod-admin", "prod-read", "prod-keys", "acme:a", "acme:b", "dev-x"}},
		{"what is given is not given again", "prod-*,acme:a,acme:b", []string{"acme:*\t2 profiles", "me", "prod-admin", "prod-read", "prod-keys", "dev-x"}},
	} {
		if got := listWords(names, strings.Split(row.given, ","), role); !slices.Equal(got, row.want) {
			t.Errorf("%s: %q", row.name, got)
		}
	}
}
