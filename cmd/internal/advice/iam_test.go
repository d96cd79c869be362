package advice_test

import (
	"slices"
	"testing"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc"
	"hatstand/credproc/iam"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

func TestHintsOnRefusalsOfIAM(t *testing.T) {
	const denied = "User: arn:aws:iam::111111111111:user/team/alice is not authorized to perform: iam:X on resource: user alice "
	const mfa = `the account may require MFA for it: set mfa_serial in profile "me" and run it again`
	for _, row := range []struct {
		claim, action string
		code          iam.Code
		message       string
		mfa           bool
		want          []string
	}{
		{"no permission: what to attach, and MFA may be it", "CreateAccessKey", iam.AccessDenied, denied + "because no identity-based policy allows it", false,
			[]string{`ask an administrator to allow the user this: {"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}"}`, mfa}},
		{"an explicit deny without MFA: the account wants it", "DeleteAccessKey", iam.AccessDenied, denied + "with an explicit deny in an identity-based policy", false,
			[]string{mfa, "else a policy of the account denies it: ask its administrator"}},
		{"an explicit deny with MFA", "GetAccessKeyLastUsed", iam.AccessDenied, denied + "with an explicit deny in an identity-based policy", true,
			[]string{"a policy of the account denies it: ask its administrator"}},
		{"no permission with MFA", "GetAccessKeyLastUsed", iam.AccessDenied, denied + "because no identity-based policy allows it", true,
			[]string{`ask an administrator to allow the user this: {"Effect":"Allow","Action":"iam:GetAccessKeyLastUsed","Resource":"*"}`}},
		{"the partition is the user's", "ListAccessKeys", iam.AccessDenied, "User: arn:aws-cn:iam::111111111111:user/alice is not authorized", true,
			[]string{`ask an administrator to allow the user this: {"Effect":"Allow","Action":"iam:ListAccessKeys","Resource":"arn:aws-cn:iam::*:user/${aws:username}"}`}},
		{"no permission for a report: both calls are in the policy", "GetCredentialReport", iam.AccessDenied, denied + "because no identity-based policy allows it", true,
			[]string{`ask an administrator to allow the caller this: {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GetCredentialReport"],"Resource":"*"}]}`}},
		{"a role of another account", "GenerateServiceLastAccessedDetails", iam.NoSuchEntity, "ARN x not found.", true,
			[]string{"ask with credentials of the role's own account: hatstand audit PROFILE --role ARN"}},
		{"a third key", "CreateAccessKey", iam.LimitExceeded, "Cannot exceed quota for AccessKeysPerUser: 2", false,
			[]string{"a user can have at most 2 access keys, active or not; see both: hatstand keys list --check"}},
		{"a key that was deleted", "ListAccessKeys", iam.InvalidToken, "The security token included in the request is invalid.", false,
			[]string{`the access key of profile "me" was deleted or made inactive, or belongs to another partition; store a working one, which replaces any that is stored: hatstand keys add --replace me`}},
		{"a clock that is off", "ListAccessKeys", "SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101T004500Z", false,
			[]string{"set the clock (AWS takes requests signed within 15 minutes of its own time), for instance: sudo timedatectl set-ntp true"}},
		{"too many calls", "EnableMFADevice", "Throttling", "Rate exceeded", false, []string{"AWS limits calls per account; wait a little and run it again"}},
		{"too many calls, without a code", "EnableMFADevice", "TooManyRequestsException", "Too Many Requests", false, []string{"AWS limits calls per account; wait a little and run it again"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			e := &iam.RefusedError{Profile: "me", Action: row.action, Code: row.code, Message: row.message, MFA: row.mfa}
			exit, hints := advice.For(e)
			if exit != advice.Refused || !slices.Equal(hints, row.want) {
				t.Errorf("%d, %q; want %q", exit, hints, row.want)
			}
		})
	}
}

func TestHintsOnWhatAPlanLacks(t *testing.T) {
	replaced := &sts.RefusedError{Code: "InvalidClientTokenId", Facts: sts.Facts{Base: "me", Replaced: true}}
	ambient := &sts.RefusedError{Code: "SignatureDoesNotMatch", Facts: sts.Facts{Base: "e", Kind: profiles.Environment}}
	for _, row := range []struct {
		err  error
		exit int
		want string
	}{
		{resolve.MissingKeys("prod", "empty"), advice.Usage, "store them: hatstand keys add empty"},
		{resolve.MissingVariables("prod", "env"), advice.Usage, "set both variables, or name a source_profile instead"},
		{&resolve.Error{Kind: resolve.ProgramFailed}, advice.Failed, "run the command by hand and look at what it prints"},
		{&resolve.Error{Kind: resolve.ProgramFailed, Exit: advice.Keyring, Hints: []string{"its own"}}, advice.Keyring, "its own"},
		{&resolve.Error{Kind: resolve.BadAnswer}, advice.Failed, "check this machine's clock, and AWS_ENDPOINT_URL_STS or endpoint_url if one is set"},
		{&credproc.Error{Kind: credproc.NotUserKeys, Target: "me"}, advice.Usage, "name a profile with a role, or a role: hatstand console ACCOUNT:ROLE --source me"},
		{&credproc.Error{Kind: credproc.NeedsRole, Target: "me"}, advice.Usage, "name a profile with role_arn, or a role: ACCOUNT:ROLE --source me"},
		{&credproc.Error{Kind: credproc.AlreadyTemporary, Target: "me"}, advice.Usage, "leave --duration out, or name a profile with a role"},
		{&credproc.Error{Kind: credproc.Unsupported, Target: "prod"}, advice.Usage, "let another program give them: credential_process = COMMAND in the source profile"},
		{&credproc.Error{Kind: credproc.TokenOnly, Target: "prod", Subject: "me"}, advice.Usage, `add both to profile "me", or run aws configure sso`},
		{&sts.UnreachableError{Target: "prod"}, advice.Failed, "check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_STS or endpoint_url if one is set"},
		{&iam.UnreachableError{Profile: "prod"}, advice.Failed, "check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_IAM or endpoint_url if one is set"},
		{replaced, advice.Refused, `the keys of profile "me" were replaced or removed meanwhile by another hatstand: run it again`},
		{ambient, advice.Refused, `the secret access key of profile "e" is not the one of its access key ID; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to working keys, with AWS_SESSION_TOKEN if they are temporary`},
	} {
		if exit, hints := advice.For(row.err); exit != row.exit || len(hints) != 1 || hints[0] != row.want {
			t.Errorf("%T: %d, %q; want %d, %q", row.err, exit, hints, row.exit, row.want)
		}
	}
}
