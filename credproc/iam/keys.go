package iam

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go/middleware"

	"hatstand/credproc/awsclient"
)

// KeysPerUser is IAM's quota of access keys a user, active or not; it cannot be raised.
// Source: the IAM user guide, "IAM and AWS STS quotas".
const KeysPerUser = 2

// A Key is what IAM tells of an access key.
type Key struct {
	ID      string
	User    string // the IAM user's name
	Active  bool
	Created time.Time
}

// A NewKey is a key just made. IAM shows its secret this once.
type NewKey struct {
	Key
	Secret Secret
}

// A Use is the last use of an access key, which IAM knows some minutes later, or hours.
type Use struct {
	At      time.Time // zero: never, as far as IAM knows
	Service string    // "" if never
	Region  string
	User    string // the IAM user's name
}

// ListAccessKeys lists the keys of the user that asks, in IAM's order. at is when that was true, by IAM's
// clock and to the second: times of its keys compare with it, whatever this machine's clock says.
func (c *Client) ListAccessKeys(ctx context.Context) (keys []Key, at time.Time, err error) {
	pages := iam.NewListAccessKeysPaginator(c.api, &iam.ListAccessKeysInput{UserName: c.user()})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx, c.repeat(ctx, awsclient.Repeatable))
		if err != nil {
			return nil, at, c.failed("ListAccessKeys", err)
		}
		if at.IsZero() {
			at = c.now(out.ResultMetadata)
		}
		for _, k := range out.AccessKeyMetadata {
			keys = append(keys, Key{aws.ToString(k.AccessKeyId), aws.ToString(k.UserName),
				k.Status == types.StatusTypeActive, aws.ToTime(k.CreateDate)})
		}
	}
	return keys, at, nil
}

// now is the time of an answer by IAM's clock; this machine's where the answer has none.
func (c *Client) now(m middleware.Metadata) time.Time {
	if at, ok := awsmiddleware.GetServerTime(m); ok {
		return at
	}
	return c.o.Calls.Now()
}

// CreateAccessKey makes a second key of the user that asks. Where the answer is lost the key is there all
// the same, and its secret is nowhere.
func (c *Client) CreateAccessKey(ctx context.Context) (NewKey, error) {
	out, err := c.api.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: c.user()},
		c.repeat(ctx, awsclient.Creates))
	if err != nil {
		return NewKey{}, c.failed("CreateAccessKey", err)
	}
	k := out.AccessKey
	if k == nil || aws.ToString(k.AccessKeyId) == "" || aws.ToString(k.SecretAccessKey) == "" {
		return NewKey{}, c.empty("CreateAccessKey")
	}
	return NewKey{Key{*k.AccessKeyId, aws.ToString(k.UserName), k.Status == types.StatusTypeActive,
		aws.ToTime(k.CreateDate)}, Secret(*k.SecretAccessKey)}, nil
}

// UpdateAccessKey makes a key of the user that asks active or inactive; it may be so already.
func (c *Client) UpdateAccessKey(ctx context.Context, id string, active bool) error {
	status := types.StatusTypeInactive
	if active {
		status = types.StatusTypeActive
	}
	_, err := c.api.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: c.user(), AccessKeyId: &id,
		Status: status}, c.repeat(ctx, awsclient.Repeatable))
	return c.failed("UpdateAccessKey", err)
}

// DeleteAccessKey deletes a key of the user that asks. Where the answer to a first try is lost, the
// second is refused: NoSuchEntity means that it is gone.
func (c *Client) DeleteAccessKey(ctx context.Context, id string) error {
	_, err := c.api.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: c.user(), AccessKeyId: &id},
		c.repeat(ctx, awsclient.Repeatable))
	return c.failed("DeleteAccessKey", err)
}

// AccessKeyLastUsed tells when a key was last used.
func (c *Client) AccessKeyLastUsed(ctx context.Context, id string) (Use, error) {
	out, err := c.api.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id},
		c.repeat(ctx, awsclient.Repeatable))
	if err != nil {
		return Use{}, c.failed("GetAccessKeyLastUsed", err)
	}
	use := Use{User: aws.ToString(out.UserName)}
	// service and region are N/A where it was never used
	if l := out.AccessKeyLastUsed; l != nil && l.LastUsedDate != nil {
		use.At, use.Service, use.Region = *l.LastUsedDate, aws.ToString(l.ServiceName), aws.ToString(l.Region)
	}
	return use, nil
}
