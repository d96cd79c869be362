//go:build !linux

package loopback

// processOn knows nothing: here it takes another program to find out.
func processOn(uint16) string { return "" }
