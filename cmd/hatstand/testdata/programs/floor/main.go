// Floor opens hatstand's file keyring and gets one item: the least that a warm call could cost.
package main

import (
	"context"
	"fmt"
	"os"

	"hatstand/cache"
)

func main() {
	s, err := cache.Open(context.Background(), cache.Options{Backend: "file", DataDir: os.Args[1], StateDir: os.Args[2]})
	if err == nil {
		c, _, e := s.Session(context.Background(), cache.SessionID{Base: os.Args[3], Hash: os.Args[4]})
		fmt.Println(c.AccessKeyID)
		err = e
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
