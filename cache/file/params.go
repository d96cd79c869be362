package file

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// params say how the file backend's key is made from its passphrase. They are not secret; the
// verifier tells a wrong passphrase from a damaged item, and costs an attacker as much as an item does.
type params struct {
	Version  int
	KDF      string // "argon2id"
	Time     uint32 // passes
	Memory   uint32 // KiB
	Threads  uint8
	Salt     []byte
	Verifier []byte // HMAC-SHA256(key, verifierText)
}

const verifierText = "hatstand file keyring verifier 1"

// A cost is what one guess at the passphrase takes.
type cost struct {
	time, memory uint32
	threads      uint8
}

// recommended is RFC 9106's second recommended option, for where 2 GiB are too much.
func recommended() cost { return cost{time: 3, memory: 64 << 10, threads: 4} }

// newParams makes parameters with a new salt, and the key.
func newParams(passphrase string, c cost) (params, []byte) {
	p := params{Version: 1, KDF: "argon2id", Time: c.time, Memory: c.memory, Threads: c.threads, Salt: make([]byte, 16)}
	_, _ = rand.Read(p.Salt)
	key := p.stretch(passphrase)
	p.Verifier = verifier(key)
	return p, key
}

func (p params) stretch(passphrase string) []byte {
	return argon2.IDKey([]byte(passphrase), p.Salt, p.Time, p.Memory, p.Threads, keySize)
}

func verifier(key []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(verifierText))
	return m.Sum(nil)
}

// key makes the key and tells whether the passphrase is the right one.
func (p params) key(passphrase string) ([]byte, bool) {
	key := p.stretch(passphrase)
	return key, hmac.Equal(verifier(key), p.Verifier)
}

// id names the key that these parameters lead to.
func (p params) id() keyID {
	sum := sha256.Sum256(append([]byte("hatstand file keyring key id 1\x00"), p.Salt...))
	return keyID(sum[:keyIDSize])
}

func (p params) encode() ([]byte, error) {
	b, err := json.MarshalIndent(p, "", "  ")
	return append(b, '\n'), err
}

// parseParams reads parameters and refuses what would take more than 1 GiB or minutes to compute, or
// what RFC 9106 does not allow.
func parseParams(b []byte) (params, error) {
	var p params
	if err := json.Unmarshal(b, &p); err != nil {
		return params{}, errors.New("not valid JSON")
	}
	switch {
	case p.Version != 1 || p.KDF != "argon2id":
		return params{}, fmt.Errorf("version %d with %q is not known here", p.Version, p.KDF)
	case p.Time < 1 || p.Time > 16:
		return params{}, fmt.Errorf("its time is %d, not 1 to 16", p.Time)
	case p.Threads < 1 || p.Threads > 16:
		return params{}, fmt.Errorf("its number of threads is %d, not 1 to 16", p.Threads)
	case p.Memory < 8*uint32(p.Threads) || p.Memory > 1<<20:
		return params{}, fmt.Errorf("its memory is %d KiB, not 8 a thread to 1048576", p.Memory)
	case len(p.Salt) < 16 || len(p.Salt) > 64:
		return params{}, fmt.Errorf("its salt has %d bytes, not 16 to 64", len(p.Salt))
	case len(p.Verifier) != sha256.Size:
		return params{}, fmt.Errorf("its verifier has %d bytes, not %d", len(p.Verifier), sha256.Size)
	}
	return p, nil
}
