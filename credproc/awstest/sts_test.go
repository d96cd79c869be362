package awstest

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestMainRoad(t *testing.T) {
	s := start(t, Options{})
	u := s.AddUser(home, "alice")
	k, d := u.AddKey(), u.AddMFA("alice")
	s.AddRole(admin, Role{Trust: []Trust{{Principal: home, RequireMFA: true}}})

	me, err := client(s, keyCreds(k)).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(me.Arn); got != "arn:aws:iam::111111111111:user/alice" {
		t.Errorf("caller: %s", got)
	}
	ses, err := client(s, keyCreds(k)).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{
		SerialNumber: aws.String(d.Serial), TokenCode: aws.String(d.Code(time.Now())),
	})
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(*ses.Credentials.Expiration); left < 11*time.Hour || left > 12*time.Hour {
		t.Errorf("session lasts %s, want the default of 12 h", left)
	}
	r, err := client(s, tempCreds(ses.Credentials)).AssumeRole(t.Context(), assume(admin))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(aws.ToString(r.Credentials.SessionToken)); n < 300 {
		t.Errorf("session token of %d characters", n)
	}
	me, err = client(s, tempCreds(r.Credentials)).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(me.Arn); got != "arn:aws:sts::222222222222:assumed-role/Admin/alice" {
		t.Errorf("caller: %s", got)
	}
	if s.Count("AssumeRole") != 1 || s.Count("GetSessionToken") != 1 || len(s.Calls()) != 4 {
		t.Errorf("calls: %v", s.Calls())
	}
}
