//go:build linux

package desktop

import (
	"slices"
	"testing"

	"hatstand/cache/backend"
	"hatstand/cache/internal/memory"
)

func TestUnescapePath(t *testing.T) {
	rows := []struct{ in, want string }{
		{"login", "login"}, {"Default_5fkeyring", "Default_keyring"}, {"a_20b", "a b"}, {"_c3_a9", "é"},
		{"a_", "a_"}, {"a_2", "a_2"}, {"a_zz", "a_zz"}, {"", ""},
	}
	for _, row := range rows {
		if got := unescapePath(row.in); got != row.want {
			t.Errorf("unescapePath(%q) = %q, want %q", row.in, got, row.want)
		}
	}
}

func TestPrefixed(t *testing.T) {
	inner := &memory.Keyring{Items: map[string][]byte{"somebody else's": []byte("x")}}
	k := prefixed{inner, "hatstand: "}
	if err := k.Set(t.Context(), backend.Item{Name: "a", Data: []byte("1")}); err != nil {
		t.Fatal(err)
	}
	if data, err := k.Get(t.Context(), "a"); err != nil || string(data) != "1" {
		t.Errorf("%q, %v", data, err)
	}
	if names, err := k.Keys(t.Context()); err != nil || !slices.Equal(names, []string{"a"}) {
		t.Errorf("%q, %v", names, err)
	}
	if err := k.Remove(t.Context(), "a"); err != nil || len(inner.Items) != 1 {
		t.Errorf("%v, %q", err, inner.Items)
	}
}
