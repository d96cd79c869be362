package awstest

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// FuzzQuery sends signed forms of any content: the answer is always well-formed
// XML with a request ID, and never a panic.
func FuzzQuery(f *testing.F) {
	f.Add("Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::222222222222:role/Admin&RoleSessionName=alice&Policy={\"Statement\":[{}]}", "sts")
	f.Add("Action=AssumeRole&Version=2011-06-15&Tags.member.1.Key=a&TransitiveTagKeys.member.1=a&DurationSeconds=9e9", "sts")
	f.Add("Action=GetSessionToken&Version=2011-06-15&SerialNumber=arn:aws:iam::111111111111:mfa/alice&TokenCode=000000", "sts")
	f.Add("Action=EnableMFADevice&Version=2010-05-08&UserName=alice&SerialNumber=x%00yyyyyyyyyy&AuthenticationCode1=1", "iam")
	f.Add("Action=CreateVirtualMFADevice&Version=2010-05-08&VirtualMFADeviceName=a&Path=/x y/", "iam")
	f.Add("Action=%ff&Version=2010-05-08&;;&a=%", "iam")
	s := New(Options{})
	u := s.AddUser(home, "alice")
	creds := aws.Credentials{}
	k := u.AddKey()
	creds.AccessKeyID, creds.SecretAccessKey = k.ID, k.Secret
	s.AddRole(admin, Role{Trust: []Trust{{Principal: home, Tags: []string{"*"}, SetSourceIdentity: true}}})
	u.AddMFA("alice")
	f.Fuzz(func(t *testing.T, body, service string) {
		s.Reset()
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:1/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, hexSHA256([]byte(body)), service, "us-east-1", time.Now()); err != nil {
			t.Skip()
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		d := xml.NewDecoder(w.Body)
		ids := 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in the answer to %q", err, body)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "RequestId" {
				ids++
			}
		}
		if ids != 1 {
			t.Errorf("%d request IDs in the answer to %q", ids, body)
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host;x-amz-date, Signature=00", "20150830T123600Z", "/?a=b")
	f.Add("AWS4-HMAC-SHA256 Credential=,Signature==,,SignedHeaders=;;", "", "/%2e%2e/%")
	f.Add("", "", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=%zz")
	s := New(Options{})
	f.Fuzz(func(t *testing.T, auth, date, target string) {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:1/", nil)
		if u, err := r.URL.Parse(target); err == nil {
			r.URL = u
		}
		r.RequestURI = target
		r.URL.Path = "/"
		r.Header["Authorization"], r.Header["X-Amz-Date"] = []string{auth}, []string{date}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%d for %q", w.Code, auth)
		}
	})
}
