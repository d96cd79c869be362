package identitycenter_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/sso/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hatstand/credproc/awstest"
)

type fixed aws.Credentials

func (f fixed) Retrieve(context.Context) (aws.Credentials, error) { return aws.Credentials(f), nil }

// sts is the SDK's client with role credentials.
func (w *world) sts(c *ssotypes.RoleCredentials) *sts.Client {
	return sts.New(sts.Options{
		Region: "eu-west-1", BaseEndpoint: &w.URL, RetryMaxAttempts: 1, Credentials: fixed{
			AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken,
		},
	})
}

func TestRoleCredentialsAreTheUsersInThePermissionSet(t *testing.T) {
	w := newWorld(t)
	token := w.signIn(t, w.register(t)).AccessToken
	for set, life := range map[string]time.Duration{"Admin": time.Hour, "ReadOnly": 8 * time.Hour} {
		c, err := w.credentials(t.Context(), token, dev, set)
		check(t, err)
		if want := w.Now().Add(life).Truncate(time.Second); c.Expiration != want.UnixMilli() {
			t.Errorf("%s lasts until %s, want %s", set, time.UnixMilli(c.Expiration), want)
		}
		who, err := w.sts(c).GetCallerIdentity(t.Context(), nil)
		check(t, err)
		want := "arn:aws:sts::" + dev + ":assumed-role/" + w.corp.RoleName(dev, set) + "/" + alice
		if *who.Arn != want || *who.Account != dev || !strings.HasSuffix(*who.UserId, ":"+alice) {
			t.Errorf("%s is %s (%s), want %s", set, *who.Arn, *who.UserId, want)
		}
		last := w.Calls()[len(w.Calls())-2]
		if last.Action != "GetRoleCredentials" || last.IssuedKeyID != *c.AccessKeyId || last.Caller != alice ||
			last.Params["account_id"] != dev || last.Params["role_name"] != set {
			t.Errorf("on record: %+v", last)
		}
	}
	if a, b := w.corp.RoleName(dev, "Admin"), w.corp.RoleName(prod, "Admin"); a == b || len(a) != len("AWSReservedSSO_Admin_")+16 {
		t.Errorf("%s in one account and %s in another", a, b)
	}
}

func TestRolesOnTopAreChained(t *testing.T) {
	w := newWorld(t)
	token := w.signIn(t, w.register(t)).AccessToken
	admin, err := w.credentials(t.Context(), token, dev, "Admin")
	check(t, err)
	reader, err := w.credentials(t.Context(), token, dev, "ReadOnly")
	check(t, err)
	role := func(name string, trust awstest.Trust) string {
		arn := "arn:aws:iam::" + prod + ":role/" + name
		w.AddRole(arn, awstest.Role{Trust: []awstest.Trust{trust}, MaxSession: 12 * time.Hour})
		return arn
	}
	account := role("Account", awstest.Trust{Principal: dev})
	like := role("Like", awstest.Trust{
		Principal:    "arn:aws:iam::" + dev + ":root",
		PrincipalArn: "arn:aws:iam::" + dev + ":role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*",
	})
	elsewhere := role("Elsewhere", awstest.Trust{
		Principal: dev, PrincipalArn: "arn:aws:iam::" + prod + ":role/aws-reserved/*",
	})
	across := role("Across", awstest.Trust{Principal: dev, PrincipalArn: "arn:aws:iam::*AWSReservedSSO_Admin_*"})
	own := "arn:aws:iam::" + dev + ":role/" + w.corp.RolePath() + w.corp.RoleName(dev, "Admin")

	for _, tt := range []struct {
		name    string
		from    *ssotypes.RoleCredentials
		role    string
		seconds int32
		code    string
	}{
		{"the account is trusted", admin, account, 3600, ""},
		{"for an hour at most", admin, account, 3601, "ValidationError"},
		{"the permission set is trusted", admin, like, 900, ""},
		{"another permission set is not", reader, like, 900, "AccessDenied"},
		{"nor that of another account", admin, elsewhere, 900, "AccessDenied"},
		{"a star ends with its part of the ARN", admin, across, 900, "AccessDenied"},
		{"nobody assumes a permission set's role", reader, own, 900, "AccessDenied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := w.sts(tt.from).AssumeRole(t.Context(), &sts.AssumeRoleInput{
				RoleArn: &tt.role, RoleSessionName: aws.String("alice"), DurationSeconds: &tt.seconds,
			})
			switch {
			case tt.code == "AccessDenied":
				wantError(t, err, 403, tt.code)
			case tt.code != "":
				wantError(t, err, 400, tt.code)
			case err != nil:
				t.Fatal(err)
			case !strings.HasSuffix(*out.AssumedRoleUser.Arn, "/alice"):
				t.Error(*out.AssumedRoleUser.Arn)
			}
		})
	}
}

func TestTheConsoleTakesRoleCredentialsFor12Hours(t *testing.T) {
	w := newWorld(t)
	c, err := w.credentials(t.Context(), w.signIn(t, w.register(t)).AccessToken, dev, "Admin")
	check(t, err)
	session, err := json.Marshal(map[string]string{
		"sessionId": *c.AccessKeyId, "sessionKey": *c.SecretAccessKey, "sessionToken": *c.SessionToken,
	})
	check(t, err)
	resp, err := http.Get(w.URL + "/federation?" + url.Values{
		"Action": {"getSigninToken"}, "SessionDuration": {"43200"}, "Session": {string(session)},
	}.Encode())
	check(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	if resp.StatusCode != 200 || !strings.HasPrefix(string(body), `{"SigninToken":"`) {
		t.Errorf("%s: %s", resp.Status, body)
	}
}

func TestMaxIssuedCapsRoleCredentialsToo(t *testing.T) {
	w := newWorld(t)
	token := w.signIn(t, w.register(t)).AccessToken
	w.MaxIssued(time.Minute)
	c, err := w.credentials(t.Context(), token, dev, "Admin")
	check(t, err)
	if want := w.Now().Add(time.Minute).Truncate(time.Second).UnixMilli(); c.Expiration != want {
		t.Errorf("until %s", time.UnixMilli(c.Expiration))
	}
}
