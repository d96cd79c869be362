package advice

import (
	"cmp"
	"fmt"
	"strings"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// stsHints says what to do about STS's refusal, the likeliest first, three at most.
func stsHints(e *sts.RefusedError) []string {
	h := allSTSHints(e)
	return h[:min(len(h), 3)]
}

// allSTSHints is the one table from STS's answers to advice. AWS does not say why a role may not be
// assumed; what the plan knows narrows the causes down.
func allSTSHints(e *sts.RefusedError) []string {
	f := e.Facts
	says := func(s string) bool { return strings.Contains(e.Message, s) }
	newKeys := newKeys(f)
	if e.Skew != 0 || awsclient.IsSkew(e.Code, e.Message) {
		return []string{skewHint}
	}
	if f.Replaced {
		return []string{fmt.Sprintf("the keys of profile %q were replaced or removed meanwhile by another hatstand: run it again", f.Base)}
	}
	if e.Call == credproc.AssumeRoleWithWebIdentity {
		if hints := webIdentityHints(e); hints != nil {
			return hints
		}
	}
	if hint := samlRefusalHint(e); hint != "" {
		return []string{hint}
	}
	switch e.Code {
	case "AccessDenied", "AccessDeniedException":
		return stsDenied(e, says)
	case "ExpiredToken", "ExpiredTokenException":
		return []string{newKeys, fmt.Sprintf("if the session was made before the keys changed: hatstand logout %s", f.Base)}
	case "InvalidClientTokenId":
		return []string{
			fmt.Sprintf("the access key of profile %q was deleted or made inactive, or belongs to another partition; %s", f.Base, newKeys),
			fmt.Sprintf("if region %s has to be enabled for the account first, enable it or use another: --region REGION", f.Region),
		}
	case "SignatureDoesNotMatch":
		return []string{fmt.Sprintf("the secret access key of profile %q is not the one of its access key ID; %s", f.Base, newKeys)}
	case "RegionDisabledException":
		return []string{fmt.Sprintf("STS is switched off in %s for this account: use another region (--region REGION), or have an administrator activate it (IAM, Account settings)", f.Region)}
	case "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException":
		return []string{"AWS limits calls per account; wait a little and run it again"}
	case "PackedPolicyTooLarge", "PackedPolicyTooLargeException":
		return []string{"shorten the session policy and tags (PackedPolicySize counts both, compressed)"}
	case "MalformedPolicyDocument", "MalformedPolicyDocumentException":
		return []string{"check the session policy: aws accessanalyzer validate-policy --policy-type IDENTITY_POLICY"}
	case "ValidationError":
		switch {
		case says("MaxSessionDuration"):
			return []string{fmt.Sprintf("ask for less (--duration, or duration_seconds in profile %q), or raise the role's maximum session duration in IAM", f.Profile)}
		case says("role chaining"):
			return []string{"ask for 1 h or less: --duration 1h"}
		}
	}
	if strings.HasPrefix(e.Code, "5") || e.Code == "InternalFailure" || e.Code == "ServiceUnavailable" || e.Code == "InternalError" {
		return []string{"AWS failed on its side: run it again, or use another region: --region REGION"}
	}
	return []string{"see what was asked for: hatstand explain " + f.Words}
}

const skewHint = "set the clock (AWS takes requests signed within 15 minutes of its own time), for instance: sudo timedatectl set-ntp true"

// policyWords are how the role that was refused is named on the command line.
func policyWords(e *sts.RefusedError) string {
	if e.Facts.Profile == e.Target && e.Facts.Words != "" {
		return e.Facts.Words
	}
	return ShellWord(cmp.Or(e.Facts.Profile, e.Target))
}

// narrower is about what a call does beside assuming a role.
func narrower(e *sts.RefusedError) string {
	return "tags (a reason is one) and a source identity have to be allowed, too: hatstand policy trust " + policyWords(e)
}

func stsDenied(e *sts.RefusedError, says func(string) bool) []string {
	f := e.Facts
	switch {
	case says("invalid MFA one time pass code"):
		off := "if no code works, the device's clock is off, or mfa_serial names another device than the one that shows them"
		if f.Seed != "" {
			off = "if no code works, the device's clock or the stored seed is off; compare: hatstand mfa code " + f.Seed
		}
		return []string{"wait for the next code: each works once, and a sign-in elsewhere may have used it", off}
	case says("unable to validate MFA code"):
		return []string{fmt.Sprintf("mfa_serial must be a device of the user whose keys profile %q holds; list them: aws iam list-mfa-devices", f.Base)}
	case says("must provide both MFA serial number and one time pass code"),
		says("MultiFactorAuthentication"):
		return []string{fmt.Sprintf("the call needs MFA: set mfa_serial in profile %q", f.Base)}
	case says("session credentials"):
		return []string{fmt.Sprintf("profile %q holds temporary keys; name its aws_session_token, or store long-lived keys: hatstand keys add %s", f.Base, f.Base)}
	case says("Roles may not be assumed by root"):
		return []string{"use the keys of an IAM user: root can assume no role"}
	}
	if says("sts:TagSession") || says("sts:SetSourceIdentity") {
		return []string{narrower(e)}
	}
	if e.Call == credproc.GetFederationToken {
		return []string{"the user's own policy must allow sts:GetFederationToken, and not only with MFA: no code goes with that call",
			"or use a role: hatstand console ACCOUNT:ROLE --source " + ShellWord(f.Base)}
	}
	if e.Call == credproc.AssumeRole {
		switch {
		case says("explicit deny"), says("no service control policy"), says("no permissions boundary"), says("no session policy"):
			return []string{"whatever the role trusts, another policy forbids it: hatstand explain " + policyWords(e) + " --denied"}
		case says("no identity-based policy"):
			return []string{"the caller's own policy has to allow it: hatstand policy assume " + policyWords(e)}
		}
	}
	if e.Call != credproc.AssumeRole {
		return []string{"see what was asked for: hatstand explain " + f.Words}
	}
	var h []string
	if !f.HasMFA && !f.Temporary {
		h = append(h, fmt.Sprintf("if the role demands MFA: set mfa_serial in profile %q", f.Base))
	}
	if strings.Contains(f.Words, " --source ") { // no profile holds the role
		h = append(h, "if the role demands an external ID: give the role a profile, with role_arn, source_profile and external_id")
	} else if !f.HasExternal {
		h = append(h, fmt.Sprintf("if the role demands an external ID: set external_id in profile %q", f.Profile))
	} else {
		h = append(h, fmt.Sprintf("compare external_id in profile %q with the role's trust policy (sts:ExternalId)", f.Profile))
	}
	if f.HasNarrower {
		h = append(h, narrower(e))
	}
	return append(h, "both sides have to allow it, and the role has to exist: hatstand policy trust "+policyWords(e))
}

// newKeys says how to put other credentials in the place of the base's.
func newKeys(f sts.Facts) string {
	switch {
	case f.Kind == profiles.Environment:
		return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to working keys, with AWS_SESSION_TOKEN if they are temporary"
	case f.Kind == profiles.Process:
		return fmt.Sprintf("renew what the credential_process of profile %q gives", f.Base)
	case f.Kind.SignsIn():
		return "sign in again: hatstand login --fresh " + f.Words
	case f.Kind == profiles.Static && f.Temporary:
		return fmt.Sprintf("renew the temporary keys that profile %q has in a file", f.Base)
	case f.Kind == profiles.Static:
		return fmt.Sprintf("correct the keys of profile %q in the credentials file, or store working ones: hatstand keys add %s", f.Base, f.Base)
	case f.Kind == profiles.Keyring:
		return "store working keys, which replace any that are stored: hatstand keys add --replace " + f.Base
	}
	return fmt.Sprintf("see what %s gives: hatstand explain %s", f.Kind, f.Words)
}

// webIdentityHints returns the hints for a refused web identity. Source of the codes: the STS API reference,
// AssumeRoleWithWebIdentity.
func webIdentityHints(e *sts.RefusedError) []string {
	again := "hatstand login --fresh " + e.Facts.Words
	switch {
	case e.Facts.Kind != profiles.OIDC:
	case strings.HasPrefix(e.Code, "ExpiredToken"):
		return []string{"sign in again: " + again, "a wrong clock on this machine causes this too"}
	case e.Code == "InvalidIdentityToken":
		return []string{"the account has to know the provider, with oidc_client_id as its audience: " +
			"aws iam list-open-id-connect-providers", "if it does, sign in again: " + again}
	case e.Code == "IDPRejectedClaim":
		return []string{"sign in again: " + again}
	}
	switch e.Code {
	case "ExpiredTokenException", "ExpiredToken":
		return []string{"the token has expired: a new one must be written to its file, or the clock of this machine is wrong"}
	case "InvalidIdentityToken":
		return []string{"the account must have the provider and its audience: aws iam list-open-id-connect-providers shows those that it has"}
	case "IDPRejectedClaim":
		return []string{"the provider has rejected the token: get a new one from it"}
	case "ValidationError":
		if strings.Contains(e.Message, "webIdentityToken") {
			return []string{"what it gives is no token: it has to be what the provider issued, whole"}
		}
	case "IDPCommunicationError":
		return []string{"AWS cannot reach the provider's address, which has to be public"}
	case "AccessDenied":
		return []string{"the role's trust policy has to name the provider, the token's aud and its sub: hatstand policy trust " + policyWords(e)}
	}
	return nil
}

// samlRefusalHint returns the hint for a refused SAML assertion; "": the refusal is not about the assertion. Source of
// the codes: the STS API reference, AssumeRoleWithSAML.
func samlRefusalHint(e *sts.RefusedError) string {
	if e.Call != credproc.AssumeRoleWithSAML {
		return ""
	}
	switch e.Code {
	case "ExpiredTokenException", "ExpiredToken":
		return "the assertion is older than 5 minutes, or a clock is off: sign in again, and check this machine's clock"
	case "InvalidIdentityToken":
		return "the provider's metadata in IAM is old, or the Recipient that the provider writes is wrong"
	case "IDPRejectedClaim":
		return "the provider has rejected the assertion: sign in again"
	case "AccessDenied":
		return "the role's trust policy has to name the provider and the assertion's Recipient: hatstand policy trust " +
			policyWords(e)
	}
	return ""
}
