package iamuser

import "testing"

func TestAnARNSaysWhichUserItIs(t *testing.T) {
	for arn, want := range map[string]Identity{
		"arn:aws:iam::111111111111:user/alice":            {"aws", "111111111111", "alice"},
		"arn:aws-cn:iam::111111111111:user/team/of/alice": {"aws-cn", "111111111111", "alice"},
		"arn:aws:iam::111111111111:root":                  {},
		"arn:aws:sts::111111111111:assumed-role/A/b":      {},
		"":               {},
		"arn:aws:iam::1": {},
	} {
		got, err := ParseARN(arn)
		if got != want || (err == nil) != (want != Identity{}) {
			t.Errorf("%q: %+v, %v", arn, got, err)
		}
	}
	if got := (Identity{"aws-cn", "111111111111", "alice"}).DeviceARN("phone"); got != "arn:aws-cn:iam::111111111111:mfa/phone" {
		t.Error(got)
	}
}
