package limits

import (
	"strconv"
	"strings"

	"hatstand/profiles/partitions"
)

// A Role is a role's ARN and the parts of it. Name is the last part of its path.
type Role struct{ ARN, Partition, AccountID, Name string }

// ParseRoleARN parses a role's ARN. It must have 20 to 2048 characters (STS API model, arnType), a 12-digit
// account and a role name of 1 to 64 characters of A-Z a-z 0-9 _ + = , . @ - (IAM API model, roleNameType).
func ParseRoleARN(arn string) (Role, error) {
	bad := func(rule string) (Role, error) { return Role{}, invalid("role ARN", arn, rule) }
	const shape = "is not like arn:aws:iam::ACCOUNT:role/NAME"
	parts := strings.SplitN(arn, ":", 6)
	if !graphic(arn) || len(parts) < 6 || parts[0] != "arn" || !partitions.Valid(parts[1]) {
		return bad(shape)
	}
	partition, service, region, account, resource := parts[1], parts[2], parts[3], parts[4], parts[5]
	if service == "sts" && strings.HasPrefix(resource, "assumed-role/") {
		err := invalid("role ARN", arn, "is a role session's, not a role's")
		err.Meant = "arn:" + partition + ":iam::" + account + ":role/NAME"
		return Role{}, err
	}
	if service != "iam" || region != "" || !strings.HasPrefix(resource, "role/") {
		return bad(shape)
	}
	if rule := AccountRule(account); rule != "" {
		return bad(rule)
	}
	if len(arn) > 2048 {
		return bad("must have 20 to 2048 characters")
	}
	name := resource[strings.LastIndexByte(resource, '/')+1:]
	if checkText("role name", name, 1, 64, "+=,.@-") != nil {
		return bad("must end in a role name of 1 to 64 characters of A-Z a-z 0-9 _ + = , . @ -")
	}
	return Role{ARN: arn, Partition: partition, AccountID: account, Name: name}, nil
}

// CheckSAMLProviderARN: the ARN of a SAML provider in IAM, whose name has 1 to 128 characters of A-Z a-z 0-9 . _ - (IAM
// API model, SAMLProviderNameType).
func CheckSAMLProviderARN(arn string) error {
	const what = "SAML provider's ARN"
	parts := strings.SplitN(arn, ":", 6)
	if !graphic(arn) || len(parts) < 6 || parts[0] != "arn" || !partitions.Valid(parts[1]) || parts[2] != "iam" ||
		parts[3] != "" || !strings.HasPrefix(parts[5], "saml-provider/") {
		return invalid(what, arn, "is not like arn:aws:iam::ACCOUNT:saml-provider/NAME")
	}
	if rule := AccountRule(parts[4]); rule != "" {
		return invalid(what, arn, rule)
	}
	if checkText("name", strings.TrimPrefix(parts[5], "saml-provider/"), 1, 128, ".-") != nil {
		return invalid(what, arn, "must end in a name of 1 to 128 characters of A-Z a-z 0-9 . _ -")
	}
	return nil
}

// CheckSAMLURL: the page of a SAML provider where a person signs in to AWS. Plain http is for this machine only: the
// assertion is as good as the page that it comes from.
func CheckSAMLURL(s string) error {
	_, err := signInURL("URL", s, "must be a URL like https://corp.example.com/saml/aws")
	return err
}

// ParseConsoleARN parses the ARN of who is signed in to the console: a role session, a federated user, an IAM user or
// an account's root user. It has at most 2048 characters.
func ParseConsoleARN(arn string) (account string, err error) {
	bad := func(rule string) (string, error) { return "", invalid("ARN of a console session", arn, rule) }
	parts := strings.SplitN(arn, ":", 6)
	if !graphic(arn) || len(parts) < 6 || parts[0] != "arn" || !partitions.Valid(parts[1]) || parts[3] != "" ||
		!consoleUser(parts[2], parts[5]) {
		return bad("is not like arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION or arn:aws:iam::ACCOUNT:user/NAME")
	}
	if rule := AccountRule(parts[4]); rule != "" {
		return bad(rule)
	}
	if len(arn) > 2048 {
		return bad("must have at most 2048 characters")
	}
	return parts[4], nil
}

// consoleUser reports whether a service's resource is somebody who can be signed in to the console.
func consoleUser(service, resource string) bool {
	words := strings.Split(resource, "/")
	if words[len(words)-1] == "" {
		return false
	}
	switch words[0] {
	case "assumed-role":
		return service == "sts" && len(words) == 3 && words[1] != ""
	case "federated-user":
		return service == "sts" && len(words) == 2
	case "user":
		return service == "iam" && len(words) >= 2
	case "root":
		return service == "iam" && len(words) == 1
	}
	return false
}

// CutRole reads ACCOUNT:ROLE, the role with or without its path. ok is false where the text is not of that form; the
// account may still break AccountRule.
func CutRole(target string) (account, role string, ok bool) {
	account, role, found := strings.Cut(target, ":")
	role = strings.TrimPrefix(role, "/")
	if !found || account == "" || role == "" || strings.Trim(account, "0123456789") != "" {
		return "", "", false
	}
	return account, role, true
}

// AccountRule says in words that follow a value what is wrong with the account ID in it; "": nothing.
func AccountRule(id string) string {
	switch {
	case id == "" || strings.Trim(id, "0123456789") != "":
		return "must have an account ID of 12 digits"
	case len(id) != 12:
		return "must have an account ID of 12 digits, not " + strconv.Itoa(len(id))
	}
	return ""
}

// graphic reports whether all of s is visible ASCII.
func graphic(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
