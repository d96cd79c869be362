package limits

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLimitsAreTheSTSModels(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	policy := func(n int) string { return `{"a":"` + long(n-8) + `"}` }
	tags := func(n int) []Tag {
		out := make([]Tag, n)
		for i := range out {
			out[i] = Tag{fmt.Sprint("k", i), ""}
		}
		return out
	}
	arns := func(n int) []string { return strings.Fields(strings.Repeat("arn:aws:iam::aws:policy/X ", n)) }
	for _, row := range []struct {
		claim string
		err   error
		ok    bool
	}{
		{"a session name of 2", CheckSessionName("ab"), true},
		{"a session name of 64, every mark", CheckSessionName("aZ09_+=,.@-" + long(53)), true},
		{"a session name of 1", CheckSessionName("a"), false},
		{"a session name of 65", CheckSessionName(long(65)), false},
		{"a session name with é", CheckSessionName("zoé"), false},
		{"a session name with :", CheckSessionName("a:b"), false},
		{"a source identity of 64", CheckSourceIdentity(long(64)), true},
		{"a source identity of 65", CheckSourceIdentity(long(65)), false},
		{"a source identity with a space", CheckSourceIdentity("a b"), false},
		{"an external ID of 1224, every mark", CheckExternalID("aZ09_+=,.@:/-" + long(1211)), true},
		{"an external ID of 1225", CheckExternalID(long(1225)), false},
		{"an external ID with a space", CheckExternalID("a b"), false},
		{"a hardware serial", CheckSerial("GAHT12345678"), true},
		{"a serial of 8", CheckSerial(long(8)), false},
		{"a serial of 256", CheckSerial(long(256)), true},
		{"a serial of 257", CheckSerial(long(257)), false},
		{"a role for 900 s", CheckRoleDuration(900 * time.Second), true},
		{"a role for 899 s", CheckRoleDuration(899 * time.Second), false},
		{"a role for 12 h", CheckRoleDuration(12 * time.Hour), true},
		{"a role for 12 h 1 s", CheckRoleDuration(12*time.Hour + time.Second), false},
		{"a role for half seconds", CheckRoleDuration(time.Hour + time.Second/2), false},
		{"a session for 36 h", CheckSessionDuration(36 * time.Hour), true},
		{"a session for 36 h 1 s", CheckSessionDuration(36*time.Hour + time.Second), false},
		{"a policy of 2048", CheckPolicy(policy(2048)), true},
		{"a policy of 2049", CheckPolicy(policy(2049)), false},
		{"an empty policy", CheckPolicy(""), false},
		{"a policy that is a list", CheckPolicy("[]"), false},
		{"a policy beyond U+00FF", CheckPolicy(`{"a":"–"}`), false},
		{"a policy in UTF-8", CheckPolicy(`{"a":"é"}`), true},
		{"two policies", CheckPolicy(`{} {}`), false},
		{"10 policy ARNs", CheckPolicyARNs(arns(10)), true},
		{"11 policy ARNs", CheckPolicyARNs(arns(11)), false},
		{"a role's ARN as policy ARN", CheckPolicyARNs([]string{"arn:aws:iam::222222222222:role/Admin"}), false},
		{"a policy ARN of 2049", CheckPolicyARNs([]string{"arn:aws:iam::aws:policy/" + long(2025)}), false},
		{"50 tags", CheckTags(tags(50)), true},
		{"51 tags", CheckTags(tags(51)), false},
		{"a tag in another script", CheckTags([]Tag{{"équipe", "日本 1"}}), true},
		{"a tag key of 128", CheckTags([]Tag{{strings.Repeat("é", 128), ""}}), true},
		{"a tag key of 129", CheckTags([]Tag{{strings.Repeat("é", 129), ""}}), false},
		{"an empty tag key", CheckTags([]Tag{{"", "x"}}), false},
		{"a tag value of 257", CheckTags([]Tag{{"k", long(257)}}), false},
		{"a tag value with a comma", CheckTags([]Tag{{"k", "a,b"}}), false},
		{"a code of six digits", CheckTokenCode("012345"), true},
		{"a code of five", CheckTokenCode("01234"), false},
		{"a code of seven", CheckTokenCode("0123456"), false},
		{"a code with a letter", CheckTokenCode("01234a"), false},
		{"a code in other digits", CheckTokenCode("٠١٢٣٤٥"), false},
	} {
		if ok := row.err == nil; ok != row.ok {
			t.Errorf("%s: %v", row.claim, row.err)
		}
		if _, ok := errors.AsType[*Error](row.err); row.err != nil && !ok {
			t.Errorf("%s: %T", row.claim, row.err)
		}
	}
	if err := CheckTokenCode("98765x"); strings.Contains(err.Error(), "987") {
		t.Errorf("the code shows: %v", err)
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{"3600": time.Hour, "1h30m": 90 * time.Minute, "900s": 15 * time.Minute, "4294967295": 4294967295 * time.Second} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "0", "-1", "-1h", "soon", "1h 30m", "99999999999", "1e3", "1d", "0x10", "3_600"} {
		if got, err := ParseDuration(in); err == nil {
			t.Errorf("%q is %v, want an error", in, got)
		}
	}
}

func TestParseTags(t *testing.T) {
	tags, err := ParseTags(" a = 1 ,b=x=y,c=")
	if err != nil || fmt.Sprint(tags) != "[{a 1} {b x=y} {c }]" {
		t.Errorf("%v, %v", tags, err)
	}
	for _, in := range []string{"", "a", "a=1,", "a=1,b"} {
		if tags, err := ParseTags(in); err == nil {
			t.Errorf("%q is %v, want an error", in, tags)
		}
	}
}

func TestParseRoleARN(t *testing.T) {
	r, err := ParseRoleARN("arn:aws-cn:iam::123456789012:role/a/b/Name-1")
	if err != nil || r.Partition != "aws-cn" || r.AccountID != "123456789012" || r.Name != "Name-1" {
		t.Errorf("%+v, %v", r, err)
	}
	for _, in := range []string{
		"", "arn:foo", "arn:aws:iam::123456789012:role/", "arn:aws:iam::123456789012:role", "arn:aws:iam::123456789012:user/x", "arn:aws:iam::12345678901a:role/x",
		"arn:aws:iam:eu-west-1:123456789012:role/x", "arn:azure:iam::123456789012:role/x", "arn:aws-:iam::123456789012:role/x", "arn:AWS:iam::123456789012:role/x",
		"arn:aws:s3::123456789012:role/x", "arn:aws:iam::123456789012:role/a b", "arn:aws:iam::123456789012:role/é", "arn:aws:iam::123456789012:role/x\n",
		"arn:aws:iam::123456789012:role/" + strings.Repeat("x", 65), "arn:aws:iam::123456789012:role/" + strings.Repeat("x/", 1024) + "x",
	} {
		if r, err := ParseRoleARN(in); err == nil {
			t.Errorf("%q is %+v, want an error", in, r)
		}
	}
}
