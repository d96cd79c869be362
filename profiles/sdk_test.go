package profiles

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
)

// The Go SDK's own loader is the oracle here: where both take a pair of files, they must find the
// same identity in them.

// A difference is a case in which the two disagree on purpose.
type difference string

const (
	keysInKeyring   difference = "a profile without keys: the SDK has no credentials, hatstand looks in the keyring"
	oneKindOnly     difference = "credential_process beside a role's source: the SDK refuses, botocore and hatstand take the role"
	loopToKeys      difference = "a loop back to a profile with keys: the SDK takes the keys, AWS's cases and hatstand refuse"
	halfPairRefused difference = "half a pair beside a role: the SDK refuses, hatstand takes the role"
)

// explain says why one of the two fails and the other does not; "" if it should not be so.
func explain(c *Chain, ours, theirs error) difference {
	noCredentials, _ := errors.AsType[config.SharedConfigAssumeRoleError](theirs)
	switch {
	case theirs != nil && strings.Contains(theirs.Error(), "partial credentials"):
		return halfPairRefused
	case theirs != nil && strings.Contains(theirs.Error(), "only one credential type"):
		return oneKindOnly
	case c != nil && c.Base.Kind == Keyring && theirs != nil && noCredentials.Err == nil && noCredentials.Profile != "":
		return keysInKeyring
	case isLoop(ours):
		return loopToKeys
	}
	return ""
}

func isLoop(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == Loop
}

func loadSDK(t *testing.T, folder, name, configText, credentialsText string) (config.SharedConfig, error) {
	t.Helper()
	configFile, credentialsFile := filepath.Join(folder, "config"), filepath.Join(folder, "credentials")
	for path, text := range map[string]string{configFile: configText, credentialsFile: credentialsText} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.LoadSharedConfigProfile(context.Background(), name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{configFile}, []string{credentialsFile}
	})
}

// compare returns what differs between the SDK's reading and ours.
func compare(c *Chain, sdk config.SharedConfig, files ...string) string {
	var want []string
	at := &sdk
	for at.Source != nil || at.RoleARN != "" && at.CredentialSource != "" {
		if at != &sdk && at.Credentials.HasKeys() {
			break // keys end the walk; the loader leaves the role beside them
		}
		want = append([]string{strings.Join([]string{at.Profile, at.RoleARN, at.ExternalID, at.RoleSessionName, at.MFASerial, seconds(at)}, "|")}, want...)
		if at.Source == nil {
			break
		}
		at = at.Source
	}
	token := at.Credentials.SessionToken
	for _, file := range files {
		// The SDK takes a token from the file that does not have the key: another identity's.
		if strings.Contains(file, at.Credentials.SecretAccessKey) && !strings.Contains(file, token) {
			token = ""
		}
	}
	base := fmt.Sprintf("%s|%s|%s|%s", at.Profile, at.Credentials.AccessKeyID, at.Credentials.SecretAccessKey, token)
	// Where the profile asked for has keys beside its credential_source, the Go SDK assumes the role
	// with the keys; botocore, the Rust SDK and hatstand with the source that the role names.
	if !at.Credentials.HasKeys() || at == &sdk && at.RoleARN != "" && at.CredentialSource != "" {
		base = fmt.Sprintf("%s|%s|%s|%s", at.Profile, at.CredentialSource, at.CredentialProcess, at.WebIdentityTokenFile)
		switch {
		case at.CredentialSource != "":
			base = at.Profile + "|" + at.CredentialSource + "||"
		case at.SSOSessionName != "":
			base = at.Profile + "|" + strings.Join([]string{at.SSOSessionName, at.SSOSession.SSOStartURL, at.SSOSession.SSORegion, at.SSOAccountID, at.SSORoleName}, "|")
		}
	}
	want = append([]string{sdk.Region, base}, want...)

	b := c.Base
	kinds := map[BaseKind]string{Environment: "Environment", EC2Metadata: "Ec2InstanceMetadata", ECSContainer: "EcsContainer"}
	ours := fmt.Sprintf("%s|%s|%s|%s", b.Profile, kinds[b.Kind], b.Process.Value, b.WebIdentityTokenFile.Value)
	if b.Kind == SSO {
		ours = b.Profile + "|" + strings.Join([]string{b.SSO.Session, b.SSO.StartURL, b.SSO.Region, b.SSO.AccountID, b.SSO.RoleName}, "|")
	}
	if b.Kind == Static {
		ours = fmt.Sprintf("%s|%s|%s|%s", b.Profile, b.AccessKeyID, b.SecretAccessKey.Reveal(), b.SessionToken.Reveal())
	}
	got := []string{c.Region, ours}
	for _, r := range c.Roles {
		got = append(got, strings.Join([]string{r.Profile, r.ARN, r.ExternalID, r.SessionName, r.MFASerial.Value, r.Duration.String()}, "|"))
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		return "hatstand:\n" + g + "\nSDK:\n" + w
	}
	return ""
}

func seconds(c *config.SharedConfig) string {
	if c.RoleDurationSeconds == nil {
		return "0s"
	}
	return c.RoleDurationSeconds.String()
}

func TestChainsAreTheSDKs(t *testing.T) {
	folder := t.TempDir()
	seen := map[difference]int{}
	agreed, refused := 0, 0
	const rounds = 1500
	for seed := range uint64(rounds) {
		configText, credentialsText, name := randomFiles(rand.New(rand.NewPCG(seed, 1)))
		sdk, theirs := loadSDK(t, folder, name, configText, credentialsText)
		set, err := Parse(File{"config", []byte(configText)}, File{"credentials", []byte(credentialsText)})
		if err != nil {
			t.Fatalf("seed %d: %v\n%s\n%s", seed, err, configText, credentialsText)
		}
		c, err := set.Chain(Request{Target: name})
		switch {
		case err != nil && theirs != nil:
			refused++
		case err == nil && theirs == nil:
			agreed++
			if diff := compare(c, sdk, configText, credentialsText); diff != "" {
				t.Fatalf("seed %d, profile %q\n%s\n--- config\n%s\n--- credentials\n%s", seed, name, diff, configText, credentialsText)
			}
		default:
			why := explain(c, err, theirs)
			if why == "" {
				t.Fatalf("seed %d, profile %q\nhatstand: %v\nSDK: %v\n--- config\n%s\n--- credentials\n%s", seed, name, err, theirs, configText, credentialsText)
			}
			seen[why]++
		}
	}
	if agreed < rounds/4 {
		t.Errorf("only %d of %d files were taken by both: the comparison is worth little", agreed, rounds)
	}
	t.Logf("both took %d, both refused %d", agreed, refused)
	for why, n := range seen {
		t.Logf("%5d %s", n, why)
	}
}

// randomFiles are files of valid grammar about a handful of profiles, and the one to ask for.
func randomFiles(r *rand.Rand) (configText, credentialsText, name string) {
	names := []string{"a", "b", "c", "default", "team/prod-1"}
	var configFile, credentials strings.Builder
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	odds := func(n int) bool { return r.IntN(n) == 0 }
	space := func() string { return pick("", " ", "\t", "  ") }
	newline := pick("\n", "\r\n")
	set := func(b *strings.Builder, key, value string) {
		if odds(8) {
			key = strings.ToUpper(key)
		}
		b.WriteString(key + space() + "=" + space() + value + pick("", "", "", " # why", "\t; why", " ") + newline)
		if odds(10) {
			b.WriteString(pick("", "# comment", "; comment", " \t", "   # comment") + newline)
		}
	}
	n := 10
	keys := func(b *strings.Builder) {
		n++ // no two pairs alike, so that a mixture shows
		if !odds(12) {
			set(b, "aws_access_key_id", fmt.Sprintf("AKIA%d", n))
		}
		if !odds(12) {
			set(b, "aws_secret_access_key", fmt.Sprintf("secret/%d+=", n))
		}
		if odds(4) {
			set(b, "aws_session_token", fmt.Sprintf("token%d", n))
		}
	}
	for range 2 + r.IntN(6) {
		name := pick(names...)
		header := "[profile" + pick(" ", "\t", "  ") + name + space() + "]"
		if name == "default" && odds(2) {
			header = "[default]"
		}
		configFile.WriteString(header + pick("", " # comment", ";comment") + newline)
		if odds(2) {
			set(&configFile, "region", pick("eu-west-1", "us-east-1", "cn-north-1"))
		}
		if !odds(3) {
			set(&configFile, "role_arn", "arn:aws:iam::"+pick("111111111111", "222222222222")+":role/"+pick("Admin", "path/Reader"))
			if !odds(6) {
				set(&configFile, "source_profile", pick(names...))
			} else {
				set(&configFile, "credential_source", pick("Environment", "Ec2InstanceMetadata", "EcsContainer"))
			}
		}
		for _, optional := range [][]string{
			{"external_id", "id-1", "a:b/c"},
			{"role_session_name", "alice", "bob@example.com"},
			{"mfa_serial", "arn:aws:iam::111111111111:mfa/alice", "GAHT12345678"},
			{"duration_seconds", "900", "3600", "43200"},
			{"output", "json"},
			{"cli_pager", ""},
		} {
			if odds(4) {
				set(&configFile, optional[0], pick(optional[1:]...))
			}
		}
		if odds(4) {
			keys(&configFile)
		}
		if odds(6) {
			// The SDK checks these settings even where it does not use them, so they are right.
			set(&configFile, "sso_session", pick("corp", "other"))
			set(&configFile, "sso_account_id", "111111111111")
			set(&configFile, "sso_role_name", pick("Admin", "Reader"))
			if odds(4) {
				set(&configFile, "sso_region", "eu-west-1")
			}
		}
		if odds(12) {
			set(&configFile, "credential_process", "/opt/tool --with 'an argument'")
		}
		if odds(15) {
			configFile.WriteString("s3 =" + newline + "  max_queue_size = 10" + newline)
		}
		if odds(8) {
			configFile.WriteString("[" + pick("a", "services x", "sso-session y", "hatstand", "plugins", "profile in valid") + "]" + newline + "region = wrong" + newline)
		}
	}
	for _, name := range []string{"corp", "other"} {
		configFile.WriteString("[sso-session " + name + "]" + newline)
		set(&configFile, "sso_start_url", "https://"+name+".awsapps.com/start")
		set(&configFile, "sso_region", "eu-west-1")
	}
	for range r.IntN(4) {
		credentials.WriteString("[" + space() + pick(names...) + space() + "]" + newline)
		keys(&credentials)
		if odds(6) {
			set(&credentials, "region", "ap-south-1")
		}
		if odds(8) {
			credentials.WriteString("[profile a]" + newline + "region = wrong" + newline)
		}
	}
	return configFile.String(), credentials.String(), pick(names...)
}

// Where hatstand differs on purpose, and the SDK takes what it refuses.
func TestTheSDKTakesWhatIsRefusedHere(t *testing.T) {
	const base = "[profile base]\naws_access_key_id = AKIA1\naws_secret_access_key = s\n"
	const role = base + "[profile prod]\nrole_arn = arn:aws:iam::111111111111:role/Admin\n"
	for name, row := range map[string]struct{ config, credentials, want string }{
		"a role with no source is found out before it is used":            {role, "", "role_arn needs source_profile or credential_source (config:5)"},
		"a session name that STS refuses is found out before it is asked": {role + "source_profile = base\nrole_session_name = Zoë\n", "", `role_session_name "Zoë" may only have`},
		"quotes are a part of the value":                                  {role + "source_profile = base\nexternal_id = \"abc\"\n", "", "external_id"},
		"a colon does not set anything":                                   {role + "source_profile: base\n", "", "config:6: a setting must have an '='"},
		"an indented setting needs one above that it continues":           {base + "[profile prod]\n  role_arn = arn:aws:iam::111111111111:role/Admin\n", "", "config:5: an indented line"},
		"an indented section would join the profile above":                {base + " [profile prod]\n", "", `profile "prod" not found`},
		"a setting before the first section belongs nowhere":              {"region = x\n" + role + "source_profile = base\n", "", "config:1: a setting comes before the first section"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := loadSDK(t, t.TempDir(), "prod", row.config, row.credentials); err != nil {
				t.Errorf("the SDK refuses it too: %v", err)
			}
			set, err := Parse(File{"config", []byte(row.config)}, File{"credentials", []byte(row.credentials)})
			if err == nil {
				_, err = set.Chain(Request{Target: "prod"})
			}
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error is %v, want %s", err, row.want)
			}
		})
	}
}
