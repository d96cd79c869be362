package awstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Names and limits of Signature Version 4 (IAM User Guide, "Create a signed AWS
// API request"): a signature is good for 15 minutes either way.
const (
	sigAlgorithm  = "AWS4-HMAC-SHA256"
	sigTerminator = "aws4_request"
	sigTime       = "20060102T150405Z"
	sigWindow     = 15 * time.Minute
)

// signed is what a request claims about its own signature.
type signed struct {
	keyID     string
	date      string // of the credential scope, YYYYMMDD
	region    string
	service   string
	end       string // the scope's terminator
	headers   []string
	signature string
	when      string // as sent
	token     string // session token, "" for long-lived keys
	presigned bool
}

// readSignature finds the signature in the Authorization header or, presigned,
// in the query. A request without one gets MissingAuthenticationToken.
func readSignature(r *http.Request) (signed, *refusal) {
	if h := r.Header.Get("Authorization"); h != "" {
		return readHeaderSignature(r, h)
	}
	q := r.URL.Query()
	if !q.Has("X-Amz-Algorithm") && !q.Has("X-Amz-Signature") {
		return signed{}, refuse(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	if a := q.Get("X-Amz-Algorithm"); a != sigAlgorithm {
		return signed{}, incomplete("Unsupported AWS 'algorithm': '%s'.", a)
	}
	s := signed{presigned: true, signature: q.Get("X-Amz-Signature"), when: q.Get("X-Amz-Date"), token: q.Get("X-Amz-Security-Token")}
	if v := q.Get("X-Amz-SignedHeaders"); v != "" {
		s.headers = strings.Split(v, ";")
	}
	for _, name := range []string{"X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if q.Get(name) == "" {
			return s, incomplete("AWS query-string parameters must include '%s'. Re-examine the query-string parameters.", name)
		}
	}
	return s, s.readScope(q.Get("X-Amz-Credential"))
}

func readHeaderSignature(r *http.Request, h string) (signed, *refusal) {
	algorithm, rest, _ := strings.Cut(strings.TrimSpace(h), " ")
	if algorithm != sigAlgorithm {
		return signed{}, incomplete("Unsupported AWS 'algorithm': '%s'.", algorithm)
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		k, v, ok := strings.Cut(strings.TrimSpace(part), "=")
		if ok {
			fields[k] = v
		}
	}
	s := signed{signature: fields["Signature"], token: r.Header.Get("X-Amz-Security-Token"), when: r.Header.Get("X-Amz-Date")}
	if s.when == "" {
		if t, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			s.when = t.UTC().Format(sigTime)
		}
	}
	var missing []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			missing = append(missing, "Authorization header requires '"+name+"' parameter.")
		}
	}
	if s.when == "" {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if len(missing) > 0 {
		return s, incomplete("%s", strings.Join(missing, " "))
	}
	s.headers = strings.Split(fields["SignedHeaders"], ";")
	return s, s.readScope(fields["Credential"])
}

func incomplete(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "IncompleteSignature", format, args...)
}

func mismatch(format string, args ...any) *refusal {
	return refuse(http.StatusForbidden, "SignatureDoesNotMatch", format, args...)
}

func (s *signed) readScope(credential string) *refusal {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", credential)
	}
	s.keyID, s.date, s.region, s.service, s.end = parts[0], parts[1], parts[2], parts[3], parts[4]
	return nil
}

// checkTime holds the request's date against the server's clock.
func (s *signed) checkTime(now time.Time) *refusal {
	t, err := time.Parse(sigTime, s.when)
	if err != nil {
		return incomplete("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", s.when)
	}
	now = now.UTC().Truncate(time.Second)
	if low := now.Add(-sigWindow); t.Before(low) {
		return mismatch("Signature expired: %s is now earlier than %s (%s - 15 min.)", s.when, low.Format(sigTime), now.Format(sigTime))
	}
	if high := now.Add(sigWindow); t.After(high) {
		return mismatch("Signature not yet current: %s is still later than %s (%s + 15 min.)", s.when, high.Format(sigTime), now.Format(sigTime))
	}
	return nil
}

// checkScope holds the credential scope against the service, and the region by
// regionOK; AWS names every part that is wrong in one message.
func (s *signed) checkScope(service string, regionOK func(string) bool) *refusal {
	var wrong []string
	if !regionOK(s.region) {
		wrong = append(wrong, "Credential should be scoped to a valid region, not '"+s.region+"'. ")
	}
	if s.service != service {
		wrong = append(wrong, "Credential should be scoped to correct service: '"+service+"'. ")
	}
	if s.end != sigTerminator {
		wrong = append(wrong, "Credential should be scoped with a valid terminator: '"+sigTerminator+"', not '"+s.end+"'. ")
	}
	if !strings.HasPrefix(s.when, s.date+"T") {
		day, _, _ := strings.Cut(s.when, "T")
		wrong = append(wrong, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"+s.date+"' != '"+day+"', from '"+s.when+"'.")
	}
	if len(wrong) > 0 {
		return mismatch("%s", strings.Join(wrong, ""))
	}
	return nil
}

// checkSigned refuses a signature that leaves out what AWS wants under it: the
// host, the date, and every X-Amz header that was sent.
func (s *signed) checkSigned(r *http.Request) *refusal {
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

// verify holds the signature against the one the secret gives, in constant time.
func (s *signed) verify(r *http.Request, body []byte, secret string) *refusal {
	want := s.compute(canonicalRequest(r, s, body), secret)
	if subtle.ConstantTimeCompare([]byte(want), []byte(s.signature)) != 1 {
		return mismatch("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

func (s *signed) stringToSign(canonical string) string {
	return strings.Join([]string{sigAlgorithm, s.when, s.date + "/" + s.region + "/" + s.service + "/" + s.end, hexSHA256([]byte(canonical))}, "\n")
}

func (s *signed) compute(canonical, secret string) string {
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, s.end} {
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
