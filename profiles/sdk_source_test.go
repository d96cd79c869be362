package profiles_test

import (
	"testing"

	"hatstand/profiles"
)

func TestWhatTheSDKsTakeFromAProfile(t *testing.T) {
	for _, row := range []struct {
		name, config, credentials string
		want                      string
	}{
		{"nothing where there is no such profile", "[profile x]\nrole_arn = a\n", "", ""},
		{"nothing of settings that are no credentials", "[default]\nregion = eu-west-1\noutput = json\n", "", ""},
		{"nothing of hatstand's own section", "[default]\nregion = eu-west-1\n[hatstand default]\nrole_arn = a\nsource_profile = me\n", "", ""},
		{"nothing of an empty value", "[default]\nrole_arn =\n", "", ""},
		{"keys in the credentials file", "", "[default]\naws_access_key_id = AKIA\n", "aws_access_key_id"},
		{"keys in the config file", "[default]\naws_access_key_id = AKIA\n", "", "aws_access_key_id"},
		{"a role", "[default]\nrole_arn = a\n", "", "role_arn"},
		{"a role of [profile default]", "[profile default]\nrole_arn = a\n", "", "role_arn"},
		{"another program", "[default]\ncredential_process = tool\n", "", "credential_process"},
		{"IAM Identity Center", "[default]\nsso_session = s\n", "", "sso_session"},
		{"web identity", "[default]\nweb_identity_token_file = f\n", "", "web_identity_token_file"},
		{"a login", "[default]\nlogin_session = arn\n", "", "login_session"},
	} {
		t.Run(row.name, func(t *testing.T) {
			set, err := profiles.Parse(profiles.File{Path: "config", Data: []byte(row.config)}, profiles.File{Path: "credentials", Data: []byte(row.credentials)})
			if err != nil {
				t.Fatal(err)
			}
			key, where := set.SDKSource("default")
			if key != row.want || where.IsSet() != (row.want != "") {
				t.Errorf("%q %v, want %q", key, where, row.want)
			}
		})
	}
}
