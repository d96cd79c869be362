package profiles

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// AWS's own config files for IAM Identity Center, as its Rust SDK and botocore test them. What each must come to is
// written here: the cases' own results are of calls that nobody makes here.
func TestAWSsSSOConfigs(t *testing.T) {
	const (
		test      = "sso ; https://ssotest.awsapps.com/start; us-east-2; 123456789; MySsoRole"
		dev       = "sso dev; https://d-abc123.awsapps.com/start; us-east-1; 012345678901; SampleRole"
		tokenOnly = " (a token only)"
	)
	want := map[string]string{
		"smithy-rs/default-credential-provider-chain/sso_no_token_file":           test,
		"smithy-rs/default-credential-provider-chain/sso_server_error":            test,
		"smithy-rs/default-credential-provider-chain/sso_assume_role":             test,
		"smithy-rs/default-credential-provider-chain/e2e_fips_and_dual_stack_sso": test + "; FIPS; dual stack",
		"smithy-rs/profile-provider/sso_credentials":                              dev,
		"smithy-rs/profile-provider/sso_override_global_env_url":                  `endpoint_url "http://aws.global-env-override" is plain http to another machine (AWS_ENDPOINT_URL)`, // AWS's SDK sends the token there
		"smithy-rs/profile-provider/invalid_sso_credentials_config":               "sso dev; https://d-abc123.awsapps.com/start; us-east-1" + tokenOnly,
		"smithy-rs/profile-provider/sso_token":                                    "sso dev; https://d-abc123.awsapps.com/start; us-east-1" + tokenOnly,
		"smithy-rs/default-token-provider-chain/profile_keys":                     "sso test-sso; https://ssotest.awsapps.com/start; us-east-2" + tokenOnly,
		"smithy-rs/default-token-provider-chain/profile_keys_case_insensitive":    "sso test-sso; https://ssotest.awsapps.com/start; us-east-2" + tokenOnly,
		"smithy-rs/default-token-provider-chain/profile_name":                     "sso correct-sso; https://ssotest.awsapps.com/start; us-east-2" + tokenOnly,
		"botocore/tests/unit/cfg/aws_sso_session_config":                          "sso sso; https://example.com; us-east-1" + tokenOnly,
	}
	folder := filepath.Join("..", "..", "shared", "conformance", "signin")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("AWS's cases are not here: %s", folder)
	}
	seen := map[string]bool{}
	for _, pattern := range []string{"default-credential-provider-chain/*sso*", "profile-provider/*sso_*", "default-token-provider-chain/*"} {
		const in = "smithy-rs/aws/rust-runtime/aws-config/test-data"
		found, _ := filepath.Glob(filepath.Join(folder, in, pattern))
		for _, dir := range found {
			rest, _ := filepath.Rel(filepath.Join(folder, in), dir)
			seen["smithy-rs/"+filepath.ToSlash(rest)] = true
		}
	}
	seen["botocore/tests/unit/cfg/aws_sso_session_config"] = true
	for name := range seen {
		t.Run(name, func(t *testing.T) {
			path, vars := filepath.Join(folder, name), map[string]string{}
			if rest, ok := strings.CutPrefix(name, "smithy-rs/"); ok {
				dir := filepath.Join(folder, "smithy-rs/aws/rust-runtime/aws-config/test-data", rest)
				path = filepath.Join(dir, "fs", "home", ".aws", "config")
				data, err := os.ReadFile(filepath.Join(dir, "env.json"))
				if err == nil {
					err = json.Unmarshal(data, &vars)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			config, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(string(config), "= 123456789\n", "= "+wholeSSOAccount+"\n") // AWS's accounts have 12 digits
			got := ssoOutcome(mustParse(t, text, ""), vars)
			if got = strings.ReplaceAll(got, wholeSSOAccount, "123456789"); got != want[name] {
				t.Errorf("got  %s\nwant %s", got, want[name])
			}
		})
	}
	for name := range want {
		if !seen[name] {
			t.Errorf("the case %s is gone", name)
		}
	}
}

const wholeSSOAccount = "123456789012"

func ssoOutcome(s *Set, vars map[string]string) string {
	target := vars["AWS_PROFILE"]
	if target == "" {
		target = "default"
	}
	c, err := s.Chain(Request{Target: target, Getenv: environment(vars)})
	if err != nil {
		return err.Error()
	}
	b := c.Base
	parts := []string{b.Kind.Word() + " " + b.SSO.Session, b.SSO.StartURL, b.SSO.Region, b.SSO.AccountID, b.SSO.RoleName}
	if b.Grant.Portal.FIPS && b.Grant.Service.FIPS {
		parts = append(parts, "FIPS")
	}
	if b.Grant.Portal.DualStack && b.Grant.Service.DualStack {
		parts = append(parts, "dual stack")
	}
	got := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
	if !b.SSO.GivesCredentials() {
		got += " (a token only)"
	}
	return got
}
