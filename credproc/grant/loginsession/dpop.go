package loginsession

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// pemType is what the PEM of a key in SEC1 is called.
const pemType = "EC PRIVATE KEY"

// newKey makes a key for a sign-in.
func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// encodeKey writes a key as the AWS CLI does: SEC1, in PEM.
func encodeKey(key *ecdsa.PrivateKey) (string, error) {
	der, err := x509.MarshalECPrivateKey(key)
	return string(pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der})), err
}

var errBadKey = errors.New("the sign-in's key is not a P-256 key in PEM")

// decodeKey reads what encodeKey or the AWS CLI has written. The error quotes nothing of it.
func decodeKey(text string) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errBadKey
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil || key.Curve != elliptic.P256() {
		return nil, errBadKey
	}
	return key, nil
}

// proof is the DPoP proof (RFC 9449, section 4.2) of a POST to an address: a JWT that the key signs with ES256.
func proof(key *ecdsa.PrivateKey, address string, now time.Time) (string, error) {
	public, err := key.PublicKey.Bytes() // 4, X, Y
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	part := func(v any) string {
		text, _ := json.Marshal(v) // of strings and numbers
		return encode(text)
	}
	type jwk struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		X   string `json:"x"`
		Y   string `json:"y"`
	}
	const size = 32
	message := part(struct {
		Typ string `json:"typ"`
		Alg string `json:"alg"`
		JWK jwk    `json:"jwk"`
	}{"dpop+jwt", "ES256", jwk{"EC", "P-256", encode(public[1 : 1+size]), encode(public[1+size:])}}) + "." +
		part(struct {
			HTM string `json:"htm"`
			HTU string `json:"htu"`
			IAT int64  `json:"iat"`
			JTI string `json:"jti"`
		}{"POST", address, now.Unix(), rand.Text()})
	sum := sha256.Sum256([]byte(message))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 2*size) // not ASN.1: RFC 7518, section 3.4
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return message + "." + encode(signature), nil
}

// proved adds a proof to each try of a call. A proof serves once.
func proved(key *ecdsa.PrivateKey, now func() time.Time) func(*signin.Options) {
	add := middleware.FinalizeMiddlewareFunc("HatstandDPoP", func(ctx context.Context, in middleware.FinalizeInput,
		next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		request, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("unknown transport %T", in.Request)
		}
		text, err := proof(key, request.URL.String(), now())
		if err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		request.Header.Set("DPoP", text)
		return next.HandleFinalize(ctx, in)
	})
	return signin.WithAPIOptions(func(s *middleware.Stack) error { return s.Finalize.Add(add, middleware.After) })
}
