package sts_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// Real servers, whose answers have headers and half of a body, or two bytes a second: every call ends at its limit, and
// tells what happened.
func TestAnswersThatDoNotEnd(t *testing.T) {
	const limit = 2 * time.Second
	const role, mfa = "arn:aws:iam::222222222222:role/Admin", "arn:aws:iam::111111111111:mfa/alice"
	var all sync.WaitGroup
	for name, body := range map[string]awstest.Body{"stalled": awstest.Stalled, "dripping": awstest.Dripping} {
		server, err := awstest.Start(awstest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		server.Fault(awstest.Fault{Body: body, Times: -1})
		k := server.AddUser("111111111111", "alice").AddKey()
		client := sts.Connect(awsclient.Config{HTTP: &http.Client{}, Now: time.Now, Try: limit, Call: limit}, "us-east-1",
			profiles.Endpoint{URL: server.URL}, credentials.Value{AccessKeyID: k.ID, SecretAccessKey: k.Secret})
		for call, f := range map[string]func(context.Context) error{
			"GetCallerIdentity": func(ctx context.Context) error { _, err := client.GetCallerIdentity(ctx); return err },
			"GetSessionToken with a code": func(ctx context.Context) error {
				_, err := client.GetSessionToken(ctx, credproc.Step{Duration: time.Hour, Serial: mfa}, "123456")
				return err
			},
			"AssumeRole": func(ctx context.Context) error {
				_, err := client.AssumeRole(ctx, credproc.Step{Duration: time.Hour, Role: profiles.Role{ARN: role}}, "alice", "")
				return err
			},
		} {
			all.Go(func() {
				err := f(t.Context())
				e, ok := errors.AsType[*awsclient.Error](err)
				want := "the answer from " + strings.TrimPrefix(server.URL, "http://") + " did not end within 2 s"
				if !ok || e.Kind != awsclient.BrokeOff || e.Reason != want {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			})
		}
	}
	all.Wait()
}
