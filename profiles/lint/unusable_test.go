package lint

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hatstand/profiles"
)

// A file that a program wrote wrongly is told of in a moment and on a page.
func TestUnusableOfTenThousandProfiles(t *testing.T) {
	const n = 10_000
	for claim, row := range map[string]struct {
		broken string // with the profile's number
		most   int
	}{
		"none at all":             {"", 0},
		"the same source missing": {"source_profile = nowhere\n", 1},
		"another source each":     {"source_profile = team-%06d\n", 51},
		"another include each":    {"include_profile = team-%06d\n", 51},
	} {
		t.Run(claim, func(t *testing.T) {
			config := manyRoles(n)
			if row.broken != "" {
				var b strings.Builder
				for i := range n {
					line := row.broken
					if strings.Contains(line, "%") {
						line = fmt.Sprintf(line, i)
					}
					fmt.Fprintf(&b, "[profile broken-%d]\nrole_arn = arn:aws:iam::222222222222:role/Admin\n%s", i, line)
				}
				config += "\n" + b.String()
			}
			set := mustParse(t, config, "")
			began := time.Now()
			got := Unusable(set, profiles.Request{})
			t.Log(time.Since(began))
			if len(got) != row.most {
				t.Errorf("%d remarks, want %d; the last: %+v", len(got), row.most, got[max(0, len(got)-1):])
			}
		})
	}
}

// manyRoles is a config file as a large organisation generates it.
func manyRoles(n int) string {
	var b strings.Builder
	b.WriteString("[profile base]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n")
	for i := range n - 1 {
		fmt.Fprintf(&b, "\n[profile role-%d]\nrole_arn = arn:aws:iam::%012d:role/Admin\nsource_profile = base\nregion = eu-west-1\n", i, i)
	}
	return b.String()
}
