package file

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
)

// A sealed item is
//
//	magic 4 | key ID 8 | length of the name 2 | name | nonce 12 | AES-256-GCM ciphertext and tag
//
// and everything before the nonce is authenticated, so that a file put in another's place does not
// open. The key ID finds the key without another file being read. AES-GCM rather than
// XChaCha20-Poly1305: it is in every program that speaks TLS already, and random nonces are good for
// 2^32 writes.
const (
	sealMagic   = "hat1"
	keyIDSize   = 8
	keySize     = 32
	nonceSize   = 12
	nameLimit   = 8 << 10
	sealedLimit = 1 << 20
)

type keyID [keyIDSize]byte

var (
	errNotSealed  = errors.New("the file is not a sealed item")
	errWrongName  = errors.New("the file holds another item")
	errTampered   = errors.New("the file was damaged or changed")
	errOtherKey   = errors.New("the file was encrypted with a different passphrase")
	errTooLong    = errors.New("the file is too long")
	errNameLength = errors.New("the item's name is too long")
)

// seal encrypts one item's data under its name.
func seal(key []byte, id keyID, name string, data []byte) ([]byte, error) {
	if len(name) > nameLimit {
		return nil, errNameLength
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(sealMagic)+keyIDSize+2+len(name)+nonceSize+len(data)+aead.Overhead())
	b = append(b, sealMagic...)
	b = append(b, id[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(name)))
	b = append(b, name...)
	head := b
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce) // never fails: the program ends instead
	b = append(b, nonce...)
	return aead.Seal(b, nonce, data, head), nil
}

// A sealedItem is a parsed sealed item, its data still encrypted.
type sealedItem struct {
	id         keyID
	name       string
	head       []byte
	nonce      []byte
	ciphertext []byte
}

func parseSealed(b []byte) (sealedItem, error) {
	const fixed = len(sealMagic) + keyIDSize + 2
	if len(b) > sealedLimit {
		return sealedItem{}, errTooLong
	}
	if len(b) < fixed || string(b[:len(sealMagic)]) != sealMagic {
		return sealedItem{}, errNotSealed
	}
	var it sealedItem
	copy(it.id[:], b[len(sealMagic):])
	n := int(binary.BigEndian.Uint16(b[fixed-2:]))
	if n > nameLimit || len(b) < fixed+n+nonceSize {
		return sealedItem{}, errNotSealed
	}
	it.name = string(b[fixed : fixed+n])
	it.head = b[:fixed+n]
	it.nonce = b[fixed+n : fixed+n+nonceSize]
	it.ciphertext = b[fixed+n+nonceSize:]
	return it, nil
}

func (it sealedItem) open(key []byte) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	data, err := aead.Open(nil, it.nonce, it.ciphertext, it.head)
	if err != nil {
		return nil, errTampered
	}
	return data, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
