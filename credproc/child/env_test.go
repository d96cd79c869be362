package child_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/child"
	"hatstand/credproc/credentials"
)

func role() credentials.Value {
	return credentials.Value{AccessKeyID: "ASIANEW", SecretAccessKey: "new-secret", SessionToken: "new-token",
		CanExpire: true, Expires: time.Date(2026, 11, 22, 2, 2, 3, 5, time.FixedZone("CET", 3600))}
}

func TestTheChildGetsTheCredentials(t *testing.T) {
	for _, row := range []struct {
		name   string
		region string
		c      credentials.Value
		want   []string
	}{
		{"all of them, and the region under both names", "eu-west-1", role(), []string{
			"KEPT=1", "AWS_ACCESS_KEY_ID=ASIANEW", "AWS_SECRET_ACCESS_KEY=new-secret", "AWS_SESSION_TOKEN=new-token",
			"AWS_CREDENTIAL_EXPIRATION=2026-11-22T01:02:03Z", "HATSTAND_PROFILE=prod", "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "HATSTAND_REGION=eu-west-1"}},
		{"no region is known", "", role(), []string{
			"KEPT=1", "AWS_ACCESS_KEY_ID=ASIANEW", "AWS_SECRET_ACCESS_KEY=new-secret", "AWS_SESSION_TOKEN=new-token",
			"AWS_CREDENTIAL_EXPIRATION=2026-11-22T01:02:03Z", "HATSTAND_PROFILE=prod"}},
		{"what is not known is not set", "", credentials.Value{AccessKeyID: "AKIANEW", SecretAccessKey: "new-secret"}, []string{
			"KEPT=1", "AWS_ACCESS_KEY_ID=AKIANEW", "AWS_SECRET_ACCESS_KEY=new-secret", "HATSTAND_PROFILE=prod"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := child.Environment([]string{"KEPT=1"}, "prod", row.region, row.c); !slices.Equal(got, row.want) {
				t.Errorf("want %q\ngot  %q", row.want, got)
			}
		})
	}
}

// Each of these would choose another identity than the one asked for, or unlock the keyring.
func TestWhatCouldWinOverTheCredentialsIsRemoved(t *testing.T) {
	for name, reader := range map[string]string{
		"AWS_ACCESS_KEY_ID":                      "every SDK",
		"AWS_SECRET_ACCESS_KEY":                  "every SDK",
		"AWS_SESSION_TOKEN":                      "every SDK",
		"AWS_ACCESS_KEY":                         "Go v1 and v2",
		"AWS_SECRET_KEY":                         "Go v1 and v2, Java v1",
		"AWS_SECURITY_TOKEN":                     "botocore",
		"AWS_CREDENTIAL_EXPIRATION":              "botocore, JavaScript",
		"AWS_ACCOUNT_ID":                         "every SDK that has account-based endpoints",
		"AWS_PROFILE":                            "every SDK; it wins over keys in the AWS CLI and botocore",
		"AWS_DEFAULT_PROFILE":                    "the AWS CLI, botocore, Go",
		"AWS_WEB_IDENTITY_TOKEN_FILE":            "every SDK",
		"AWS_ROLE_ARN":                           "every SDK",
		"AWS_ROLE_SESSION_NAME":                  "every SDK",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "every SDK",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI":     "every SDK",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN":      "every SDK",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "every SDK",
		"AWS_CREDENTIAL_FILE":                    "botocore",
		"AWS_BEARER_TOKEN_BEDROCK":               "botocore, JavaScript, Java, Go: for Bedrock it wins over keys",
		"HATSTAND_PROFILE":                       "hatstand's child of a child",
		"HATSTAND_FILE_PASSPHRASE":               "hatstand: it unlocks the keyring",
		"HATSTAND_GUARD":                         "hatstand: it would refuse to work below its own shell",
	} {
		for _, spelled := range []string{name, strings.ToLower(name)} { // Windows knows one variable by both
			env := child.Environment([]string{spelled + "=stale=value", "PATH=/bin"}, "prod", "eu-west-1", role())
			if strings.Contains(strings.Join(env, "\n"), "stale") {
				t.Errorf("%s, which %s reads, reaches the child", spelled, reader)
			}
		}
	}
}

func TestTheRestReachesTheChildAsItWas(t *testing.T) {
	parent := []string{
		"PATH=/bin", "HOME=/home/alice", "EMPTY=", "EQUALS=a=b=c", "=C:=C:\\work", "TWICE=1", "TWICE=2",
		"AWS_CONFIG_FILE=/config", "AWS_SHARED_CREDENTIALS_FILE=/credentials", "AWS_CA_BUNDLE=/ca.pem", "AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"AWS_STS_REGIONAL_ENDPOINTS=regional", "AWS_ROLE=mine", "AWS_ROLES_FILE=/roles", "AWS_PROFILES=x", "HATSTAND_BACKEND=file", "HATSTAND_LOG=/log",
		"AWS_REGION=us-west-2", "AWS_DEFAULT_REGION=us-west-2",
	}
	got := child.Environment(parent, "prod", "", role())
	if !slices.Equal(got[:len(parent)], parent) {
		t.Errorf("want %q\ngot  %q", parent, got)
	}
	got = child.Environment(parent, "prod", "eu-west-1", role())
	if !slices.Equal(got[:len(parent)-2], parent[:len(parent)-2]) || strings.Contains(strings.Join(got, "\n"), "us-west-2") {
		t.Errorf("with a region: got %q", got)
	}
}

// A shell below a shell: the second role's variables stand alone.
func TestAChildOfAChildHasOneIdentity(t *testing.T) {
	first := child.Environment([]string{"PATH=/bin"}, "prod", "eu-west-1", role())
	second := child.Environment(first, "dev", "eu-west-2", credentials.Value{AccessKeyID: "ASIASECOND", SecretAccessKey: "second"})
	want := []string{"PATH=/bin", "AWS_ACCESS_KEY_ID=ASIASECOND", "AWS_SECRET_ACCESS_KEY=second", "HATSTAND_PROFILE=dev", "AWS_REGION=eu-west-2", "AWS_DEFAULT_REGION=eu-west-2", "HATSTAND_REGION=eu-west-2"}
	if !slices.Equal(second, want) {
		t.Errorf("want %q\ngot  %q", want, second)
	}
}

// The region of the first profile is not the second one's; one that the user set is everybody's.
func TestAChildOfAChildHasItsOwnRegion(t *testing.T) {
	for _, row := range []struct {
		name   string
		parent []string
		want   bool
	}{
		{"the first profile's goes", child.Environment(nil, "prod", "eu-west-1", role()), false},
		{"the user's stays", []string{"AWS_REGION=eu-west-1"}, true},
		{"one that the user set below the first stays", []string{"HATSTAND_PROFILE=prod", "HATSTAND_REGION=us-east-1", "AWS_REGION=eu-west-1"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			env := child.Environment(row.parent, "dev", "", role())
			if got := slices.Contains(env, "AWS_REGION=eu-west-1"); got != row.want || slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, child.RegionVariable) }) {
				t.Errorf("got %q", env)
			}
		})
	}
}

// What a shell drops before it takes a role on, and when it takes it off.
func TestAShellDropsWhatIsInTheWay(t *testing.T) {
	environ := append(child.Environment([]string{"PATH=/bin", "HATSTAND_BACKEND=file"}, "prod", "eu-west-1", role()),
		"AWS_PROFILE=x", "HATSTAND_FILE_PASSPHRASE=y", "AWS_CONTAINER_CREDENTIALS_FULL_URI=z")
	for _, row := range []struct {
		name string
		set  []child.Variable
		want []string
	}{
		{"for another profile", child.Variables("dev", "", credentials.Value{}), []string{"AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_REGION", "AWS_DEFAULT_REGION", "HATSTAND_REGION", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}},
		{"for another profile with a region", child.Variables("dev", "us-east-1", role()), []string{"AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}},
		{"for none", nil, []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "HATSTAND_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "HATSTAND_REGION", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}},
	} {
		if got := child.Dropped(environ, row.set); !slices.Equal(got, row.want) {
			t.Errorf("%s: want %q, got %q", row.name, row.want, got)
		}
	}
}
