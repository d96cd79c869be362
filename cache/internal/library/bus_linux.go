package library

import "hatstand/cache/internal/sessionbus"

// init ends what sessionbus began before the keyring library's own init functions ran; it is the only
// one here, and package sessionbus says why there is one.
func init() { sessionbus.Settle() }
