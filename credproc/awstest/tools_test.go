package awstest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// missing skips a test of a real tool, or fails it where all tools must be there.
func missing(t *testing.T, what, debianPackage string) {
	t.Helper()
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		t.Fatalf("%s is not installed: apt-get install %s", what, debianPackage)
	}
	t.Skipf("%s is not installed: apt-get install %s", what, debianPackage)
}

// cleanEnv is the environment without what would send AWS tools elsewhere, and
// with the credentials given.
func cleanEnv(t *testing.T, c aws.Credentials) []string {
	t.Helper()
	dir := t.TempDir()
	var env []string
	for _, kv := range os.Environ() {
		k, _, _ := strings.Cut(kv, "=")
		up := strings.ToUpper(k)
		if strings.HasPrefix(up, "AWS_") || strings.HasPrefix(up, "BOTO_") || strings.HasSuffix(up, "_PROXY") ||
			strings.HasSuffix(up, "_CA_BUNDLE") || strings.HasPrefix(up, "SSL_CERT_") {
			continue
		}
		env = append(env, kv)
	}
	env = append(env,
		"AWS_CONFIG_FILE="+filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "credentials"),
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", "AWS_DEFAULT_REGION=eu-west-1", "AWS_PAGER=",
		"AWS_ACCESS_KEY_ID="+c.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+c.SecretAccessKey)
	if c.SessionToken != "" {
		env = append(env, "AWS_SESSION_TOKEN="+c.SessionToken)
	}
	return env
}

// wireCreds are credentials as the AWS CLI and boto3 print them.
type wireCreds struct{ AccessKeyId, SecretAccessKey, SessionToken string }

func (w wireCreds) creds() aws.Credentials {
	return aws.Credentials{AccessKeyID: w.AccessKeyId, SecretAccessKey: w.SecretAccessKey, SessionToken: w.SessionToken}
}

// cli runs the AWS CLI and reads the JSON it prints; stderr comes back as it is.
func (w world) cli(t *testing.T, c aws.Credentials, out any, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "aws", append([]string{"--endpoint-url", w.URL, "--output", "json"}, args...)...)
	cmd.Env = cleanEnv(t, c)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if out == nil {
		if err == nil {
			t.Errorf("aws %v was not refused: %s", args, stdout.String())
		}
		return stderr.String()
	}
	if err != nil {
		t.Fatalf("aws %v: %v\n%s", args, err, stderr.String())
	}
	if stdout.Len() > 0 {
		if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
			t.Fatalf("aws %v: %v\n%s", args, err, stdout.String())
		}
	}
	return stderr.String()
}

func TestRealAWSCLI(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		missing(t, "the AWS CLI", "awscli")
	}
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home, RequireMFA: true, ExternalID: "ext-1", Tags: []string{"*"}}}})

	var ses, role struct{ Credentials wireCreds }
	code := w.mfa.Code(time.Now())
	getSession := []string{"sts", "get-session-token", "--serial-number", w.mfa.Serial, "--token-code", code}
	w.cli(t, keyCreds(w.key), &ses, getSession...)
	if got := w.cli(t, keyCreds(w.key), nil, getSession...); !strings.Contains(got, "An error occurred (AccessDenied) when calling the GetSessionToken operation") || !strings.Contains(got, badCode) {
		t.Error(got)
	}
	w.cli(t, ses.Credentials.creds(), &role, "sts", "assume-role", "--role-arn", admin, "--role-session-name", "alice",
		"--external-id", "ext-1", "--tags", "Key=team,Value=a b", "--policy-arns", "arn=arn:aws:iam::aws:policy/ReadOnlyAccess")
	var me struct{ Arn string }
	w.cli(t, role.Credentials.creds(), &me, "sts", "get-caller-identity")
	if me.Arn != "arn:aws:sts::222222222222:assumed-role/Admin/alice" {
		t.Error(me.Arn)
	}

	var made struct{ AccessKey wireCreds }
	inUSEast1 := []string{"--region", "us-east-1", "iam"}
	w.cli(t, keyCreds(w.key), &made, append(inUSEast1, "create-access-key")...)
	var list struct {
		AccessKeyMetadata []struct{ AccessKeyId, Status string }
	}
	w.cli(t, made.AccessKey.creds(), &list, append(inUSEast1, "list-access-keys")...)
	if len(list.AccessKeyMetadata) != 2 || list.AccessKeyMetadata[1].AccessKeyId != made.AccessKey.AccessKeyId {
		t.Errorf("%+v", list)
	}
	seedFile := filepath.Join(t.TempDir(), "seed")
	var device struct{ VirtualMFADevice struct{ SerialNumber string } }
	w.cli(t, keyCreds(w.key), &device, append(inUSEast1, "create-virtual-mfa-device", "--virtual-mfa-device-name", "phone",
		"--outfile", seedFile, "--bootstrap-method", "Base32StringSeed")...)
	seed, err := os.ReadFile(seedFile)
	if err != nil || len(seed) != 64 {
		t.Fatalf("seed of %d characters, %v", len(seed), err)
	}
	d := &Device{Seed: string(seed)}
	var nothing any
	w.cli(t, keyCreds(w.key), &nothing, append(inUSEast1, "enable-mfa-device", "--user-name", "alice", "--serial-number", device.VirtualMFADevice.SerialNumber,
		"--authentication-code1", d.Code(time.Now()), "--authentication-code2", d.Code(time.Now().Add(step*time.Second)))...)
}

const botoScript = `
import boto3, json, os, sys
from botocore.exceptions import ClientError
url = sys.argv[1]
out = {}
c = boto3.client("sts", endpoint_url=url)
out["me"] = c.get_caller_identity()["Arn"]
out["expires"] = c.get_session_token()["Credentials"]["Expiration"].isoformat()
r = c.assume_role(RoleArn=sys.argv[2], RoleSessionName="boto")
out["role"] = r["AssumedRoleUser"]["Arn"]
for name, call in {
    "short": lambda: c.assume_role(RoleArn=sys.argv[2], RoleSessionName="é!"),
    "unknown": lambda: c.assume_role(RoleArn=sys.argv[2] + "x", RoleSessionName="boto"),
}.items():
    try:
        call()
    except ClientError as e:
        out[name] = [e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"], e.response["ResponseMetadata"]["RequestId"] != ""]
i = boto3.client("iam", endpoint_url=url, region_name="us-east-1")
out["user"] = i.get_user()["User"]["Arn"]
out["devices"] = [d["SerialNumber"] for d in i.list_mfa_devices()["MFADevices"]]
print(json.dumps(out))
`

func TestRealBoto3(t *testing.T) {
	python := ""
	for _, p := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(t.Context(), p, "-c", "import boto3").Run() == nil {
			python = p
			break
		}
	}
	if python == "" {
		missing(t, "boto3", "python3-boto3")
	}
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	cmd := exec.CommandContext(t.Context(), python, "-c", botoScript, w.URL, admin)
	cmd.Env = cleanEnv(t, keyCreds(w.key))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var out struct {
		Me, Expires, Role, User string
		Short, Unknown          []any
		Devices                 []string
	}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if out.Me != w.user.ARN || out.User != w.user.ARN || out.Role != "arn:aws:sts::222222222222:assumed-role/Admin/boto" {
		t.Errorf("%+v", out)
	}
	if len(out.Short) != 3 || out.Short[0] != "ValidationError" || out.Short[1] != 400.0 || out.Short[2] != true {
		t.Errorf("a bad session name: %v", out.Short)
	}
	if len(out.Unknown) != 3 || out.Unknown[0] != "AccessDenied" || out.Unknown[1] != 403.0 {
		t.Errorf("an unknown role: %v", out.Unknown)
	}
	if len(out.Devices) != 1 || out.Devices[0] != w.mfa.Serial {
		t.Errorf("devices %v", out.Devices)
	}
	if at, err := time.Parse(time.RFC3339, out.Expires); err != nil || time.Until(at) < 11*time.Hour {
		t.Errorf("expires %q", out.Expires)
	}
}
