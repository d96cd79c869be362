// Library opens 99designs/keyring's own file backend and gets one item, which it stores first where
// there is none.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/99designs/keyring"
)

func main() {
	k, err := keyring.Open(keyring.Config{
		AllowedBackends:  []keyring.BackendType{keyring.FileBackend},
		FileDir:          os.Args[1],
		FilePasswordFunc: keyring.FixedStringPrompt("benchmark"),
	})
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
