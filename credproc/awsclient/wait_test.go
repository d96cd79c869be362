package awsclient_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"

	"hatstand/credproc/awsclient"
)

// busy is a throttled answer that says when to come back.
func busy(after string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		answer, err := text(429, "")(r)
		answer.Header.Set("Retry-After", after)
		return answer, err
	}
}

func TestWaitsBetweenTries(t *testing.T) {
	signIn := awsclient.Waits{Tries: 6, First: time.Second / 2, Longest: 8 * time.Second}
	for range 20 { // they are random
		synctest.Test(t, func(t *testing.T) {
			s := script{steps: steps{text(503, "")}}
			c := s.config()
			c.Try, c.Waits = 10*time.Second, signIn
			var waits []time.Duration
			c.OnRetry = func(_ context.Context, r awsclient.Retry) { waits = append(waits, r.Wait) }
			if _, err := whose(t.Context(), c, awsclient.Repeatable, "https://sts.example"); err == nil || s.calls != 6 {
				t.Fatalf("%d tries, %v", s.calls, err)
			}
			for i, most := range []int{500, 1000, 2000, 4000, 8000} {
				if waits[i] < 0 || waits[i] >= time.Duration(most)*time.Millisecond {
					t.Errorf("wait %d is %v", i, waits[i])
				}
			}
		})
	}
}

func TestAWSMaySayWhenToComeBack(t *testing.T) {
	for _, row := range []struct {
		claim, after string
		deadline     time.Duration
		calls        int
		least        time.Duration
	}{
		{"in seconds", "7", 0, 2, 7 * time.Second},
		{"at a time", time.Date(2000, 1, 1, 0, 0, 9, 0, time.UTC).Format(http.TimeFormat), 0, 2, 9 * time.Second}, // synctest's clock begins then
		{"at a time that has passed", time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC).Format(http.TimeFormat), 0, 2, 0},
		{"in words", "soon", 0, 2, 0},
		{"later than the call may take", "55", 0, 1, 0},
		{"after the caller's deadline", "7", 5 * time.Second, 1, 0},
		{"before the caller's deadline", "7", 50 * time.Second, 2, 7 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if row.deadline > 0 {
				var stop func()
				ctx, stop = context.WithTimeout(ctx, row.deadline)
				defer stop()
			}
			s, began := script{steps: steps{busy(row.after), text(200, whole)}}, time.Now()
			_, err := whose(ctx, s.config(), awsclient.Repeatable, "https://sts.example")
			took := time.Since(began)
			if s.calls != row.calls || (err == nil) != (row.calls == 2) || took < row.least || took >= row.least+4*time.Second {
				t.Errorf("%s: %d calls in %v, %v", row.claim, s.calls, took, err)
			}
		})
	}
}

func TestACallThatHasNotLeftIsMadeAgain(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, row := range []struct {
		claim string
		err   error
		calls int
	}{
		{"no connection", dial(syscall.ECONNREFUSED), 2},
		{"no route", dial(syscall.EHOSTUNREACH), 2},
		{"cancelled", dial(context.Canceled), 1},
		{"a connection that broke", &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := script{steps: steps{fails(row.err), text(200, whole)}}
			if _, err := whose(t.Context(), s.config(), awsclient.Creates, "https://sts.example"); s.calls != row.calls || (err == nil) != (row.calls == 2) {
				t.Errorf("%s: %d calls, %v", row.claim, s.calls, err)
			}
		})
	}
}

// answerJSON is what a call for nothing in particular says of an answer.
func answerJSON(t *testing.T, body, name string, status int) error {
	s := script{steps: steps{func(r *http.Request) (*http.Response, error) {
		answer, err := text(status, body)(r)
		answer.Header.Set("X-Amzn-ErrorType", name)
		return answer, err
	}}}
	url := "https://sso.example"
	o := sso.Options{Region: "us-east-1", BaseEndpoint: &url, APIOptions: awsclient.JSONAnswers("SSO"),
		HTTPClient: s.config().HTTPClient(awsclient.Once), Retryer: aws.NopRetryer{}}
	_, err := sso.New(o).Logout(t.Context(), &sso.LogoutInput{AccessToken: aws.String("a")})
	return err
}

// FuzzJSONAnswer: an answer in JSON is a success only where it is a whole object, and an error of it is one line.
func FuzzJSONAnswer(f *testing.F) {
	f.Add(`{"a":1}`, "", 200)
	f.Add(`{"__type":"a#B","message":"m"}`, "", 400)
	f.Add(`{"error":"slow_down"`, "C:d", 400)
	f.Add("<html>", "", 429)
	f.Fuzz(func(t *testing.T, body, name string, status int) {
		if status < 200 || status > 599 {
			status = 200
		}
		err := answerJSON(t, body, name, status)
		var own *awsclient.Error
		var refused *awsclient.JSONRefusal
		switch {
		case err == nil && (status > 299 || !strings.HasPrefix(strings.TrimSpace(body), "{")):
			t.Error("a success")
		case err == nil:
		case errors.As(err, &own):
			if own.Kind != awsclient.NotAWS && own.Kind != awsclient.BrokeOff {
				t.Errorf("kind %d", own.Kind)
			}
		case errors.As(err, &refused):
			if refused.Code == "" || refused.Status != status || strings.ContainsAny(refused.Error(), "\n\x1b") {
				t.Errorf("%+v", refused)
			}
		default:
			t.Error(err)
		}
	})
}
