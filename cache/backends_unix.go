//go:build unix

package cache

import (
	"bytes"
	"errors"
	"os/exec"

	"github.com/99designs/keyring"
)

func openPass(Options) (*backend, error) {
	ring, err := openRing(keyring.PassBackend, keyring.Config{PassPrefix: passPrefix})
	if errors.Is(err, errNotOpened) {
		return nil, absent("pass", "the program pass is not installed")
	}
	if err != nil {
		return nil, err
	}
	return &backend{name: "pass", ring: ring, asks: true}, nil
}

// probePass asks pass to list its store, which fails where none was made.
func probePass() error {
	cmd := exec.Command("pass", "ls")
	var text bytes.Buffer
	cmd.Stderr = &text
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return absent("pass", "the program pass is not installed")
	case err != nil:
		return absent("pass", "pass ls: %s", cmpOr(oneLine(errors.New(text.String())), err.Error()))
	}
	return nil
}
