package query

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
	"github.com/aws/smithy-go"

	"hatstand/credproc/credentials"
)

// The calls themselves are tested where they are made, against the SDK's own clients: credproc and credproc/iam.

// An answerer gives every request one answer, and counts them.
type answerer struct {
	status int
	body   io.Reader
	n      int
}

func (a *answerer) Do(r *http.Request) (*http.Response, error) {
	a.n++
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(a.body), Request: r}, nil
}

func (a *answerer) call(ctx context.Context, out any) error {
	s := Service{Name: "IAM", Signed: "iam", Version: "2010-05-08", HTTP: a, URL: "https://iam.example",
		Region: "us-east-1", Credentials: credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s"}, Now: time.Now}
	_, err := s.Call(ctx, Once(), "Get", nil, out)
	return err
}

// A sequence gives each try the next answer; each but the last breaks off.
type sequence struct{ answers []string }

func (s *sequence) Do(r *http.Request) (*http.Response, error) {
	body := io.Reader(strings.NewReader(s.answers[0]))
	if s.answers = s.answers[1:]; len(s.answers) > 0 {
		body = io.MultiReader(body, iotest.ErrReader(syscall.ECONNRESET))
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body), Request: r}, nil
}

func TestWhatABrokenAnswerBeganIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const whole = `<GetResponse><GetResult><List><member><Key>a</Key></member><member><Key>b</Key></member></List></GetResult></GetResponse>`
		a := &sequence{[]string{whole[:60], whole[:len(whole)-30], whole}}
		s := Service{Name: "IAM", Signed: "iam", HTTP: a, URL: "https://iam.example", Region: "us-east-1", Credentials: credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s"}, Now: time.Now}
		var out struct {
			List []struct{ Key string } `xml:"List>member"`
		}
		if _, err := s.Call(t.Context(), Again(), "Get", nil, &out); err != nil || len(out.List) != 2 || len(a.answers) != 0 {
			t.Errorf("%+v, %v, %d answers left", out, err, len(a.answers))
		}
	})
}

// What has one try alone is never lost to a connection that is about to be closed.
func TestACallThatIsMadeOnceHasAConnectionOfItsOwn(t *testing.T) {
	var from []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from = append(from, r.RemoteAddr)
		_, _ = io.WriteString(w, "<GetResponse><GetResult/></GetResponse>")
	}))
	defer server.Close()
	s := Service{Name: "STS", Signed: "sts", HTTP: server.Client(), URL: server.URL, Region: "us-east-1", Credentials: credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s"}, Now: time.Now}
	for _, tries := range []func() aws.Retryer{Once, Again, Again, Once, Untouched} {
		if _, err := s.Call(t.Context(), tries(), "Get", nil, nil); err != nil {
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

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, "<a>"), nil }

func TestAnEndlessAnswerEnds(t *testing.T) {
	for _, status := range []int{200, 403} {
		a := &answerer{status: status, body: io.MultiReader(strings.NewReader("<GetResponse>"), endless{})}
		var out struct{ Key string }
		var unread *smithy.DeserializationError
		if err := a.call(t.Context(), &out); !errors.As(err, &unread) || a.n != 1 {
			t.Errorf("%d: after %d calls: %v", status, a.n, err)
		}
	}
}

func TestACallThatIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := &answerer{status: 500, body: strings.NewReader("")}
	s := Service{Name: "STS", Signed: "sts", HTTP: a, URL: "https://sts.example", Region: "us-east-1", Credentials: credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s"}, Now: time.Now}
	if _, err := s.Call(ctx, Again(), "Get", nil, nil); !errors.Is(err, context.Canceled) || a.n > 1 {
		t.Errorf("after %d calls: %v", a.n, err)
	}
}

// FuzzAnswer: a result comes out of the action's own answer alone, and no other text is a success.
func FuzzAnswer(f *testing.F) {
	f.Add(`<GetResponse xmlns="u"><GetResult><Key>k</Key><At>2026-01-02T03:04:05Z</At><Seed>aGk=</Seed></GetResult><ResponseMetadata/></GetResponse>`, true)
	f.Add(`<GetResponse><Later><GetResult/></Later><GetResult><List><member><Key>k</Key></member></List></GetResult></GetResponse>`, true)
	f.Add(`<ErrorResponse><Error><Code>C</Code><Message>m</Message></Error></ErrorResponse>`, false)
	f.Fuzz(func(t *testing.T, text string, ok bool) {
		a := &answerer{status: 400, body: strings.NewReader(text)}
		if ok {
			a.status = 200
		}
		var out struct {
			Key  string
			At   time.Time
			Seed Blob
			List []struct{ Key string } `xml:"List>member"`
		}
		err := a.call(t.Context(), &out)
		switch {
		case err == nil && (!ok || !strings.Contains(text, "GetResponse") || !strings.Contains(text, "GetResult")):
			t.Errorf("%+v", out)
		case a.n != 1:
			t.Errorf("%d calls", a.n)
		}
	})
}
