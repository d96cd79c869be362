package awstest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"
)

// The XML namespaces and API versions of the two query services.
const (
	stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
	stsVersion   = "2011-06-15"
	iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/"
	iamVersion   = "2010-05-08"
)

// refusal is an answer that is not the one asked for: an AWS error code, its
// text and the HTTP status it comes with.
type refusal struct {
	status  int
	code    string
	message string
}

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func denied(format string, args ...any) *refusal {
	return refuse(http.StatusForbidden, "AccessDenied", format, args...)
}

func invalid(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "ValidationError", format, args...)
}

// fault says whose fault it is, as AWS's ErrorResponse does.
func (e *refusal) fault() string {
	if e.status >= 500 {
		return "Receiver"
	}
	return "Sender"
}

// el is one XML element: text or children, not both.
type el struct {
	name string
	text string
	kids []el
}

func leaf(name, text string) el         { return el{name: name, text: text} }
func branch(name string, kids ...el) el { return el{name: name, kids: kids} }

func (e el) write(b *bytes.Buffer, indent string, attr string) {
	b.WriteString(indent + "<" + e.name + attr)
	switch {
	case len(e.kids) > 0:
		b.WriteString(">\n")
		for _, k := range e.kids {
			k.write(b, indent+"  ", "")
		}
		b.WriteString(indent + "</" + e.name + ">\n")
	case e.text != "":
		b.WriteString(">")
		// Writing to a bytes.Buffer cannot fail.
		_ = xml.EscapeText(b, []byte(e.text))
		b.WriteString("</" + e.name + ">\n")
	default:
		b.WriteString("/>\n")
	}
}

// reply is a whole answer, built before anything is written.
type reply struct {
	status int
	header http.Header
	body   []byte
	code   string // the error code, "" for success
}

func newReply(status int, contentType string, body []byte) reply {
	h := http.Header{}
	h.Set("Content-Type", contentType)
	return reply{status: status, header: h, body: body}
}

func xmlReply(status int, requestID, namespace string, root el) reply {
	var b bytes.Buffer
	root.write(&b, "", ` xmlns="`+namespace+`"`)
	r := newReply(status, "text/xml", b.Bytes())
	r.header.Set("X-Amzn-Requestid", requestID)
	return r
}

// success wraps the members of an action's result as the query protocol does;
// an action without a result has the metadata only.
func success(action, requestID, namespace string, result []el) reply {
	meta := branch("ResponseMetadata", leaf("RequestId", requestID))
	root := branch(action+"Response", meta)
	if len(result) > 0 {
		root = branch(action+"Response", branch(action+"Result", result...), meta)
	}
	return xmlReply(http.StatusOK, requestID, namespace, root)
}

func failure(e *refusal, requestID, namespace string) reply {
	r := xmlReply(e.status, requestID, namespace, branch("ErrorResponse",
		branch("Error", leaf("Type", e.fault()), leaf("Code", e.code), leaf("Message", e.message)),
		leaf("RequestId", requestID)))
	r.code = e.code
	return r
}

// stamp is a time as the query protocol writes it: UTC, whole seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
