//go:build !windows

package mfa

import "os"

func replaceFile(from, to string) error { return os.Rename(from, to) }
