package keypair

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"
)

const (
	pairID     = "AKIAIOSFODNN7EXAMPLE"
	pairSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

func TestPairsAreReadFromWhatAWSGives(t *testing.T) {
	const wrapped = `{"AccessKey": {"UserName": "alice", "AccessKeyId": "` + pairID + `", "Status": "Active", "SecretAccessKey": "` + pairSecret + `", "CreateDate": "2026-11-22T00:00:00+00:00"}}`
	const row = pairID + "," + pairSecret
	for _, c := range []struct{ name, text string }{
		{"aws iam create-access-key", wrapped},
		{"the same, indented and with a newline", strings.ReplaceAll(wrapped, ",", ",\n    ") + "\n"},
		{"the same with --query AccessKey", wrapped[len(`{"AccessKey": `) : len(wrapped)-1]},
		{"the same through PowerShell's >", utf16le("\ufeff" + wrapped + "\r\n")},
		{"the console's file", "\ufeffAccess key ID,Secret access key\n" + row + "\n"},
		{"the console's file with CRLF and no last newline", "\ufeffAccess key ID,Secret access key\r\n" + row},
		{"the console's older file", "User name,Password,Access key ID,Secret access key,Console login link\nalice,,\"" + pairID + "\"," + pairSecret + ",https://111111111111.signin.aws.amazon.com/console\n"},
		{"other columns, spaces and capitals", "secret access key, ACCESS KEY ID\n" + pairSecret + ", " + pairID + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse([]byte(c.text))
			if want := (Pair{pairID, pairSecret}); err != nil || got != want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func utf16le(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

func TestWhatIsNoPairIsRefusedInWords(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", " \n", "there is nothing on stdin"},
		{"only the mark", "\ufeff", "there is nothing on stdin"},
		{"a secret alone", pairSecret, `this is neither JSON nor CSV with the headings "Access key ID" and "Secret access key"`},
		{"JSON cut off", `{"AccessKey": {"SecretAccessKey": "` + pairSecret, "the JSON cannot be read: is its end missing?"},
		{"JSON of another kind", `{"AccessKey": {"SecretAccessKey": ["` + pairSecret + `"]}}`, "the JSON cannot be read: is its end missing?"},
		{"two JSON values", `{"AccessKeyId":"a","SecretAccessKey":"b"} {}`, "there is more than one JSON value"},
		{"aws iam list-access-keys", `{"AccessKeyMetadata": [{"AccessKeyId": "` + pairID + `"}]}`, "the JSON has no AccessKeyId"},
		{"no secret", `{"AccessKey": {"AccessKeyId": "` + pairID + `"}}`, "the JSON has no SecretAccessKey: AWS shows it only once, when the key is created"},
		{"a session", `{"AccessKeyId": "ASIA", "SecretAccessKey": "` + pairSecret + `", "SessionToken": "t"}`, "it has a SessionToken, so these are temporary credentials"},
		{"an inactive key", `{"AccessKey": {"AccessKeyId": "` + pairID + `", "SecretAccessKey": "` + pairSecret + `", "Status": "Inactive"}}`, "the key's Status is Inactive"},
		{"quotes that do not close", "\"Access key ID,Secret access key\n" + pairSecret, "this is neither JSON nor CSV"},
		{"headings alone", "Access key ID,Secret access key\n", "the CSV has no line below its headings"},
		{"no secret column", "User name,Access key ID\nalice," + pairID, `the CSV has no "Secret access key"`},
		{"no ID column", "User name,Secret access key\nalice," + pairSecret, `the CSV has no "Access key ID"`},
		{"a short line", "User name,Access key ID,Secret access key\n" + pairSecret, "the CSV's second line has fewer fields than the first"},
		{"two keys", "Access key ID,Secret access key\na," + pairSecret + "\nb," + pairSecret, "the CSV has more than one key"},
		{"a user without a key", "User name,Password,Access key ID,Secret access key\nalice," + pairSecret + ",,", "the CSV's access key ID is empty: that user was made without an access key"},
		{"an empty secret", "Access key ID,Secret access key\n" + pairID + ",", "the CSV's secret access key is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			var e *Error
			if !errors.As(err, &e) || e.reason != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), pairSecret) {
				t.Errorf("it repeats the secret: %v", err)
			}
		})
	}
}

// FuzzParse: whatever comes, the answer is a whole pair or words that are not the input's.
func FuzzParse(f *testing.F) {
	f.Add("\ufeffAccess key ID,Secret access key\r\n" + pairID + "," + pairSecret)
	f.Add(`{"AccessKey": {"AccessKeyId": "` + pairID + `", "SecretAccessKey": "` + pairSecret + `"}}`)
	f.Add("User name,Password,Access key ID,Secret access key\nalice,,\"" + pairID)
	f.Add("\xff\xfe{")
	known := map[string]bool{}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse([]byte(text))
		if err == nil {
			if p.ID == "" || p.Secret == "" {
				t.Errorf("half a pair: %q", p)
			}
			return
		}
		if known[err.Error()] = true; len(known) > 20 {
			t.Errorf("an error that depends on the text: %v", err)
		}
	})
}
