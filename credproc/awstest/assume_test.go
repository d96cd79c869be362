package awstest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"hatstand/credproc/awstest/policy"
)

func tags(kv ...string) []types.Tag {
	var out []types.Tag
	for i := 0; i < len(kv); i += 2 {
		out = append(out, types.Tag{Key: aws.String(kv[i]), Value: aws.String(kv[i+1])})
	}
	return out
}

func policyARNs(arns ...string) []types.PolicyDescriptorType {
	var out []types.PolicyDescriptorType
	for _, a := range arns {
		out = append(out, types.PolicyDescriptorType{Arn: aws.String(a)})
	}
	return out
}

func TestAssumeRoleLimits(t *testing.T) {
	long := strings.Repeat("x", 65)
	const one = "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must %s"
	for name, row := range map[string]struct {
		edit          func(*sts.AssumeRoleInput)
		code, message string
	}{
		"the shortest session name": {edit: func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("al") }},
		"a short session name": {
			edit: func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a") },
			code: "ValidationError", message: fmt.Sprintf(one, "a", "roleSessionName", "have length greater than or equal to 2"),
		},
		"a long session name": {
			edit: func(in *sts.AssumeRoleInput) { in.RoleSessionName = &long },
			code: "ValidationError", message: fmt.Sprintf(one, long, "roleSessionName", "have length less than or equal to 64"),
		},
		"a session name with a letter outside ASCII": {
			edit: func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("andré") },
			code: "ValidationError", message: fmt.Sprintf(one, "andré", "roleSessionName", `satisfy regular expression pattern: [\w+=,.@-]*`),
		},
		"two things wrong are told together": {
			edit: func(in *sts.AssumeRoleInput) { in.RoleSessionName, in.ExternalId = aws.String("a b"), aws.String("x") },
			code: "ValidationError", message: `2 validation errors detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*; ` +
				`Value 'x' at 'externalId' failed to satisfy constraint: Member must have length greater than or equal to 2`,
		},
		"an external ID with a space": {
			edit: func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("a b") },
			code: "ValidationError", message: fmt.Sprintf(one, "a b", "externalId", `satisfy regular expression pattern: [\w+=,.@:\/-]*`),
		},
		"a source identity with a colon": {
			edit: func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("a:b") },
			code: "ValidationError", message: fmt.Sprintf(one, "a:b", "sourceIdentity", `satisfy regular expression pattern: [\w+=,.@-]*`),
		},
		"a duration below a quarter of an hour": {
			edit: func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) },
			code: "ValidationError", message: fmt.Sprintf(one, "899", "durationSeconds", "have value greater than or equal to 900"),
		},
		"a duration above twelve hours": {
			edit: func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(43201) },
			code: "ValidationError", message: fmt.Sprintf(one, "43201", "durationSeconds", "have value less than or equal to 43200"),
		},
		"a duration above the role's own": {
			edit: func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(7201) },
			code: "ValidationError", message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
		},
		"the role's own duration": {edit: func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(7200) }},
		"a code of five digits": {
			edit: func(in *sts.AssumeRoleInput) {
				in.SerialNumber, in.TokenCode = aws.String("arn:aws:iam::111111111111:mfa/alice"), aws.String("12345")
			},
			code: "ValidationError", message: fmt.Sprintf(one, "12345", "tokenCode", "have length greater than or equal to 6"),
		},
		"a code with a letter": {
			edit: func(in *sts.AssumeRoleInput) {
				in.SerialNumber, in.TokenCode = aws.String("arn:aws:iam::111111111111:mfa/alice"), aws.String("12345a")
			},
			code: "ValidationError", message: fmt.Sprintf(one, "12345a", "tokenCode", `satisfy regular expression pattern: [\d]*`),
		},
		"something too short to be an ARN": {
			edit: func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("Admin") },
			code: "ValidationError", message: fmt.Sprintf(one, "Admin", "roleArn", "have length greater than or equal to 20"),
		},
		"a user's ARN": {
			edit: func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::222222222222:user/Admin") },
			code: "ValidationError", message: "arn:aws:iam::222222222222:user/Admin is invalid",
		},
		"a policy that is no JSON": {
			edit: func(in *sts.AssumeRoleInput) { in.Policy = aws.String("{") },
			code: "MalformedPolicyDocument", message: "The policy is not in the valid JSON format.",
		},
		"a policy without statements": {
			edit: func(in *sts.AssumeRoleInput) { in.Policy = aws.String(`{"Version":"2012-10-17"}`) },
			code: "MalformedPolicyDocument", message: "Syntax errors in policy.",
		},
		"a policy with an unknown effect": {
			edit: func(in *sts.AssumeRoleInput) {
				in.Policy = aws.String(`{"Statement":{"Effect":"Permit","Action":"*","Resource":"*"}}`)
			},
			code: "MalformedPolicyDocument", message: "Syntax errors in policy.",
		},
		"a managed policy of another partition": {
			edit: func(in *sts.AssumeRoleInput) { in.PolicyArns = policyARNs("arn:aws-cn:iam::aws:policy/ReadOnlyAccess") },
			code: "ValidationError", message: "arn:aws-cn:iam::aws:policy/ReadOnlyAccess is invalid",
		},
		"a managed policy of another account": {
			edit: func(in *sts.AssumeRoleInput) { in.PolicyArns = policyARNs("arn:aws:iam::333333333333:policy/Mine") },
			code: "ValidationError", message: "arn:aws:iam::333333333333:policy/Mine is invalid",
		},
		"duplicate tags in another case": {
			edit: func(in *sts.AssumeRoleInput) { in.Tags = tags("Team", "a", "team", "b") },
			code: "InvalidParameterValue", message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
		},
		"a transitive tag that is not passed": {
			edit: func(in *sts.AssumeRoleInput) { in.TransitiveTagKeys = []string{"team"} },
			code: "InvalidParameterValue", message: "The specified transitive tag key must be included in the requested tags.",
		},
		"a reserved tag": {
			edit: func(in *sts.AssumeRoleInput) { in.Tags = tags("aws:x", "v") },
			code: "InvalidParameterValue", message: "System tags cannot be added/updated by requester",
		},
		"a reserved source identity in lower case": {
			edit: func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("aws:x") },
			code: "ValidationError", message: fmt.Sprintf(one, "aws:x", "sourceIdentity", `satisfy regular expression pattern: [\w+=,.@-]*`),
		},
		"a tag value with a character that is not allowed": {
			edit: func(in *sts.AssumeRoleInput) { in.Tags = tags("k", "a;b") },
			code: "ValidationError", message: fmt.Sprintf(one, "a;b", "tags.1.member.value", `satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*`),
		},
		"an empty tag key": {
			edit: func(in *sts.AssumeRoleInput) { in.Tags = tags("", "v") },
			code: "ValidationError", message: fmt.Sprintf(one, "", "tags.1.member.key", "have length greater than or equal to 1"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.AddRole(admin, Role{Trust: []Trust{{Principal: home, Tags: []string{"*"}}}, MaxSession: 2 * time.Hour})
			_, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), assume(admin, row.edit))
			if row.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantRefusal(t, err, http.StatusBadRequest, row.code, row.message)
		})
	}
}

func TestListsAreLimited(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home, Tags: []string{"*"}}}})
	var many []types.Tag
	for i := range 51 {
		many = append(many, tags(fmt.Sprint("k", i), "v")...)
	}
	var arns []types.PolicyDescriptorType
	for i := range 11 {
		arns = append(arns, policyARNs(fmt.Sprint("arn:aws:iam::aws:policy/P", i))...)
	}
	for name, edit := range map[string]func(*sts.AssumeRoleInput){
		"51 tags": func(in *sts.AssumeRoleInput) { in.Tags = many },
		"51 transitive keys": func(in *sts.AssumeRoleInput) {
			for range 51 {
				in.TransitiveTagKeys = append(in.TransitiveTagKeys, "k0")
			}
		},
		"11 policies":                 func(in *sts.AssumeRoleInput) { in.PolicyArns = arns },
		"a tag key of 129 characters": func(in *sts.AssumeRoleInput) { in.Tags = tags(strings.Repeat("k", 129), "v") },
		"a tag value of 257":          func(in *sts.AssumeRoleInput) { in.Tags = tags("k", strings.Repeat("v", 257)) },
		"a policy of 2,049": func(in *sts.AssumeRoleInput) {
			in.Policy = aws.String(`{"Statement":[]}` + strings.Repeat(" ", 2049-16))
		},
	} {
		_, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), assume(admin, edit))
		if err == nil || !strings.Contains(err.Error(), "ValidationError: 1 validation error detected: ") || !strings.Contains(err.Error(), "have length less than or equal to ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), assume(admin, func(in *sts.AssumeRoleInput) { in.Tags = many[:50] }))
	if err != nil {
		t.Errorf("50 tags: %v", err)
	}
	big := func(in *sts.AssumeRoleInput) {
		for i := range 10 {
			in.Tags = append(in.Tags, tags(fmt.Sprint("k", i), strings.Repeat("v", 256))...)
		}
	}
	_, err = client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), assume(admin, big))
	wantRefusal(t, err, http.StatusBadRequest, "PackedPolicyTooLarge", "Packed size of session tags consumes 125% of allotted space.")
}

func TestTrust(t *testing.T) {
	const refused = "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/Admin"
	external := func(id string) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.ExternalId = &id }
	}
	source := func(id string) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.SourceIdentity = &id }
	}
	for name, row := range map[string]struct {
		trust   []Trust
		edit    func(*sts.AssumeRoleInput)
		prepare func(world)
		want    string
	}{
		"the account":            {trust: []Trust{{Principal: home}}},
		"the account's root ARN": {trust: []Trust{{Principal: "arn:aws:iam::111111111111:root"}}},
		"the user":               {trust: []Trust{{Principal: "arn:aws:iam::111111111111:user/alice"}}},
		"anybody":                {trust: []Trust{{Principal: "*"}}},
		"another account":        {trust: []Trust{{Principal: "333333333333"}}, want: refused},
		"another user":           {trust: []Trust{{Principal: "arn:aws:iam::111111111111:user/bob"}}, want: refused},
		"nobody":                 {want: refused},
		"one of two statements":  {trust: []Trust{{Principal: "333333333333"}, {Principal: home}}},

		"external ID, given":       {trust: []Trust{{Principal: home, ExternalID: "ext-1"}}, edit: external("ext-1")},
		"external ID, not given":   {trust: []Trust{{Principal: home, ExternalID: "ext-1"}}, want: refused},
		"external ID, another one": {trust: []Trust{{Principal: home, ExternalID: "ext-1"}}, edit: external("ext-2"), want: refused},
		"external ID, not wanted":  {trust: []Trust{{Principal: home}}, edit: external("ext-2")},

		"MFA wanted, not given": {trust: []Trust{{Principal: home, RequireMFA: true}}, want: refused},

		"session name of the user":    {trust: []Trust{{Principal: home, SessionName: "${aws:username}"}}},
		"session name of a pattern":   {trust: []Trust{{Principal: home, SessionName: "al?c*"}}},
		"session name of another one": {trust: []Trust{{Principal: home, SessionName: "bob"}}, want: refused},

		"source identity as wanted": {trust: []Trust{{Principal: home, SourceIdentity: "${aws:username}"}}, edit: source("alice")},
		"source identity not as wanted": {
			trust: []Trust{{Principal: home, SourceIdentity: "${aws:username}"}}, edit: source("bob"), want: refused,
		},
		"source identity wanted, not given": {trust: []Trust{{Principal: home, SourceIdentity: "*"}}, want: refused},
		"source identity not allowed": {
			trust: []Trust{{Principal: home}}, edit: source("alice"),
			want: strings.Replace(refused, "sts:AssumeRole", "sts:SetSourceIdentity", 1),
		},
		"tags not allowed": {
			trust: []Trust{{Principal: home, Tags: []string{"cost"}}},
			edit:  func(in *sts.AssumeRoleInput) { in.Tags = tags("team", "a") },
			want:  strings.Replace(refused, "sts:AssumeRole", "sts:TagSession", 1),
		},
		"tags allowed": {
			trust: []Trust{{Principal: home, Tags: []string{"Team"}}},
			edit:  func(in *sts.AssumeRoleInput) { in.Tags = tags("team", "a") },
		},
		"no identity policy allows it": {
			trust: []Trust{{Principal: home}}, prepare: func(w world) { w.user.Allow("s3:*") },
			want: refused + " because no identity-based policy allows the sts:AssumeRole action",
		},
		"across accounts, a trusted user needs an identity policy too": {
			trust: []Trust{{Principal: "arn:aws:iam::111111111111:user/alice"}}, prepare: func(w world) { w.user.Allow("s3:*") },
			want: refused + " because no identity-based policy allows the sts:AssumeRole action",
		},
		"an identity policy denies it": {
			trust: []Trust{{Principal: "arn:aws:iam::111111111111:user/alice"}}, prepare: func(w world) { w.user.Deny("sts:Assume*") },
			want: refused + " with an explicit deny in an identity-based policy",
		},
		"an identity policy wants MFA": {
			trust: []Trust{{Principal: home}}, prepare: func(w world) { w.user.DenyWithoutMFA("sts:AssumeRole") },
			want: refused + " with an explicit deny in an identity-based policy",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.AddRole(admin, Role{Trust: row.trust})
			if row.prepare != nil {
				row.prepare(w)
			}
			in := assume(admin)
			if row.edit != nil {
				row.edit(in)
			}
			_, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), in)
			if row.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantRefusal(t, err, http.StatusForbidden, "AccessDenied", row.want)
		})
	}
}

func TestWithinAnAccountATrustedUserNeedsNoIdentityPolicy(t *testing.T) {
	w := newWorld(t, Options{})
	const mine = "arn:aws:iam::111111111111:role/Mine"
	w.AddRole(mine, Role{Trust: []Trust{{Principal: w.user.ARN}}})
	w.user.Allow("s3:*")
	if _, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), assume(mine)); err != nil {
		t.Error(err)
	}
}

func TestAnUnknownRoleLooksLikeAForbiddenOne(t *testing.T) {
	w := newWorld(t, Options{})
	_, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), assume("arn:aws:iam::222222222222:role/Nobody"))
	wantRefusal(t, err, http.StatusForbidden, "AccessDenied",
		"User: arn:aws:iam::111111111111:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/Nobody")
}

func TestRootAssumesNothing(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	root := w.AddRoot(home)
	_, err := client(w.Server, keyCreds(root.AddKey())).AssumeRole(t.Context(), assume(admin))
	wantRefusal(t, err, http.StatusForbidden, "AccessDenied", "Roles may not be assumed by root accounts.")
}

func TestRolesOfOtherPartitions(t *testing.T) {
	const cn = "arn:aws-cn:iam::222222222222:role/Admin"
	w := newWorld(t, Options{Partition: "aws-cn"})
	w.AddRole(cn, Role{Trust: []Trust{{Principal: "arn:aws-cn:iam::111111111111:root"}}})
	out, err := clientIn(w.Server, keyCreds(w.key), "cn-north-1").AssumeRole(t.Context(), assume(cn))
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(out.AssumedRoleUser.Arn); got != "arn:aws-cn:sts::222222222222:assumed-role/Admin/alice" {
		t.Error(got)
	}
	if w.user.ARN != "arn:aws-cn:iam::111111111111:user/alice" {
		t.Error(w.user.ARN)
	}
}

func TestAnswerOfAssumeRole(t *testing.T) {
	c := newClock()
	w := newWorld(t, Options{Now: c.now, TokenLength: 2000})
	w.AddRole("arn:aws:iam::222222222222:role/team/Admin", Role{Trust: []Trust{{Principal: home, SetSourceIdentity: true}}})
	out, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), assume("arn:aws:iam::222222222222:role/team/Admin", func(in *sts.AssumeRoleInput) {
		in.SourceIdentity, in.PolicyArns = aws.String("alice@example"), policyARNs("arn:aws:iam::aws:policy/ReadOnlyAccess")
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(out.AssumedRoleUser.Arn); got != "arn:aws:sts::222222222222:assumed-role/Admin/alice" {
		t.Errorf("a role session's ARN has no path: %s", got)
	}
	if got := aws.ToString(out.AssumedRoleUser.AssumedRoleId); !policy.Like("AROA?????????????????:alice", got) {
		t.Errorf("ID %s", got)
	}
	if want := c.now().Add(time.Hour).UTC().Truncate(time.Second); !out.Credentials.Expiration.Equal(want) {
		t.Errorf("expires %s, want %s", out.Credentials.Expiration, want)
	}
	if got := aws.ToString(out.Credentials.AccessKeyId); !policy.Like("ASIA????????????????", got) {
		t.Errorf("key %s", got)
	}
	if n := len(aws.ToString(out.Credentials.SecretAccessKey)); n != 40 {
		t.Errorf("secret of %d characters", n)
	}
	if n := len(aws.ToString(out.Credentials.SessionToken)); n != 2000 {
		t.Errorf("token of %d characters", n)
	}
	if aws.ToString(out.SourceIdentity) != "alice@example" {
		t.Errorf("source identity %q", aws.ToString(out.SourceIdentity))
	}
	if aws.ToInt32(out.SessionTokenSize) != 2000 || aws.ToInt32(out.SessionTokenUtilization) != 48 {
		t.Errorf("size %d, %d %%", aws.ToInt32(out.SessionTokenSize), aws.ToInt32(out.SessionTokenUtilization))
	}
	last := w.Calls()[0]
	if last.Params["PolicyArns.member.1.arn"] != "arn:aws:iam::aws:policy/ReadOnlyAccess" || last.IssuedKeyID != *out.Credentials.AccessKeyId || !last.Expires.Equal(*out.Credentials.Expiration) {
		t.Errorf("recorded %+v", last)
	}
}

func TestPackedPolicySizeIsToldWhereThereIsAPolicy(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	creds := keyCreds(w.key)
	v := form("Action", "AssumeRole", "Version", stsVersion, "RoleArn", admin, "RoleSessionName", "alice")
	if _, body, _ := raw(t, w.Server, &creds, "sts", "us-east-1", v); strings.Contains(body, "PackedPolicySize") || !strings.Contains(body, "<AssumeRoleResult>") {
		t.Error(body)
	}
	v.Set("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess")
	if _, body, _ := raw(t, w.Server, &creds, "sts", "us-east-1", v); !strings.Contains(body, "<PackedPolicySize>1</PackedPolicySize>") {
		t.Error(body)
	}
}
