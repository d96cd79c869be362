package mfa

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// replaceWithin is how long a ledger may be held open by whoever reads it.
const replaceWithin = time.Second

// replaceFile tries again while another prompt reads the old file: Windows refuses to replace it then, for moments at a
// time.
func replaceFile(from, to string) error {
	for wait, waited := time.Millisecond, time.Duration(0); ; wait *= 2 {
		err := os.Rename(from, to)
		if err == nil || waited > replaceWithin ||
			!errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
			return err
		}
		time.Sleep(wait)
		waited += wait
	}
}
