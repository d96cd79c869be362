//go:build !linux

package file

import "time"

// kernelVault: only Linux keeps keys for its users.
type kernelVault struct{}

func (kernelVault) load(string) ([]byte, error)              { return nil, errNoVault }
func (kernelVault) save(string, []byte, time.Duration) error { return errNoVault }
func (kernelVault) drop(string) error                        { return errNoVault }
