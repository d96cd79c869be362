// Library opens one of 99designs/keyring's own backends and gets one item, which it stores first where
// there is none: library DIR for its file backend, library keyctl and library secret-service for those.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/99designs/keyring"
)

func main() {
	c := keyring.Config{
		ServiceName:      "hatstand-benchmark",
		FilePasswordFunc: keyring.FixedStringPrompt("benchmark"), KeyCtlScope: "user", LibSecretCollectionName: "login",
	}
	switch kind := os.Args[1]; kind {
	case "keyctl", "secret-service":
		c.AllowedBackends = []keyring.BackendType{keyring.BackendType(kind)}
	default:
		c.AllowedBackends, c.FileDir = []keyring.BackendType{keyring.FileBackend}, kind
	}
	k, err := keyring.Open(c)
	if err == nil {
		var i keyring.Item
		i, err = k.Get("session")
		if err == keyring.ErrKeyNotFound {
			i = keyring.Item{Key: "session", Data: []byte(strings.Repeat("x", 700))}
			err = k.Set(i)
		}
		fmt.Println(len(i.Data))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
