package s3

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// refusal is an answer that is not the one asked for. Elements that S3 adds for a code are fields.
type refusal struct {
	status int
	header http.Header

	XMLName        xml.Name `xml:"Error"`
	Code           string
	Message        string
	AWSAccessKeyID string `xml:"AWSAccessKeyId,omitempty"`
	BucketName     string `xml:",omitempty"`
	Bucket         string `xml:",omitempty"`
	Endpoint       string `xml:",omitempty"`
	Region         string `xml:",omitempty"`
	RequestID      string `xml:"RequestId"`
	HostID         string `xml:"HostId"`
}

func (e *refusal) reply(id string) Reply {
	e.RequestID, e.HostID = id, hostID
	out := document(e.status, id, e)
	for k, v := range e.header {
		out.Header[k] = v
	}
	out.Code = e.Code
	return out
}

// hostID is what S3 says of the machine that answered.
const hostID = "awstest"

// Failure is an error as S3 gives it.
func Failure(status int, code, message, id string) Reply {
	return (&refusal{status: status, Code: code, Message: message}).reply(id)
}

func accessDenied() *refusal {
	return &refusal{status: http.StatusForbidden, Code: "AccessDenied", Message: "Access Denied"}
}

func malformed(format string, args ...any) *refusal {
	return &refusal{status: http.StatusBadRequest, Code: "AuthorizationHeaderMalformed", Message: fmt.Sprintf(format, args...)}
}

func badArgument(message string) *refusal {
	return &refusal{status: http.StatusBadRequest, Code: "InvalidArgument", Message: message}
}

func noSuchBucket(name string) *refusal {
	return &refusal{status: http.StatusNotFound, Code: "NoSuchBucket", Message: "The specified bucket does not exist",
		BucketName: name}
}

// wrongRegion tells the right one, by which clients find it.
func wrongRegion(got, want string) *refusal {
	e := malformed("The authorization header is malformed; the region '%s' is wrong; expecting '%s'", got, want)
	e.Region, e.header = want, http.Header{"X-Amz-Bucket-Region": {want}}
	return e
}

// redirectToRegion refuses a request for a bucket that went to another region's host.
func redirectToRegion(b Bucket) *refusal {
	return &refusal{
		status: http.StatusMovedPermanently, header: http.Header{"X-Amz-Bucket-Region": {b.Region}},
		Code: "PermanentRedirect", Message: "The bucket you are attempting to access must be addressed using the specified " +
			"endpoint. Please send all future requests to this endpoint.",
		Bucket: b.Name, Endpoint: b.Name + ".s3." + b.Region + ".amazonaws.com",
	}
}

// document is an answer in XML.
func document(status int, id string, of any) Reply {
	body, err := xml.Marshal(of)
	if err != nil {
		panic("s3: " + err.Error()) // only types of ours get here
	}
	return Reply{
		Status: status, Body: append([]byte(xml.Header), body...),
		Header: http.Header{"Content-Type": {"application/xml"}, "X-Amz-Request-Id": {id}, "X-Amz-Id-2": {hostID}},
	}
}

// encoded is a key as encoding-type=url has it: slashes stay.
func encoded(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(s), "%2F", "/"), "%2A", "*")
}
