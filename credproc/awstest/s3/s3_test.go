package s3_test

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/s3"
	"hatstand/credproc/awstest/sigv4"
)

// world is a server with three buckets: two of account 111111111111, in two regions, and one of another account.
type world struct {
	*awstest.Server
	alice, bob awstest.Key // bob may list buckets, and not what is in them
}

func newWorld() world {
	w := world{Server: awstest.New(awstest.Options{})}
	w.alice = w.AddUser("111111111111", "alice").AddKey()
	bob := w.AddUser("111111111111", "bob")
	bob.Allow("s3:ListAllMyBuckets")
	w.bob = bob.AddKey()
	day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w.S3().AddBucket(s3.Bucket{Name: "logs", Account: "111111111111", Region: "eu-west-1", Created: day, Objects: []s3.Object{
		{Key: "2026/b+ c.txt", Size: 3, Modified: day}, {Key: "2025/x", Modified: day}, {Key: "2026/a", Size: 2, Modified: day},
		{Key: "README", Size: 1, Modified: day},
	}})
	w.S3().AddBucket(s3.Bucket{Name: "builds", Account: "111111111111", Region: "us-east-1", Created: day})
	w.S3().AddBucket(s3.Bucket{Name: "theirs", Account: "222222222222", Region: "eu-west-1", Created: day})
	return w
}

// answer is as much of S3's answers as these tests read.
type answer struct {
	Code, Message, Region string
	Buckets               []string `xml:"Buckets>Bucket>Name"`
	Keys                  []string `xml:"Contents>Key"`
	Prefixes              []string `xml:"CommonPrefixes>Prefix"`
	KeyCount              int
	IsTruncated           bool
	Next                  string `xml:"NextContinuationToken"`
}

// signed is a request as S3's clients sign it: the path as it is, and the hash of the body in a header.
func signed(t *testing.T, k awstest.Key, region, target string, change ...func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	hash := sigv4.Hash(nil)
	r.Header.Set("X-Amz-Content-Sha256", hash)
	for _, f := range change {
		f(r)
	}
	err = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).SignHTTP(context.Background(),
		aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret}, r, hash, "s3", region, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w world) do(t *testing.T, r *http.Request) (int, answer, http.Header) {
	t.Helper()
	r.RequestURI, r.Body = r.URL.RequestURI(), http.NoBody // as it comes over the wire
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	body, err := io.ReadAll(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := xml.Unmarshal(body, &a); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return rec.Code, a, rec.Header()
}

func TestBucketsOfTheCallersAccountAreListed(t *testing.T) {
	w := newWorld()
	for _, target := range []string{"http://127.0.0.1:1/", "http://127.0.0.1:1/?x-id=ListBuckets", "https://s3.eu-west-1.amazonaws.com/"} {
		status, a, _ := w.do(t, signed(t, w.alice, "eu-west-1", target))
		if status != 200 || !slices.Equal(a.Buckets, []string{"builds", "logs"}) {
			t.Errorf("%s: %d %+v", target, status, a)
		}
	}
	if c := w.Calls()[0]; c.Service != "s3" || c.Action != "ListBuckets" || c.Caller != "arn:aws:iam::111111111111:user/alice" || c.Region != "eu-west-1" || c.Code != "" {
		t.Errorf("%+v", c)
	}
}

func TestObjectsAreListed(t *testing.T) {
	w := newWorld()
	for name, row := range map[string]struct {
		query          string
		keys, prefixes []string
	}{
		"all":                     {"", []string{"2025/x", "2026/a", "2026/b+ c.txt", "README"}, nil},
		"a folder's view":         {"&delimiter=%2F", []string{"README"}, []string{"2025/", "2026/"}},
		"in a folder":             {"&delimiter=%2F&prefix=2026%2F", []string{"2026/a", "2026/b+ c.txt"}, nil},
		"encoded":                 {"&encoding-type=url&prefix=2026%2Fb", []string{"2026/b%2B+c.txt"}, nil},
		"after a key":             {"&start-after=2026%2Fa", []string{"2026/b+ c.txt", "README"}, nil},
		"after a key in a folder": {"&delimiter=%2F&start-after=2026%2Fa", []string{"README"}, []string{"2026/"}},
		"none":                    {"&prefix=zzz", nil, nil},
		"no more than nothing":    {"&max-keys=0", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, at := range []string{"http://127.0.0.1:1/logs", "https://logs.s3.eu-west-1.amazonaws.com/", "https://logs.s3.dualstack.eu-west-1.amazonaws.com/"} {
				status, a, _ := w.do(t, signed(t, w.alice, "eu-west-1", at+"?list-type=2"+row.query))
				if status != 200 || !slices.Equal(a.Keys, row.keys) || !slices.Equal(a.Prefixes, row.prefixes) || a.IsTruncated || a.KeyCount != len(row.keys)+len(row.prefixes) {
					t.Errorf("%s: %d %+v", at, status, a)
				}
			}
		})
	}
}

func TestPagesListEachEntryOnce(t *testing.T) {
	w := newWorld()
	var got []string
	next := ""
	for range 10 {
		query := "?list-type=2&delimiter=%2F&max-keys=1"
		if next != "" {
			query += "&continuation-token=" + strings.ReplaceAll(strings.ReplaceAll(next, "+", "%2B"), "=", "%3D")
		}
		status, a, _ := w.do(t, signed(t, w.alice, "eu-west-1", "http://127.0.0.1:1/logs"+query))
		if status != 200 || a.KeyCount != 1 {
			t.Fatalf("%d %+v", status, a)
		}
		got = append(append(got, a.Prefixes...), a.Keys...)
		if next = a.Next; !a.IsTruncated {
			break
		}
	}
	if !slices.Equal(got, []string{"2025/", "2026/", "README"}) {
		t.Error(got)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld()
	const bucket = "http://127.0.0.1:1/logs?list-type=2"
	nobody := awstest.Key{ID: "AKIAAAAAAAAAAAAAAAAA", Secret: "x"}
	wrong := awstest.Key{ID: w.alice.ID, Secret: w.bob.Secret}
	after := func(change func(*http.Request)) func(*testing.T, *http.Request) {
		return func(_ *testing.T, r *http.Request) { change(r) }
	}
	for name, row := range map[string]struct {
		key            awstest.Key
		region, target string
		before         func(*http.Request)
		after          func(*testing.T, *http.Request)
		skew           time.Duration
		status         int
		code, message  string
	}{
		"a key of nobody":  {key: nobody, status: 403, code: "InvalidAccessKeyId"},
		"a wrong secret":   {key: wrong, status: 403, code: "SignatureDoesNotMatch"},
		"another path":     {after: after(func(r *http.Request) { r.URL.Path = "//logs" }), status: 403, code: "SignatureDoesNotMatch"},
		"another query":    {after: after(func(r *http.Request) { r.URL.RawQuery += "&prefix=a" }), status: 403, code: "SignatureDoesNotMatch"},
		"another host":     {after: after(func(r *http.Request) { r.Host = "127.0.0.1:2" }), status: 403, code: "SignatureDoesNotMatch"},
		"a header more":    {after: after(func(r *http.Request) { r.Header.Set("X-Amz-Acl", "public-read") }), status: 403, code: "AccessDenied", message: "There were headers present in the request which were not signed"},
		"a token too much": {before: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") }, status: 400, code: "InvalidToken"},
		"no hash":          {before: func(r *http.Request) { r.Header.Del("X-Amz-Content-Sha256") }, status: 400, code: "InvalidRequest", message: "Missing required header for this request: x-amz-content-sha256"},
		"the hash of another body": {
			before: func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", sigv4.Hash([]byte("x"))) },
			status: 400, code: "XAmzContentSHA256Mismatch",
		},
		"an hour late":          {skew: time.Hour, status: 403, code: "RequestTimeTooSkewed"},
		"no signature, by name": {target: "https://logs.s3.eu-west-1.amazonaws.com/?list-type=2", after: after(func(r *http.Request) { r.Header.Del("Authorization") }), status: 403, code: "AccessDenied", message: "Access Denied"},
		"another service's": {target: "https://s3.eu-west-1.amazonaws.com/", after: after(func(r *http.Request) {
			r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), "/s3/", "/sts/"))
		}), status: 400, code: "AuthorizationHeaderMalformed", message: `The authorization header is malformed; incorrect service "sts". This endpoint belongs to "s3".`},
		"the bucket's region":      {region: "us-east-1", status: 400, code: "AuthorizationHeaderMalformed", message: "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'"},
		"the host's region":        {region: "us-east-1", target: "https://s3.eu-west-1.amazonaws.com/", status: 400, code: "AuthorizationHeaderMalformed"},
		"no such region":           {region: "aws-global", target: "http://127.0.0.1:1/", status: 400, code: "AuthorizationHeaderMalformed"},
		"a host of another region": {region: "us-east-1", target: "https://logs.s3.amazonaws.com/?list-type=2", status: 301, code: "PermanentRedirect"},
		"no such bucket":           {target: "http://127.0.0.1:1/log?list-type=2", status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist"},
		"another account's":        {target: "http://127.0.0.1:1/theirs?list-type=2", status: 403, code: "AccessDenied", message: "Access Denied"},
		"without permission": {key: w.bob, status: 403, code: "AccessDenied", message: "User: arn:aws:iam::111111111111:user/bob is not authorized to perform: s3:ListBucket on resource: " +
			`"arn:aws:s3:::logs" because no identity-based policy allows the s3:ListBucket action`},
		"an object":      {target: "http://127.0.0.1:1/logs/README", status: 405, code: "MethodNotAllowed"},
		"max-keys":       {target: bucket + "&max-keys=many", status: 400, code: "InvalidArgument"},
		"a made-up page": {target: bucket + "&continuation-token=%3F", status: 400, code: "InvalidArgument", message: "The continuation token provided is incorrect"},
		"an encoding":    {target: bucket + "&encoding-type=rot13", status: 400, code: "InvalidArgument"},
	} {
		t.Run(name, func(t *testing.T) {
			w.SetSkew(row.skew)
			if row.key.ID == "" {
				row.key = w.alice
			}
			if row.region == "" {
				row.region = "eu-west-1"
			}
			if row.target == "" {
				row.target = bucket
			}
			var before []func(*http.Request)
			if row.before != nil {
				before = append(before, row.before)
			}
			r := signed(t, row.key, row.region, row.target, before...)
			if row.after != nil {
				row.after(t, r)
			}
			status, a, h := w.do(t, r)
			if status != row.status || a.Code != row.code || row.message != "" && a.Message != row.message || len(a.Keys)+len(a.Buckets) > 0 {
				t.Errorf("%d %+v", status, a)
			}
			calls := w.Calls()
			if last := calls[len(calls)-1]; last.Service != "s3" || last.Code != row.code || last.Status != row.status {
				t.Errorf("recorded: %+v", last)
			}
			if redirected := row.status == 301 || row.code == "AuthorizationHeaderMalformed" && a.Region != ""; redirected && h.Get("X-Amz-Bucket-Region") == "" {
				t.Error("no region is told")
			}
		})
	}
}

func TestFaultsAreInS3sForm(t *testing.T) {
	w := newWorld()
	w.Fault(awstest.Fault{Action: "ListBuckets", Status: 503, Code: "SlowDown", Message: "Please reduce your request rate."})
	status, a, _ := w.do(t, signed(t, w.alice, "eu-west-1", "http://127.0.0.1:1/"))
	if status != 503 || a.Code != "SlowDown" || a.Message != "Please reduce your request rate." {
		t.Errorf("%d %+v", status, a)
	}
}

// What is not S3's stays with the others.
func TestRoute(t *testing.T) {
	for target, want := range map[string]string{
		"https://s3.amazonaws.com/":                                 "ListBuckets/",
		"https://s3.cn-north-1.amazonaws.com.cn/b?list-type=2":      "ListObjectsV2/b",
		"https://a.b.s3.eu-west-1.amazonaws.com:443/?list-type=2":   "ListObjectsV2/a.b",
		"https://b.s3.eu-west-1.amazonaws.com/?list-type=1":         "GET Bucket/b",
		"https://b.s3.eu-west-1.amazonaws.com/some/key?list-type=2": "GET Object/b",
		"https://sts.eu-west-1.amazonaws.com/":                      "",
		"https://s3.example.com/":                                   "",
		"http://127.0.0.1:1/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/1/r/s3/aws4_request&X-Amz-Date=1&X-Amz-SignedHeaders=host&X-Amz-Signature=1":  "ListBuckets/",
		"http://127.0.0.1:1/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/1/r/sts/aws4_request&X-Amz-Date=1&X-Amz-SignedHeaders=host&X-Amz-Signature=1": "",
	} {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		action, bucket, mine := s3.Route(r)
		got := ""
		if mine {
			got = action + "/" + bucket
		}
		if got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("logs.s3.eu-west-1.amazonaws.com", "/", "list-type=2&prefix=%zz&continuation-token=====")
	f.Add("s3..amazonaws.com", "//", "list-type=2&max-keys=-1")
	f.Add(".s3.amazonaws.com", "/a/b", "X-Amz-Credential=////")
	w := newWorld()
	f.Fuzz(func(t *testing.T, host, path, query string) {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", nil)
		r.Host, r.URL.Path, r.URL.RawQuery, r.RequestURI = host, path, query, ""
		if _, _, mine := s3.Route(r); !mine {
			return
		}
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code < 400 {
			t.Errorf("%d without a signature: %s", rec.Code, rec.Body)
		}
	})
}
