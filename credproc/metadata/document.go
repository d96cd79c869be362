package metadata

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hatstand/credproc/credentials"
	"hatstand/credproc/internal/text"
)

// A document is what both services answer. A container's has no Code where all is well.
type document struct {
	Code            string
	Message         string
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	Token           string
	Expiration      string
	AccountID       string `json:"AccountId"`
	RoleARN         string `json:"RoleArn"`
}

// decode reads the credentials. It never quotes the document, which holds secrets.
func (c *Client) decode(a namedRequest, body []byte, source string) (v credentials.Value, err error) {
	var d document
	if json.Unmarshal(body, &d) != nil {
		return v, a.failed(BadAnswer, "its answer is not JSON", nil)
	}
	if d.Code != "" && !strings.EqualFold(d.Code, "Success") {
		return v, a.failed(Refused, said(d.Code, d.Message), nil)
	}
	for _, part := range []struct{ name, value string }{
		{"AccessKeyId", d.AccessKeyID}, {"SecretAccessKey", d.SecretAccessKey}, {"Token", d.Token},
		{"Expiration", d.Expiration},
	} {
		if part.value == "" {
			return v, a.failed(BadAnswer, "its answer has no "+part.name, nil)
		}
	}
	expires, err := time.Parse(time.RFC3339, d.Expiration)
	if err != nil {
		return v, a.failed(BadAnswer, "its Expiration is not a time", nil)
	}
	if !expires.After(c.now()) {
		return v, a.failed(Expired, "its credentials expired at "+expires.UTC().Format(time.RFC3339), nil)
	}
	return credentials.Value{
		AccessKeyID: d.AccessKeyID, SecretAccessKey: d.SecretAccessKey, SessionToken: d.Token,
		CanExpire: true, Expires: expires.UTC(), AccountID: d.account(), Source: source,
	}, nil
}

// account is the account of the credentials, where the document tells.
func (d document) account() string {
	if isAccount(d.AccountID) {
		return d.AccountID
	}
	if f := strings.SplitN(d.RoleARN, ":", 6); len(f) == 6 && isAccount(f[4]) {
		return f[4]
	}
	return ""
}

func isAccount(id string) bool { return len(id) == 12 && strings.Trim(id, "0123456789") == "" }

// refused is the error of an answer that is a refusal. A container's service says why, in JSON.
func (a namedRequest) refused(got answer) error {
	var d document
	reason := fmt.Sprintf("HTTP status %d", got.status)
	if json.Unmarshal(got.body, &d) == nil && (d.Code != "" || d.Message != "") {
		reason += ", " + said(d.Code, d.Message)
	}
	return a.failed(Refused, reason, nil)
}

// maxSaid is how much of a message is shown.
const maxSaid = 500

func said(code, message string) string {
	s := code
	if message != "" {
		s = strings.TrimPrefix(s+": "+message, ": ")
	}
	if len(s) > maxSaid {
		s = strings.ToValidUTF8(s[:maxSaid], "") + "..."
	}
	return text.OneLine(s)
}
