package profiles

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/index"
)

// conformance reads one of AWS's own case files, which stand beside the project while it is
// developed and are not part of it.
func conformance(t *testing.T, name string, into any) {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "conformance", name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("AWS's cases are not here: %s", path)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func mustParse(t testing.TB, config, credentials string) *Set {
	t.Helper()
	s, err := Parse(File{"~/.aws/config", []byte(config)}, File{"~/.aws/credentials", []byte(credentials)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestParserGivesAWSsAnswers(t *testing.T) {
	var cases struct {
		Tests []struct {
			Name  string
			Input struct{ ConfigFile, CredentialsFile string }
			// The words of an error are the Rust SDK's; that it is one is what counts.
			Output struct {
				ErrorContaining string
				Config          struct {
					Profiles    map[string]map[string]string
					SSOSessions map[string]map[string]string `json:"sso_sessions"`
				}
			}
		}
	}
	conformance(t, "profile-parser-tests.json", &cases)
	if len(cases.Tests) != 65 {
		t.Fatalf("%d cases, not 65", len(cases.Tests))
	}
	for _, test := range cases.Tests {
		t.Run(test.Name, func(t *testing.T) {
			if test.Name == "Invalid profile names are ignored." {
				// The AWS CLI writes a name with a space bare into the credentials file, and reads it there.
				test.Input.CredentialsFile = "[in! valid 2]\nname2 = value2"
			}
			s, err := Parse(File{"config", []byte(test.Input.ConfigFile)}, File{"credentials", []byte(test.Input.CredentialsFile)})
			if test.Output.ErrorContaining != "" {
				if err == nil { // inside a section: its profile's own
					for _, p := range s.Profiles() {
						if err = p.Err(); err != nil {
							break
						}
					}
				}
				if e, ok := errors.AsType[*Error](err); !ok || !e.Kind.isSyntax() {
					t.Fatalf("error is %v, not a syntax error", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := len(s.Names()), len(test.Output.Config.Profiles); got != want {
				t.Errorf("profiles are %q, want %d", s.Names(), want)
			}
			for name, want := range test.Output.Config.Profiles {
				p, ok := s.Profile(name)
				if !ok {
					t.Fatalf("no profile %q", name)
				}
				same(t, p.entries, want)
			}
			for name, want := range test.Output.Config.SSOSessions {
				entries, ok, _ := s.section(grammar.SSOSession, name)
				if !ok {
					t.Fatalf("no sso-session %q", name)
				}
				same(t, entries, want)
			}
		})
	}
}

func same(t *testing.T, entries index.Settings, want map[string]string) {
	t.Helper()
	if len(entries) != len(want) {
		t.Errorf("settings are %+v, want %q", entries, want)
	}
	for key, value := range want {
		if got := entries.Find(key); got.Value != value {
			t.Errorf("%s = %q, want %q", key, got.Value, value)
		}
	}
}

// AWS's roles have accounts of nine digits. Here such an ARN is an error, since a spreadsheet that
// ate a leading zero makes them, so that the cases run with twelve.
const shortAccount, wholeAccount = "iam::123456789:", "iam::123456789012:"

// ssoAccount stands in for account IDs of AWS's cases that have fewer digits.
const ssoAccount = "012345678901"

// What AWS's readers refuse and hatstand does not: a profile without keys is one whose keys are in the
// keyring.
func keyringInstead(docs string) bool {
	return docs == "missing credentials error (empty source profile)" || docs == "profile only contains configuration"
}

// refusals are AWS's errors and the words for them here.
var refusals = map[string]string{
	"profile must contain `source_profile`":                                                       "role_arn needs source_profile or credential_source",
	"profile contained both source_profile and credential_source":                                 "source_profile and credential_source exclude each other",
	"profile missing aws_secret_access_key":                                                       `profile "B": aws_access_key_id is set and aws_secret_access_key is not`,
	"profile missing aws_access_key_id":                                                           `profile "B": aws_secret_access_key is set and aws_access_key_id is not`,
	"could not find source profile B referenced from A":                                           `profile "A": source_profile "B" not found`,
	"No profiles were defined":                                                                    "there are no profiles",
	"profile formed an infinite loop":                                                             "A -> B -> A",
	"`role_arn` was missing":                                                                      "web_identity_token_file needs role_arn",
	"if `sso_role_name` is set, then `sso_account_id` must also be set":                           "sso_role_name is set and sso_account_id is not",
	"if `sso_account_id` is set, then `sso_role_name` must also be set":                           "sso_account_id is set and sso_role_name is not",
	"sso-session named `oops` (referenced by profile `A`) was not found":                          `sso_session "oops" not found`,
	"`sso_region` can only be specified in the [sso-session] config when a session name is given": "sso_region belongs in the [sso-session A] section",
}

func TestChainGivesAWSsAnswers(t *testing.T) {
	type link struct {
		AccessKey *struct {
			ID      string `json:"access_key_id"`
			Secret  string `json:"secret_access_key"`
			Account string `json:"account_id"`
		}
		AssumeRole *struct {
			ARN         string `json:"role_arn"`
			SessionName string `json:"role_session_name"`
			ExternalID  string `json:"external_id"`
		}
		NamedSource      string
		WebIdentityToken *struct {
			ARN         string `json:"role_arn"`
			SessionName string `json:"role_session_name"`
			File        string `json:"web_identity_token_file"`
		}
		SSO *struct {
			Session   string `json:"sso_session"`
			StartURL  string `json:"sso_start_url"`
			Region    string `json:"sso_region"`
			AccountID string `json:"sso_account_id"`
			RoleName  string `json:"sso_role_name"`
		}
	}
	var cases []struct {
		Docs  string
		Input struct {
			Profiles    map[string]map[string]string
			SSOSessions map[string]map[string]string `json:"sso_sessions"`
			Selected    string                       `json:"selected_profile"`
		}
		Output struct {
			ProfileChain []link
			Error        string
		}
	}
	conformance(t, "assume-role-tests.json", &cases)
	if len(cases) != 28 {
		t.Fatalf("%d cases, not 28", len(cases))
	}
	for _, test := range cases {
		t.Run(test.Docs, func(t *testing.T) {
			var config strings.Builder
			write := func(kind string, sections map[string]map[string]string) {
				for name, settings := range sections {
					config.WriteString("[" + kind + " " + name + "]\n")
					for key, value := range settings {
						value = strings.ReplaceAll(value, shortAccount, wholeAccount)
						switch value { // so that this is not what is refused
						case "arn:foo":
							value = "arn:aws:iam::123456789012:role/foo"
						case "0123":
							value = ssoAccount
						}
						config.WriteString(key + " = " + value + "\n")
					}
				}
			}
			write("profile", test.Input.Profiles)
			write("sso-session", test.Input.SSOSessions)
			c, err := mustParse(t, config.String(), "").Chain(Request{Target: test.Input.Selected})
			if keyringInstead(test.Docs) {
				if err != nil || c.Base.Kind != Keyring {
					t.Fatalf("chain is %+v (%v), want a keyring base", c, err)
				}
				return
			}
			if test.Output.Error != "" {
				want, known := refusals[test.Output.Error]
				if !known {
					t.Fatalf("this test does not know AWS's error %q", test.Output.Error)
				}
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Fatalf("chain is %+v, error %v, want %q", c, err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			base, roles := test.Output.ProfileChain[0], test.Output.ProfileChain[1:]
			switch b := c.Base; {
			case base.AccessKey != nil:
				if b.Kind != Static || b.AccessKeyID != base.AccessKey.ID || b.SecretAccessKey.Reveal() != base.AccessKey.Secret || b.AccountID != base.AccessKey.Account {
					t.Errorf("base is %+v, want %+v", b, *base.AccessKey)
				}
			case base.NamedSource != "":
				if b.Kind != EC2Metadata || base.NamedSource != "Ec2InstanceMetadata" {
					t.Errorf("base is %+v, want %s", b, base.NamedSource)
				}
			case base.WebIdentityToken != nil:
				want := *base.WebIdentityToken
				if r := b.WebIdentityRole; b.Kind != WebIdentity || r.ARN != strings.ReplaceAll(want.ARN, shortAccount, wholeAccount) ||
					r.SessionName != want.SessionName || b.WebIdentityTokenFile.Value != want.File {
					t.Errorf("base is %+v, want %+v", b, want)
				}
			case base.SSO != nil:
				want := SSOSetting(*base.SSO)
				if want.AccountID == "0123" {
					want.AccountID = ssoAccount
				}
				if b.Kind != SSO || b.SSO != want {
					t.Errorf("base is %+v, want %+v", b, want)
				}
			default:
				t.Fatalf("a kind of base that this test does not know")
			}
			if len(c.Roles) != len(roles) {
				t.Fatalf("roles are %+v, want %d", c.Roles, len(roles))
			}
			for i, want := range roles {
				if r := c.Roles[i]; r.ARN != strings.ReplaceAll(want.AssumeRole.ARN, shortAccount, wholeAccount) ||
					r.SessionName != want.AssumeRole.SessionName || r.ExternalID != want.AssumeRole.ExternalID {
					t.Errorf("role %d is %+v, want %+v", i, r, *want.AssumeRole)
				}
			}
		})
	}
}
