package profiles

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

func TestAReasonIsForARoleThatIsAssumed(t *testing.T) {
	const required = "reason = required\n"
	for claim, row := range map[string]struct {
		config, target string
		want           string // the error, "" for none
		where          string // of the setting, for the role of the target
	}{
		"its own section":                          {me + prod + required, "prod", "", "~/.aws/config:7"},
		"a [hatstand] section":                     {me + prod + "[hatstand prod]\n" + required, "prod", "", "~/.aws/config:8"},
		"no reason":                                {me + prod, "prod", "", ""},
		"another value":                            {me + prod + "reason = yes\n", "prod", `profile "prod": reason "yes" is unknown: the only value is required`, ""},
		"no role":                                  {me + required, "me", `profile "me": reason is for a role that source_profile or credential_source assumes, and this profile has none`, ""},
		"another name for one":                     {me + prod + "[profile other]\nsource_profile = prod\n" + required, "other", "this profile has none", ""},
		"a permission set":                         {"[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n[profile p]\nsso_session = corp\nsso_account_id = 222222222222\nsso_role_name = Admin\n" + required, "p", "this profile has none", ""},
		"a web identity's role":                    {"[profile p]\nrole_arn = arn:aws:iam::222222222222:role/R\nweb_identity_token_file = /t\n" + required, "p", "this profile has none", ""},
		"its own tag":                              {me + prod + required + "session_tags = reason=x\n", "prod", `session_tags "reason" is the tag of the required reason`, ""},
		"49 tags beside it":                        {me + prod + required + "session_tags = " + manyTags(49) + "\n", "prod", "", "~/.aws/config:7"},
		"50 tags beside it":                        {me + prod + required + "session_tags = " + manyTags(50) + "\n", "prod", "may be 49 at most", ""},
		"such a tag without it":                    {me + prod + "session_tags = Reason=x\n", "prod", "", ""},
		"of the source, which a role on top needs": {me + prod + required + "[profile top]\nrole_arn = arn:aws:iam::333333333333:role/Top\nsource_profile = prod\n", "top", "", ""},
	} {
		t.Run(claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, "").Chain(Request{Target: row.target})
			if row.want != "" {
				var e *Error
				if !errors.As(err, &e) || !strings.Contains(e.Error(), row.want) {
					t.Errorf("%v, want %q", err, row.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Roles[len(c.Roles)-1].ReasonRequired.Where(); got != row.where {
				t.Errorf("required at %q, want %q", got, row.where)
			}
		})
	}
}

func manyTags(n int) string {
	tags := make([]string, n)
	for i := range tags {
		tags[i] = "key" + strconv.Itoa(i) + "=1"
	}
	return strings.Join(tags, ",")
}
