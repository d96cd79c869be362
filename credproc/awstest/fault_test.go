package awstest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestFaults(t *testing.T) {
	for name, row := range map[string]struct {
		fault         Fault
		status        int
		code, message string
	}{
		"throttling": {Fault{Code: "Throttling"}, 400, "Throttling", "Rate exceeded"},
		"a failure inside": {
			Fault{Code: "InternalFailure"}, 500, "InternalFailure",
			"The request processing has failed because of an unknown error, exception or failure.",
		},
		"a failure by its status":   {Fault{Status: 503}, 503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."},
		"an error of one's own":     {Fault{Status: 418, Code: "Teapot", Message: "short and stout"}, 418, "Teapot", "short and stout"},
		"an error after the effect": {Fault{Code: "InternalFailure", Message: "lost", After: true}, 500, "InternalFailure", "lost"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.Fault(row.fault)
			c := client(w.Server, keyCreds(w.key))
			_, err := c.GetSessionToken(t.Context(), nil)
			wantRefusal(t, err, row.status, row.code, row.message)
			if _, err := c.GetSessionToken(t.Context(), nil); err != nil {
				t.Errorf("a fault is for one call unless it says more: %v", err)
			}
			first := w.Calls()[0]
			if issued := first.IssuedKeyID != ""; issued != row.fault.After || first.Code != row.code {
				t.Errorf("recorded %+v", first)
			}
		})
	}
}

func TestServerFaultsAreTheReceivers(t *testing.T) {
	w := newWorld(t, Options{})
	w.Fault(Fault{Status: 500})
	creds := keyCreds(w.key)
	_, body, _ := raw(t, w.Server, &creds, "sts", "us-east-1", form("Action", "GetCallerIdentity", "Version", stsVersion))
	if !strings.Contains(body, "<Type>Receiver</Type>") {
		t.Error(body)
	}
}

func TestFaultsMeetTheirActionAndNumber(t *testing.T) {
	w := newWorld(t, Options{})
	w.Fault(Fault{Action: "GetSessionToken", Times: 2, Code: "Throttling"})
	w.Fault(Fault{Action: "GetSessionToken", Code: "ServiceUnavailable"})
	c := client(w.Server, keyCreds(w.key))
	if _, err := c.GetCallerIdentity(t.Context(), nil); err != nil {
		t.Errorf("another action: %v", err)
	}
	var got []string
	for range 4 {
		_, err := c.GetSessionToken(t.Context(), nil)
		_ = err // the record tells
	}
	for _, call := range w.Calls()[1:] {
		got = append(got, call.Code)
	}
	if want := "Throttling Throttling ServiceUnavailable "; strings.Join(got, " ") != want {
		t.Errorf("%q", got)
	}
	w.Fault(Fault{Times: -1, Code: "Throttling"})
	for range 3 {
		if _, err := c.GetCallerIdentity(t.Context(), nil); err == nil {
			t.Error("below 0 is every call")
		}
	}
	w.Reset()
	if _, err := c.GetCallerIdentity(t.Context(), nil); err != nil || len(w.Calls()) != 1 {
		t.Errorf("after Reset: %v, %v", err, w.Calls())
	}
}

func TestDroppedConnections(t *testing.T) {
	for name, after := range map[string]bool{"before the effect": false, "after the effect": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			in := w.withCode(time.Now())
			w.Fault(Fault{Action: "GetSessionToken", Drop: true, After: after})
			err := w.get(t, in)
			if !errors.Is(err, io.EOF) {
				t.Errorf("there was an answer: %v", err)
			}
			call := w.Calls()[0]
			if !call.Dropped || (call.IssuedKeyID != "") != after {
				t.Errorf("recorded %+v", call)
			}
			if err := w.get(t, in); (err == nil) == after {
				t.Errorf("the same code again: %v", err)
			}
		})
	}
}

func TestLatencyEndsWithTheClient(t *testing.T) {
	w := newWorld(t, Options{})
	arrived := make(chan struct{})
	w.Fault(Fault{Latency: time.Hour, Hook: func() { close(arrived) }})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := client(w.Server, keyCreds(w.key)).GetCallerIdentity(ctx, nil)
		done <- err
	}()
	<-arrived
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := len(w.Calls()); n != 0 {
		t.Errorf("%d calls took effect", n)
	}
}

func TestSkewOfOneCall(t *testing.T) {
	w := newWorld(t, Options{})
	w.Fault(Fault{Skew: time.Hour})
	c := client(w.Server, keyCreds(w.key))
	if _, err := c.GetCallerIdentity(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "Signature expired") {
		t.Error(err)
	}
	if _, err := client(w.Server, keyCreds(w.key)).GetCallerIdentity(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestTheRecordHoldsNoSecret(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	in := w.withCode(time.Now())
	out, err := client(w.Server, keyCreds(w.key)).GetSessionToken(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	ses := tempCreds(out.Credentials)
	role := w.role(t, ses, func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("ext-1") })
	status, token := signinTokenOf(t, w.Server, role, "")
	if status != 200 {
		t.Fatal(status)
	}
	req, err := sts.NewPresignClient(client(w.Server, ses)).PresignGetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	get(t, req.URL)
	get(t, w.URL+"/federation?Action=login&Destination="+w.URL+"/console&SigninToken="+token)

	var seen strings.Builder
	for _, c := range w.Calls() {
		seen.WriteString(c.String() + "\n")
		for k, v := range c.Params {
			seen.WriteString(k + "=" + v + "\n")
		}
	}
	all := seen.String()
	for name, secret := range map[string]string{
		"the code": *in.TokenCode, "the key's secret": w.key.Secret, "a session's secret": ses.SecretAccessKey,
		"a session's token": ses.SessionToken, "a role's secret": role.SecretAccessKey, "a role's token": role.SessionToken, "the sign-in token": token,
	} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is in the record:\n%s", name, all)
		}
	}
	if !strings.Contains(all, "TokenCode=present") || !strings.Contains(all, "ExternalId=ext-1") ||
		!strings.Contains(all, "sts:AssumeRole by arn:aws:iam::111111111111:user/alice on "+admin+" until ") {
		t.Errorf("the record lacks what it should have:\n%s", all)
	}
	first := w.Calls()[0]
	if first.Region != "eu-west-1" || first.AccessKeyID != w.key.ID || first.Service != "sts" || !strings.Contains(first.UserAgent, "aws-sdk-go-v2") {
		t.Errorf("%+v", first)
	}
}

func TestBodiesThatDoNotCome(t *testing.T) {
	for name, row := range map[string]struct {
		body  Body
		whole bool
	}{"whole": {Whole, true}, "half": {Half, false}, "stalled": {Stalled, false}, "dripping": {Dripping, false}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.Fault(Fault{Body: row.body})
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			creds := keyCreds(w.key)
			r := signedRequest(t, w.Server, &creds, "sts", "us-east-1", form("Action", "GetCallerIdentity", "Version", stsVersion)).WithContext(ctx)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			first := make([]byte, 2)
			if _, err := io.ReadFull(answer.Body, first); err != nil || answer.StatusCode != 200 || answer.ContentLength < 100 {
				t.Fatalf("%v, %+v", err, answer)
			}
			if row.body == Stalled || row.body == Dripping {
				stop()
			}
			if _, err := io.ReadAll(answer.Body); (err == nil) != row.whole {
				t.Errorf("%v", err)
			}
			if c := w.Calls(); len(c) != 1 || c[0].Status != 200 {
				t.Errorf("the call took effect all the same: %+v", c)
			}
		})
	}
}

func TestErrorsInOtherEnvelopes(t *testing.T) {
	for envelope, want := range map[string]string{"": "<ErrorResponse ", "Error": "<Error ", "Errors": "<Errors ", "none": ""} {
		w := newWorld(t, Options{})
		w.Fault(Fault{Status: 403, Code: "AccessDenied", Message: "no", Envelope: envelope})
		creds := keyCreds(w.key)
		status, body, _ := raw(t, w.Server, &creds, "sts", "us-east-1", form("Action", "GetCallerIdentity", "Version", stsVersion))
		if status != 403 || !strings.HasPrefix(body, want) || (envelope != "none") != strings.Contains(body, "<Code>AccessDenied</Code>") {
			t.Errorf("%q: %d %s", envelope, status, body)
		}
	}
}

func TestWhatIsIssuedExpired(t *testing.T) {
	w := newWorld(t, Options{})
	w.Fault(Fault{Expired: time.Hour})
	out, err := client(w.Server, keyCreds(w.key)).GetSessionToken(t.Context(), nil)
	if err != nil || time.Since(*out.Credentials.Expiration) < 59*time.Minute {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, err := client(w.Server, tempCreds(out.Credentials)).GetCallerIdentity(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "ExpiredToken") {
		t.Errorf("they are as expired as they say: %v", err)
	}
}
