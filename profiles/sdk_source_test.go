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

func TestTheSDKsAskHatstandAlone(t *testing.T) {
	const self = "/opt/hatstand/hatstand"
	for _, row := range []struct {
		name, config, credentials string
		want                      string
	}{
		{"the small program", "[profile prod]\ncredential_process = /bin/hatstand-credential-process prod\n", "", "/bin/hatstand-credential-process"},
		{"the full program", "[profile prod]\ncredential_process = /opt/hatstand/hatstand credential-process prod\n", "", self},
		{"with a flag, which asks for other credentials", "[profile prod]\ncredential_process = hatstand credential-process prod --read-only\n", "", ""},
		{"for another profile", "[profile prod]\ncredential_process = hatstand-credential-process dev\n", "", ""},
		{"for AWS_PROFILE's", "[profile prod]\ncredential_process = hatstand-credential-process\n", "", ""},
		{"with a variable of its own", "[profile prod]\ncredential_process = env AWS_CONFIG_FILE=x hatstand-credential-process prod\n", "", ""},
		{"another program", "[profile prod]\ncredential_process = tool prod\n", "", ""},
		{"no program", "[profile prod]\nregion = eu-west-1\n", "", ""},
		{"what the SDKs take before it", "[profile prod]\nrole_arn = a\nsource_profile = b\ncredential_process = hatstand-credential-process prod\n", "", ""},
		{"a sign-in", "[profile prod]\nsso_session = a\ncredential_process = hatstand-credential-process prod\n", "", ""},
		{"keys", "[profile prod]\ncredential_process = hatstand-credential-process prod\n", "[prod]\naws_access_key_id = A\naws_secret_access_key = B\n", ""},
		{"a section that the SDKs do not read", "[hatstand prod]\ncredential_process = hatstand-credential-process prod\n", "", ""},
		{"a line that cannot be split", "[profile prod]\ncredential_process = 'hatstand-credential-process prod\n", "", ""},
	} {
		set, err := profiles.Parse(profiles.File{Path: "config", Data: []byte(row.config)}, profiles.File{Path: "credentials", Data: []byte(row.credentials)})
		if err != nil {
			t.Fatal(err)
		}
		if program, ok := set.SDKsAskHatstand("prod", self); program != row.want || ok != (row.want != "") {
			t.Errorf("%s: %q, %v", row.name, program, ok)
		}
	}
}
