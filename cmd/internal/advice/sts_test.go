package advice_test

import (
	"strings"
	"testing"
	"time"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// What a hint must say, by AWS's code and text and by what the plan knows.
func TestHintsOnRefusalsOfSTS(t *testing.T) {
	keys := sts.Facts{Profile: "prod", Base: "me", Region: "eu-west-1", Words: "target"}
	with := func(edit func(*sts.Facts)) sts.Facts {
		f := keys
		edit(&f)
		return f
	}
	filed := with(func(f *sts.Facts) { f.Kind = profiles.Static })
	temporary := with(func(f *sts.Facts) { f.Kind, f.Temporary = profiles.Static, true })
	const (
		notAuthorized = "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/Admin"
		trust         = "both sides have to allow it, and the role has to exist: hatstand policy trust prod"
	)
	for _, row := range []struct {
		name, code, message string
		call                credproc.Call // "": AssumeRole
		facts               sts.Facts
		skew                time.Duration
		want                []string // the beginning of each hint
	}{
		{name: "an old assertion", code: "ExpiredTokenException", message: "Token must be redeemed within 5 minutes of issuance", call: credproc.AssumeRoleWithSAML, facts: keys,
			want: []string{"the assertion is older than 5 minutes, or a clock is off"}},
		{name: "a strange assertion", code: "InvalidIdentityToken", message: "Response signature invalid", call: credproc.AssumeRoleWithSAML, facts: keys,
			want: []string{"the provider's metadata in IAM is old, or the Recipient that the provider writes is wrong"}},
		{name: "an assertion that the provider takes back", code: "IDPRejectedClaim", message: "no", call: credproc.AssumeRoleWithSAML, facts: keys,
			want: []string{"the provider has rejected the assertion: sign in again"}},
		{name: "an assertion that the role does not trust", code: "AccessDenied", message: "Not authorized to perform sts:AssumeRoleWithSAML", call: credproc.AssumeRoleWithSAML, facts: keys,
			want: []string{"the role's trust policy has to name the provider and the assertion's Recipient: hatstand policy trust prod"}},
		{name: "an assertion for longer than the role's sessions last", code: "ValidationError", message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", call: credproc.AssumeRoleWithSAML, facts: keys,
			want: []string{`ask for less (--duration, or duration_seconds in profile "prod")`}},
		{name: "a wrong code", code: "AccessDenied", message: "MultiFactorAuthentication failed with invalid MFA one time pass code.", facts: keys,
			want: []string{"wait for the next code: each works once", "if no code works, the device's clock is off, or mfa_serial names another device"}},
		{name: "a wrong code of a device whose seed is stored", code: "AccessDenied", message: "MultiFactorAuthentication failed with invalid MFA one time pass code.",
			facts: with(func(f *sts.Facts) { f.Seed = "arn:aws:iam::111111111111:mfa/alice" }),
			want:  []string{"wait for the next code: each works once", "if no code works, the device's clock or the stored seed is off; compare: hatstand mfa code arn:aws:iam::111111111111:mfa/alice"}},
		{name: "a device of another user", code: "AccessDenied", message: "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.", facts: keys,
			want: []string{`mfa_serial must be a device of the user whose keys profile "me" holds`}},
		{name: "a code without a serial", code: "AccessDenied", message: "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.", facts: keys,
			want: []string{`the call needs MFA: set mfa_serial in profile "me"`}},
		{name: "session credentials where keys are wanted", code: "AccessDenied", message: "Cannot call GetSessionToken with session credentials", call: credproc.GetSessionToken, facts: keys,
			want: []string{`profile "me" holds temporary keys; name its aws_session_token, or store long-lived keys: hatstand keys add me`}},
		{name: "root", code: "AccessDenied", message: "Roles may not be assumed by root accounts.", facts: keys,
			want: []string{"use the keys of an IAM user"}},
		{name: "a role, with no MFA and no external ID given", code: "AccessDenied", message: notAuthorized, facts: keys,
			want: []string{`if the role demands MFA: set mfa_serial in profile "me"`, `if the role demands an external ID: set external_id in profile "prod"`, trust}},
		{name: "a role, with MFA given", code: "AccessDenied", message: notAuthorized, facts: with(func(f *sts.Facts) { f.HasMFA = true }),
			want: []string{`if the role demands an external ID: set external_id in profile "prod"`, trust}},
		{name: "a role, with MFA and an external ID given", code: "AccessDenied", message: notAuthorized, facts: with(func(f *sts.Facts) { f.HasMFA, f.HasExternal = true, true }),
			want: []string{`compare external_id in profile "prod" with the role's trust policy (sts:ExternalId)`, trust}},
		{name: "a role, with tags or a source identity", code: "AccessDenied", message: notAuthorized, facts: with(func(f *sts.Facts) { f.HasMFA, f.HasExternal, f.HasNarrower = true, true, true }),
			want: []string{"compare external_id", "tags (a reason is one) and a source identity have to be allowed, too: hatstand policy trust prod", trust}},
		{name: "at most three", code: "AccessDenied", message: notAuthorized, facts: with(func(f *sts.Facts) { f.HasNarrower = true }),
			want: []string{"if the role demands MFA", "if the role demands an external ID", "tags (a reason is one) and a source identity"}},
		{name: "a role from temporary credentials: no talk of MFA", code: "AccessDenied", message: notAuthorized, facts: temporary,
			want: []string{"if the role demands an external ID", trust}},
		{name: "a caller whom no policy allows it", code: "AccessDenied", message: notAuthorized + " because no identity-based policy allows the sts:AssumeRole action", facts: keys,
			want: []string{"the caller's own policy has to allow it: hatstand policy assume prod"}},
		{name: "a deny", code: "AccessDenied", message: notAuthorized + " with an explicit deny in a service control policy", facts: keys,
			want: []string{"whatever the role trusts, another policy forbids it: hatstand explain prod --denied"}},
		{name: "a permissions boundary", code: "AccessDenied", message: notAuthorized + " because no permissions boundary allows the sts:AssumeRole action", facts: keys,
			want: []string{"whatever the role trusts, another policy forbids it: hatstand explain prod --denied"}},
		{name: "a role without a profile", code: "AccessDenied", message: notAuthorized + " because no identity-based policy allows the sts:AssumeRole action",
			facts: with(func(f *sts.Facts) { f.Profile, f.Words = "target", "1:Admin --source me" }),
			want:  []string{"the caller's own policy has to allow it: hatstand policy assume 1:Admin --source me"}},
		{name: "a web identity that the role does not trust", code: "AccessDenied", message: "Not authorized to perform sts:AssumeRoleWithWebIdentity", call: credproc.AssumeRoleWithWebIdentity, facts: keys,
			want: []string{"the role's trust policy has to name the provider, the token's aud and its sub: hatstand policy trust prod"}},
		{name: "the JSON protocols' spelling", code: "AccessDeniedException", message: notAuthorized, facts: temporary,
			want: []string{"if the role demands an external ID", trust}},
		{name: "a session that a policy denies", code: "AccessDenied", message: "not authorized to perform: sts:GetSessionToken with an explicit deny", call: credproc.GetSessionToken, facts: keys,
			want: []string{"see what was asked for: hatstand explain target"}},
		{name: "expired temporary credentials", code: "ExpiredToken", message: "The security token included in the request is expired", facts: temporary,
			want: []string{`renew the temporary keys that profile "me" has in a file`, "if the session was made before the keys changed: hatstand logout me"}},
		{name: "an expired session of keys", code: "ExpiredTokenException", message: "The security token included in the request is expired", facts: keys,
			want: []string{"store working keys, which replace any that are stored: hatstand keys add --replace me", "if the session was made before the keys changed: hatstand logout me"}},
		{name: "a deleted key in the keyring", code: "InvalidClientTokenId", message: "The security token included in the request is invalid.", facts: keys,
			want: []string{`the access key of profile "me" was deleted or made inactive, or belongs to another partition; store working keys, which replace any that are stored: hatstand keys add --replace me`, "if region eu-west-1 has to be enabled"}},
		{name: "a deleted key in a file", code: "InvalidClientTokenId", message: "The security token included in the request is invalid.", facts: filed,
			want: []string{`the access key of profile "me" was deleted or made inactive, or belongs to another partition; correct the keys of profile "me" in the credentials file`, "if region"}},
		{name: "a wrong secret", code: "SignatureDoesNotMatch", message: "The request signature we calculated does not match the signature you provided", facts: keys,
			want: []string{`the secret access key of profile "me" is not the one of its access key ID; store working keys, which replace any that are stored: hatstand keys add --replace me`}},
		{name: "a clock that is off", code: "SignatureDoesNotMatch", message: "Signature expired: 20260101T000000Z is now earlier than 20260101T004500Z", facts: keys, skew: -time.Hour,
			want: []string{"set the clock"}},
		{name: "a clock that is ahead, with no Date to measure by", code: "SignatureDoesNotMatch", message: "Signature not yet current: 20260101T000000Z", facts: keys,
			want: []string{"set the clock"}},
		{name: "a clock that is off, by another code", code: "RequestExpired", message: "Request has expired.", facts: keys, want: []string{"set the clock"}},
		{name: "a region that is switched off", code: "RegionDisabledException", message: "STS is not activated in this region for account:111111111111.", facts: keys,
			want: []string{"STS is switched off in eu-west-1 for this account: use another region (--region REGION)"}},
		{name: "throttling", code: "Throttling", message: "Rate exceeded", facts: keys, want: []string{"AWS limits calls per account; wait a little"}},
		{name: "too much policy", code: "PackedPolicyTooLarge", message: "Packed size of session tags consumes 110% of allotted space.", facts: keys, want: []string{"shorten the session policy and tags"}},
		{name: "a bad policy", code: "MalformedPolicyDocument", message: "Syntax errors in policy.", facts: keys, want: []string{"check the session policy: aws accessanalyzer validate-policy"}},
		{name: "more than the role allows", code: "ValidationError", message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", facts: keys,
			want: []string{`ask for less (--duration, or duration_seconds in profile "prod"), or raise the role's maximum`}},
		{name: "more than chaining allows", code: "ValidationError", message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining", facts: keys,
			want: []string{"ask for 1 h or less: --duration 1h"}},
		{name: "another value that AWS refuses", code: "ValidationError", message: "1 validation error detected", facts: keys, want: []string{"see what was asked for: hatstand explain target"}},
		{name: "AWS's own failure", code: "InternalFailure", message: "The request processing has failed", facts: keys, want: []string{"AWS failed on its side"}},
		{name: "AWS is not there", code: "ServiceUnavailable", message: "", facts: keys, want: []string{"AWS failed on its side"}},
		{name: "a status for a code", code: "503", message: "", facts: keys, want: []string{"AWS failed on its side"}},
		{name: "a code that nobody knows", code: "NoSuchThing", message: "", facts: keys, want: []string{"see what was asked for: hatstand explain target"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			call := row.call
			if call == "" {
				call = credproc.AssumeRole
			}
			e := &sts.RefusedError{Target: "target", Call: call, Code: row.code, Message: row.message, Skew: row.skew, Facts: row.facts}
			got := advice.Hints(e)
			if len(got) != len(row.want) {
				t.Fatalf("want %d hints, got %q", len(row.want), got)
			}
			for i, want := range row.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("want %q..., got %q", want, got[i])
				}
			}
		})
	}
}
