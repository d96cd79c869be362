package resolve_test

import (
	"strings"
	"testing"
	"time"

	"hatstand/credproc/resolve"
)

// A session that another key made is not used, where the keys are read anyway: for a call that builds on it.
func TestASessionOfAnotherKeyIsNotUsed(t *testing.T) {
	for _, row := range []struct {
		name     string
		madeWith func(id string) string
		sessions int
	}{
		{"another key's", func(string) string { return "AKIAFORMERKEYOFME000" }, 2},
		{"this key's", func(id string) string { return id }, 1},
		{"an older version's, which does not say", func(string) string { return "" }, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.credentials("prod")
			for name, item := range w.kept.items {
				if item.c.MadeWith != w.key.ID {
					t.Errorf("%s was made with %q", name, item.c.MadeWith)
				}
				item.c.MadeWith = row.madeWith(w.key.ID)
				w.kept.items[name] = item
			}
			w.codes.next = func(resolve.CodeRequest) (string, error) { return w.device.Code(time.Now().Add(30 * time.Second)), nil }
			w.credentials("dev")
			var made []string
			for _, call := range w.aws.Calls() {
				if call.Action == "GetSessionToken" {
					made = append(made, call.Action)
				}
			}
			if len(made) != row.sessions {
				t.Errorf("calls: %s", strings.Join(made, " "))
			}
		})
	}
}
