//go:build !windows

package app

// shortFolder is the path itself: there are no short names.
func shortFolder(path string) string { return path }
