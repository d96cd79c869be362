package awstest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Accounts and role of most tests.
const (
	home  = "111111111111"
	other = "222222222222"
	admin = "arn:aws:iam::222222222222:role/Admin"
)

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func keyCreds(k Key) aws.Credentials {
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret}
}

func tempCreds(c *types.Credentials) aws.Credentials {
	return aws.Credentials{
		AccessKeyID: aws.ToString(c.AccessKeyId), SecretAccessKey: aws.ToString(c.SecretAccessKey), SessionToken: aws.ToString(c.SessionToken),
	}
}

type fixed aws.Credentials

func (f fixed) Retrieve(context.Context) (aws.Credentials, error) { return aws.Credentials(f), nil }

// client is the SDK's own STS client, pointed at the server, without retries.
func client(s *Server, c aws.Credentials) *sts.Client { return clientIn(s, c, "eu-west-1") }

func clientIn(s *Server, c aws.Credentials, region string) *sts.Client {
	return sts.New(sts.Options{
		Region: region, BaseEndpoint: aws.String(s.URL), Credentials: fixed(c), RetryMaxAttempts: 1,
	})
}

// wantRefusal holds an error against AWS's code, HTTP status and text.
func wantRefusal(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("want %s, got %v", code, err)
	}
	if api.ErrorCode() != code {
		t.Errorf("code: want %s, got %s (%s)", code, api.ErrorCode(), api.ErrorMessage())
	}
	if api.ErrorMessage() != message {
		t.Errorf("message:\nwant %s\ngot  %s", message, api.ErrorMessage())
	}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) && resp.HTTPStatusCode() != status {
		t.Errorf("status: want %d, got %d", status, resp.HTTPStatusCode())
	}
}

// clock is a clock that tests move by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

// newClock starts at the real time, since the SDK signs by it.
func newClock() *clock { return &clock{at: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func assume(arn string, more ...func(*sts.AssumeRoleInput)) *sts.AssumeRoleInput {
	in := &sts.AssumeRoleInput{RoleArn: aws.String(arn), RoleSessionName: aws.String("alice")}
	for _, f := range more {
		f(in)
	}
	return in
}

// hexSHA256 is a body's hash as a signature holds it.
func hexSHA256(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
