package awsclient_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/credentials"
)

const whole = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111111111111:user/al</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`

// whose makes the call of the tests with the SDK's client of STS, which has what the adapters give it.
func whose(ctx context.Context, c awsclient.Config, r awsclient.Repeat, url string) (string, error) {
	o := sts.Options{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: awsclient.Credentials(credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s"}),
		HTTPSignerV4: c.Signer(), APIOptions: awsclient.QueryAnswers("STS"), HTTPClient: c.HTTPClient(r), Retryer: c.Retryer(ctx, r), DisableClockSkewCorrection: true,
	}
	out, err := sts.New(o).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.Arn), nil
}

// A script answers each request with the next of its steps, and the last one for ever.
type script struct {
	steps []func(*http.Request) (*http.Response, error)
	calls int
}

func (s *script) Do(r *http.Request) (*http.Response, error) {
	step := s.steps[min(s.calls, len(s.steps)-1)]
	s.calls++
	return step(r)
}

func (s *script) config() awsclient.Config { return awsclient.Config{HTTP: s, Now: time.Now} }

func says(status int, body io.Reader) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(body), Request: r}, nil
	}
}

func text(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) { return says(status, strings.NewReader(body))(r) }
}

func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// broken is an answer that a reset connection ends.
func broken(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return says(status, io.MultiReader(strings.NewReader(body), iotest.ErrReader(syscall.ECONNRESET)))(r)
	}
}

// A stalled body gives what it has, and then nothing until the request ends.
type stalled struct {
	io.Reader
	ctx context.Context
}

func (s stalled) Read(p []byte) (int, error) {
	if n, err := s.Reader.Read(p); err == nil {
		return n, nil
	}
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func stalls(body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return says(200, stalled{strings.NewReader(body), r.Context()})(r)
	}
}

// A dripping body gives a byte a second.
type dripping struct{ ctx context.Context }

func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(time.Second):
		return copy(p, "x"), nil
	}
}

func drips(r *http.Request) (*http.Response, error) { return says(200, dripping{r.Context()})(r) }

func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

type steps = []func(*http.Request) (*http.Response, error)

func TestWhatIsTriedAgain(t *testing.T) {
	ok := text(200, whole)
	throttled := text(400, "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>")
	for _, row := range []struct {
		claim                    string
		first                    func(*http.Request) (*http.Response, error)
		repeatable, creates, one int // calls
		reason                   string
	}{
		{"a dropped connection", fails(io.EOF), 2, 1, 1, "no answer from sts.example: EOF"},
		{"an answer that a reset ends", broken(200, whole[:60]), 2, 1, 1, "the answer from sts.example broke off"},
		{"a refusal that a reset ends", broken(403, "<ErrorResponse>"), 2, 1, 1, "the answer from sts.example broke off"},
		{"an answer that just ends", text(200, whole[:100]), 2, 1, 1, "the answer from sts.example broke off"},
		{"an answer that ends in its first tag", text(200, whole[:20]), 2, 1, 1, "the answer from sts.example broke off"},
		{"an answer that ends after its first line", text(200, "<?xml version=\"1.0\"?>\n<GetCaller"), 2, 1, 1, "the answer from sts.example broke off"},
		{"a refusal that just ends", text(403, "<ErrorResponse><Error><Code>Acc"), 2, 1, 1, "the answer from sts.example broke off"},
		{"AWS's own failure", text(500, "<ErrorResponse><Error><Code>InternalFailure</Code></Error></ErrorResponse>"), 2, 1, 1, "InternalFailure: "},
		{"a gateway's page", text(502, "<html><body>Bad gateway"), 2, 1, 1, "sts.example did not answer as STS does (HTTP 502, text/xml)"},
		{"throttling", throttled, 2, 2, 1, "Throttling: Rate exceeded"},
		{"throttling without a code", text(429, ""), 2, 2, 1, "TooManyRequestsException: Too Many Requests"},
		{"throttling with a page", text(429, "<html>slow down</html>"), 2, 2, 1, "TooManyRequestsException: Too Many Requests"},
		{"not a refusal", text(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"), 1, 1, 1, "AccessDenied: no"},
		{"not a sign-in page", text(200, "<html><body>Sign in</body></html>"), 1, 1, 1, "sts.example did not answer as STS does (HTTP 200, text/xml)"},
		{"not an answer that is no XML in the middle", text(200, strings.Replace(whole, "<Arn>", "<Arn>\x1b", 1)), 1, 1, 1, "sts.example did not answer as STS does (HTTP 200, text/xml)"},
		{"not a refusal that is no XML in the middle", text(403, "<ErrorResponse><Error><Code>&b;</Code></Error></ErrorResponse>"), 1, 1, 1, "sts.example did not answer as STS does (HTTP 403, text/xml)"},
		{"not a refusal without an end", text(403, "<Error><Code>"+strings.Repeat("A", 5000)+"</Code><Message>"+strings.Repeat("m", 100000)+"</Message></Error>"), 1, 1, 1, strings.Repeat("A", 128) + ": " + strings.Repeat("m", 4096)},
		{"not an empty answer", text(200, ""), 1, 1, 1, "sts.example did not answer as STS does (HTTP 200, text/xml)"},
		{"not the answer to another call", text(200, strings.ReplaceAll(whole, "GetCallerIdentity", "AssumeRole")), 1, 1, 1, "sts.example did not answer as STS does (HTTP 200, text/xml)"},
	} {
		for r, calls := range map[awsclient.Repeat]int{awsclient.Repeatable: row.repeatable, awsclient.Creates: row.creates, awsclient.Once: row.one} {
			synctest.Test(t, func(t *testing.T) {
				s := script{steps: steps{row.first, ok}}
				arn, err := whose(t.Context(), s.config(), r, "https://sts.example")
				if s.calls != calls || (err == nil) != (calls > 1) || err == nil && arn == "" {
					t.Errorf("%s, repeat %d: %d calls, want %d; %q, %v", row.claim, r, s.calls, calls, arn, err)
				}
				if err == nil {
					return
				}
				if got := explain(err); got != row.reason {
					t.Errorf("%s: %q, want %q", row.claim, got, row.reason)
				}
			})
		}
	}
}

func explain(err error) string {
	refused, reason := awsclient.Explain(err, "STS", time.Now())
	if reason != nil {
		return reason.Error()
	}
	return refused.Code + ": " + refused.Message
}

func TestTheLimitsOfACall(t *testing.T) {
	for _, row := range []struct {
		claim  string
		step   func(*http.Request) (*http.Response, error)
		reason string
	}{
		{"nothing comes", silent, "no answer from sts.example within 20 s"},
		{"headers and half of the body come", stalls(whole[:30]), "the answer from sts.example did not end within 20 s"},
		{"a byte a second comes", drips, "the answer from sts.example did not end within 20 s"},
	} {
		for _, r := range []awsclient.Repeat{awsclient.Repeatable, awsclient.Creates, awsclient.Once} {
			synctest.Test(t, func(t *testing.T) {
				s, began := script{steps: steps{row.step}}, time.Now()
				_, err := whose(t.Context(), s.config(), r, "https://sts.example")
				took := time.Since(began)
				if err == nil || explain(err) != row.reason {
					t.Errorf("%s: %v", row.claim, err)
				}
				if r == awsclient.Repeatable && (took > awsclient.CallLimit || s.calls != 2) || r != awsclient.Repeatable && took != awsclient.TryLimit {
					t.Errorf("%s, repeat %d: %v and %d tries", row.claim, r, took, s.calls)
				}
			})
		}
	}
}

func TestTheCallersDeadlineNamesTheHostToo(t *testing.T) {
	for claim, row := range map[string]struct {
		step   func(*http.Request) (*http.Response, error)
		reason string
	}{
		"between two tries": {fails(syscall.ECONNREFUSED), "no answer from sts.example: connection refused"},
		"without an answer": {silent, "no answer from sts.example in time"},
		"in a body":         {drips, "the answer from sts.example did not end in time"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), time.Nanosecond)
			defer stop()
			s := script{steps: steps{row.step}}
			if _, err := whose(ctx, s.config(), awsclient.Repeatable, "https://sts.example"); err == nil || explain(err) != row.reason {
				t.Errorf("%s: %v", claim, err)
			}
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s := script{steps: steps{fails(context.Canceled)}}
	if _, err := whose(ctx, s.config(), awsclient.Repeatable, "https://sts.example"); !errors.Is(err, context.Canceled) || s.calls > 1 {
		t.Errorf("a call that is cancelled: %d calls, %v", s.calls, err)
	}
}

func TestRetriesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script{steps: steps{fails(io.EOF), text(503, ""), text(200, whole)}}
		c := s.config()
		var told []awsclient.Retry
		began := time.Now()
		c.OnRetry = func(_ context.Context, r awsclient.Retry) {
			if r.Elapsed != time.Since(began) {
				t.Errorf("%v after %v", r.Elapsed, time.Since(began))
			}
			told = append(told, r)
		}
		if _, err := whose(t.Context(), c, awsclient.Repeatable, "https://sts.example"); err != nil || len(told) != 2 || told[0].Wait <= 0 {
			t.Errorf("%+v, %v", told, err)
		} else if got := explain(told[0].Err); got != "no answer from sts.example: EOF" {
			t.Error(got)
		}
	})
}

// Ceph, moto and others leave AWS's envelope away.
func TestRefusalsInAnyEnvelope(t *testing.T) {
	for _, body := range []string{
		"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>a&lt;b</Message></Error><RequestId>r</RequestId></ErrorResponse>",
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>a&lt;b</Message><HostId>h</HostId></Error>",
		"<Errors>\n<Error><Code>\nAccessDenied\n</Code><Message>a&lt;b</Message></Error></Errors>",
		"<Response><Errors><Error><Message>a&lt;b</Message><Code>AccessDenied</Code></Error></Errors><RequestID>r</RequestID></Response>",
		`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Code>AccessDenied</Code><Message>a&lt;b</Message></Error>`,
		`{"__type":"com.amazon.coral.service#AccessDenied","message":"a<b"}`,
		`{"__type":"AccessDenied:http://internal.amazon.com/coral/","Message":"a<b"}`,
		`{"Error":{"Type":"Sender","Code":"AccessDenied","Message":"a<b"},"RequestId":"r"}`,
		`{"code":"AccessDenied","message":"a<b"}`,
	} {
		s := script{steps: steps{text(403, body)}}
		_, err := whose(t.Context(), s.config(), awsclient.Repeatable, "https://sts.example")
		if err == nil || explain(err) != "AccessDenied: a<b" || s.calls != 1 {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, body := range []string{"<ErrorResponse><Error><Message>m</Message></Error></ErrorResponse>", "<html><br>Blocked</html>", "", "moved",
		`{"message":"Missing Authentication Token"}`, `{"error":"access_denied","code":3}`, `{}`, `[]`, `"AccessDenied"`} {
		s := script{steps: steps{text(403, body)}}
		_, err := whose(t.Context(), s.config(), awsclient.Repeatable, "https://sts.example")
		if err == nil || explain(err) != "sts.example did not answer as STS does (HTTP 403, text/xml)" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, "<a>"), nil }

func TestAnEndlessAnswerEnds(t *testing.T) {
	for _, status := range []int{200, 403} {
		s := script{steps: steps{says(status, io.MultiReader(strings.NewReader("<GetCallerIdentityResponse>"), endless{}))}}
		_, err := whose(t.Context(), s.config(), awsclient.Once, "https://sts.example")
		if err == nil || explain(err) != "the answer from sts.example is longer than 1 MiB" {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// What has one try alone is never lost to a connection that is about to be closed.
func TestACallThatIsMadeOnceHasAConnectionOfItsOwn(t *testing.T) {
	var from []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from = append(from, r.RemoteAddr)
		_, _ = io.WriteString(w, whole)
	}))
	defer server.Close()
	c := awsclient.Config{HTTP: server.Client(), Now: time.Now}
	for _, r := range []awsclient.Repeat{awsclient.Once, awsclient.Repeatable, awsclient.Repeatable, awsclient.Once, awsclient.Creates} {
		if _, err := whose(t.Context(), c, r, server.URL); err != nil {
			t.Fatal(err)
		}
	}
	if from[1] != from[0] || from[2] != from[1] {
		t.Errorf("calls that may be repeated share none: %v", from)
	}
	if from[3] == from[2] || from[4] == from[3] {
		t.Errorf("a call that is made once shares one: %v", from)
	}
}

// closing is an HTTP client whose answer is lost where the request's body is closed before it was read, which is what
// net/http does on a busy machine.
type closing struct{}

func (closing) Do(r *http.Request) (*http.Response, error) {
	answer, begun := strings.NewReader(whole), false
	body := reader(func(p []byte) (int, error) {
		if n, _ := r.Body.Read(make([]byte, 1)); n == 0 && !begun {
			return 0, io.ErrUnexpectedEOF // the request is gone, and with it the connection
		}
		begun = true
		return answer.Read(p)
	})
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body), Request: r}, nil
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

func TestTheSDKClosesTheRequestBeforeTheAnswerIsRead(t *testing.T) {
	c := awsclient.Config{HTTP: closing{}, Now: time.Now}
	if arn, err := whose(t.Context(), c, awsclient.Once, "https://sts.example"); err != nil {
		t.Errorf("%q, %v", arn, err)
	}
	url := "https://sts.example"
	plain := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: &url, HTTPClient: closing{}, Retryer: aws.NopRetryer{},
		Credentials: awsclient.Credentials(credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s"})})
	if _, err := plain.GetCallerIdentity(t.Context(), nil); err == nil {
		t.Error("the SDK's own handler loses no answer any more: what cures it in HTTPClient may go")
	}
}

func TestNoErrorHoldsAQueryOrAHeader(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	_, err := whose(t.Context(), awsclient.Config{HTTP: &http.Client{}, Now: time.Now}, awsclient.Once, server.URL+"/path?token=hush")
	if err == nil || strings.Contains(explain(err), "hush") || !strings.Contains(explain(err), "refused") {
		t.Errorf("%v", err)
	}
}

// FuzzAnswer: no text but the call's own answer is a success, and none makes the reader fail in another way.
func FuzzAnswer(f *testing.F) {
	f.Add(whole, 200)
	f.Add("<ErrorResponse><Error><Code>C</Code><Message>m</Message></Error></ErrorResponse>", 400)
	f.Add("<Errors><Error><Code>C</Code></Error></Errors>", 429)
	f.Add("<?xml version=\"1.0\"?><GetCa", 200)
	f.Fuzz(func(t *testing.T, body string, status int) {
		if status < 200 || status > 599 {
			status = 200
		}
		s := script{steps: steps{text(status, body)}}
		arn, err := whose(t.Context(), s.config(), awsclient.Once, "https://sts.example")
		switch {
		case s.calls != 1:
			t.Errorf("%d calls", s.calls)
		case err != nil:
			if got := explain(err); strings.ContainsAny(got, "\n\x1b") || got == "" {
				t.Errorf("%q", got)
			}
		case status > 299 || !strings.Contains(body, "GetCallerIdentityResponse") || !strings.Contains(body, "GetCallerIdentityResult"):
			t.Errorf("%q", arn)
		}
	})
}
