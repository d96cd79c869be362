package iam

import (
	"context"
	"net/url"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"hatstand/credproc/internal/query"
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

// A page is what every answer has that may go on in a next one.
type page struct {
	IsTruncated bool
	Marker      string
}

// next adds to a call's parameters where the next page begins; false if there is none.
func (p page) next(params url.Values) bool {
	params.Set("Marker", p.Marker)
	return p.IsTruncated && p.Marker != ""
}

// A keyAnswer is IAM's AccessKey, and its AccessKeyMetadata, which has no secret.
type keyAnswer struct {
	UserName        string
	AccessKeyID     string `xml:"AccessKeyId"`
	Status          string
	SecretAccessKey string
	CreateDate      time.Time
}

const active = "Active"

func (k keyAnswer) key() Key {
	return Key{k.AccessKeyID, k.UserName, k.Status == active, k.CreateDate}
}

// ListAccessKeys lists the keys of the user that asks, in IAM's order. at is when that was true, by IAM's
// clock and to the second: times of its keys compare with it, whatever this machine's clock says.
func (c *Client) ListAccessKeys(ctx context.Context) (keys []Key, at time.Time, err error) {
	params := about(c.o.User, nil)
	for {
		var out struct {
			page
			Keys []keyAnswer `xml:"AccessKeyMetadata>member"`
		}
		meta, err := c.call(ctx, query.Again(), "ListAccessKeys", params, &out)
		if err != nil {
			return nil, at, c.failed("ListAccessKeys", err)
		}
		if at.IsZero() {
			at = c.now(meta)
		}
		for _, k := range out.Keys {
			keys = append(keys, k.key())
		}
		if !out.next(params) {
			return keys, at, nil
		}
	}
}

// now is the time of an answer by IAM's clock; this machine's where the answer has none.
func (c *Client) now(m middleware.Metadata) time.Time {
	if at, ok := awsmiddleware.GetServerTime(m); ok {
		return at
	}
	return c.o.Now()
}

// CreateAccessKey makes a second key of the user that asks. Where the answer is lost the key is there all
// the same, and its secret is nowhere.
func (c *Client) CreateAccessKey(ctx context.Context) (NewKey, error) {
	var out struct{ AccessKey keyAnswer }
	if _, err := c.call(ctx, query.Untouched(), "CreateAccessKey", about(c.o.User, nil), &out); err != nil {
		return NewKey{}, c.failed("CreateAccessKey", err)
	}
	k := out.AccessKey
	if k.AccessKeyID == "" || k.SecretAccessKey == "" {
		return NewKey{}, c.empty("CreateAccessKey")
	}
	return NewKey{k.key(), Secret(k.SecretAccessKey)}, nil
}

// UpdateAccessKey makes a key of the user that asks active or inactive; it may be so already.
func (c *Client) UpdateAccessKey(ctx context.Context, id string, on bool) error {
	status := "Inactive"
	if on {
		status = active
	}
	_, err := c.call(ctx, query.Again(), "UpdateAccessKey", about(c.o.User, url.Values{"AccessKeyId": {id}, "Status": {status}}), nil)
	return c.failed("UpdateAccessKey", err)
}

// DeleteAccessKey deletes a key of the user that asks. Where the answer to a first try is lost, the
// second is refused: NoSuchEntity means that it is gone.
func (c *Client) DeleteAccessKey(ctx context.Context, id string) error {
	_, err := c.call(ctx, query.Again(), "DeleteAccessKey", about(c.o.User, url.Values{"AccessKeyId": {id}}), nil)
	return c.failed("DeleteAccessKey", err)
}

// AccessKeyLastUsed tells when a key was last used.
func (c *Client) AccessKeyLastUsed(ctx context.Context, id string) (Use, error) {
	var out struct {
		UserName string
		Last     struct {
			LastUsedDate *time.Time
			ServiceName  string
			Region       string
		} `xml:"AccessKeyLastUsed"`
	}
	if _, err := c.call(ctx, query.Again(), "GetAccessKeyLastUsed", url.Values{"AccessKeyId": {id}}, &out); err != nil {
		return Use{}, c.failed("GetAccessKeyLastUsed", err)
	}
	use := Use{User: out.UserName}
	if at := out.Last.LastUsedDate; at != nil { // service and region are N/A where it was never used
		use.At, use.Service, use.Region = *at, out.Last.ServiceName, out.Last.Region
	}
	return use, nil
}
