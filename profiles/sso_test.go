package profiles

import (
	"errors"
	"strings"
	"testing"
)

const (
	corp    = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n"
	dev     = "[profile dev]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
	older   = "[profile old]\nsso_start_url = https://corp.awsapps.com/start/\nsso_region = eu-central-1\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
	scopes1 = "sso:account:access"
)

func TestGrantOfAProfile(t *testing.T) {
	type env = map[string]string
	for _, row := range []struct {
		claim, config, target, source string
		env                           env
		want                          Grant
		key                           string
	}{
		{"a session's", corp + dev, "dev", "", nil,
			Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1}, "sso:corp"},
		{"its scopes, without the spaces around commas", corp + "sso_registration_scopes = sso:account:access, x:y\n" + dev, "dev", "", nil,
			Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: "sso:account:access,x:y"}, "sso:corp"},
		{"the older form's is named by its start URL, and has no scopes", older, "old", "", nil,
			Grant{Kind: SSO, StartURL: "https://corp.awsapps.com/start/", Region: "eu-central-1"}, "sso:https://corp.awsapps.com/start"},
		{"a role's is its base's", corp + dev + "[profile prod]\n" + arn + "source_profile = dev\n", "prod", "", nil,
			Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1}, "sso:corp"},
		{"a role may be assumed from the profile's own permission set", corp + dev + arn + "source_profile = dev\n", "dev", "", nil,
			Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1}, "sso:corp"},
		{"an alias' is that of what it stands for", corp + dev + "[profile a]\nsource_profile = dev\n", "a", "", nil,
			Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1}, "sso:corp"},
		{"keys need none", "[profile p]\n" + keys, "p", "", nil, Grant{}, ""},
		{"endpoints come from the environment", corp + dev, "dev", "", env{"AWS_ENDPOINT_URL_SSO": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_SSO_OIDC": "http://127.0.0.1:2", "AWS_CA_BUNDLE": "/ca.pem"},
			Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1,
				Portal: Endpoint{URL: "http://127.0.0.1:1", CABundle: "/ca.pem"}, Service: Endpoint{URL: "http://127.0.0.1:2", CABundle: "/ca.pem"}}, "sso:corp"},
		{"a start URL that is the session's but for its end is no other", corp + dev + "sso_start_url = https://corp.awsapps.com/start/#/\n", "dev", "", nil,
			Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1}, "sso:corp"},
		{"or from the base profile", corp + dev + "use_fips_endpoint = true\nservices = s\n[services s]\nsso =\n  endpoint_url = https://gate.example\n", "dev", "", nil,
			Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1,
				Portal: Endpoint{URL: "https://gate.example", FIPS: true}, Service: Endpoint{FIPS: true}}, "sso:corp"},
		{"never from a role on top of it, but for its certificates", corp + dev + "[profile prod]\n" + arn + "source_profile = dev\nendpoint_url = http://localhost:4566\nca_bundle = /ca.pem\nsts_regional_endpoints = legacy\n", "prod", "", nil,
			Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1,
				Portal: Endpoint{CABundle: "/ca.pem"}, Service: Endpoint{CABundle: "/ca.pem"}}, "sso:corp"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, "").Chain(Request{Target: row.target, Source: row.source, Getenv: environment(row.env)})
			if err != nil {
				t.Fatal(err)
			}
			if c.Base.Grant != row.want || c.Base.Grant.Key() != row.key {
				t.Errorf("got  %+v\nwant %+v", c.Base.Grant, row.want)
			}
		})
	}
}

func TestSSOErrors(t *testing.T) {
	session := func(lines string) string { return "[sso-session corp]\n" + lines }
	const url, region = "sso_start_url = https://corp.awsapps.com/start\n", "sso_region = eu-central-1\n"
	for _, row := range []struct{ claim, config, want, meant string }{
		{"a start URL by plain http", session("sso_start_url = http://corp.awsapps.com/start\n"+region) + dev,
			`profile "dev": sso_start_url "http://corp.awsapps.com/start" must begin with https (~/.aws/config:2)`, "https://corp.awsapps.com/start"},
		{"a start URL with a query", session("sso_start_url = https://corp.awsapps.com/start?x\n"+region) + dev,
			`profile "dev": sso_start_url "https://corp.awsapps.com/start?x" must end before its '?' or '#' (~/.aws/config:2)`, "https://corp.awsapps.com/start"},
		{"a start URL with a password", session("sso_start_url = https://a:hushhush@corp.awsapps.com/start\n"+region) + dev,
			`profile "dev": sso_start_url must not have a user name in it (~/.aws/config:2)`, ""},
		{"a region that is none", session(url+"sso_region = Frankfurt\n") + dev,
			`profile "dev": sso_region "Frankfurt" must be a region's name like eu-west-1: 1 to 63 characters of a-z 0-9 - (~/.aws/config:3)`, ""},
		{"a space in the scopes", session(url+region+"sso_registration_scopes = a b\n") + dev,
			`profile "dev": sso_registration_scopes "a b" has a space in it: commas separate scopes (~/.aws/config:4)`, "a,b"},
		{"an account ID without its 0", session(url+region) + "[profile dev]\nsso_session = corp\nsso_account_id = 12345678901\nsso_role_name = Admin\n",
			`profile "dev": sso_account_id "12345678901" must have 12 digits, not 11: a leading 0 is missing? (~/.aws/config:6)`, "012345678901"},
		{"a role's name for a permission set's", session(url+region) + "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = AWSReservedSSO_Admin_0123456789abcdef\n",
			`profile "dev": sso_role_name "AWSReservedSSO_Admin_0123456789abcdef" is a role's name: give the permission set's: Admin (~/.aws/config:7)`, "Admin"},
		{"the same in the older form", strings.Replace(older, "https:", "http:", 1),
			`profile "old": sso_start_url "http://corp.awsapps.com/start/" must begin with https (~/.aws/config:2)`, "https://corp.awsapps.com/start/"},
		{"no start URL", session(region) + dev, `profile "dev": the [sso-session corp] section has no sso_start_url (~/.aws/config:4)`, ""},
		{"a session that is not there", session(url+region) + strings.Replace(dev, "corp", "crop", 1), `profile "dev": sso_session "crop" not found (~/.aws/config:5)`, ""},
		{"a start URL that differs from the session's", session(url+region) + dev + "sso_start_url = https://other.awsapps.com/start\n",
			`profile "dev": sso_start_url belongs in the [sso-session corp] section (~/.aws/config:8)`, ""},
		{"scopes that differ from the session's", session(url+region+"sso_registration_scopes = a\n") + dev + "sso_registration_scopes = b\n",
			`profile "dev": sso_registration_scopes belongs in the [sso-session corp] section (~/.aws/config:9)`, ""},
		{"two sources of a role", session(url+region) + dev + arn + "source_profile = dev\nweb_identity_token_file = /t\n",
			`profile "dev": source_profile and web_identity_token_file exclude each other (~/.aws/config:10)`, ""},
		{"a web identity beside an environment", "[profile dev]\n" + arn + "credential_source = Environment\nweb_identity_token_file = /t\n",
			`profile "dev": credential_source and web_identity_token_file exclude each other (~/.aws/config:4)`, ""},
		{"a role beside the settings of a sign-in needs a source all the same", session(url+region) + dev + arn,
			`profile "dev": role_arn needs source_profile or credential_source (~/.aws/config:8)`, ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			set := mustParse(t, row.config, "")
			_, err := set.Chain(Request{Target: set.Names()[0]})
			got := message(t, err)
			e, ok := errors.AsType[*Error](err)
			if got != row.want || !ok || e.Meant != row.meant || strings.Contains(got, "hushhush") {
				t.Errorf("got  %s\nwant %s\nmeant %q", got, row.want, row.meant)
			}
		})
	}
}

func TestSession(t *testing.T) {
	const gate = "[profile b]\nsso_session = corp\nendpoint_url = https://b.example\n[profile a]\nsso_session = corp\nendpoint_url = https://a.example\n"
	for _, row := range []struct {
		claim, config, name string
		want                Grant
		fails               string
	}{
		{"that no profile uses", corp, "corp", Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1}, ""},
		{"is reached as its first profile by name says", gate + corp, "corp", Grant{Kind: SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Scopes: scopes1,
			Service: Endpoint{URL: "https://a.example"}, Portal: Endpoint{URL: "https://a.example"}}, ""},
		{"that is not there", corp, "crop", Grant{}, `session "crop" not found in ~/.aws/config`},
		{"without a region", "\n[sso-session corp]\nsso_start_url = https://x\n", "corp", Grant{}, "the [sso-session corp] section has no sso_region (~/.aws/config:2)"},
		{"with a wrong start URL", strings.Replace(corp, "https", "http", 1), "corp", Grant{}, `sso_start_url "http://corp.awsapps.com/start" must begin with https (~/.aws/config:2)`},
		{"with scopes that are none", corp + "sso_registration_scopes = a,,b\n", "corp", Grant{}, `sso_registration_scopes "a,,b" has an empty scope in it (~/.aws/config:4)`},
		{"with a line that is no setting", corp + "oops\n", "corp", Grant{}, "~/.aws/config:4: a setting must have an '='"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			g, err := mustParse(t, row.config, "").Session(row.name, Request{})
			got := ""
			if err != nil {
				got, g = message(t, err), Grant{}
			}
			if g != row.want || got != row.fails {
				t.Errorf("%+v, %s", g, got)
			}
		})
	}
	_, err := mustParse(t, corp, "").Session("crop", Request{})
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != UnknownSession || strings.Join(e.Near().Names, " ") != "corp" {
		t.Errorf("no suggestion: %v", err)
	}
	_, err = mustParse(t, corp+strings.Replace(dev, "corp", "crop", 1), "").Chain(Request{Target: "dev"})
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != UnknownSession || strings.Join(e.Near().Names, " ") != "corp" {
		t.Errorf("no suggestion: %v", err)
	}
}

// Both ways to a session's grant lead to the same one, or a person would sign in twice.
func TestSessionAndChainAgree(t *testing.T) {
	set := mustParse(t, corp+dev+"use_dualstack_endpoint = true\nca_bundle = /ca.pem\n", "")
	req := Request{Target: "dev", Getenv: environment(map[string]string{"AWS_ENDPOINT_URL_SSO": "https://portal.sso.eu-central-1.api.aws"})}
	c, err := set.Chain(req)
	if err != nil {
		t.Fatal(err)
	}
	g, err := set.Session("corp", req)
	if err != nil || g != c.Base.Grant || g.Portal.URL == "" || !g.Service.DualStack {
		t.Errorf("%+v, %v\n%+v", g, err, c.Base.Grant)
	}
	req.Target = "111111111111:Admin@corp"
	if c, err = set.Chain(req); err != nil || c.Base.Grant != g {
		t.Errorf("%v\n%+v\n%+v", err, c, g)
	}
}

func TestAPermissionSetNeedsNoProfile(t *testing.T) {
	type env = map[string]string
	at := strings.ReplaceAll(corp, "sso-session corp", "sso-session me@corp")
	for _, row := range []struct {
		claim, config, target, source, region string
		env                                   env
		want                                  string // chain, permission set, session, region, partition
	}{
		{"the session's region is its region", corp, "111111111111:Admin@corp", "", "", nil, "sso 111111111111:Admin@corp|Admin|corp|eu-central-1|aws"},
		{"the environment's comes first", corp, "111111111111:Admin@corp", "", "", env{"AWS_REGION": "us-east-2"}, "sso 111111111111:Admin@corp|Admin|corp|us-east-2|aws"},
		{"the flag's before it", corp, "111111111111:Admin@corp", "", "ap-south-1", env{"AWS_REGION": "us-east-2"}, "sso 111111111111:Admin@corp|Admin|corp|ap-south-1|aws"},
		{"its partition is the session's", strings.ReplaceAll(corp, "eu-central-1", "cn-north-1"), "111111111111:Admin@corp", "", "", env{"AWS_REGION": "us-east-2"}, "sso 111111111111:Admin@corp|Admin|corp|us-east-2|aws-cn"},
		{"a permission set with an @", corp, "111111111111:a@b@corp", "", "", nil, "sso 111111111111:a@b@corp|a@b|corp|eu-central-1|aws"},
		{"a session with an @", corp + at, "111111111111:Admin@me@corp", "", "", nil, "sso 111111111111:Admin@me@corp|Admin|me@corp|eu-central-1|aws"},
		{"as the source of a role", corp, "222222222222:Audit", "111111111111:Admin@corp", "", nil, "sso 111111111111:Admin@corp > :Audit|Admin|corp|eu-central-1|aws"},
		{"in the partition of the session", strings.ReplaceAll(corp, "eu-central-1", "cn-north-1"), "222222222222:Audit", "111111111111:Admin@corp", "", nil, "sso 111111111111:Admin@corp > :Audit|Admin|corp|cn-north-1|aws-cn"},
		{"with a source it is a role", corp + me, "222222222222:Admin@corp", "me", "", nil, "keyring me > :Admin@corp|||eu-west-1|aws"},
		{"a profile of that name wins", corp + me + "[profile 111111111111:Admin@corp]\nsource_profile = me\n", "111111111111:Admin@corp", "", "", nil, "keyring me||||aws"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, "").Chain(Request{Target: row.target, Source: row.source, Region: row.region, Getenv: environment(row.env)})
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join([]string{road(c), c.Base.SSO.RoleName, c.Base.SSO.Session, c.Region, c.Partition}, "|")
			if got != row.want || c.Target != row.target {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if c.Base.Kind == SSO && (c.Base.AccountID != "111111111111" || c.Base.SSO.AccountID != c.Base.AccountID || c.Base.Grant.Session != c.Base.SSO.Session) {
				t.Errorf("base is %+v", c.Base)
			}
		})
	}
	for _, row := range []struct{ claim, target, source, want string }{
		{"an unknown session", "111111111111:Admin@crop", "", `session "crop" not found in ~/.aws/config`},
		{"a short account", "11111111111:Admin@corp", "", `account ID "11111111111" must have 12 digits, not 11: a leading 0 is missing?`},
		{"a role's name", "111111111111:AWSReservedSSO_Admin_0123456789abcdef@corp", "", `permission set "AWSReservedSSO_Admin_0123456789abcdef" is a role's name: give the permission set's: Admin`},
		{"a role without a source", "111111111111:Admin", "", `"111111111111:Admin" is a role, not a profile: it needs a source profile`},
		{"an unknown session as a source", "222222222222:Audit", "111111111111:Admin@crop", `session "crop" not found in ~/.aws/config`},
		{"no account", "Admin@corp", "", `profile "Admin@corp" not found in ~/.aws/config or ~/.aws/credentials`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, err := mustParse(t, corp+me, "").Chain(Request{Target: row.target, Source: row.source})
			if got := message(t, err); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestSSOSelect(t *testing.T) {
	set := mustParse(t, corp+dev+older+me, "")
	got, err := set.Select("*", "Admin")
	if err != nil || strings.Join(got, " ") != "dev old" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestWhereASettingOfASignInStands: what AWS refuses is told with its line.
func TestWhereASettingOfASignInStands(t *testing.T) {
	set := mustParse(t, corp+"sso_registration_scopes = a\n"+dev+older+
		"[hatstand-oidc idp]\noidc_issuer = https://idp.example\noidc_client_id = x\noidc_scopes = openid y\n", "")
	for _, row := range []struct {
		grant     Grant
		key, want string
	}{
		{Grant{Kind: SSO, Session: "corp"}, "sso_registration_scopes", "a"},
		{Grant{Kind: SSO, Session: "corp"}, "sso_region", "eu-central-1"},
		{Grant{Kind: SSO, StartURL: "https://corp.awsapps.com/start"}, "sso_start_url", "https://corp.awsapps.com/start/"},
		{Grant{Kind: SSO, StartURL: "https://other.awsapps.com/start"}, "sso_start_url", ""},
		{Grant{Kind: OIDC, Session: "idp"}, "oidc_scopes", "openid y"},
		{Grant{Kind: LoginSession, ARN: "arn:aws:iam::111111111111:user/alice"}, "region", ""},
		{Grant{Kind: SSO, Session: "none"}, "sso_region", ""},
	} {
		if at := set.SignInSetting(row.grant, row.key); at.Value != row.want || at.IsSet() != (row.want != "") || at.IsSet() && at.Line == 0 {
			t.Errorf("%+v, %s: %+v", row.grant, row.key, at)
		}
	}
}
