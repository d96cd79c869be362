package iam

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hatstand/credproc/awsclient"
)

// The codes of a report that is not there yet, or no longer.
const (
	ReportInProgress Code = "ReportInProgress"
	ReportNotPresent Code = "ReportNotPresent"
	ReportExpired    Code = "ReportExpired"
)

// ReportLimit is how long a report is waited for.
const ReportLimit = 60 * time.Second

// A NotReadyError says that IAM did not finish a report in time.
type NotReadyError struct {
	Profile string
	What    string // "the credential report"
}

func (e *NotReadyError) Error() string {
	return "profile \"" + e.Profile + "\": " + e.What + " was not ready within 60 s"
}

// A Pause waits before IAM is asked again. Its error ends the wait.
type Pause func(context.Context, time.Duration) error

// patience is the pauses of one wait: 1, 2, 4, 4, ... seconds, ReportLimit in all.
type patience struct {
	pause Pause
	last  time.Duration
	spent time.Duration
}

// wait waits; more is false once the time is up.
func (p *patience) wait(ctx context.Context) (more bool, err error) {
	p.last = min(max(time.Second, 2*p.last), 4*time.Second)
	p.last = min(p.last, ReportLimit-p.spent)
	if p.last <= 0 {
		return false, nil
	}
	p.spent += p.last
	return true, p.pause(ctx, p.last)
}

// CredentialReport has IAM make the credential report of the account, unless there is one that is less than four hours
// old, and gets it: CSV, and when it was made.
func (c *Client) CredentialReport(ctx context.Context, pause Pause) (report []byte, made time.Time, err error) {
	p := patience{pause: pause}
	for {
		out, err := c.api.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{},
			c.repeat(ctx, awsclient.Repeatable))
		if err != nil {
			return nil, made, c.failed("GenerateCredentialReport", err)
		}
		if out.State == types.ReportStateTypeComplete {
			report, made, err = c.getReport(ctx)
			if !Is(err, ReportInProgress) && !Is(err, ReportNotPresent) && !Is(err, ReportExpired) {
				return report, made, err
			}
		}
		if more, err := p.wait(ctx); err != nil || !more {
			return nil, made, orNotReady(err, c.o.Profile, "the credential report")
		}
	}
}

func orNotReady(err error, profile, what string) error {
	if err != nil {
		return err
	}
	return &NotReadyError{profile, what}
}

func (c *Client) getReport(ctx context.Context) ([]byte, time.Time, error) {
	const action = "GetCredentialReport"
	out, err := c.api.GetCredentialReport(ctx, &iam.GetCredentialReportInput{}, c.repeat(ctx, awsclient.Repeatable))
	switch {
	case err != nil:
		return nil, time.Time{}, c.failed(action, err)
	case len(out.Content) == 0:
		return nil, time.Time{}, c.empty(action)
	case out.ReportFormat != "" && out.ReportFormat != types.ReportFormatTypeTextCsv:
		return nil, time.Time{}, &UnreachableError{c.o.Profile, action, errors.New("the report is not CSV")}
	}
	return out.Content, aws.ToTime(out.GeneratedTime).UTC(), nil
}

// An Access is a service that a role may use, and when it last did.
type Access struct {
	Name, Namespace string
	At              time.Time // zero: not in the time that IAM keeps, which is 400 days
	Region          string
}

// LastAccessed tells which services a role may use and when it last did, in IAM's order, and when that was true.
func (c *Client) LastAccessed(ctx context.Context, role string, pause Pause) (all []Access, made time.Time, err error) {
	const action = "GetServiceLastAccessedDetails"
	job, err := c.api.GenerateServiceLastAccessedDetails(ctx,
		&iam.GenerateServiceLastAccessedDetailsInput{Arn: &role}, c.repeat(ctx, awsclient.Repeatable))
	if err != nil {
		return nil, made, c.failed("GenerateServiceLastAccessedDetails", err)
	}
	p := patience{pause: pause}
	var marker *string
	for {
		out, err := c.api.GetServiceLastAccessedDetails(ctx,
			&iam.GetServiceLastAccessedDetailsInput{JobId: job.JobId, Marker: marker}, c.repeat(ctx, awsclient.Repeatable))
		switch {
		case err != nil:
			return nil, made, c.failed(action, err)
		case out.JobStatus == types.JobStatusTypeFailed:
			return nil, made, c.jobFailed(action, out.Error)
		case out.JobStatus == types.JobStatusTypeInProgress:
			if more, err := p.wait(ctx); err != nil || !more {
				return nil, made, orNotReady(err, c.o.Profile, "what "+role+" has used")
			}
			continue
		}
		for _, s := range out.ServicesLastAccessed {
			all = append(all, Access{aws.ToString(s.ServiceName), aws.ToString(s.ServiceNamespace),
				aws.ToTime(s.LastAuthenticated).UTC(), aws.ToString(s.LastAuthenticatedRegion)})
		}
		made = aws.ToTime(out.JobCompletionDate).UTC()
		if !out.IsTruncated {
			return all, made, nil
		}
		if aws.ToString(out.Marker) == "" || marker != nil && *out.Marker == *marker {
			return nil, made, &UnreachableError{c.o.Profile, action, errors.New("the list does not continue where it was cut")}
		}
		marker = out.Marker
	}
}

func (c *Client) jobFailed(action string, e *types.ErrorDetails) error {
	refused := &RefusedError{Profile: c.o.Profile, Action: action, Code: "JobFailed", Message: "no reason is given", MFA: c.o.MFA}
	if e != nil {
		refused.Code, refused.Message = Code(aws.ToString(e.Code)), aws.ToString(e.Message)
	}
	return refused
}
