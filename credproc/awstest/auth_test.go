package awstest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const wrongSecret = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

// world is a server with a user who has everything.
type world struct {
	*Server
	user *User
	key  Key
	mfa  *Device
}

func newWorld(t *testing.T, o Options) world {
	t.Helper()
	s := start(t, o)
	u := s.AddUser(home, "alice")
	return world{s, u, u.AddKey(), u.AddMFA("alice")}
}

func (w world) session(t *testing.T) aws.Credentials {
	t.Helper()
	out, err := client(w.Server, keyCreds(w.key)).GetSessionToken(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return tempCreds(out.Credentials)
}

func (w world) role(t *testing.T, from aws.Credentials, more ...func(*sts.AssumeRoleInput)) aws.Credentials {
	t.Helper()
	out, err := client(w.Server, from).AssumeRole(t.Context(), assume(admin, more...))
	if err != nil {
		t.Fatal(err)
	}
	return tempCreds(out.Credentials)
}

func TestCredentialsAreVerified(t *testing.T) {
	long := func(_ *testing.T, w world) aws.Credentials { return keyCreds(w.key) }
	const unknown, badToken = "The security token included in the request is invalid.", "The security token included in the request is invalid"
	for name, row := range map[string]struct {
		creds         func(*testing.T, world) aws.Credentials
		spoil         func(world, *aws.Credentials)
		code, message string
	}{
		"good keys pass": {creds: long},
		"a session passes": {
			creds: func(t *testing.T, w world) aws.Credentials { return w.session(t) },
		},
		"an unknown key": {
			creds: long, spoil: func(_ world, c *aws.Credentials) { c.AccessKeyID = "AKIAAAAAAAAAAAAAAAAA" },
			code: "InvalidClientTokenId", message: unknown,
		},
		"an inactive key": {
			creds: long, spoil: func(w world, _ *aws.Credentials) { w.user.SetKeyActive(w.key.ID, false) },
			code: "InvalidClientTokenId", message: unknown,
		},
		"a deleted key": {
			creds: long, spoil: func(w world, _ *aws.Credentials) { w.user.DeleteKey(w.key.ID) },
			code: "InvalidClientTokenId", message: unknown,
		},
		"a wrong secret": {
			creds: long, spoil: func(_ world, c *aws.Credentials) { c.SecretAccessKey = "x" + c.SecretAccessKey[1:] + "y" },
			code: "SignatureDoesNotMatch", message: wrongSecret,
		},
		"long-lived keys with a session token": {
			creds: long, spoil: func(w world, c *aws.Credentials) { c.SessionToken = "token" },
			code: "InvalidClientTokenId", message: badToken,
		},
		"a session without its token": {
			creds: func(t *testing.T, w world) aws.Credentials { return w.session(t) },
			spoil: func(_ world, c *aws.Credentials) { c.SessionToken = "" },
			code:  "InvalidClientTokenId", message: badToken,
		},
		"a session with the token of another": {
			creds: func(t *testing.T, w world) aws.Credentials {
				c := w.session(t)
				c.SessionToken = w.session(t).SessionToken
				return c
			},
			code: "InvalidClientTokenId", message: badToken,
		},
		"a session with a wrong secret": {
			creds: func(t *testing.T, w world) aws.Credentials { return w.session(t) },
			spoil: func(_ world, c *aws.Credentials) { c.SecretAccessKey += "x" },
			code:  "SignatureDoesNotMatch", message: wrongSecret,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			c := row.creds(t, w)
			if row.spoil != nil {
				row.spoil(w, &c)
			}
			_, err := client(w.Server, c).GetCallerIdentity(t.Context(), nil)
			if row.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantRefusal(t, err, http.StatusForbidden, row.code, row.message)
			calls := w.Calls()
			if last := calls[len(calls)-1]; last.Code != row.code || last.Caller != "" || last.AccessKeyID != c.AccessKeyID {
				t.Errorf("recorded %+v", last)
			}
		})
	}
}

func TestSessionsExpire(t *testing.T) {
	c := newClock()
	w := newWorld(t, Options{Now: c.now})
	w.MaxIssued(10 * time.Second)
	ses := w.session(t)
	c.move(9 * time.Second)
	if _, err := client(w.Server, ses).GetCallerIdentity(t.Context(), nil); err != nil {
		t.Fatalf("before its expiry: %v", err)
	}
	c.move(time.Second)
	_, err := client(w.Server, ses).GetCallerIdentity(t.Context(), nil)
	wantRefusal(t, err, http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired")
}

func TestRegions(t *testing.T) {
	for name, row := range map[string]struct {
		o       Options
		region  string
		message string
	}{
		"any region of the partition":            {region: "ap-southeast-4"},
		"a pseudo-region":                        {region: "aws-global", message: "Credential should be scoped to a valid region, not 'aws-global'. "},
		"a region of another partition":          {region: "cn-north-1", message: "Credential should be scoped to a valid region, not 'cn-north-1'. "},
		"China's partition takes its own":        {o: Options{Partition: "aws-cn"}, region: "cn-northwest-1"},
		"GovCloud's takes its own":               {o: Options{Partition: "aws-us-gov"}, region: "us-gov-east-1"},
		"GovCloud's refuses a commercial one":    {o: Options{Partition: "aws-us-gov"}, region: "us-east-1", message: "Credential should be scoped to a valid region, not 'us-east-1'. "},
		"a regional endpoint takes its region":   {o: Options{Region: "eu-west-1"}, region: "eu-west-1"},
		"a regional endpoint refuses all others": {o: Options{Region: "eu-west-1"}, region: "us-east-1", message: "Credential should be scoped to a valid region, not 'us-east-1'. "},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, row.o)
			_, err := clientIn(w.Server, keyCreds(w.key), row.region).GetCallerIdentity(t.Context(), nil)
			if row.message != "" {
				wantRefusal(t, err, http.StatusForbidden, "SignatureDoesNotMatch", row.message)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSkewIsToldAsAWSDoes(t *testing.T) {
	w := newWorld(t, Options{})
	w.SetSkew(time.Hour)
	_, err := client(w.Server, keyCreds(w.key)).GetCallerIdentity(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "SignatureDoesNotMatch: Signature expired: ") || !strings.Contains(err.Error(), " - 15 min.)") {
		t.Errorf("an hour behind the server: %v", err)
	}
	w.SetSkew(-time.Hour)
	_, err = client(w.Server, keyCreds(w.key)).GetCallerIdentity(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "SignatureDoesNotMatch: Signature not yet current: ") {
		t.Errorf("an hour before the server: %v", err)
	}
	r, err := http.Get(w.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	date, err := http.ParseTime(r.Header.Get("Date"))
	if off := time.Until(date); err != nil || off > -59*time.Minute || off < -61*time.Minute {
		t.Errorf("Date header is off by %s (%v)", off, err)
	}
}

// raw posts a form with no SDK between, signed if there are credentials.
func raw(t *testing.T, s *Server, c *aws.Credentials, service, region string, form url.Values) (int, string, http.Header) {
	t.Helper()
	return send(t, signedRequest(t, s, c, service, region, form))
}

// signedRequest is a request that is not sent yet.
func signedRequest(t *testing.T, s *Server, c *aws.Credentials, service, region string, form url.Values) *http.Request {
	t.Helper()
	body := form.Encode()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if c != nil {
		if err := v4.NewSigner().SignHTTP(t.Context(), *c, r, hexSHA256([]byte(body)), service, region, s.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func send(t *testing.T, r *http.Request) (int, string, http.Header) {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func form(kv ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	return v
}

func TestRawRequests(t *testing.T) {
	w := newWorld(t, Options{})
	creds := keyCreds(w.key)
	const v = "2011-06-15"
	for name, row := range map[string]struct {
		creds   *aws.Credentials
		service string
		form    url.Values
		status  int
		want    string
	}{
		"an unsigned call": {
			form: form("Action", "GetCallerIdentity", "Version", v), status: 403, want: "<Code>MissingAuthenticationToken</Code>",
		},
		"an unknown action": {
			creds: &creds, form: form("Action", "DecodeAuthorizationMessage", "Version", v), status: 400,
			want: "<Message>Could not find operation DecodeAuthorizationMessage for version 2011-06-15</Message>",
		},
		"no action": {
			creds: &creds, form: form("Version", v), status: 400, want: "<Code>MissingAction</Code>",
		},
		"no version": {
			creds: &creds, form: form("Action", "GetCallerIdentity"), status: 400, want: "for version NO_VERSION_SPECIFIED",
		},
		"another service's scope": {
			creds: &creds, service: "ec2", form: form("Action", "GetCallerIdentity", "Version", v), status: 403,
			want: "Credential should be scoped to correct service: &#39;sts&#39;",
		},
		"a version nobody knows, in IAM's scope": {
			creds: &creds, service: "iam", form: form("Action", "GetUser", "Version", "2000-01-01"), status: 400, want: "for version 2000-01-01",
		},
		"a tag without a value": {
			creds: &creds, form: form("Action", "AssumeRole", "Version", v, "RoleArn", admin, "RoleSessionName", "alice", "Tags.member.1.Key", "k"), status: 400,
			want: "Value null at &#39;tags.1.member.value&#39; failed to satisfy constraint: Member must not be null",
		},
		"no role and no name": {
			creds: &creds, form: form("Action", "AssumeRole", "Version", v), status: 400,
			want: "2 validation errors detected: Value null at &#39;roleArn&#39; failed to satisfy constraint: Member must not be null; Value null at &#39;roleSessionName&#39; failed to satisfy constraint: Member must not be null",
		},
		"a duration that is no number": {
			creds: &creds, form: form("Action", "GetSessionToken", "Version", v, "DurationSeconds", "1h"), status: 400, want: "<Code>MalformedInput</Code>",
		},
	} {
		t.Run(name, func(t *testing.T) {
			service := row.service
			if service == "" {
				service = "sts"
			}
			status, body, header := raw(t, w.Server, row.creds, service, "us-east-1", row.form)
			if status != row.status || !strings.Contains(body, row.want) {
				t.Errorf("%d\n%s", status, body)
			}
			if service == "sts" && !strings.HasPrefix(body, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`) || !strings.Contains(body, "<Type>Sender</Type>") {
				t.Errorf("shape:\n%s", body)
			}
			id := header.Get("X-Amzn-Requestid")
			if id == "" || !strings.Contains(body, "<RequestId>"+id+"</RequestId>") || header.Get("Content-Type") != "text/xml" {
				t.Errorf("header %v\n%s", header, body)
			}
		})
	}
}

func TestATamperedBodyIsRefused(t *testing.T) {
	w := newWorld(t, Options{})
	body := form("Action", "GetCallerIdentity", "Version", "2011-06-15").Encode()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/", strings.NewReader(body+"&Extra=1"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := v4.NewSigner().SignHTTP(t.Context(), keyCreds(w.key), r, hexSHA256([]byte(body)), "sts", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if status, out, _ := send(t, r); status != 403 || !strings.Contains(out, "SignatureDoesNotMatch") {
		t.Errorf("%d %s", status, out)
	}
}

func TestPresignedGetCallerIdentity(t *testing.T) {
	w := newWorld(t, Options{})
	for name, creds := range map[string]aws.Credentials{"long-lived keys": keyCreds(w.key), "a session": w.session(t)} {
		t.Run(name, func(t *testing.T) {
			req, err := sts.NewPresignClient(client(w.Server, creds)).PresignGetCallerIdentity(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			get := func(u string) (int, string) {
				r, err := http.NewRequestWithContext(t.Context(), req.Method, u, nil)
				if err != nil {
					t.Fatal(err)
				}
				status, body, _ := send(t, r)
				return status, body
			}
			if status, body := get(req.URL); status != 200 || !strings.Contains(body, "<Arn>arn:aws:iam::111111111111:user/alice</Arn>") {
				t.Errorf("%d %s", status, body)
			}
			if status, body := get(req.URL + "&X=1"); status != 403 || !strings.Contains(body, "SignatureDoesNotMatch") {
				t.Errorf("with another parameter: %d %s", status, body)
			}
		})
	}
}

func TestABodyTooLargeIsRefused(t *testing.T) {
	w := newWorld(t, Options{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/", strings.NewReader(strings.Repeat("x", maxBody+1)))
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := send(t, r); status != http.StatusRequestEntityTooLarge {
		t.Error(status)
	}
}
