package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"

	"golang.org/x/crypto/argon2"
)

// cheapKeyring makes a file keyring with nothing in it, whose key takes no time to be made of its passphrase: that is half
// of what most tests would take, twice a test, and 64 MiB.
func cheapKeyring(home, passphrase string) error {
	folder := keyringFolder(home)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	p := struct {
		Version        int
		KDF            string
		Time, Memory   uint32
		Threads        uint8
		Salt, Verifier []byte
	}{Version: 1, KDF: "argon2id", Time: 1, Memory: 8, Threads: 1, Salt: make([]byte, 16)}
	_, _ = rand.Read(p.Salt) // names the key, which is kept beside those of other tests
	m := hmac.New(sha256.New, argon2.IDKey([]byte(passphrase), p.Salt, p.Time, p.Memory, p.Threads, 32))
	m.Write([]byte("hatstand file keyring verifier 1"))
	p.Verifier = m.Sum(nil)
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "params"), text, 0o600)
}

func keyringFolder(home string) string { return filepath.Join(home, ".local/share/hatstand/keyring") }
