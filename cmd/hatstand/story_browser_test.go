package main

import (
	"context"
	"fmt"
	"os"
	"slices"
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
// allowed, the story's person answers (ssoperson always). "browse FILE chromium" does it with the real Chromium.
func browse() {
	if err := browseTo(os.Args[1], os.Args[len(os.Args)-1], slices.Contains(os.Args[2:len(os.Args)-1], "chromium")); err != nil {
		fmt.Fprintln(os.Stderr, "browse:", err)
		os.Exit(1)
	}
}

func browseTo(file, address string, chromium bool) error {
	press, err := atBrowser()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	open := person.Open
	if chromium {
		open = openInChromium
	}
	page, err := open(ctx, address, press)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".part", []byte(page.Body), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

func openInChromium(ctx context.Context, address string, press person.Button) (person.Page, error) {
	folder, err := os.MkdirTemp("", "browse-")
	if err != nil {
		return person.Page{}, err
	}
	defer os.RemoveAll(folder)
	return person.OpenInChromium(ctx, "chromium", folder, address, press)
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
