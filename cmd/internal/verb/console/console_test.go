package console

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatIsAResource(t *testing.T) {
	const role, bucket = "arn:aws:iam::222222222222:role/Admin", "arn:aws:s3:::bucket"
	for name, row := range map[string]struct {
		args   []string
		source bool
		want   string
	}{
		"nothing":                               {nil, false, "[] "},
		"profiles":                              {[]string{"prod", "dev"}, false, "[prod dev] "},
		"a profile and an ARN":                  {[]string{"prod", bucket}, false, "[prod] " + bucket},
		"an ARN alone":                          {[]string{bucket}, false, "[] " + bucket},
		"a bucket alone":                        {[]string{"s3://b/k"}, false, "[] s3://b/k"},
		"a role alone is to be assumed":         {[]string{role}, false, "[" + role + "] "},
		"a role after a profile is a page":      {[]string{"prod", role}, false, "[prod] " + role},
		"a role with a source is to be assumed": {[]string{"222222222222:Reader", role}, true, "[222222222222:Reader " + role + "] "},
		"a role to assume and a page":           {[]string{role, bucket}, true, "[" + role + "] " + bucket},
		"a role given short is no resource":     {[]string{"222222222222:Admin"}, true, "[222222222222:Admin] "},
		"what comes before the end is no page":  {[]string{bucket, "prod"}, false, "[" + bucket + " prod] "},
	} {
		t.Run(name, func(t *testing.T) {
			targets, resource := resourceOf(row.args, row.source)
			if got := fmt.Sprint(targets, " ", resource); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(row.want), " ") {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}
