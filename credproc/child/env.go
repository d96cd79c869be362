// Package child runs a command with temporary credentials in its environment and in nothing else.
//
// It promises that no other credential setting reaches the command beside the ones it was given,
// and that where the system has execve nothing of hatstand stays behind. It never writes credentials
// to a file or to an argument.
package child

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Environment is the parent's with the credentials set and everything removed that could win over
// them or that is not the child's business. region "" leaves the parent's region as it is.
func Environment(parent []string, profile, region string, c aws.Credentials) []string {
	set := []string{
		"AWS_ACCESS_KEY_ID=" + c.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey,
		"HATSTAND_PROFILE=" + profile,
	}
	if c.SessionToken != "" {
		set = append(set, "AWS_SESSION_TOKEN="+c.SessionToken)
	}
	if c.CanExpire {
		set = append(set, "AWS_CREDENTIAL_EXPIRATION="+c.Expires.UTC().Format(time.RFC3339))
	}
	if region != "" {
		set = append(set, "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region)
	}
	env := make([]string, 0, len(parent)+len(set))
	for _, kv := range parent {
		name, _, _ := strings.Cut(kv, "=")
		if removed(name) || region != "" && (same(name, "AWS_REGION") || same(name, "AWS_DEFAULT_REGION")) {
			continue
		}
		env = append(env, kv)
	}
	return append(env, set...)
}

// removed reports whether a variable must not reach the child: it chooses other credentials
// (botocore's, Go's, JavaScript's and Java's credential chains look at these), or it unlocks the
// keyring.
func removed(name string) bool {
	for _, n := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY",
		"AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID",
		// With a profile set, the AWS CLI and the SDKs look there first.
		"AWS_PROFILE", "AWS_DEFAULT_PROFILE",
		"AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
		"AWS_CREDENTIAL_FILE",
		"HATSTAND_PROFILE", "HATSTAND_FILE_PASSPHRASE", "HATSTAND_GUARD",
	} {
		if same(name, n) {
			return true
		}
	}
	// AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME; AWS_BEARER_TOKEN_BEDROCK and its like, which the SDKs
	// prefer to any credentials for that service.
	return starts(name, "AWS_ROLE_") || starts(name, "AWS_BEARER_TOKEN_")
}

func starts(name, prefix string) bool {
	return len(name) >= len(prefix) && same(name[:len(prefix)], prefix)
}

// same compares names as Windows does; no other system has credential variables that differ in case
// alone.
func same(a, b string) bool { return strings.EqualFold(a, b) }
