// Library is a test's program: github.com/99designs/keyring on a command line, with the options that hatstand gave it.
package main

import (
	"fmt"
	"os"

	"github.com/99designs/keyring"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	kind, where, verb := args[0], args[1], args[2]
	c := keyring.Config{AllowedBackends: []keyring.BackendType{keyring.BackendType(kind)}, ServiceName: "hatstand"}
	switch kind {
	case "kwallet":
		c.ServiceName, c.KWalletAppID, c.KWalletFolder = where, "hatstand", "hatstand"
	case "keyctl":
		c.ServiceName, c.KeyCtlScope = where, "user"
		c.KeyCtlPerm = 0x3f3f0000 // everything, for the possessor and the user
	default:
		c.LibSecretCollectionName = where
	}
	ring, err := keyring.Open(c)
	if err != nil {
		return err
	}
	switch verb {
	case "get":
		item, err := ring.Get(args[3])
		if err != nil {
			return err
		}
		fmt.Printf("%s", item.Data)
	case "set":
		return ring.Set(keyring.Item{Key: args[3], Data: []byte(args[4]), Label: "a label", Description: "hatstand"})
	case "remove":
		return ring.Remove(args[3])
	case "keys":
		names, err := ring.Keys()
		if err != nil {
			return err
		}
		for _, name := range names {
			fmt.Println(name)
		}
	}
	return nil
}
