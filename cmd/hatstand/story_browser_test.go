package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest/person"
)

// browserCommands look at what a browser was shown.
func browserCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"browsed": browsed}
}

// browse FILE ... URL is a program of its own, and a browser: it goes to the address, with cookies, and
// wherever it is sent from there, and writes the last page to the file. Where Identity Center asks whether access is
// allowed, the story's person answers (ssoperson always).
func browse() {
	if err := browseTo(os.Args[1], os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, "browse:", err)
		os.Exit(1)
	}
}

func browseTo(file, address string) error {
	press, err := atBrowser()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	page, err := person.Open(ctx, address, press)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".part", []byte(page.Body), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

// browsed FILE waits until a browser has written its page: hatstand does not wait for that.
func browsed(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("browsed: there is no %s", args[0])
		}
	}
}
