//go:build !linux

package main

import (
	"errors"

	"github.com/rogpeppe/go-internal/testscript"
)

// The stories that need a disk of their own have [!mount] skip at their head.
func mayMount() error { return errors.ErrUnsupported }

func smallDisk(*testscript.TestScript, bool, []string) {}
func fullDisk(*testscript.TestScript, bool, []string)  {}
func readOnly(*testscript.TestScript, bool, []string)  {}

func (s *story) unmount() {}
