// Package sigv4 checks requests that are signed by AWS's Signature Version 4, as AWS does. It promises to compute a
// signature from what came over the wire, and to refuse in AWS's own words. It signs nothing.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Names and limits of Signature Version 4 (IAM User Guide, "Create a signed AWS
// API request"): a signature is good for 15 minutes either way.
const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeFormat = "20060102T150405Z"
	window     = 15 * time.Minute
)

// A Signature is what a request claims about its own signature.
type Signature struct {
	KeyID     string
	date      string // of the credential scope, YYYYMMDD
	Region    string
	Service   string
	end       string // the scope's terminator
	headers   []string
	signature string
	when      string // as sent
	Token     string // session token, "" for long-lived keys
}

// A Refusal is an error of AWS's.
type Refusal struct {
	Status        int
	Code, Message string
}

// Read finds the signature in the Authorization header or, presigned,
// in the query. A request without one gets MissingAuthenticationToken.
func Read(r *http.Request) (Signature, *Refusal) {
	if h := r.Header.Get("Authorization"); h != "" {
		return readHeaderSignature(r, h)
	}
	q := r.URL.Query()
	if !q.Has("X-Amz-Algorithm") && !q.Has("X-Amz-Signature") {
		return Signature{}, &Refusal{http.StatusForbidden, "MissingAuthenticationToken",
			"Request is missing Authentication Token"}
	}
	if a := q.Get("X-Amz-Algorithm"); a != algorithm {
		return Signature{}, incomplete("Unsupported AWS 'algorithm': '%s'.", a)
	}
	s := Signature{signature: q.Get("X-Amz-Signature"), when: q.Get("X-Amz-Date"), Token: q.Get("X-Amz-Security-Token")}
	if v := q.Get("X-Amz-SignedHeaders"); v != "" {
		s.headers = strings.Split(v, ";")
	}
	for _, name := range []string{"X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if q.Get(name) == "" {
			return s, incomplete("AWS query-string parameters must include '%s'. Re-examine the query-string "+
				"parameters.", name)
		}
	}
	return s, s.readScope(q.Get("X-Amz-Credential"))
}

func readHeaderSignature(r *http.Request, h string) (Signature, *Refusal) {
	name, rest, _ := strings.Cut(strings.TrimSpace(h), " ")
	if name != algorithm {
		return Signature{}, incomplete("Unsupported AWS 'algorithm': '%s'.", name)
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		k, v, ok := strings.Cut(strings.TrimSpace(part), "=")
		if ok {
			fields[k] = v
		}
	}
	s := Signature{signature: fields["Signature"], Token: r.Header.Get("X-Amz-Security-Token"),
		when: r.Header.Get("X-Amz-Date")}
	if s.when == "" {
		if t, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			s.when = t.UTC().Format(timeFormat)
		}
	}
	var missing []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			missing = append(missing, "Authorization header requires '"+name+"' parameter.")
		}
	}
	if s.when == "" {
		missing = append(missing,
			"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if len(missing) > 0 {
		return s, incomplete("%s", strings.Join(missing, " "))
	}
	s.headers = strings.Split(fields["SignedHeaders"], ";")
	return s, s.readScope(fields["Credential"])
}

func incomplete(format string, args ...any) *Refusal {
	return &Refusal{http.StatusBadRequest, "IncompleteSignature", fmt.Sprintf(format, args...)}
}

func mismatch(format string, args ...any) *Refusal {
	return &Refusal{http.StatusForbidden, "SignatureDoesNotMatch", fmt.Sprintf(format, args...)}
}

func (s *Signature) readScope(credential string) *Refusal {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. "+
			"keyid/date/region/service/term, got '%s'", credential)
	}
	s.KeyID, s.date, s.Region, s.Service, s.end = parts[0], parts[1], parts[2], parts[3], parts[4]
	return nil
}

// Check is AWS's refusal of a request whose signature is too old, is for another service or region, or leaves out a
// header; nil: the signature may be verified. Now is by the server's clock.
func (s *Signature) Check(r *http.Request, now time.Time, service string, regionOK func(string) bool) *Refusal {
	if e := s.checkTime(now); e != nil {
		return e
	}
	if e := s.checkScope(service, regionOK); e != nil {
		return e
	}
	return s.checkHeaders(r)
}

// checkTime holds the request's date against the server's clock.
func (s *Signature) checkTime(now time.Time) *Refusal {
	t, err := time.Parse(timeFormat, s.when)
	if err != nil {
		return incomplete("Date must be in ISO-8601 'basic format'. Got '%s'. See "+
			"http://en.wikipedia.org/wiki/ISO_8601", s.when)
	}
	now = now.UTC().Truncate(time.Second)
	if low := now.Add(-window); t.Before(low) {
		return mismatch("Signature expired: %s is now earlier than %s (%s - 15 min.)", s.when, low.Format(timeFormat),
			now.Format(timeFormat))
	}
	if high := now.Add(window); t.After(high) {
		return mismatch("Signature not yet current: %s is still later than %s (%s + 15 min.)", s.when,
			high.Format(timeFormat), now.Format(timeFormat))
	}
	return nil
}

// checkScope holds the credential scope against the service, and the region by
// regionOK; AWS names every part that is wrong in one message.
func (s *Signature) checkScope(service string, regionOK func(string) bool) *Refusal {
	var wrong []string
	if !regionOK(s.Region) {
		wrong = append(wrong, "Credential should be scoped to a valid region, not '"+s.Region+"'. ")
	}
	if s.Service != service {
		wrong = append(wrong, "Credential should be scoped to correct service: '"+service+"'. ")
	}
	if s.end != terminator {
		wrong = append(wrong, "Credential should be scoped with a valid terminator: '"+terminator+"', not '"+s.end+
			"'. ")
	}
	if !strings.HasPrefix(s.when, s.date+"T") {
		day, _, _ := strings.Cut(s.when, "T")
		wrong = append(wrong,
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"+s.date+
				"' != '"+day+"', from '"+s.when+"'.")
	}
	if len(wrong) > 0 {
		return mismatch("%s", strings.Join(wrong, ""))
	}
	return nil
}

// checkHeaders refuses a signature that leaves out what AWS wants under it: the
// host, the date, and every X-Amz header that was sent.
func (s *Signature) checkHeaders(r *http.Request) *Refusal {
	if !slices.Contains(s.headers, "host") {
		return mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range r.Header {
		low := strings.ToLower(name)
		if strings.HasPrefix(low, "x-amz-") && !slices.Contains(s.headers, low) {
			return mismatch("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	return nil
}

// Verify holds the signature against the one the secret gives, in constant time.
func (s *Signature) Verify(r *http.Request, body []byte, secret string) *Refusal {
	want := s.compute(canonicalRequest(r, s, body), secret)
	if subtle.ConstantTimeCompare([]byte(want), []byte(s.signature)) != 1 {
		return mismatch("The request signature we calculated does not match the signature you provided. Check your " +
			"AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// VerifyS3 reports whether the signature is the one that the secret gives by S3's rules: the path is encoded once, and
// hash, which came along (X-Amz-Content-Sha256), stands for the body.
func (s *Signature) VerifyS3(r *http.Request, hash, secret string) bool {
	want := s.compute(canonical(r, s, s3Path, hash), secret)
	return subtle.ConstantTimeCompare([]byte(want), []byte(s.signature)) == 1
}

// Skewed reports whether the request's date cannot be read, or is too far from the server's clock.
func (s *Signature) Skewed(now time.Time) bool { return s.checkTime(now) != nil }

// Hash is what stands for a body under a signature.
func Hash(body []byte) string { return hexSHA256(body) }

func (s *Signature) stringToSign(canonical string) string {
	return strings.Join([]string{algorithm, s.when, s.date + "/" + s.Region + "/" + s.Service + "/" + s.end,
		hexSHA256([]byte(canonical))}, "\n")
}

func (s *Signature) compute(canonical, secret string) string {
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.Region, s.Service, s.end} {
		key = macSHA256(key, part)
	}
	return hex.EncodeToString(macSHA256(key, s.stringToSign(canonical)))
}

func macSHA256(key []byte, data string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(data))
	return m.Sum(nil)
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
