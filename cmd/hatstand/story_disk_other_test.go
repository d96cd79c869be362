//go:build !linux

package main

import (
	"errors"

	"github.com/rogpeppe/go-internal/testscript"
)

func smallDisk(ts *testscript.TestScript, _ bool, _ []string) { unmountable(ts) }
func fullDisk(*testscript.TestScript, bool, []string)         {}
func readOnly(ts *testscript.TestScript, _ bool, _ []string)  { unmountable(ts) }

func unmountable(ts *testscript.TestScript) {
	ts.Setenv("UNMOUNTABLE", errors.ErrUnsupported.Error())
}

func (s *story) unmount() {}
