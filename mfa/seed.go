package mfa

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	stepSeconds = 30 // AWS's virtual devices: TOTP (RFC 6238), 30 s, six digits, SHA-1

	// AWS's seeds are 40 bytes. What is shorter than 10 (80 bits, the least that authenticators make) is
	// a slip: a code or a word in the seed's place.
	minSeed, maxSeed = 10, 128

	mask = "(seed)"
)

// A Seed is the secret of a virtual MFA device. It never prints itself: every verb of fmt, JSON, text
// and log/slog give a fixed mask. Encode returns the text.
type Seed struct{ base32 string }

func notASeed(why string) *Error {
	return &Error{Kind: NotASeed, Subject: "not a seed of a virtual MFA device", Reason: why}
}

// ParseSeed reads a seed: base32 as AWS shows it (lower case, spaces, hyphens and missing padding are
// fine), or an otpauth://totp/ URL with six digits, 30 seconds and SHA1, which is all that AWS takes.
// The secret has 10 to 128 bytes. Anything else is an error of kind NotASeed.
func ParseSeed(text string) (Seed, error) {
	text = strings.TrimSpace(text)
	if len(text) > 4096 {
		return Seed{}, notASeed("it is longer than 4096 bytes")
	}
	if scheme, _, ok := strings.Cut(text, "://"); ok {
		if !strings.EqualFold(scheme, "otpauth") {
			return Seed{}, notASeed("a URL must begin with otpauth://totp/")
		}
		secret, err := otpauth(text)
		if err != nil {
			return Seed{}, err
		}
		text = secret
	}
	return parseBase32(text)
}

// otpauth gives the secret of an otpauth URL. No error of net/url goes out: they quote the URL.
func otpauth(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", notASeed("the otpauth URL cannot be read")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", notASeed("the otpauth URL's parameters cannot be read")
	}
	if !strings.EqualFold(u.Host, "totp") {
		return "", notASeed("the otpauth URL is not of the time-based kind (otpauth://totp/): AWS takes no other")
	}
	for _, key := range []string{"secret", "digits", "period", "algorithm", "encoder"} {
		if len(q[key]) > 1 {
			return "", notASeed("the otpauth URL gives " + key + " twice")
		}
	}
	if v := q.Get("digits"); v != "" && v != "6" {
		return "", notASeed("the otpauth URL says digits other than 6: AWS takes six")
	}
	if v := q.Get("period"); v != "" && v != "30" {
		return "", notASeed("the otpauth URL says a period other than 30: AWS takes 30 seconds")
	}
	if v := q.Get("algorithm"); v != "" && !strings.EqualFold(v, "SHA1") {
		return "", notASeed("the otpauth URL says an algorithm other than SHA1: AWS takes SHA1")
	}
	if q.Get("encoder") != "" {
		return "", notASeed("the otpauth URL says an encoder: AWS takes plain digits")
	}
	if q.Get("secret") == "" {
		return "", notASeed("the otpauth URL has no secret")
	}
	return q.Get("secret"), nil
}

func parseBase32(text string) (Seed, error) {
	text = strings.TrimRight(text, "= \t\r\n")
	var b strings.Builder
	for _, c := range text {
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '-':
			continue
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		if (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return Seed{}, notASeed(fmt.Sprintf("character %d is not base32 (A to Z, 2 to 7)", b.Len()+1))
		}
		b.WriteRune(c)
	}
	enc := base32.StdEncoding.WithPadding(base32.NoPadding)
	switch b.Len() % 8 {
	case 1, 3, 6: // no number of bytes encodes to that many
		return Seed{}, notASeed(fmt.Sprintf("%d characters cannot be base32: is one missing?", b.Len()))
	}
	key, err := enc.DecodeString(b.String())
	if err != nil {
		return Seed{}, notASeed("it is not base32")
	}
	if enc.EncodeToString(key) != b.String() { // the last character says more than a whole number of bytes
		return Seed{}, notASeed("its end is cut off: is a character missing?")
	}
	if len(key) < minSeed || len(key) > maxSeed {
		return Seed{}, notASeed(fmt.Sprintf("it has %d bytes; a seed has %d to %d", len(key), minSeed, maxSeed))
	}
	return Seed{b.String()}, nil
}

// Encode gives the seed as upper-case base32 without padding, to be stored; ParseSeed reads it back.
func (s Seed) Encode() string { return s.base32 }

// IsZero tells whether there is no seed at all.
func (s Seed) IsZero() bool { return s.base32 == "" }

// At gives the code of the 30-second step that holds t, and the step's number since 1970. A zero Seed
// gives "".
func (s Seed) At(t time.Time) (code string, step int64) {
	step = stepOf(t)
	if s.IsZero() {
		return "", step
	}
	code, err := hotp.GenerateCodeCustom(s.base32, uint64(step), hotp.ValidateOpts{
		Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil { // only for text that is not base32
		return "", step
	}
	return code, step
}

// StepEnd gives the time at which a step ends and the next begins.
func StepEnd(step int64) time.Time { return time.Unix((step+1)*stepSeconds, 0) }

// stepOf numbers the step that holds t; it rounds down before 1970 too.
func stepOf(t time.Time) int64 {
	s := t.Unix()
	step := s / stepSeconds
	if s%stepSeconds < 0 {
		step--
	}
	return step
}

// String, GoString, Format, LogValue, MarshalText and MarshalJSON all give the mask.
func (s Seed) String() string               { return mask }
func (s Seed) GoString() string             { return mask }
func (s Seed) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, mask) }
func (s Seed) LogValue() slog.Value         { return slog.StringValue(mask) }
func (s Seed) MarshalText() ([]byte, error) { return []byte(mask), nil }
func (s Seed) MarshalJSON() ([]byte, error) { return json.Marshal(mask) }
