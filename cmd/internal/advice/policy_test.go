package advice_test

import (
	"slices"
	"testing"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/policy"
)

func TestHintsOnPolicies(t *testing.T) {
	for kind, want := range map[policy.Kind]string{
		policy.NoRole:         "name a profile with role_arn, or a role: ACCOUNT:ROLE --source prod",
		policy.Managed:        "an administrator of IAM Identity Center decides who may use it (assignments)",
		policy.NothingToAllow: "print that policy: hatstand policy trust prod",
		policy.NotUser:        "name a profile with an IAM user's keys: hatstand keys list",
		policy.OtherRole:      "print them one after the other: hatstand policy trust prod",
		policy.NotOnTheWay:    "see which roles it assumes on the way: hatstand explain prod",
		policy.BadPrincipal:   "name an IAM user: --principal arn:aws:iam::111111111111:user/alice",
		policy.CallerIsTold:   "leave --principal out",
		policy.BadAccounts:    "all accounts: --accounts '*'",
	} {
		if got := advice.Hints(&policy.Error{Kind: kind, Target: "prod", Reason: "no"}); !slices.Equal(got, []string{want}) {
			t.Errorf("%v: %q", kind, got)
		}
	}
}
