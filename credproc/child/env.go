// Package child runs a command with temporary credentials in its environment and in nothing else.
//
// It promises that no other credential setting reaches the command beside the ones it was given,
// and that where the system has execve nothing of hatstand stays behind. It never writes credentials
// to a file or to an argument.
package child

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"hatstand/credproc/credentials"
)

// RegionVariable tells what region hatstand set AWS_REGION to, so that a hatstand below that command can
// tell it from one that the user set, which would hold for every profile.
const RegionVariable = "HATSTAND_REGION"

// EndpointsVariable tells which variables hatstand set from what the profile says of where calls go, and to what, for
// the same reason. It is in the form of a URL's query.
const EndpointsVariable = "HATSTAND_ENDPOINTS"

// A Variable is one of a process's environment.
type Variable struct{ Name, Value string }

// Variables are what a command is given, in order. region "" leaves its region as it is; endpoints are what the profile
// says of where calls go, as variables.
func Variables(profile, region string, c credentials.Value, endpoints ...Variable) []Variable {
	set := []Variable{
		{"AWS_ACCESS_KEY_ID", c.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", c.SecretAccessKey},
	}
	if c.SessionToken != "" {
		set = append(set, Variable{"AWS_SESSION_TOKEN", c.SessionToken})
	}
	if c.CanExpire {
		set = append(set, Variable{"AWS_CREDENTIAL_EXPIRATION", c.Expires.UTC().Format(time.RFC3339)})
	}
	return append(set, Location(profile, region, endpoints...)...)
}

// Location is what tells a command where it is: Variables without credentials, for one that gets those elsewhere.
func Location(profile, region string, endpoints ...Variable) []Variable {
	set := []Variable{{"HATSTAND_PROFILE", profile}}
	if region != "" {
		set = append(set, Variable{"AWS_REGION", region}, Variable{"AWS_DEFAULT_REGION", region},
			Variable{RegionVariable, region})
	}
	if len(endpoints) > 0 {
		record := url.Values{}
		for _, v := range endpoints {
			record.Set(v.Name, v.Value)
		}
		set = append(append(set, endpoints...), Variable{EndpointsVariable, record.Encode()})
	}
	return set
}

// Environment is the parent's with the credentials set and everything removed that could win over
// them or that is not the child's business.
func Environment(parent []string, profile, region string, c credentials.Value, endpoints ...Variable) []string {
	return with(parent, Variables(profile, region, c, endpoints...))
}

func with(parent []string, set []Variable) []string {
	env := make([]string, 0, len(parent)+len(set))
	dropped := Dropped(parent, set)
	for _, kv := range parent {
		name, _, _ := strings.Cut(kv, "=")
		if !removed(name) && !among(set, name) && !slices.Contains(dropped, name) {
			env = append(env, kv)
		}
	}
	for _, v := range set {
		env = append(env, v.Name+"="+v.Value)
	}
	return env
}

func among(set []Variable, name string) bool {
	return slices.ContainsFunc(set, func(v Variable) bool { return same(v.Name, name) })
}

// SetByHatstand reports whether a variable has the value that an outer hatstand set for its own profile: it says
// nothing about another one.
func SetByHatstand(getenv func(string) string, name string) bool {
	if name == "AWS_REGION" || name == "AWS_DEFAULT_REGION" {
		region := getenv(RegionVariable)
		return region != "" && getenv(name) == region
	}
	text := getenv(EndpointsVariable)
	if text == "" {
		return false
	}
	record, err := url.ParseQuery(text)
	return err == nil && record.Has(name) && record.Get(name) == getenv(name)
}

// Dropped are the variables of an environment that a shell has to drop when it is given a set: what could
// win over it, and what hatstand set before, the region too. With no set it is then as it was. It keeps
// what is its own: what unlocks the keyring, and the guard.
func Dropped(environ []string, set []Variable) []string {
	getenv := func(wanted string) (value string) {
		for _, kv := range environ {
			if name, v, _ := strings.Cut(kv, "="); same(name, wanted) {
				value = v
			}
		}
		return value
	}
	var names []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case among(set, name), same(name, "HATSTAND_FILE_PASSPHRASE"), same(name, "HATSTAND_GUARD"):
		case removed(name), SetByHatstand(getenv, strings.ToUpper(name)):
			names = append(names, name)
		}
	}
	return names
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
		"HATSTAND_PROFILE", RegionVariable, EndpointsVariable, "HATSTAND_FILE_PASSPHRASE", "HATSTAND_GUARD",
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
