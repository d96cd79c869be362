package s3

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxKeys is how many keys and prefixes one answer has at most, and without max-keys.
const maxKeys = 1000

type owner struct {
	ID string
}

type bucketElement struct {
	Name         string
	CreationDate string
}

type allBuckets struct {
	XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
	Owner   owner
	Buckets []bucketElement `xml:"Buckets>Bucket"`
}

// listBuckets needs mu.
func (s *Service) listBuckets(r *Request, caller *Caller) (Reply, *refusal) {
	if e := caller.require("s3:ListAllMyBuckets", "arn:aws:s3:::*"); e != nil {
		return Reply{}, e
	}
	out := allBuckets{Owner: owner{canonicalID(caller.Account)}}
	for _, b := range s.buckets {
		if b.Account == caller.Account {
			out.Buckets = append(out.Buckets, bucketElement{b.Name, stamp(b.Created)})
		}
	}
	slices.SortFunc(out.Buckets, func(a, b bucketElement) int { return strings.Compare(a.Name, b.Name) })
	return document(http.StatusOK, r.ID, out), nil
}

// canonicalID is the 64 digits that S3 has for an account.
func canonicalID(account string) string {
	a, b := md5.Sum([]byte(account)), md5.Sum([]byte("of "+account))
	return hex.EncodeToString(a[:]) + hex.EncodeToString(b[:])
}

type objectElement struct {
	Key          string
	LastModified string
	ETag         string
	Size         int64
	StorageClass string
}

type objects struct {
	XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	KeyCount              int
	MaxKeys               int
	IsTruncated           bool
	Contents              []objectElement
	CommonPrefixes        []commonPrefix
}

type commonPrefix struct{ Prefix string }

// listObjects is a page of a bucket. Prefixes up to a delimiter count as one entry each.
func listObjects(r *Request, b Bucket) (Reply, *refusal) {
	q := r.HTTP.URL.Query()
	limit := maxKeys
	if q.Has("max-keys") {
		n, err := strconv.Atoi(q.Get("max-keys"))
		if err != nil || n < 0 {
			return Reply{}, badArgument("Provided max-keys not an integer or within integer range")
		}
		limit = min(n, maxKeys)
	}
	encode := func(s string) string { return s }
	switch q.Get("encoding-type") {
	case "":
	case "url":
		encode = encoded
	default:
		return Reply{}, badArgument("Invalid Encoding Method specified in Request")
	}
	listed := ""
	if q.Has("continuation-token") {
		last, err := base64.StdEncoding.DecodeString(q.Get("continuation-token"))
		if err != nil || len(last) == 0 {
			return Reply{}, badArgument("The continuation token provided is incorrect")
		}
		listed = string(last)
	}
	prefix, delimiter := q.Get("prefix"), q.Get("delimiter")
	out := objects{
		Name: b.Name, Prefix: encode(prefix), Delimiter: encode(delimiter), StartAfter: encode(q.Get("start-after")),
		ContinuationToken: q.Get("continuation-token"), EncodingType: q.Get("encoding-type"), MaxKeys: limit,
	}
	last := ""
	for _, o := range b.Objects {
		entry, folder := entryOf(o.Key, prefix, delimiter)
		// A prefix that was listed stands for all keys that begin with it.
		if !strings.HasPrefix(o.Key, prefix) || o.Key <= q.Get("start-after") || entry <= listed || entry == last {
			continue
		}
		if out.KeyCount == limit {
			if out.IsTruncated = limit > 0; out.IsTruncated {
				out.NextContinuationToken = base64.StdEncoding.EncodeToString([]byte(last))
			}
			break
		}
		last = entry
		out.KeyCount++
		if folder {
			out.CommonPrefixes = append(out.CommonPrefixes, commonPrefix{encode(entry)})
			continue
		}
		out.Contents = append(out.Contents, objectElement{encode(o.Key), stamp(o.Modified), etag(o), o.Size, "STANDARD"})
	}
	return document(http.StatusOK, r.ID, out), nil
}

// entryOf is what a key is listed as: itself, or what it has up to the first delimiter after the prefix.
func entryOf(key, prefix, delimiter string) (entry string, folder bool) {
	rest, ok := strings.CutPrefix(key, prefix)
	if !ok || delimiter == "" {
		return key, false
	}
	if i := strings.Index(rest, delimiter); i >= 0 {
		return prefix + rest[:i+len(delimiter)], true
	}
	return key, false
}

// etag has the form of S3's; there are no contents that it could be the sum of.
func etag(o Object) string {
	sum := md5.Sum([]byte(o.Key + stamp(o.Modified)))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// stamp is a time as S3 writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
