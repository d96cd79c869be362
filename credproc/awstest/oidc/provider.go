// Package oidc plays an OpenID Connect provider whose tokens are exchanged for a role at AWS: a CI system (Provider),
// or one that people sign in to (Site).
//
// AWS fetches a provider's keys from the provider's address. Here package awstest is told of the provider and asks it.
package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"time"
)

// Provider makes tokens and signs them with ES256, by a key of its own.
type Provider struct {
	Issuer string // its URL
	key    *ecdsa.PrivateKey
	other  *rsa.PublicKey // of a provider that is somebody else's
}

// Foreign is a provider that signs its tokens elsewhere, with RS256.
func Foreign(issuer string, key *rsa.PublicKey) *Provider {
	return &Provider{Issuer: issuer, other: key}
}

// New makes a provider.
func New(issuer string) *Provider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // there is no such error
	}
	return &Provider{Issuer: issuer, key: key}
}

// Token is a token for a subject, good from now until a time.
func (p *Provider) Token(subject, audience string, now, expires time.Time) string {
	return p.Sign(map[string]any{
		"iss": p.Issuer, "sub": subject, "aud": audience, "iat": now.Unix(), "exp": expires.Unix(),
	})
}

// Sign makes a token of any claims.
func (p *Provider) Sign(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		panic(err) // a test's claims
	}
	text := segment([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." + segment(body)
	sum := sha256.Sum256([]byte(text))
	r, t, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		panic(err)
	}
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	t.FillBytes(raw[32:])
	return text + "." + segment(raw)
}

// Signed reports whether a token has this provider's signature.
func (p *Provider) Signed(token string) bool {
	at := strings.LastIndexByte(token, '.')
	if at < 0 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	sum := sha256.Sum256([]byte(token[:at]))
	if p.other != nil {
		return err == nil && rsa.VerifyPKCS1v15(p.other, crypto.SHA256, sum[:], signature) == nil
	}
	return err == nil && len(signature) == 64 && ecdsa.Verify(&p.key.PublicKey, sum[:],
		new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

// Claims are what STS looks at in a token.
type Claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
}

// Read reads a token's claims, whoever signed it; ok is false for what is no token.
func Read(token string) (claims Claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Claims{}, false
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(body, &claims) != nil {
		return Claims{}, false
	}
	return claims, true
}

func segment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
