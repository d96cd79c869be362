package credproc

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// MaxDocument is the size in bytes that the document stays under: the Go SDK v1 reads no more than
// 8 KiB.
const MaxDocument = 8 << 10

// document is the reply of a credential_process, as AWS's SDK reference guide gives it ("Process
// credential provider"). Fields that are not known are left out, not empty.
type document struct {
	Version         int
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string `json:",omitempty"`
	Expiration      string `json:",omitempty"` // ISO 8601, UTC, whole seconds
	AccountID       string `json:"AccountId,omitempty"`
}

// Encode writes the credential_process document, whole, in one write. It writes nothing when it
// returns an error before that.
func Encode(w io.Writer, c aws.Credentials) error {
	d := document{
		Version: 1, AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
		SessionToken: c.SessionToken, AccountID: c.AccountID,
	}
	if c.CanExpire {
		d.Expiration = c.Expires.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if len(b) >= MaxDocument {
		return fmt.Errorf("the document would be %d bytes: readers of credential_process take at most %d", len(b), MaxDocument)
	}
	_, err = w.Write(b)
	return err
}
