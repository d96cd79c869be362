package credproc

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hatstand/credproc/internal/answer"
	"hatstand/profiles"
)

// STS is the part of the STS client that is used. *sts.Client is one.
type STS interface {
	AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
	GetSessionToken(context.Context, *sts.GetSessionTokenInput, ...func(*sts.Options)) (*sts.GetSessionTokenOutput, error)
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// An HTTPClient sends requests; *http.Client is one.
type HTTPClient interface {
	Do(*http.Request) (*http.Response, error)
}

// Connect makes a client of STS in a region, signing with c. Calls that fail for a passing reason
// (a dropped connection, 5xx, throttling) are tried four times in all, with backoff of at most 4 s.
//
// The SDK would also correct the signing time of a machine whose clock is off; that is left to the
// user, because with a wrong clock no expiry can be judged either.
func Connect(client HTTPClient, region string, e profiles.Endpoint, c aws.Credentials) STS {
	o := sts.Options{
		Region: region,
		AppID:  "hatstand",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return c, nil
		}),
		HTTPClient:                 client,
		DisableClockSkewCorrection: true,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = 4
			o.MaxBackoff = 4 * time.Second
			o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(answer.Untrusted)}, o.Retryables...)
		}),
	}
	if e.URL != "" {
		o.BaseEndpoint = aws.String(e.URL)
	} else {
		if e.FIPS {
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
		}
		if e.DualStack {
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}
		if e.Legacy && !e.FIPS && !e.DualStack && hadGlobalEndpoint(region) {
			o.Region = "aws-global"
		}
	}
	return sts.New(o)
}

// once is for a call that carries a token code: the code works once, so that a second try could
// only turn a passing failure into a refusal.
func once(o *sts.Options) { o.Retryer = aws.NopRetryer{} }

// hadGlobalEndpoint reports whether sts_regional_endpoints = legacy sends the region's calls to
// sts.amazonaws.com. Source: the SDK reference guide, "AWS STS Regional endpoints".
func hadGlobalEndpoint(region string) bool {
	switch region {
	case "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global",
		"ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
		"sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2":
		return true
	}
	return false
}

// Whose asks AWS for the ARN that the client's credentials belong to. GetCallerIdentity needs no
// permission.
func Whose(ctx context.Context, client STS, profile, region string, now func() time.Time) (string, error) {
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		f := Facts{Profile: profile, Base: profile, Region: region, Words: profile}
		return "", refusal(profile, GetCallerIdentity, "", f, err, now())
	}
	return aws.ToString(out.Arn), nil
}
