package awstest

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

func TestGetFederationToken(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	ask := &sts.GetFederationTokenInput{Name: aws.String("alice"),
		PolicyArns: []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}}}
	got, err := client(w.Server, keyCreds(w.key)).GetFederationToken(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if arn := aws.ToString(got.FederatedUser.Arn); arn != "arn:aws:sts::111111111111:federated-user/alice" {
		t.Error(arn)
	}
	as := client(w.Server, tempCreds(got.Credentials))
	if who, err := as.GetCallerIdentity(t.Context(), nil); err != nil || aws.ToString(who.Arn) != aws.ToString(got.FederatedUser.Arn) {
		t.Error(who, err)
	}
	_, err = as.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(admin), RoleSessionName: aws.String("x1")})
	wantRefusal(t, err, 403, "AccessDenied", "Cannot call AssumeRole by federated users")
	_, err = as.GetSessionToken(t.Context(), nil)
	wantRefusal(t, err, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	for _, c := range []aws.Credentials{tempCreds(got.Credentials), w.session(t)} {
		_, err = client(w.Server, c).GetFederationToken(t.Context(), ask)
		wantRefusal(t, err, 403, "AccessDenied", "Cannot call GetFederationToken with session credentials")
	}
	long := strings.Repeat("a", 33)
	_, err = client(w.Server, keyCreds(w.key)).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: &long})
	wantRefusal(t, err, 400, "ValidationError", "1 validation error detected: Value '"+long+
		"' at 'name' failed to satisfy constraint: Member must have length less than or equal to 32")
	w.user.Deny("sts:GetFederationToken")
	_, err = client(w.Server, keyCreds(w.key)).GetFederationToken(t.Context(), ask)
	wantRefusal(t, err, 403, "AccessDenied", "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: "+
		"sts:GetFederationToken on resource: arn:aws:sts::111111111111:federated-user/alice with an explicit deny in an identity-based policy")
}
