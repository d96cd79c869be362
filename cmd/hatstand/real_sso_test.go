//go:build unix

package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/proxy"
	"hatstand/credproc/grant/awscache"
)

// realPortal is the start URL of a realSSO.
const realPortal = "https://d-1234567890.awsapps.com/start"

// realSSOConfig has a profile of each kind: two permission sets, and a role on top of one.
const realSSOConfig = `[sso-session corp]
sso_start_url = ` + realPortal + `
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile dev]
sso_session = corp
sso_account_id = ` + ssoDev + `
sso_role_name = Admin
region = eu-west-1

[profile readonly]
region = us-west-2
sso_session = corp
sso_account_id = ` + ssoProd + `
sso_role_name = ReadOnly
`

const realSSORole = `
[profile deploy]
role_arn = arn:aws:iam::222222222222:role/Deploy
source_profile = dev
region = eu-west-1
role_session_name = alice
`

// A realSSO is alice's machine, and her company's Identity Center. Clients that know no variables for its endpoints find it
// by AWS's own host names, through a proxy.
type realSSO struct {
	*realWorld
	center *identitycenter.Service
	corp   *identitycenter.Instance
	home   string
}

func newRealSSO(t *testing.T, bin, config string) *realSSO {
	t.Helper()
	server, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	s := &realSSO{
		realWorld: &realWorld{t: t, aws: server, bin: bin}, center: server.IdentityCenter(), home: t.TempDir(),
	}
	s.corp = s.center.AddInstance(realPortal, ssoRegion)
	s.corp.AddUser(ssoAlice)
	for account, set := range map[string]string{ssoDev: "Admin", ssoProd: "ReadOnly"} {
		s.corp.AddAccount(identitycenter.Account{ID: account, Name: set, Email: "aws@example.com"})
		if err := s.corp.AddPermissionSet(set, time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := s.corp.Assign(ssoAlice, account, set); err != nil {
			t.Fatal(err)
		}
	}
	server.AddRole("arn:aws:iam::"+work+":role/Deploy", awstest.Role{Trust: []awstest.Trust{{
		Principal: ssoDev, PrincipalArn: "arn:aws:iam::" + ssoDev + ":role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*",
	}}})
	p, err := proxy.Start(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	for _, d := range []string{".aws", "run"} {
		if err := os.Mkdir(filepath.Join(s.home, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	bundle := filepath.Join(s.home, "ca.pem")
	for path, text := range map[string]string{bundle: string(p.CA), s.config(): config} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append(scrubbed(s.home),
		"HATSTAND_BACKEND=file", "HATSTAND_FILE_PASSPHRASE="+passphrase,
		"AWS_ENDPOINT_URL_STS="+server.URL, "AWS_ENDPOINT_URL_SSO="+server.URL, "AWS_ENDPOINT_URL_SSO_OIDC="+server.URL,
		"HTTPS_PROXY="+p.URL, "AWS_CA_BUNDLE="+bundle)
	t.Cleanup(func() { s.do("", s.bin, "lock") })
	return s
}

func (s *realSSO) config() string { return filepath.Join(s.home, ".aws", "config") }

// arn is who alice is by a profile.
func (s *realSSO) arn(profile string) string {
	account, set := ssoDev, "Admin"
	switch profile {
	case "readonly":
		account, set = ssoProd, "ReadOnly"
	case "deploy":
		return "arn:aws:sts::" + work + ":assumed-role/Deploy/alice"
	}
	return "arn:aws:sts::" + account + ":assumed-role/" + s.corp.RoleName(account, set) + "/" + ssoAlice
}

// signIn runs a program that shows a code and waits, and is the person who says yes to it.
func (s *realSSO) signIn(args ...string) {
	s.t.Helper()
	p := s.run(args...)
	p.onTerminal()
	p.start()
	for end := time.Now().Add(patient); ; time.Sleep(20 * time.Millisecond) {
		if codes := s.center.Waiting(s.aws.Now()); len(codes) > 0 {
			if err := s.center.Approve(codes[0], s.aws.Now()); err != nil {
				s.t.Fatal(err)
			}
			break
		}
		if time.Now().After(end) {
			s.t.Fatalf("no device waits: %q, %q", p.screen(), p.errs.String())
		}
	}
	p.wait()
	if p.exitCode() != 0 {
		s.t.Fatalf("%v: exit code %d, %s", args, p.exitCode(), p.errs.String())
	}
}

// is holds a client to a profile's identity.
func (s *realSSO) is(p *realRun, profile string) {
	s.t.Helper()
	s.expect(p, s.arn(profile))
}

// granted are the calls that AWS has granted since the last time.
func (s *realSSO) granted() map[string]int {
	got := map[string]int{}
	for _, c := range s.aws.Calls() {
		if c.Code == "" {
			got[c.Action]++
		} else if c.Code != "AuthorizationPendingException" && c.Code != "SlowDownException" {
			s.t.Errorf("AWS refused: %s", c)
		}
	}
	s.aws.Reset()
	return got
}

// usable ends a client's test where the client cannot run.
func (c client) usable(t *testing.T) {
	t.Helper()
	c.wanted(t)
	if c.missing != "" {
		missingPart(t, c.missing)
	}
	if c.broken != "" {
		t.Skip(c.broken)
	}
}

// awsCLI2 is an AWS CLI 2, the only one that signs in.
func awsCLI2(t *testing.T) (path string) {
	t.Helper()
	for _, c := range awsCLIs(t) {
		if c.missing == "" && c.broken == "" && strings.HasPrefix(c.name, "aws-cli 2.") {
			return c.args("", "")[0]
		}
	}
	missingPart(t, "awscli")
	return ""
}

// TestRealSharedSignIn has the AWS CLI and hatstand live on one sign-in, in the AWS CLI's file: what either stores or
// refreshes serves the other, and every SDK. Nobody signs in twice.
func TestRealSharedSignIn(t *testing.T) {
	long(t)
	t.Parallel()
	cli, bin := awsCLI2(t), build(t, "hatstand", ".")
	for _, who := range []struct {
		name  string
		login []string
	}{
		{"the AWS CLI signs in", []string{cli, "sso", "login", "--sso-session", "corp", "--no-browser"}},
		{"hatstand signs in", []string{bin, "login", "corp", "--device", "--no-browser"}},
	} {
		t.Run(who.name, func(t *testing.T) {
			t.Parallel()
			s := newRealSSO(t, bin, realSSOConfig+realSSORole+"\n[hatstand]\nsso_cache = shared\n")
			s.signIn(who.login...)
			for _, profile := range []string{"dev", "readonly", "deploy"} {
				s.is(s.run(append([]string{bin, "exec", profile, "--"}, goSDK(t).args("", s.aws.URL)...)...), profile)
			}
			for _, c := range clients(t) {
				t.Run(c.name, func(t *testing.T) {
					c.usable(t)
					for _, profile := range []string{"dev", "readonly"} {
						p := s.run(c.args("", s.aws.URL)...)
						p.cmd.Env = append(p.cmd.Env, "AWS_PROFILE="+profile)
						s.is(p, profile)
					}
				})
			}
			if got := s.granted(); got["RegisterClient"] != 1 || got["StartDeviceAuthorization"] != 1 || got["CreateToken"] != 1 {
				t.Errorf("AWS granted %v", got)
			}
			again := func() { s.do("", bin, "credential-process", "readonly", "--no-cache") }
			s.due(4 * time.Minute)
			again()
			if got := s.granted(); got["CreateToken"] != 1 || got["StartDeviceAuthorization"] > 0 {
				t.Errorf("hatstand refreshes: AWS granted %v", got)
			}
			for _, c := range clients(t) {
				t.Run(c.name+" refreshes", func(t *testing.T) {
					c.usable(t)
					s.due(-time.Minute)
					p := s.run(c.args("", s.aws.URL)...)
					p.cmd.Env = append(p.cmd.Env, "AWS_PROFILE=readonly")
					s.is(p, "readonly")
					if got := s.granted(); got["CreateToken"] != 1 || got["StartDeviceAuthorization"] > 0 {
						t.Errorf("AWS granted %v", got)
					}
					again()
					if got := s.granted(); got["CreateToken"]+got["StartDeviceAuthorization"] > 0 || got["GetRoleCredentials"] < 1 {
						t.Errorf("hatstand goes on: AWS granted %v", got)
					}
				})
			}
		})
	}
}

// realOtherSignIns are profiles in the older form, and of a second session with the same start URL.
const realOtherSignIns = `
[profile old]
sso_start_url = ` + realPortal + `
sso_region = eu-west-1
sso_account_id = ` + ssoDev + `
sso_role_name = Admin
region = eu-west-1

[sso-session second]
sso_start_url = ` + realPortal + `
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile second]
sso_session = second
sso_account_id = ` + ssoDev + `
sso_role_name = Admin
region = eu-west-1
`

// TestRealSharedSignIns has three sign-ins at one start URL in the AWS CLI's files, one of them somebody else's: every
// client is by each profile who signed in there.
func TestRealSharedSignIns(t *testing.T) {
	long(t)
	t.Parallel()
	cli, bin := awsCLI2(t), build(t, "hatstand", ".")
	for name, login := range map[string]map[string][]string{
		"the AWS CLI signs in": {
			"dev":    {cli, "sso", "login", "--profile", "dev", "--no-browser"},
			"old":    {cli, "sso", "login", "--profile", "old", "--no-browser"},
			"second": {cli, "sso", "login", "--profile", "second", "--no-browser"},
		},
		"hatstand signs in": {
			"dev":    {bin, "login", "dev", "--device", "--no-browser"},
			"old":    {bin, "login", "old", "--device", "--no-browser"},
			"second": {bin, "login", "second", "--device", "--no-browser"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRealSSO(t, bin, realSSOConfig+realOtherSignIns+"\n[hatstand]\nsso_cache = shared\n")
			s.corp.AddUser(ssoBob)
			if err := s.corp.Assign(ssoBob, ssoDev, "Admin"); err != nil {
				t.Fatal(err)
			}
			s.signIn(login["dev"]...)
			s.signIn(login["old"]...)
			if err := s.corp.SetPerson(ssoBob); err != nil {
				t.Fatal(err)
			}
			s.signIn(login["second"]...)
			whose := map[string]string{
				"dev": s.arn("dev"), "old": s.arn("old"), "second": strings.Replace(s.arn("dev"), ssoAlice, ssoBob, 1),
			}
			for profile, arn := range whose {
				s.expect(s.run(append([]string{bin, "exec", profile, "--"}, goSDK(t).args("", s.aws.URL)...)...), arn)
			}
			for _, c := range clients(t) {
				t.Run(c.name, func(t *testing.T) {
					c.usable(t)
					for profile, arn := range whose {
						p := s.run(c.args("", s.aws.URL)...)
						p.cmd.Env = append(p.cmd.Env, "AWS_PROFILE="+profile)
						s.expect(p, arn)
					}
				})
			}
			if got := s.granted(); got["StartDeviceAuthorization"] != 3 || got["CreateToken"] != 3 {
				t.Errorf("AWS granted %v", got)
			}
		})
	}
}

// due has the token end then, for whoever reads the file, and the AWS CLI forget role credentials.
func (s *realSSO) due(life time.Duration) {
	s.t.Helper()
	if err := os.RemoveAll(filepath.Join(s.home, ".aws", "cli")); err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.home, ".aws", "sso", "cache", awscache.SSOFileName("corp", realPortal))
	var token map[string]any
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &token)
	}
	if err == nil {
		token["expiresAt"] = time.Now().Add(life).UTC().Format(time.RFC3339)
		text, err = json.Marshal(token)
	}
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// TestRealAdoptSSO is what a user has whose profiles are Identity Center's: after adopt --all every client, by every
// profile, is who that profile says, and all of it took one sign-in. After release --all the file is what it was.
func TestRealAdoptSSO(t *testing.T) {
	t.Parallel()
	s := newRealSSO(t, build(t, "hatstand", "."), realSSOConfig+realSSORole)
	s.do("", s.bin, "adopt", "--all")
	s.signIn(s.bin, "login", "corp", "--device", "--no-browser")
	calls := 0
	for _, c := range clients(t) {
		t.Run(c.name, func(t *testing.T) {
			c.usable(t)
			for _, profile := range []string{"deploy", "dev", "readonly"} {
				s.is(s.ask(c, profile), profile)
				calls++
			}
		})
	}
	// One exchange and one question are login's, which learns alice's name.
	if got, want := s.granted(), map[string]int{"RegisterClient": 1, "StartDeviceAuthorization": 1, "CreateToken": 1,
		"GetRoleCredentials": 3, "AssumeRole": 1, "GetCallerIdentity": calls + 1}; !maps.Equal(got, want) {
		t.Errorf("AWS granted %v, want %v", got, want)
	}
	s.do("", s.bin, "release", "--all")
	if after, err := os.ReadFile(s.config()); err != nil || string(after) != realSSOConfig+realSSORole {
		t.Errorf("%v: released:\n%s", err, after)
	}
}
