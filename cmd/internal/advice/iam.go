package advice

import (
	"fmt"
	"strings"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/iam"
)

func iamError(err error) (answer, bool) {
	switch e := err.(type) {
	case *iam.UnreachableError:
		return answer{rank: unreachable, exit: Failed, hints: []string{unreachableHint("IAM")}}, true
	case *iam.NotReadyError:
		return answer{rank: unreachable, exit: Failed, hints: []string{"IAM may still be working on it: run it again in a minute"}}, true
	case *iam.RefusedError:
		return answer{rank: refused, exit: Refused, hints: iamHints(e)}, true
	}
	return answer{}, false
}

// iamHints says what to do about IAM's refusal, the likeliest first.
func iamHints(e *iam.RefusedError) []string {
	if awsclient.IsSkew(string(e.Code), e.Message) {
		return []string{skewHint}
	}
	switch e.Code {
	case iam.AccessDenied:
		return iamDenied(e)
	case iam.InvalidToken:
		h := []string{fmt.Sprintf("the access key of profile %q was deleted or made inactive, or belongs to another partition; store a working one, which replaces any that is stored: hatstand keys add --replace %[1]s", e.Profile)}
		if e.MFA {
			h = append(h, "if its session was made before the keys changed: hatstand logout "+e.Profile)
		}
		return h
	case "ExpiredToken":
		return []string{"get a new session: hatstand logout " + e.Profile + ", then run it again"}
	case "SignatureDoesNotMatch":
		return []string{fmt.Sprintf("the secret access key of profile %q is not the one of its access key ID; store working keys, which replace any that are stored: hatstand keys add --replace %[1]s", e.Profile)}
	case iam.NoSuchEntity:
		if strings.Contains(e.Action, "LastAccessed") {
			return []string{"ask with credentials of the role's own account: hatstand audit PROFILE --role ARN"}
		}
		return []string{"it may have been deleted meanwhile; see what there is: hatstand " + iamListing(e) + " list --check"}
	case iam.LimitExceeded:
		if e.Action == "CreateAccessKey" {
			return []string{fmt.Sprintf("a user can have at most %d access keys, active or not; see both: hatstand keys list --check", iam.KeysPerUser)}
		}
		return []string{fmt.Sprintf("a user can have at most %d MFA devices; remove one first", iam.DevicesPerUser)}
	case iam.AlreadyExists:
		return []string{"choose another name"}
	case iam.DeleteConflict:
		return []string{"the device still belongs to a user: deactivate it first"}
	case iam.TemporarilyUnmodifiable:
		return []string{"something else is changing it: wait a minute and run it again"}
	case iam.WrongCode:
		return []string{"give two codes in a row, the second 30 s after the first; if they were, set the clock of the device and of this machine"}
	}
	if e.Throttled() {
		return []string{"AWS limits calls per account; wait a little and run it again"}
	}
	if e.Code == "ServiceFailure" || e.Code == "ServiceUnavailable" || strings.HasPrefix(string(e.Code), "Internal") {
		return []string{"AWS failed on its side: run it again"}
	}
	return nil
}

// iamDenied says which permission the user needs. An explicit deny of credentials that were made without a token code
// most likely comes from the policy in AWS's documentation that denies everything without MFA.
func iamDenied(e *iam.RefusedError) []string {
	resource := "arn:aws*:iam::*:user/${aws:username}"
	switch e.Action {
	case "GetAccessKeyLastUsed":
		resource = "*"
	case "CreateVirtualMFADevice", "DeleteVirtualMFADevice", "ListVirtualMFADevices":
		resource = "arn:aws*:iam::*:mfa/*"
	}
	resource = strings.Replace(resource, "aws*", partitionIn(e.Message), 1)
	allow := fmt.Sprintf(`ask an administrator to allow the user this: {"Effect":"Allow","Action":"iam:%s","Resource":"%s"}`, e.Action, resource)
	if policy := reportPolicy(e.Action); policy != "" {
		allow = "ask an administrator to allow the caller this: " + policy
	}
	mfa := fmt.Sprintf("the account may require MFA for it: set mfa_serial in profile %q and run it again", e.Profile)
	explicit := strings.Contains(e.Message, "explicit deny")
	switch {
	case explicit && !e.MFA:
		return []string{mfa, "else a policy of the account denies it: ask its administrator"}
	case explicit:
		return []string{"a policy of the account denies it: ask its administrator"}
	case !e.MFA:
		return []string{allow, mfa}
	}
	return []string{allow}
}

// reportPolicy is the policy that allows one of the calls about IAM's reports, and the other that goes with it; "" for
// other calls.
func reportPolicy(action string) string {
	var actions string
	switch action {
	case "GenerateCredentialReport", "GetCredentialReport":
		actions = `"iam:GenerateCredentialReport","iam:GetCredentialReport"`
	case "GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails":
		actions = `"iam:GenerateServiceLastAccessedDetails","iam:GetServiceLastAccessedDetails"`
	default:
		return ""
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + actions + `],"Resource":"*"}]}`
}

// partitionIn is the partition of the ARN that a message names; "aws" if it names none.
func partitionIn(message string) string {
	if _, rest, ok := strings.Cut(message, "arn:"); ok {
		if p, _, ok := strings.Cut(rest, ":"); ok && strings.Trim(p, "abcdefghijklmnopqrstuvwxyz-") == "" && p != "" {
			return p
		}
	}
	return "aws"
}

func iamListing(e *iam.RefusedError) string {
	if strings.Contains(e.Action, "MFA") {
		return "mfa"
	}
	return "keys"
}
