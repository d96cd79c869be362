//go:build !linux

package file

import "time"

// kernelKeyring: only Linux keeps keys for its users.
type kernelKeyring struct{}

func (kernelKeyring) load(string) ([]byte, error)              { return nil, errNoKernel }
func (kernelKeyring) save(string, []byte, time.Duration) error { return errNoKernel }
func (kernelKeyring) drop(string) error                        { return errNoKernel }
