package rotate

import (
	"testing"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	const alice, bob = "arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:user/bob"
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "a key that cannot be replaced", Err: &KeyError{Profile: "me", ID: "AKIAX", Reason: "is inactive at AWS", Next: []string{"make it active"}}, Code: 1},
		{Name: "a third key", Err: &twoKeysError{profile: "me", user: alice, current: "AKIAX", keys: []iam.Key{{ID: "AKIAX", Active: true}, {ID: "AKIAY"}}}, Code: 1},
		{Name: "another user's key, half-way", Err: &otherUserError{profile: "me", user: bob, before: cache.Rotation{Old: cache.Keys{AccessKeyID: "AKIAX", ARN: alice}}}, Code: 1},
		{Name: "a key that AWS does not come to know", Err: &notKnownError{profile: "me", id: "AKIAX", waited: 2 * time.Minute}, Code: 1},
		{Name: "a rotation that AWS refused half-way", Err: &stoppedError{profile: "me", inUse: "the old key AKIAX stays in use", again: true, err: &iam.RefusedError{Profile: "me", Action: "UpdateAccessKey", Code: iam.AccessDenied, Message: "no"}}, Code: 4},
	}, nil, ".")
}
