package credproc

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"hatstand/credproc/credentials"
)

// MaxDocument is the size in bytes that the document stays under: the Go SDK v1 reads no more than
// 8 KiB.
const MaxDocument = 8 << 10

// Encode writes the document of a credential_process, whole, in one write, as AWS's SDK reference guide gives it
// ("Process credential provider"). What is not known is left out, not empty. It writes nothing when it returns an
// error before that.
func Encode(w io.Writer, c credentials.Value) error {
	b := append(make([]byte, 0, 2<<10), `{"Version":1`...)
	b = appendMember(b, "AccessKeyId", c.AccessKeyID)
	b = appendMember(b, "SecretAccessKey", c.SecretAccessKey)
	if c.SessionToken != "" {
		b = appendMember(b, "SessionToken", c.SessionToken)
	}
	if c.CanExpire {
		b = appendMember(b, "Expiration", c.Expires.UTC().Truncate(time.Second).Format(time.RFC3339))
	}
	if c.AccountID != "" {
		b = appendMember(b, "AccountId", c.AccountID)
	}
	b = append(b, "}\n"...)
	if len(b) >= MaxDocument {
		return fmt.Errorf("the document would be %d bytes: readers of credential_process take at most %d", len(b), MaxDocument)
	}
	_, err := w.Write(b)
	return err
}

// appendMember appends a member of a JSON object. encoding/json is for values that are not plain alone: it learns
// a type in every process anew, and a warm call would wait for that.
func appendMember(b []byte, name, value string) []byte {
	b = append(append(append(b, `,"`...), name...), `":`...)
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) }) {
		quoted, _ := json.Marshal(value) // of a string it cannot fail
		return append(b, quoted...)
	}
	return append(append(append(b, '"'), value...), '"')
}
