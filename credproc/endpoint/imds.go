package endpoint

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The longest that AWS lets a token of instance metadata live, in seconds; the shortest is one.
const maxTokenSeconds = 21600

const (
	tokenHeader    = "X-Aws-Ec2-Metadata-Token"
	tokenTTLHeader = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
)

// IMDS speaks version 2 of the instance metadata service, as far as SDKs need it for credentials and the
// region. Its tokens are free to whoever asks, as AWS's are: who may ask at all is for Serve to say.
type IMDS struct {
	profile Profile
	secret  []byte
	now     func() time.Time
}

// NewIMDS makes an instance with one profile's role.
func NewIMDS(p Profile, now func() time.Time) *IMDS {
	h := &IMDS{profile: p, secret: make([]byte, 32), now: now}
	rand.Read(h.secret) // it never fails: see crypto/rand
	return h
}

// imdsDocument is what instance metadata answers.
type imdsDocument struct {
	Code            string
	LastUpdated     string
	Type            string
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	Token           string
	Expiration      string
	AccountID       string `json:"AccountId,omitempty"`
}

// identityDocument holds what the Go SDK reads the region from.
type identityDocument struct {
	AccountID string `json:"accountId,omitempty"`
	Region    string `json:"region"`
}

func (h *IMDS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const tokens, data = "/latest/api/token", "/latest/meta-data/"
	if r.URL.Path == tokens {
		h.giveToken(w, r)
		return
	}
	if r.Method != http.MethodGet {
		wrongMethod("GET").write(w)
		return
	}
	left, ok := h.left(r.Header[tokenHeader])
	if !ok {
		(&refusal{status: http.StatusUnauthorized, code: "Unauthorized",
			message: "a token is required: get one by PUT " + tokens + "; version 1 is not served"}).write(w)
		return
	}
	w.Header().Set(tokenTTLHeader, strconv.Itoa(left))
	// SDKs ask for some of these with a slash at the end, and none follows a redirect.
	path, known := strings.CutPrefix(strings.TrimSuffix(r.URL.Path, "/"), data)
	switch {
	case known && path == "iam/security-credentials":
		write(w, http.StatusOK, "text/plain", []byte(h.role()))
	case known && path == "iam/security-credentials/"+h.role():
		h.giveCredentials(w, r)
	case known && path == "placement/region" && h.profile.Region != "":
		write(w, http.StatusOK, "text/plain", []byte(h.profile.Region))
	case known && path == "placement/availability-zone" && h.profile.Region != "":
		// Of this botocore makes the region, by taking the letter off.
		write(w, http.StatusOK, "text/plain", []byte(h.profile.Region+"a"))
	case r.URL.Path == "/latest/dynamic/instance-identity/document" && h.profile.Region != "":
		writeJSON(w, http.StatusOK, identityDocument{AccountID: h.profile.Account, Region: h.profile.Region})
	default:
		notFound().write(w)
	}
}

func (h *IMDS) giveCredentials(w http.ResponseWriter, r *http.Request) {
	c, err := h.profile.Cache.Credentials(r.Context())
	if err != nil {
		unavailable(h.profile.Name, err).write(w)
		return
	}
	writeJSON(w, http.StatusOK, imdsDocument{
		Code: "Success", LastUpdated: h.now().UTC().Truncate(time.Second).Format(time.RFC3339), Type: "AWS-HMAC",
		AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, Token: c.SessionToken,
		Expiration: expiration(h.now(), c), AccountID: c.AccountID,
	})
}

// role is what the instance's role is called.
func (h *IMDS) role() string {
	if i := strings.LastIndex(h.profile.RoleARN, "/"); i >= 0 {
		return h.profile.RoleARN[i+1:]
	}
	return "hatstand"
}

func (h *IMDS) giveToken(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPut {
		wrongMethod("PUT").write(w)
		return
	}
	var seconds int
	if given := r.Header[tokenTTLHeader]; len(given) == 1 && decimal(given[0]) {
		seconds, _ = strconv.Atoi(given[0])
	}
	if seconds < 1 || seconds > maxTokenSeconds {
		(&refusal{status: http.StatusBadRequest, code: "BadRequest",
			message: tokenTTLHeader + " must be 1 to 21600 seconds"}).write(w)
		return
	}
	w.Header().Set(tokenTTLHeader, strconv.Itoa(seconds))
	write(w, http.StatusOK, "text/plain", []byte(h.token(h.now().Add(time.Duration(seconds)*time.Second))))
}

func decimal(s string) bool {
	return s != "" && len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}

// A token says when it ends, and proves it: so however many are asked for, none is remembered.
func (h *IMDS) token(ends time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(ends.UnixNano()))
	return base64.RawURLEncoding.EncodeToString(append(b, h.sum(b)...))
}

// left is how many seconds a token has left, rounded up.
func (h *IMDS) left(given []string) (seconds int, ok bool) {
	if len(given) != 1 {
		return 0, false
	}
	b, err := base64.RawURLEncoding.DecodeString(given[0])
	if err != nil || len(b) != 8+sha256.Size || !hmac.Equal(b[8:], h.sum(b[:8])) {
		return 0, false
	}
	d := time.Unix(0, int64(binary.BigEndian.Uint64(b))).Sub(h.now())
	return int((d + time.Second - 1) / time.Second), d > 0
}

func (h *IMDS) sum(b []byte) []byte {
	m := hmac.New(sha256.New, h.secret)
	m.Write(b)
	return m.Sum(nil)
}
