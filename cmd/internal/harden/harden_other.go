//go:build !linux

package harden

// Memory does nothing here.
func Memory() {}
