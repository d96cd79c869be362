package iam_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/credproc/iam"
)

// A real server, whose answers have headers and half of a body: every call ends at its limit, and tells what happened.
func TestAnswersThatDoNotEnd(t *testing.T) {
	const limit = 2 * time.Second
	const serial = "arn:aws:iam::111111111111:mfa/alice"
	w := newWorld(t)
	w.aws.Fault(awstest.Fault{Body: awstest.Stalled, Times: -1})
	c := iam.New(iam.Options{
		Calls:  awsclient.Config{HTTP: &http.Client{}, Now: time.Now, Try: limit, Call: limit},
		Region: "us-east-1", URL: w.aws.URL, Profile: "me", User: "alice",
		Credentials: credentials.Value{AccessKeyID: w.key.ID, SecretAccessKey: w.key.Secret},
	})
	var all sync.WaitGroup
	for call, f := range map[string]func(context.Context) error{
		"ListMFADevices":         func(ctx context.Context) error { _, err := c.ListMFADevices(ctx); return err },
		"ListVirtualMFADevices":  func(ctx context.Context) error { _, err := c.ListVirtualMFADevices(ctx, true); return err },
		"CreateVirtualMFADevice": func(ctx context.Context) error { _, err := c.CreateVirtualMFADevice(ctx, "x"); return err },
		"EnableMFADevice":        func(ctx context.Context) error { return c.EnableMFADevice(ctx, "alice", serial, "123456", "654321") },
		"DeactivateMFADevice":    func(ctx context.Context) error { return c.DeactivateMFADevice(ctx, "alice", serial) },
		"DeleteVirtualMFADevice": func(ctx context.Context) error { return c.DeleteVirtualMFADevice(ctx, serial) },
		"ListAccessKeys":         func(ctx context.Context) error { _, _, err := c.ListAccessKeys(ctx); return err },
		"CreateAccessKey":        func(ctx context.Context) error { _, err := c.CreateAccessKey(ctx); return err },
		"UpdateAccessKey":        func(ctx context.Context) error { return c.UpdateAccessKey(ctx, "AKIAX", false) },
		"DeleteAccessKey":        func(ctx context.Context) error { return c.DeleteAccessKey(ctx, "AKIAX") },
		"GetAccessKeyLastUsed":   func(ctx context.Context) error { _, err := c.AccessKeyLastUsed(ctx, "AKIAX"); return err },
	} {
		all.Go(func() {
			err := f(t.Context())
			e, ok := errors.AsType[*iam.UnreachableError](err)
			want := "the answer from " + strings.TrimPrefix(w.aws.URL, "http://") + " did not end within 2 s"
			if !ok || e.Action != call || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s: %v", call, err)
			}
		})
	}
	all.Wait()
}
