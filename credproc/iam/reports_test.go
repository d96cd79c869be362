package iam_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/iamreport"
	"hatstand/credproc/iam"
)

// A stopwatch is a Pause that waits for nothing, and remembers for how long it did.
type stopwatch struct {
	waits []string
	total time.Duration
}

func (s *stopwatch) pause(_ context.Context, d time.Duration) error {
	s.waits, s.total = append(s.waits, d.String()), s.total+d
	return nil
}

func (w *world) reports(f func(*iamreport.Reports)) { w.aws.Reports("111111111111", f) }

func TestAReportIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.reports(func(r *iamreport.Reports) { r.Polls = 3 })
	var s stopwatch
	report, made, err := w.iam.CredentialReport(t.Context(), s.pause)
	if err != nil || made.IsZero() || !strings.Contains(string(report), "\nalice,") {
		t.Fatalf("%s %v %v", report, made, err)
	}
	if got := strings.Join(s.waits, " "); got != "1s 2s 4s 4s" {
		t.Errorf("waited %s", got)
	}
	// There is one now, for four hours.
	s = stopwatch{}
	if _, _, err := w.iam.CredentialReport(t.Context(), s.pause); err != nil || len(s.waits) != 0 {
		t.Errorf("%v, waited %v", err, s.waits)
	}
	w.aws.SetSkew(4*time.Hour + time.Minute) // AWS's clock
	if _, _, err := w.iam.CredentialReport(t.Context(), s.pause); err == nil {
		t.Error("signed by a clock that is off by hours")
	}
}

func TestAReportThatNeverComes(t *testing.T) {
	w := newWorld(t)
	w.reports(func(r *iamreport.Reports) { r.Polls = 1000 })
	var s stopwatch
	_, _, err := w.iam.CredentialReport(t.Context(), s.pause)
	var late *iam.NotReadyError
	if !errors.As(err, &late) || s.total != iam.ReportLimit {
		t.Errorf("%v after %s", err, s.total)
	}
	s = stopwatch{}
	w.aws.AddRole("arn:aws:iam::111111111111:role/R", awstest.Role{})
	if _, _, err = w.iam.LastAccessed(t.Context(), "arn:aws:iam::111111111111:role/R", s.pause); !errors.As(err, &late) || s.total != iam.ReportLimit {
		t.Errorf("%v after %s", err, s.total)
	}
	stopped := errors.New("stopped")
	if _, _, err = w.iam.CredentialReport(t.Context(), func(context.Context, time.Duration) error { return stopped }); !errors.Is(err, stopped) {
		t.Errorf("%v", err)
	}
}

func TestAReportThatIsGoneIsAskedForAgain(t *testing.T) {
	for _, code := range []string{"ReportExpired", "ReportNotPresent", "ReportInProgress"} {
		w := newWorld(t)
		w.aws.Fault(awstest.Fault{Action: "GetCredentialReport", Times: 1, Status: 410, Code: code, Message: "no"})
		var s stopwatch
		if _, _, err := w.iam.CredentialReport(t.Context(), s.pause); err != nil || w.aws.Count("GetCredentialReport") != 2 {
			t.Errorf("%s: %v, asked %d times", code, err, w.aws.Count("GetCredentialReport"))
		}
	}
}

func TestAnswersThatAreNoReport(t *testing.T) {
	for claim, edit := range map[string]func(*iamreport.Reports){
		"not base64": func(r *iamreport.Reports) { r.Encoded = func(s string) string { return "%%" + s } },
		"cut base64": func(r *iamreport.Reports) { r.Encoded = func(s string) string { return s[:len(s)-3] } },
		"nothing":    func(r *iamreport.Reports) { r.Encoded = func(string) string { return "" } },
	} {
		t.Run(claim, func(t *testing.T) {
			w := newWorld(t)
			w.reports(edit)
			var s stopwatch
			report, _, err := w.iam.CredentialReport(t.Context(), s.pause)
			var unreachable *iam.UnreachableError
			if !errors.As(err, &unreachable) || report != nil {
				t.Errorf("%q, %v", report, err)
			}
		})
	}
}

func TestWhatARoleUsedComesPageByPage(t *testing.T) {
	const role = "arn:aws:iam::111111111111:role/R"
	w := newWorld(t)
	w.aws.AddRole(role, awstest.Role{})
	var all []iamreport.Service
	for range 120 {
		all = append(all, iamreport.Service{Name: "Service", Namespace: "svc"})
	}
	all = append(all, iamreport.Service{Name: "Amazon S3", Namespace: "s3", Used: time.Now(), Region: "eu-west-1"})
	w.reports(func(r *iamreport.Reports) { r.SetServices(role, all) })
	w.aws.Fault(awstest.Fault{Action: "GetServiceLastAccessedDetails", Times: 2, Status: 400, Code: "Throttling", Message: "Rate exceeded"})
	var s stopwatch
	got, made, err := w.iam.LastAccessed(t.Context(), role, s.pause)
	if err != nil || made.IsZero() || len(got) != 121 || got[120].Namespace != "s3" || got[120].At.IsZero() || !got[0].At.IsZero() {
		t.Errorf("%d services, %v, %v", len(got), made, err)
	}
	if strings.Join(s.waits, " ") != "1s" {
		t.Errorf("waited %v", s.waits)
	}
	if _, _, err := w.iam.LastAccessed(t.Context(), role+"2", s.pause); !iam.Is(err, iam.NoSuchEntity) {
		t.Errorf("%v", err)
	}
	w.reports(func(r *iamreport.Reports) { r.Failed = "ServiceFailure" })
	if _, _, err := w.iam.LastAccessed(t.Context(), role, s.pause); !iam.Is(err, "ServiceFailure") {
		t.Errorf("%v", err)
	}
}
