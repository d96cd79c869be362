package sigv4

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The credentials and scope of AWS's published Signature Version 4 examples.
const (
	exampleID     = "AKIDEXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	exampleDate   = "20150830T123600Z"
)

func TestPublishedSignatures(t *testing.T) {
	for name, row := range map[string]struct {
		method, target, body string
		host                 string
		header               http.Header
		service, signed      string
		want                 string
	}{
		"get-vanilla": {
			want: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		"post-vanilla": {
			method: "POST",
			want:   "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
		},
		"get-vanilla-query-order-key-case": {
			target: "/?Param2=value2&Param1=value1",
			want:   "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
		},
		"get-vanilla-query-unreserved": {
			target: "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
			want:   "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
		},
		"get-utf8": {
			target: "/\u1234",
			want:   "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
		},
		"normalize-path/get-space": {
			target: "/example space/",
			want:   "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
		},
		"normalize-path/get-relative-relative": {
			target: "/example1/example2/../..",
			want:   "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		"normalize-path/get-slashes": {
			target: "//example//",
			want:   "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
		},
		"get-header-value-trim": {
			header: http.Header{"My-Header1": {" value1"}, "My-Header2": {` "a   b   c"`}},
			signed: "host;my-header1;my-header2;x-amz-date",
			want:   "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
		},
		"get-header-key-duplicate": {
			header: http.Header{"My-Header1": {"value2", "value2", "value1"}},
			signed: "host;my-header1;x-amz-date",
			want:   "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
		},
		"post-x-www-form-urlencoded": {
			method: "POST", body: "Param1=value1",
			header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
			signed: "content-type;host;x-amz-date",
			want:   "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
		},
		"the ListUsers request of the IAM user guide": {
			target: "/?Action=ListUsers&Version=2010-05-08", host: "iam.amazonaws.com", service: "iam",
			header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}},
			signed: "content-type;host;x-amz-date",
			want:   "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
		},
	} {
		t.Run(name, func(t *testing.T) {
			orString := func(a, b string) string {
				if a != "" {
					return a
				}
				return b
			}
			r := &http.Request{
				Method: orString(row.method, "GET"), RequestURI: orString(row.target, "/"),
				Host: orString(row.host, "example.amazonaws.com"), Header: row.header.Clone(), URL: &url.URL{},
			}
			if r.Header == nil {
				r.Header = http.Header{}
			}
			service := orString(row.service, "service")
			r.Header.Set("X-Amz-Date", exampleDate)
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+exampleID+"/20150830/us-east-1/"+service+
				"/aws4_request, SignedHeaders="+orString(row.signed, "host;x-amz-date")+", Signature="+row.want)
			sig, e := Read(r)
			if e != nil {
				t.Fatal(e.Message)
			}
			if e := sig.Verify(r, []byte(row.body), exampleSecret); e != nil {
				t.Errorf("refused; canonical request:\n%s", canonicalRequest(r, &sig, []byte(row.body)))
			}
			if e := sig.Verify(r, []byte(row.body+"x"), exampleSecret); e == nil {
				t.Error("another body verifies too")
			}
			if e := sig.Verify(r, []byte(row.body), exampleSecret+"x"); e == nil {
				t.Error("another secret verifies too")
			}
		})
	}
}

func exampleScope() Signature {
	return Signature{KeyID: exampleID, date: "20150830", Region: "us-east-1", Service: "sts", end: "aws4_request", when: exampleDate, headers: []string{"host", "x-amz-date"}}
}

func TestSignatureTime(t *testing.T) {
	at, err := time.Parse(timeFormat, exampleDate)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		ahead time.Duration // the server's clock
		want  string
	}{
		"the same second":          {},
		"15 minutes late":          {ahead: 15 * time.Minute},
		"15 minutes early":         {ahead: -15 * time.Minute},
		"a second more than late":  {15*time.Minute + time.Second, "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)"},
		"a second more than early": {-15*time.Minute - time.Second, "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)"},
	} {
		t.Run(name, func(t *testing.T) {
			s := exampleScope()
			e := s.checkTime(at.Add(row.ahead))
			switch {
			case e == nil && row.want != "":
				t.Error("accepted")
			case e != nil && (e.Message != row.want || e.Code != "SignatureDoesNotMatch" || e.Status != 403):
				t.Errorf("%d %s: %s", e.Status, e.Code, e.Message)
			}
		})
	}
}

func TestSignatureScopeNamesAllThatIsWrong(t *testing.T) {
	s := exampleScope()
	if e := s.checkScope("sts", func(string) bool { return true }); e != nil {
		t.Fatalf("good scope refused: %s", e.Message)
	}
	s.Service, s.end, s.date = "s3", "aws5_request", "20150829"
	e := s.checkScope("sts", func(string) bool { return false })
	want := "Credential should be scoped to a valid region, not 'us-east-1'. Credential should be scoped to correct service: 'sts'. " +
		"Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. " +
		"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150829' != '20150830', from '20150830T123600Z'."
	if e == nil || e.Message != want || e.Code != "SignatureDoesNotMatch" {
		t.Errorf("got %+v", e)
	}
}

func TestUnreadableSignatures(t *testing.T) {
	scope := "Credential=AKIDEXAMPLE/20150830/us-east-1/sts/aws4_request"
	for name, row := range map[string]struct{ auth, date, query, code, message string }{
		"none": {code: "MissingAuthenticationToken", message: "Request is missing Authentication Token"},
		"basic authentication": {
			auth: "Basic YTpi", code: "IncompleteSignature", message: "Unsupported AWS 'algorithm': 'Basic'.",
		},
		"only a credential": {
			auth: "AWS4-HMAC-SHA256 " + scope, date: exampleDate, code: "IncompleteSignature",
			message: "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
		},
		"no date": {
			auth: "AWS4-HMAC-SHA256 " + scope + ", SignedHeaders=host, Signature=00", code: "IncompleteSignature",
			message: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
		},
		"half a scope": {
			auth: "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830, SignedHeaders=host, Signature=00", date: exampleDate, code: "IncompleteSignature",
			message: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20150830'",
		},
		"presigned by another algorithm": {
			query: "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Signature=b", code: "IncompleteSignature",
			message: "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
		},
		"presigned without a date": {
			query: "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=host", code: "IncompleteSignature",
			message: "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &http.Request{Method: "GET", Header: http.Header{}, URL: &url.URL{Path: "/", RawQuery: row.query}}
			if row.auth != "" {
				r.Header.Set("Authorization", row.auth)
			}
			if row.date != "" {
				r.Header.Set("X-Amz-Date", row.date)
			}
			_, e := Read(r)
			if e == nil || e.Code != row.code || e.Message != row.message {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestUnsignedAmazonHeadersAreRefused(t *testing.T) {
	s := exampleScope()
	r := &http.Request{Header: http.Header{"X-Amz-Date": {exampleDate}, "X-Amz-Security-Token": {"t"}}}
	if e := s.checkHeaders(r); e == nil || !strings.Contains(e.Message, "X-Amz-Security-Token") {
		t.Errorf("got %+v", e)
	}
	s.headers = []string{"x-amz-date", "x-amz-security-token"}
	if e := s.checkHeaders(r); e == nil || !strings.Contains(e.Message, "'Host'") {
		t.Errorf("got %+v", e)
	}
}

// FuzzSDKSigner holds the verifier against the SDK's signer, both forms.
func FuzzSDKSigner(f *testing.F) {
	f.Add("Action=GetCallerIdentity&Version=2011-06-15", "a=b&c=%20d", "some  value ")
	f.Add("0", "", "a\tb")
	f.Add("", "Z=1&a=2&a=1&a", "\tx")
	f.Add("é", "k=a+b&k=%2B&%E1%88%B4=1", "")
	f.Fuzz(func(t *testing.T, body, query, value string) {
		if _, err := url.ParseQuery(query); err != nil || strings.Contains(query, "X-Amz-") {
			t.Skip()
		}
		for _, c := range value {
			if c < ' ' && c != '\t' || c >= 0x7f {
				t.Skip() // not a header's value
			}
		}
		// Normalised, as a client builds it.
		v, _ := url.ParseQuery(query)
		target := "http://127.0.0.1:1/?" + v.Encode()
		creds := aws.Credentials{AccessKeyID: exampleID, SecretAccessKey: exampleSecret, SessionToken: "token"}
		at, _ := time.Parse(timeFormat, exampleDate)
		r, err := http.NewRequest(http.MethodPost, target, strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		r.Header.Set("X-Amz-Extra", value)
		if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, hexSHA256([]byte(body)), "sts", "eu-west-1", at); err != nil {
			t.Fatal(err)
		}
		check(t, r, body)

		r, err = http.NewRequest(http.MethodGet, target, nil)
		if err != nil {
			t.Skip()
		}
		signedURL, _, err := v4.NewSigner().PresignHTTP(t.Context(), creds, r, hexSHA256(nil), "sts", "eu-west-1", at)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = http.NewRequest(http.MethodGet, signedURL, nil); err != nil {
			t.Fatal(err)
		}
		check(t, r, "")
	})
}

func check(t *testing.T, r *http.Request, body string) {
	t.Helper()
	r.Host = r.URL.Host
	sig, e := Read(r)
	if e != nil {
		t.Fatalf("unreadable: %s", e.Message)
	}
	if sig.KeyID != exampleID || sig.Token != "token" || sig.Region != "eu-west-1" {
		t.Errorf("read %+v", sig)
	}
	if e := sig.Verify(r, []byte(body), exampleSecret); e != nil {
		t.Errorf("refused; canonical request:\n%s", canonicalRequest(r, &sig, []byte(body)))
	}
}

func TestTheDateHeaderServesToo(t *testing.T) {
	r := &http.Request{Header: http.Header{
		"Date":          {"Sun, 30 Aug 2015 12:36:00 GMT"},
		"Authorization": {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00"},
	}}
	if s, e := Read(r); e != nil || s.when != exampleDate {
		t.Errorf("%q, %+v", s.when, e)
	}
}

func TestADateThatIsNone(t *testing.T) {
	s := exampleScope()
	s.when = "yesterday"
	if e := s.checkTime(time.Now()); e == nil || e.Code != "IncompleteSignature" || e.Status != 400 {
		t.Errorf("%+v", e)
	}
}
