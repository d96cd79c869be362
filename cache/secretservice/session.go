package secretservice

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"

	"github.com/godbus/dbus/v5"

	"hatstand/cache/internal/bus"
)

// A session is how secrets cross the bus: encrypted with a key that both sides have agreed on, or as they are.
type session struct {
	path dbus.ObjectPath
	key  []byte // nil: as they are
}

// A secret is what the specification calls so: a value on its way.
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte // the initialization vector
	Value       []byte
	ContentType string
}

const (
	encrypted = "dh-ietf1024-sha256-aes128-cbc-pkcs7"
	plain     = "plain"
)

// openSession opens the session of this process unless it is open.
func (c *Client) openSession(ctx context.Context) (*session, error) {
	c.sessionLock.Lock()
	defer c.sessionLock.Unlock()
	if c.session != nil {
		return c.session, nil
	}
	var s *session
	err := bus.Within(ctx, c.o.Timeout, func(ctx context.Context) (err error) {
		s, err = c.openEncrypted(ctx)
		if bus.Is(err, "org.freedesktop.DBus.Error.NotSupported", "org.freedesktop.DBus.Error.InvalidArgs") {
			s, err = c.openPlain(ctx)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	c.session = s
	return s, nil
}

func (c *Client) dropSession() {
	c.sessionLock.Lock()
	defer c.sessionLock.Unlock()
	c.session = nil
}

func (c *Client) openPlain(ctx context.Context) (*session, error) {
	var s session
	var none dbus.Variant
	err := c.bus.Call(ctx, service(), serviceInterface+"OpenSession", []any{plain, dbus.MakeVariant("")}, &none, &s.path)
	return &s, err
}

func (c *Client) openEncrypted(ctx context.Context) (*session, error) {
	private, public, err := newKeyPair()
	if err != nil {
		return nil, err
	}
	var s session
	var answer dbus.Variant
	if err := c.bus.Call(ctx, service(), serviceInterface+"OpenSession", []any{encrypted, dbus.MakeVariant(public)}, &answer, &s.path); err != nil {
		return nil, err
	}
	var theirs []byte
	if err := answer.Store(&theirs); err != nil {
		return nil, fmt.Errorf("its public key: %w", err)
	}
	s.key, err = sharedKey(private, theirs)
	return &s, err
}

// groupSize is the size of the group's numbers, in bytes.
const groupSize = 128

// prime returns the prime of the algorithm's group (RFC 2409, section 6.2). Its generator is 2.
func prime() *big.Int {
	p, _ := new(big.Int).SetString("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"+
		"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"+
		"49286651ECE65381FFFFFFFFFFFFFFFF", 16)
	return p
}

// newKeyPair makes a private exponent of 256 bits, which is far more than a group of 1,024 bits is strong.
func newKeyPair() (private *big.Int, public []byte, err error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return nil, nil, err
	}
	private = new(big.Int).SetBytes(b)
	public = new(big.Int).Exp(big.NewInt(2), private, prime()).FillBytes(make([]byte, groupSize))
	return private, public, nil
}

// sharedKey makes the AES key of a session.
func sharedKey(private *big.Int, theirs []byte) ([]byte, error) {
	p, y := prime(), new(big.Int).SetBytes(theirs)
	last := new(big.Int).Sub(p, big.NewInt(1))
	if y.Cmp(big.NewInt(1)) <= 0 || y.Cmp(last) >= 0 { // whose power everybody knows
		return nil, errors.New("its public key is not valid")
	}
	shared := new(big.Int).Exp(y, private, p).FillBytes(make([]byte, groupSize))
	return hkdf.Key(sha256.New, shared, nil, "", aes.BlockSize)
}

// seal makes a value ready to cross the bus.
func (s *session) seal(value []byte) (secret, error) {
	sealed := secret{Session: s.path, Parameters: []byte{}, Value: value, ContentType: "application/json"}
	if s.key == nil {
		return sealed, nil
	}
	block, err := aes.NewCipher(s.key)
	if err != nil {
		return secret{}, err
	}
	iv := make([]byte, aes.BlockSize)
	if _, err := rand.Read(iv); err != nil {
		return secret{}, err
	}
	pad := aes.BlockSize - len(value)%aes.BlockSize
	padded := append(bytes.Clone(value), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
	sealed.Parameters, sealed.Value = iv, padded
	return sealed, nil
}

// open undoes seal.
func (s *session) open(sealed secret) ([]byte, error) {
	if s.key == nil {
		return sealed.Value, nil
	}
	v := sealed.Value
	if len(sealed.Parameters) != aes.BlockSize || len(v) == 0 || len(v)%aes.BlockSize != 0 {
		return nil, errors.New("it has the wrong length")
	}
	block, err := aes.NewCipher(s.key)
	if err != nil {
		return nil, err
	}
	value := make([]byte, len(v))
	cipher.NewCBCDecrypter(block, sealed.Parameters).CryptBlocks(value, v)
	pad := int(value[len(value)-1])
	if pad < 1 || pad > aes.BlockSize || !bytes.Equal(value[len(value)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errors.New("its padding is wrong")
	}
	return value[:len(value)-pad], nil
}
