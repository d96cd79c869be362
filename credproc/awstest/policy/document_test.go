package policy

import (
	"strings"
	"testing"
)

// trustText is a trust policy with one statement, of these principal and conditions.
func trustText(principal, conditions string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal +
		`,"Action":"sts:AssumeRole","Condition":{` + conditions + `}}]}`
}

func TestDocumentsThatAWSRefuses(t *testing.T) {
	const user = `{"AWS":"arn:aws:iam::111111111111:user/alice"}`
	for _, row := range []struct{ name, text string }{
		{"no JSON", trustText(`@UNKNOWN_PRINCIPAL@`, "")},
		{"a key twice", strings.Replace(trustText(user, ""), `"Effect"`, `"Effect":"Deny","Effect"`, 1)},
		{"a key that there is not", strings.Replace(trustText(user, ""), `"Effect"`, `"Efect":"Deny","Effect"`, 1)},
		{"an old version", strings.Replace(trustText(user, ""), "2012-10-17", "2008-10-17", 1)},
		{"no statement", `{"Version":"2012-10-17","Statement":[]}`},
		{"no principal", strings.Replace(trustText(user, ""), `"Principal":`+user+`,`, "", 1)},
		{"a principal of another partition", trustText(`{"AWS":"arn:aws-cn:iam::111111111111:user/alice"}`, "")},
		{"a principal with a wildcard", trustText(`{"AWS":"arn:aws:iam::111111111111:role/*"}`, "")},
		{"a principal that is no ARN", trustText(`{"AWS":"<the user>"}`, "")},
		{"a kind of principal that there is not", trustText(`{"User":"arn:aws:iam::111111111111:user/alice"}`, "")},
		{"a resource", strings.Replace(trustText(user, ""), `"Action"`, `"Resource":"*","Action"`, 1)},
		{"an action of another service", strings.Replace(trustText(user, ""), "sts:AssumeRole", "s3:GetObject", 1)},
		{"an operator that there is not", trustText(user, `"StringIs":{"sts:ExternalId":"x"}`)},
		{"a key that no request has", trustText(user, `"StringEquals":{"sts:ExternalID2":"x"}`)},
		{"a condition without a value", trustText(user, `"StringEquals":{"sts:ExternalId":[]}`)},
	} {
		if _, problem := ParseTrust(row.text, "aws"); problem == "" {
			t.Errorf("%s: taken: %s", row.name, row.text)
		}
	}
	if _, problem := ParseTrust(trustText(user, ""), "aws"); problem != "" {
		t.Error(problem)
	}
	const identity = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`
	if _, problem := ParseIdentity(identity, "aws"); problem != "" {
		t.Error(problem)
	}
	for _, wrong := range []string{
		strings.Replace(identity, `"Resource"`, `"Principal":"*","Resource"`, 1),
		strings.Replace(identity, `,"Resource":"*"`, "", 1),
		strings.Replace(identity, `"*"`, `"arn:aws-cn:iam::111111111111:role/x"`, 1),
		strings.Replace(identity, `"*"`, `"role/x"`, 1),
	} {
		if _, problem := ParseIdentity(wrong, "aws"); problem == "" {
			t.Errorf("taken: %s", wrong)
		}
	}
}

func TestConditions(t *testing.T) {
	for _, row := range []struct {
		condition string
		want      bool
	}{
		{`"StringEquals":{"sts:ExternalId":"one"}`, true},
		{`"StringEquals":{"sts:ExternalId":["two","one"]}`, true},
		{`"StringEquals":{"sts:ExternalId":"ONE"}`, false},
		{`"StringEquals":{"STS:externalid":"one"}`, true}, // names of keys are the same in any case
		{`"StringEquals":{"sts:ExternalId":"o*"}`, false},
		{`"StringLike":{"sts:ExternalId":"o*"}`, true},
		{`"StringNotEquals":{"sts:ExternalId":"one"}`, false},
		{`"StringNotEquals":{"sts:SourceIdentity":"x"}`, true}, // absent
		{`"StringEquals":{"sts:SourceIdentity":"x"}`, false},
		{`"StringEqualsIfExists":{"sts:SourceIdentity":"x"}`, true},
		{`"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, true},
		{`"StringEquals":{"sts:RoleSessionName":"${aws:userid}"}`, false}, // which has no value
		{`"Bool":{"aws:MultiFactorAuthPresent":"true"}`, true},
		{`"Bool":{"aws:MultiFactorAuthPresent":"false"}`, false},
		{`"Null":{"aws:RequestTag/Reason":"false"}`, false},
		{`"Null":{"aws:RequestTag/Reason":"true"}`, true},
		{`"Null":{"aws:RequestTag/Team":"false"}`, true},
		{`"StringEquals":{"aws:RequestTag/team":"core"}`, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["Team","Cost"]}`, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}`, false},
		{`"ForAllValues:StringEquals":{"sts:TransitiveTagKeys":["Team"]}`, true}, // absent
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["Team"]}`, true},
		{`"ForAnyValue:StringEquals":{"sts:TransitiveTagKeys":["Team"]}`, false},
		{`"StringEquals":{"aws:TagKeys":["Team","Cost"]}`, false}, // two values, and one was expected
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::1111*:user/*"}`, true},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:*user/alice"}`, false}, // a * stays within its part
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:user/*"}`, false},
	} {
		d, problem := ParseTrust(trustText(`{"AWS":"111111111111"}`, row.condition), "aws")
		if problem != "" {
			t.Errorf("%s: %s", row.condition, problem)
			continue
		}
		r := Request{Action: "sts:AssumeRole", Principal: "arn:aws:iam::111111111111:user/alice", Account: "111111111111"}
		r.Set("aws:PrincipalArn", r.Principal)
		r.Set("aws:username", "alice")
		r.Set("sts:RoleSessionName", "alice")
		r.Set("sts:ExternalId", "one")
		r.Set("aws:MultiFactorAuthPresent", "true")
		r.Set("aws:TagKeys", "Team", "Cost")
		r.Set("aws:RequestTag/Team", "core")
		if got := d.Judge(r).Allowed; got != row.want {
			t.Errorf("%s: %v", row.condition, got)
		}
	}
}

func TestPrincipals(t *testing.T) {
	session := Request{Principal: "arn:aws:sts::111111111111:assumed-role/Admin/alice",
		Role: "arn:aws:iam::111111111111:role/Admin", Account: "111111111111"}
	token := Request{Federated: "arn:aws:iam::111111111111:oidc-provider/idp.example.com"}
	for _, row := range []struct {
		principal       string
		request         Request
		named, directly bool
	}{
		{`{"AWS":"111111111111"}`, session, true, false},
		{`{"AWS":"arn:aws:iam::111111111111:root"}`, session, true, false},
		{`{"AWS":"arn:aws:iam::222222222222:root"}`, session, false, false},
		{`{"AWS":"arn:aws:iam::111111111111:role/Admin"}`, session, true, true},
		{`{"AWS":"arn:aws:sts::111111111111:assumed-role/Admin/alice"}`, session, true, true},
		{`{"AWS":"arn:aws:sts::111111111111:assumed-role/Admin/bob"}`, session, false, false},
		{`"*"`, session, true, false},
		{`"*"`, token, false, false},
		{`{"Federated":"arn:aws:iam::111111111111:oidc-provider/idp.example.com"}`, token, true, false},
		{`{"Federated":"arn:aws:iam::111111111111:oidc-provider/other.example.com"}`, token, false, false},
		{`{"Federated":"arn:aws:iam::111111111111:saml-provider/corp"}`, session, false, false},
	} {
		d, problem := ParseTrust(trustText(row.principal, ""), "aws")
		if problem != "" {
			t.Errorf("%s: %s", row.principal, problem)
			continue
		}
		row.request.Action = "sts:AssumeRole"
		if v := d.Judge(row.request); v.Allowed != row.named || v.Directly != row.directly {
			t.Errorf("%s: %+v", row.principal, v)
		}
	}
}

func TestADenyWins(t *testing.T) {
	d, problem := ParseIdentity(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","NotAction":["iam:Get*","sts:GetSessionToken"],"Resource":"*",
		"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}`, "aws")
	if problem != "" {
		t.Fatal(problem)
	}
	for _, row := range []struct {
		action, mfa     string
		allowed, denied bool
	}{
		{"iam:GetUser", "", true, false}, {"iam:CreateUser", "", false, true}, {"iam:CreateUser", "false", false, true},
		{"iam:CreateUser", "true", true, false},
	} {
		r := Request{Action: row.action, Resource: "*"}
		if row.mfa != "" {
			r.Set("aws:MultiFactorAuthPresent", row.mfa)
		}
		if v := d.Judge(r); v.Allowed != row.allowed || v.Denied != row.denied {
			t.Errorf("%s with MFA %q: %+v", row.action, row.mfa, v)
		}
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add(trustText(`{"AWS":"111111111111"}`, `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`))
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"arn:aws:iam::*:role/x"}}`)
	f.Add(`{"Statement":[[]]}`)
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["a:b"],"Resource":["*"]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func(string, string) (Document, string){ParseTrust, ParseIdentity} {
			if d, problem := read(text, "aws"); problem == "" {
				if len(d.statements) == 0 {
					t.Errorf("no statement in %q", text)
				}
				d.Judge(Request{Action: "sts:AssumeRole", Resource: "*", Account: "111111111111"})
			}
		}
	})
}
