// Package s3 plays Amazon S3 as far as it lists: ListBuckets and ListObjectsV2, by path and by host name, signed by
// Signature Version 4 as S3 wants it.
//
// It is a part of package awstest, which knows whose a key is, records the calls and listens. Objects have no contents.
package s3

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"hatstand/credproc/awstest/policy"
	"hatstand/credproc/awstest/sigv4"
)

// Name is the name of the service in signatures, and what calls are recorded under.
const Name = "s3"

// Service is the S3 of one partition. Its methods may be called at any time from any goroutine.
type Service struct {
	mu      sync.Mutex
	buckets map[string]Bucket
}

// Bucket is one with all that is in it. Nobody outside its account may list it.
type Bucket struct {
	Name, Account, Region string
	Created               time.Time
	Objects               []Object
}

// Object is one as lists tell it.
type Object struct {
	Key      string
	Size     int64
	Modified time.Time
}

// New makes a service without buckets.
func New() *Service { return &Service{buckets: map[string]Bucket{}} }

// AddBucket makes a bucket, or replaces the one of that name.
func (s *Service) AddBucket(b Bucket) {
	byKey := func(a, b Object) int { return strings.Compare(a.Key, b.Key) }
	b.Objects = slices.SortedFunc(slices.Values(b.Objects), byKey)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[b.Name] = b
}

// Caller is whose an access key is.
type Caller struct {
	ARN, Account  string
	Secret, Token string
	Expires       time.Time // zero: it does not
	May           func(action string) policy.Ruling
}

// Request is a call on its way to its answer.
type Request struct {
	HTTP *http.Request
	Body []byte
	Now  time.Time
	ID   string
	// Find says whose a key is; false: nobody's.
	Find func(keyID string) (Caller, bool)
	// RegionOK says whether there is such a region here.
	RegionOK func(string) bool
}

// Reply is a whole answer.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte

	Code        string // the error's name, "" for success
	AccessKeyID string // as claimed
	Caller      string // "" if it could not be verified
	Region      string // of the credential scope
}

// A target is what a request is for.
type target struct {
	bucket, key string
	region      string // as the host name tells it; "" if it tells none
}

// targetOf reads the host name and the path; false: neither they nor the signature speak of S3.
func targetOf(r *http.Request) (t target, ok bool) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	rest, aws := strings.CutSuffix(strings.TrimSuffix(strings.ToLower(host), ".cn"), ".amazonaws.com")
	labels := strings.Split(rest, ".")
	at := slices.Index(labels, Name)
	if aws && at >= 0 {
		t.bucket, t.region = strings.Join(labels[:at], "."), "us-east-1"
		if more := slices.DeleteFunc(labels[at+1:], func(l string) bool { return l == "dualstack" }); len(more) > 0 {
			t.region = more[0]
		}
		if t.bucket != "" {
			t.key = path
			return t, true
		}
	} else if sig, _ := sigv4.Read(r); sig.Service != Name {
		return target{}, false
	}
	t.bucket, t.key, _ = strings.Cut(path, "/")
	return t, true
}

// Route names the action of a request and the bucket that it is for; false: it is none of S3's.
func Route(r *http.Request) (action, bucket string, mine bool) {
	t, mine := targetOf(r)
	switch {
	case !mine:
		return "", "", false
	case r.Method != http.MethodGet || t.key != "":
		action = r.Method + " Object"
	case t.bucket == "":
		action = "ListBuckets"
	case r.URL.Query().Get("list-type") == "2":
		action = "ListObjectsV2"
	default:
		action = "GET Bucket"
	}
	return action, t.bucket, true
}

// Answer answers a call that Route knows.
func (s *Service) Answer(r *Request) Reply {
	sig, unreadable := sigv4.Read(r.HTTP)
	t, _ := targetOf(r.HTTP)
	caller, e := r.authenticate(&sig, unreadable, t)
	var out Reply
	if e == nil {
		out, e = s.perform(r, &caller, t, sig.Region)
	}
	if e != nil {
		out = e.reply(r.ID)
	}
	out.AccessKeyID, out.Caller, out.Region = sig.KeyID, caller.ARN, sig.Region
	return out
}

func (s *Service) perform(r *Request, caller *Caller, t target, region string) (Reply, *refusal) {
	action, _, _ := Route(r.HTTP)
	s.mu.Lock()
	defer s.mu.Unlock()
	if action == "ListBuckets" {
		return s.listBuckets(r, caller)
	}
	b, ok := s.buckets[t.bucket]
	if !ok {
		return Reply{}, noSuchBucket(t.bucket)
	}
	if t.region != "" && t.region != b.Region {
		return Reply{}, redirectToRegion(b)
	}
	if region != b.Region {
		return Reply{}, wrongRegion(region, b.Region)
	}
	if action != "ListObjectsV2" {
		return Reply{}, &refusal{status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed",
			Message: "The specified method is not allowed against this resource."}
	}
	if b.Account != caller.Account {
		return Reply{}, accessDenied()
	}
	if e := caller.require("s3:ListBucket", "arn:aws:s3:::"+b.Name); e != nil {
		return Reply{}, e
	}
	return listObjects(r, b)
}

// require refuses what the caller's own policies do not allow.
func (c *Caller) require(action, resource string) *refusal {
	why := c.May(action)
	if why == policy.Permitted {
		return nil
	}
	e := accessDenied()
	if resource != "" {
		resource = `"` + resource + `"`
	}
	e.Message = policy.Refused(c.ARN, action, resource, why)
	return e
}

// authenticate verifies the request and says who it is from. S3 has codes and texts of its own for what is wrong.
// Source: Amazon S3 API Reference, "Error responses".
func (r *Request) authenticate(sig *sigv4.Signature, unreadable *sigv4.Refusal, t target) (Caller, *refusal) {
	if unreadable != nil && sig.KeyID == "" && unreadable.Code == "MissingAuthenticationToken" {
		return Caller{}, accessDenied()
	}
	if unreadable != nil {
		return Caller{}, malformed("%s", unreadable.Message)
	}
	who, known := r.Find(sig.KeyID)
	if !known {
		return Caller{}, &refusal{status: http.StatusForbidden, Code: "InvalidAccessKeyId",
			Message: "The AWS Access Key Id you provided does not exist in our records.", AWSAccessKeyID: sig.KeyID}
	}
	if e := r.checkScope(sig, t); e != nil {
		return Caller{}, e
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(sig.Token), []byte(who.Token)) != 1:
		return Caller{}, &refusal{status: http.StatusBadRequest, Code: "InvalidToken",
			Message: "The provided token is malformed or otherwise invalid."}
	case !who.Expires.IsZero() && !r.Now.Before(who.Expires):
		return Caller{}, &refusal{status: http.StatusBadRequest, Code: "ExpiredToken",
			Message: "The provided token has expired."}
	}
	hash := "UNSIGNED-PAYLOAD" // that of a presigned address
	if r.HTTP.Header.Get("Authorization") != "" {
		hash = r.HTTP.Header.Get("X-Amz-Content-Sha256")
	}
	switch hash {
	case "":
		return Caller{}, &refusal{status: http.StatusBadRequest, Code: "InvalidRequest",
			Message: "Missing required header for this request: x-amz-content-sha256"}
	case "UNSIGNED-PAYLOAD", sigv4.Hash(r.Body):
	default:
		return Caller{}, &refusal{status: http.StatusBadRequest, Code: "XAmzContentSHA256Mismatch",
			Message: "The provided 'x-amz-content-sha256' header does not match what was computed."}
	}
	if !sig.VerifyS3(r.HTTP, hash, who.Secret) {
		return Caller{}, &refusal{status: http.StatusForbidden, Code: "SignatureDoesNotMatch",
			Message: "The request signature we calculated does not match the signature you " +
				"provided. Check your key and signing method."}
	}
	return who, nil
}

// checkScope holds what was signed for against the clock, the service, the region and the headers that came.
func (r *Request) checkScope(sig *sigv4.Signature, t target) *refusal {
	switch {
	case sig.Skewed(r.Now):
		return &refusal{status: http.StatusForbidden, Code: "RequestTimeTooSkewed",
			Message: "The difference between the request time and the current time is too large."}
	case sig.Service != Name:
		return malformed("The authorization header is malformed; incorrect service %q. This endpoint belongs to \"s3\".",
			sig.Service)
	case t.region != "" && sig.Region != t.region:
		return wrongRegion(sig.Region, t.region)
	case !r.RegionOK(sig.Region):
		return wrongRegion(sig.Region, "us-east-1")
	}
	if e := sig.Check(r.HTTP, r.Now, Name, func(string) bool { return true }); e != nil {
		out := accessDenied()
		out.Message = "There were headers present in the request which were not signed"
		return out
	}
	return nil
}

// Params are the parts of a request that may be recorded.
func Params(query url.Values, bucket string) map[string]string {
	out := map[string]string{}
	if bucket != "" {
		out["Bucket"] = bucket
	}
	for _, name := range []string{"prefix", "delimiter", "max-keys", "start-after"} {
		if v := query.Get(name); v != "" {
			out[name] = v
		}
	}
	return out
}
