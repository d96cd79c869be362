package awstest

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hatstand/credproc/awstest/saml"
)

const samlARN = "arn:aws:iam::222222222222:saml-provider/corp"

// Each row changes one thing of a call that succeeds. Texts: the IAM user guide, "Troubleshoot SAML federation".
func TestAssumeRoleWithSAML(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	idp := saml.New(samlARN, "https://idp.example.com")
	stranger := saml.New(samlARN, "https://idp.example.com")
	for _, row := range []struct {
		name      string
		statement func(*saml.Statement)
		input     func(*sts.AssumeRoleWithSAMLInput)
		status    int
		code      string
		message   string
	}{
		{"all is well", nil, nil, 0, "", ""},
		{"the provider first, with spaces", func(s *saml.Statement) { s.Roles = []string{" " + samlARN + " , " + admin + " "} }, nil, 0, "", ""},
		{"after five minutes", func(s *saml.Statement) { s.Issued = now.Add(-5 * time.Minute) }, nil, 400, "ExpiredTokenException",
			"Token must be redeemed within 5 minutes of issuance"},
		{"past its end", func(s *saml.Statement) { s.NotAfter = now }, nil, 400, "ExpiredTokenException",
			"Token must be redeemed within 5 minutes of issuance"},
		{"for somebody else", func(s *saml.Statement) { s.Audience = "https://other.example.com" }, nil, 400, "InvalidIdentityToken",
			"Response does not contain the required audience."},
		{"another recipient than is trusted", func(s *saml.Statement) { s.Recipient = "http://127.0.0.1:8080/saml" }, nil, 403, "AccessDenied",
			"Not authorized to perform sts:AssumeRoleWithSAML"},
		{"without the role", func(s *saml.Statement) { s.Roles = []string{admin + "2," + samlARN} }, nil, 403, "AccessDenied",
			"Not authorized to perform sts:AssumeRoleWithSAML"},
		{"without a name", func(s *saml.Statement) { s.SessionName = "" }, nil, 400, "InvalidIdentityToken",
			"RoleSessionName is required in AuthnResponse"},
		{"a name that cannot be", func(s *saml.Statement) { s.SessionName = "a b" }, nil, 400, "InvalidIdentityToken",
			"RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"},
		{"an unknown provider", nil, func(in *sts.AssumeRoleWithSAMLInput) { in.PrincipalArn = aws.String(samlARN + "2") }, 400,
			"InvalidIdentityToken", "Specified provider doesn't exist"},
		{"another role", nil, func(in *sts.AssumeRoleWithSAMLInput) { in.RoleArn = aws.String(admin + "2") }, 403, "AccessDenied",
			"Not authorized to perform sts:AssumeRoleWithSAML"},
		{"longer than the role's sessions last", nil, func(in *sts.AssumeRoleWithSAMLInput) { in.DurationSeconds = aws.Int32(7201) }, 400,
			"ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		{"not base64", nil, func(in *sts.AssumeRoleWithSAMLInput) { in.SAMLAssertion = aws.String("<Response/>") }, 400,
			"InvalidIdentityToken", "Invalid base64 SAMLResponse"},
		{"signed by somebody else", nil, func(in *sts.AssumeRoleWithSAMLInput) {
			in.SAMLAssertion = aws.String(stranger.Response(saml.Says("alice", now, admin+","+samlARN)))
		}, 400, "InvalidIdentityToken", "Response signature invalid"},
		{"changed on its way", nil, func(in *sts.AssumeRoleWithSAMLInput) {
			raw, _ := base64.StdEncoding.DecodeString(*in.SAMLAssertion)
			in.SAMLAssertion = aws.String(base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(raw), "alice", "carol", 1))))
		}, 400, "InvalidIdentityToken", "Response signature invalid"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, Options{Now: func() time.Time { return now }})
			s.AddSAMLProvider(idp)
			s.AddRole(admin, Role{MaxSession: 2 * time.Hour, Trust: []Trust{{Federated: samlARN, Audience: saml.SignIn}}})
			statement := saml.Says("alice", now, admin+","+samlARN)
			if row.statement != nil {
				row.statement(&statement)
			}
			in := &sts.AssumeRoleWithSAMLInput{RoleArn: aws.String(admin), PrincipalArn: aws.String(samlARN),
				SAMLAssertion: aws.String(idp.Response(statement))}
			if row.input != nil {
				row.input(in)
			}
			out, err := client(s, aws.Credentials{}).AssumeRoleWithSAML(t.Context(), in)
			if row.code != "" {
				wantRefusal(t, err, row.status, row.code, row.message)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := *out.AssumedRoleUser.Arn; got != "arn:aws:sts::222222222222:assumed-role/Admin/alice" {
				t.Error(got)
			}
			who, err := client(s, tempCreds(out.Credentials)).GetCallerIdentity(t.Context(), nil)
			if err != nil || *who.Arn != *out.AssumedRoleUser.Arn {
				t.Error(who, err)
			}
			calls := s.Calls()
			if c := calls[0]; c.Params["SAMLAssertion"] != "present" || c.Caller != "alice" || c.AccessKeyID != "" {
				t.Errorf("%+v", c)
			}
		})
	}
}
