package endpoint

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"

	"hatstand/credproc/credentials"
)

// A Profile is whose credentials are served.
type Profile struct {
	Name    string
	RoleARN string // "": it has no role
	Account string // "": none is known
	Region  string // "": none is known
	Cache   *RefreshingCache
}

// Container speaks the protocol of container credentials, as the ECS agent does. It answers GET requests that carry the
// token as they come (Authorization: TOKEN), of exactly the paths that it was given.
type Container struct {
	Token string
	Paths map[string]Profile
}

// NewToken makes a token of 256 random bits, of letters that any shell, header and file can hold.
func NewToken() string {
	b := make([]byte, 32)
	rand.Read(b) // it never fails: see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// containerDocument is what the ECS agent answers. All but the account and the role must be there: botocore and the
// JavaScript SDK refuse a document without them.
type containerDocument struct {
	RoleARN         string `json:"RoleArn,omitempty"`
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	Token           string
	Expiration      string // ISO 8601, UTC, whole seconds
	AccountID       string `json:"AccountId,omitempty"`
}

func (h *Container) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, refused := h.profileFor(r)
	if refused != nil {
		refused.write(w)
		return
	}
	c, err := p.Cache.Credentials(r.Context())
	if err != nil {
		unavailable(p.Name, err).write(w)
		return
	}
	writeJSON(w, http.StatusOK, containerDocument{
		RoleARN: p.RoleARN, AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, Token: c.SessionToken,
		Expiration: expiration(p.Cache.now(), c), AccountID: c.AccountID,
	})
}

// profileFor is the profile whose credentials a request may have.
func (h *Container) profileFor(r *http.Request) (Profile, *refusal) {
	if r.Method != http.MethodGet {
		return Profile{}, wrongMethod("GET")
	}
	if given := r.Header["Authorization"]; len(given) != 1 || !same(given[0], h.Token) {
		return Profile{}, &refusal{status: http.StatusUnauthorized, code: "AccessDenied",
			message: "the token is missing or wrong: send the one of AWS_CONTAINER_AUTHORIZATION_TOKEN or of its file"}
	}
	p, ok := h.Paths[r.URL.Path]
	if !ok {
		return Profile{}, notFound()
	}
	return p, nil
}

// same compares secrets in a time that tells nothing of them, not even a length.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// expiration is when a client should ask again; those of credentials that do not expire, in an hour.
func expiration(now time.Time, c credentials.Value) string {
	at := c.Expires
	if !c.CanExpire {
		at = now.Add(time.Hour)
	}
	return at.UTC().Truncate(time.Second).Format(time.RFC3339)
}
