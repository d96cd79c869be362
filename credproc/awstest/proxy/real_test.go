package proxy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/proxy"
	"hatstand/credproc/awstest/s3"
)

// missing skips a test of a real tool, or fails it where all tools must be there.
func missing(t *testing.T, what, debianPackage string) {
	t.Helper()
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		t.Fatalf("%s is not installed: apt-get install %s", what, debianPackage)
	}
	t.Skipf("%s is not installed: apt-get install %s", what, debianPackage)
}

// awsCLI2 is the path of an AWS CLI 2, the only one that signs in.
func awsCLI2(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"aws", "/usr/bin/aws", "/usr/local/bin/aws"} {
		out, err := exec.CommandContext(t.Context(), name, "--version").Output()
		if err == nil && bytes.HasPrefix(out, []byte("aws-cli/2.")) {
			return name
		}
	}
	missing(t, "the AWS CLI 2", "awscli")
	return ""
}

// TestRealAWSCLISignsIn is AWS's own client with AWS's own host names: the device flow of both forms of settings,
// refreshing, role credentials and signing out.
func TestRealAWSCLISignsIn(t *testing.T) {
	if os.Getenv("HATSTAND_TEST_LONG") != "1" {
		t.Skip("HATSTAND_TEST_LONG=1 runs it: the AWS CLI starts ten times")
	}
	cli := awsCLI2(t)
	const portal, account, alice = "https://d-1234567890.awsapps.com/start", "444444444444", "alice@example.com"
	s := awstest.New(awstest.Options{})
	center := s.IdentityCenter()
	corp := center.AddInstance(portal, "eu-west-1")
	corp.AddUser(alice)
	corp.AddAccount(identitycenter.Account{ID: account, Name: "Dev", Email: "dev@example.com"})
	if err := corp.AddPermissionSet("Admin", time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := corp.Assign(alice, account, "Admin"); err != nil {
		t.Fatal(err)
	}
	p, err := proxy.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()

	home := t.TempDir()
	files := map[string]string{
		"ca.pem": string(p.CA),
		".aws/config": `[sso-session corp]
sso_start_url = ` + portal + `#/
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile session]
sso_session = corp
sso_account_id = ` + account + `
sso_role_name = Admin
region = eu-central-1

[profile older]
sso_start_url = ` + portal + `
sso_region = eu-west-1
sso_account_id = ` + account + `
sso_role_name = Admin
region = eu-central-1

[profile denied]
sso_session = corp
sso_account_id = ` + account + `
sso_role_name = admin
region = eu-central-1
`,
	}
	for name, text := range files {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) (stdout, stderr string, err error) {
		cmd := exec.CommandContext(t.Context(), cli, args...)
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + home, "HTTPS_PROXY=" + p.URL, "AWS_CA_BUNDLE=" + filepath.Join(home, "ca.pem"),
			"AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1",
		}
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err = cmd.Run()
		return out.String(), errs.String(), err
	}
	signIn := func(profile string) {
		t.Helper()
		over := make(chan struct{})
		go func() { // the person, who answers as soon as a device waits
			for {
				for _, code := range center.Waiting(s.Now()) {
					_ = center.Approve(code, s.Now())
				}
				select {
				case <-over:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		}()
		out, errs, err := run("sso", "login", "--no-browser", "--profile", profile)
		close(over)
		if err != nil || !strings.Contains(out, "Successfully logged into Start URL: "+portal) {
			t.Fatalf("%v\n%s%s\n%v", err, out, errs, s.Calls())
		}
	}
	identity := func(profile string) {
		t.Helper()
		out, errs, err := run("sts", "get-caller-identity", "--output", "json", "--profile", profile)
		var me struct{ Arn string }
		if err == nil {
			err = json.Unmarshal([]byte(out), &me)
		}
		want := "arn:aws:sts::" + account + ":assumed-role/" + corp.RoleName(account, "Admin") + "/" + alice
		if err != nil || me.Arn != want {
			t.Errorf("%s is %q, %v\n%s\n%v", profile, me.Arn, err, errs, s.Calls())
		}
	}

	center.Change(func(c *identitycenter.Settings) { c.MaxTokenLife = time.Minute }) // it refreshes 15 min ahead
	signIn("session")
	identity("session")
	if n := refreshes(s); n != 1 {
		t.Errorf("%d refreshes: %v", n, s.Calls())
	}
	if _, errs, err := run("sts", "get-caller-identity", "--profile", "denied"); err == nil ||
		!strings.Contains(errs, "(ForbiddenException) when calling the GetRoleCredentials operation") {
		t.Errorf("%v: %s", err, errs)
	}
	center.Change(func(c *identitycenter.Settings) { c.MaxTokenLife = 0 })
	signIn("older")
	identity("older")

	corp.RevokeTokens(alice)
	if err := os.RemoveAll(filepath.Join(home, ".aws", "cli", "cache")); err != nil {
		t.Fatal(err)
	}
	if _, errs, err := run("sts", "get-caller-identity", "--profile", "older"); err == nil ||
		!strings.Contains(errs, "The SSO session associated with this profile has expired or is otherwise invalid") &&
			!strings.Contains(errs, "Session token not found or invalid") {
		t.Errorf("%v: %s", err, errs)
	}
	signIn("session")
	if out, errs, err := run("sso", "logout"); err != nil {
		t.Errorf("%v\n%s%s", err, out, errs)
	}
	if s.Count("Logout") == 0 {
		t.Errorf("no Logout: %v", s.Calls())
	}
	for _, host := range []string{"oidc.eu-west-1.amazonaws.com:443", "portal.sso.eu-west-1.amazonaws.com:443", "sts.eu-central-1.amazonaws.com:443"} {
		if !slices.Contains(p.Hosts(), host) {
			t.Errorf("nobody asked for %s: %v", host, p.Hosts())
		}
	}
}

// refreshes is how many refresh tokens were taken.
func refreshes(s *awstest.Server) (n int) {
	for _, c := range s.Calls() {
		if c.Action == "CreateToken" && c.Params["grantType"] == "refresh_token" && c.Code == "" {
			n++
		}
	}
	return n
}

// TestRealAWSCLIListsBuckets is AWS's own client, which finds S3 by AWS's own host names, with the bucket in them, and by
// --endpoint-url, with the bucket in the path.
func TestRealAWSCLIListsBuckets(t *testing.T) {
	cli := awsCLI2(t)
	s, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	key := s.AddUser("111111111111", "alice").AddKey()
	day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.S3().AddBucket(s3.Bucket{Name: "acme-logs", Account: "111111111111", Region: "eu-central-1", Created: day,
		Objects: []s3.Object{{Key: "2026/a b+c", Size: 1536, Modified: day}, {Key: "README", Size: 7, Modified: day}}})
	p, err := proxy.StartFor(s, func(host string) bool { return strings.HasSuffix(host, ".amazonaws.com") })
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, p.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), cli, args...)
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TZ=UTC", "HTTPS_PROXY=" + p.URL, "HTTP_PROXY=" + p.URL, "NO_PROXY=127.0.0.1",
			"AWS_CA_BUNDLE=" + bundle, "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=",
			"AWS_DEFAULT_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=" + key.ID, "AWS_SECRET_ACCESS_KEY=" + key.Secret,
		}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	const buckets, folder = "2026-01-02 03:04:05 acme-logs\n", "                           PRE 2026/\n2026-01-02 03:04:05          7 README\n"
	for _, row := range []struct {
		args []string
		want string
		fail bool
	}{
		{[]string{"s3", "ls"}, buckets, false},
		{[]string{"s3", "ls", "s3://acme-logs"}, folder, false}, // another region: it finds out
		{[]string{"s3", "ls", "s3://acme-logs", "--endpoint-url", s.URL}, folder, false},
		{[]string{"s3", "ls", "--endpoint-url", "https://s3.example.com"}, "Failed to connect to proxy URL", true},
	} {
		out, err := run(row.args...)
		if row.fail != (err != nil) || !row.fail && out != row.want || !strings.Contains(out, row.want) {
			t.Errorf("%q: %v\n%s\n%v", row.args, err, out, s.Calls())
		}
	}
}
