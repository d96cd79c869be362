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

func TestGetSessionToken(t *testing.T) {
	c := newClock()
	w := newWorld(t, Options{Now: c.now})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	root := w.AddRoot(home)
	ses := w.session(t)
	for name, row := range map[string]struct {
		creds         aws.Credentials
		seconds       *int32
		want          time.Duration
		status        int
		code, message string
	}{
		"by default 12 h":       {creds: keyCreds(w.key), want: 12 * time.Hour},
		"at most 36 h":          {creds: keyCreds(w.key), seconds: aws.Int32(129600), want: 36 * time.Hour},
		"at least 15 min":       {creds: keyCreds(w.key), seconds: aws.Int32(900), want: 15 * time.Minute},
		"root gets an hour":     {creds: keyCreds(root.AddKey()), seconds: aws.Int32(43200), want: time.Hour},
		"root may ask for less": {creds: keyCreds(root.AddKey()), seconds: aws.Int32(900), want: 15 * time.Minute},
		"more than 36 h": {
			creds: keyCreds(w.key), seconds: aws.Int32(129601), status: 400, code: "ValidationError",
			message: "1 validation error detected: Value '129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600",
		},
		"less than 15 min": {
			creds: keyCreds(w.key), seconds: aws.Int32(60), status: 400, code: "ValidationError",
			message: "1 validation error detected: Value '60' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
		},
		"with a session": {
			creds: ses, status: 403, code: "AccessDenied", message: "Cannot call GetSessionToken with session credentials",
		},
		"with a role": {
			creds: w.role(t, ses), status: 403, code: "AccessDenied", message: "Cannot call GetSessionToken with session credentials",
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := client(w.Server, row.creds).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: row.seconds})
			if row.code != "" {
				wantRefusal(t, err, row.status, row.code, row.message)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := c.now().Add(row.want).Truncate(time.Second); !out.Credentials.Expiration.Equal(want) {
				t.Errorf("expires %s, want %s", out.Credentials.Expiration, want)
			}
		})
	}
}

func TestGetSessionTokenNeedsNoPermissionButMayBeDenied(t *testing.T) {
	w := newWorld(t, Options{})
	w.user.Allow("s3:*")
	w.session(t)
	w.user.Deny("sts:*")
	_, err := client(w.Server, keyCreds(w.key)).GetSessionToken(t.Context(), nil)
	wantRefusal(t, err, 403, "AccessDenied", "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: sts:GetSessionToken with an explicit deny in an identity-based policy")
	if _, err := client(w.Server, keyCreds(w.key)).GetCallerIdentity(t.Context(), nil); err != nil {
		t.Errorf("GetCallerIdentity cannot be denied: %v", err)
	}
}

func TestASessionOfAUserIsThatUser(t *testing.T) {
	w := newWorld(t, Options{})
	long, err := client(w.Server, keyCreds(w.key)).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	short, err := client(w.Server, w.session(t)).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *long.Arn != *short.Arn || *long.UserId != *short.UserId || *long.Account != *short.Account || *long.Account != home {
		t.Errorf("%v, %v", long, short)
	}
}

func TestGetAccessKeyInfo(t *testing.T) {
	w := newWorld(t, Options{})
	ask := func(c aws.Credentials) (*sts.GetAccessKeyInfoOutput, error) {
		return client(w.Server, c).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &w.key.ID})
	}
	out, err := ask(keyCreds(w.key))
	if err != nil || aws.ToString(out.Account) != home {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = client(w.Server, keyCreds(w.key)).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: aws.String("AKIAAAAAAAAAAAAAAAAA")})
	wantRefusal(t, err, 400, "ValidationError", "Invalid access key id")
	_, err = ask(w.session(t))
	wantRefusal(t, err, 403, "AccessDenied", "Cannot call GetAccessKeyInfo with session credentials")
}

func TestADisabledRegionIssuesNothing(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	w.DisableRegion("eu-west-1")
	const message = "STS is not activated in this region for account:111111111111. Your account administrator can activate STS in this region using the IAM Console."
	c := client(w.Server, keyCreds(w.key))
	_, err := c.AssumeRole(t.Context(), assume(admin))
	wantRefusal(t, err, 403, "RegionDisabledException", message)
	_, err = c.GetSessionToken(t.Context(), nil)
	wantRefusal(t, err, 403, "RegionDisabledException", message)
	if _, err := c.GetCallerIdentity(t.Context(), nil); err != nil {
		t.Errorf("GetCallerIdentity works all the same: %v", err)
	}
	if _, err := clientIn(w.Server, keyCreds(w.key), "us-east-1").AssumeRole(t.Context(), assume(admin)); err != nil {
		t.Errorf("another region: %v", err)
	}
}
