package profiles

import (
	"strings"
	"testing"
)

// message is the error's line, as a user reads it.
func message(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return "no error"
	}
	line := err.Error()
	if strings.ContainsAny(line, "\n\x1b") || line == "" {
		t.Errorf("%q is not one printable line", line)
	}
	return line
}

func TestWhatIsNotAnError(t *testing.T) {
	for claim, config := range map[string]string{
		"a byte order mark":                  "\xef\xbb\xbf[profile a]\nregion = r\n",
		"no newline at the end":              "[profile a]\nregion = r",
		"an indented comment":                "[profile a]\nregion = r\n  # why\n\t; why\n",
		"an indented comment among nested":   "[profile a]\ns3 =\n  # why\n  x = y\nregion = r\n",
		"a list in brackets, continued":      "[profile a]\npolicy = {\n  [\"a\"]\n  [1]\n  }\nregion = r\n",
		"a setting in an ignored section":    "[plugins]\nx = y\n[profile a]\nregion = r\n",
		"a comment that cuts a header short": "[profile a] # ]\nregion = r\n",
	} {
		t.Run(claim, func(t *testing.T) {
			p, ok := mustParse(t, config, "").Profile("a")
			if !ok || p.Get("region").Value != "r" {
				t.Errorf("profile is %v, region %q", p, p.Get("region").Value)
			}
		})
	}
}
