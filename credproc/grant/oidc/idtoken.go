package oidc

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatstand/credproc/internal/text"
)

// maxToken is the most characters of a token that STS takes (the STS model, AssumeRoleWithWebIdentity).
const maxToken = 20000

// claims are what an ID token says, as far as it is looked at.
type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	Party    string   `json:"azp"`
	Expires  number   `json:"exp"`
	Nonce    string   `json:"nonce"`

	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some send it as a text
	UserName string `json:"preferred_username"`
}

// An audience is one client or a list of them.
type audience []string

func (a *audience) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(a))
}

// A number is a JSON number, with or without a fraction, or one in quotes. It is never negative or beyond any clock.
type number float64

func (n *number) UnmarshalJSON(data []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > maxNumber {
		return errors.New("it is not a number of seconds")
	}
	*n = number(f)
	return nil
}

// maxNumber is in the year 9999.
const maxNumber = 253402300799

// seconds is a number as a duration, at most a century.
func (n number) seconds() time.Duration {
	const century = 100 * 365 * 24 * 60 * 60
	return time.Duration(min(float64(n), century) * float64(time.Second))
}

var errNoToken = errors.New("what it sent is not an ID token")

// readIDToken reads a token (RFC 7519) without checking anything. Its errors never quote it.
func readIDToken(s string) (c claims, err error) {
	if len(s) > maxToken {
		return c, fmt.Errorf("the ID token has %d characters, and STS takes %d at most", len(s), maxToken)
	}
	if strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}) >= 0 {
		return c, errors.New("the ID token has characters in it that no token has, such as a line end")
	}
	parts := strings.Split(s, ".")
	if len(parts) != 3 || parts[0] == "" {
		return c, errNoToken
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return claims{}, errNoToken
	}
	return c, nil
}

// expected is what an ID token has to say.
type expected struct {
	issuer, client string
	now            time.Time
	nonce          string // "": none was sent
	subject        string // "": it is not known yet
}

// check checks the claims (OpenID Connect Core, sections 3.1.3.7 and 12.2).
func (c claims) check(want expected) error {
	switch {
	case c.Issuer != want.issuer:
		return errors.New("the ID token is of another issuer: " + shown(c.Issuer))
	case !slices.Contains(c.Audience, want.client):
		return errors.New("the ID token is for another client: " + shown(strings.Join(c.Audience, " ")))
	case c.Party != "" && c.Party != want.client:
		return errors.New("the ID token was made for another client: " + shown(c.Party))
	case c.Subject == "":
		return errors.New("the ID token does not say whose it is (sub)")
	case want.subject != "" && c.Subject != want.subject:
		return errors.New("the ID token is for another person than before")
	case want.nonce != "" && c.Nonce != want.nonce:
		return errors.New("the ID token is of another sign-in: its nonce is not the one that was sent")
	case !c.expires().After(want.now):
		return errors.New("the ID token expired at " + c.expires().Format(time.RFC3339) + " already")
	}
	return nil
}

func (c claims) expires() time.Time { return time.Unix(int64(c.Expires), 0).UTC() }

// person is the name of the person: the e-mail address unless the provider says that it may be somebody else's, else
// the name that they sign in with, else what the provider calls them.
func (c claims) person() string {
	name := c.Email
	switch c.Verified {
	case false, "false":
		name = ""
	}
	for _, other := range []string{c.UserName, c.Subject} {
		if name == "" {
			name = other
		}
	}
	return cut(text.OneLine(strings.ToValidUTF8(name, "")), 128)
}

// shown is a text of the provider's, quoted and cut.
func shown(s string) string { return strconv.QuoteToASCII(cut(strings.ToValidUTF8(s, ""), 200)) }

// cut is at most so many characters of a text.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
