package main

import (
	"testing"
	"unsafe"
)

// moved reports whether a goroutine's stack moves while it calls itself until it used that many bytes.
func moved(use int) bool {
	var here byte
	before := uintptr(unsafe.Pointer(&here))
	dive(use)
	return uintptr(unsafe.Pointer(&here)) != before
}

//go:noinline
func dive(use int) byte {
	var frame [1 << 10]byte
	if use > len(frame) {
		return dive(use-len(frame)) + frame[use%len(frame)]
	}
	return frame[0]
}

func TestAGrownStackStaysWhereItIs(t *testing.T) {
	const use = room / 2
	fresh, grown := make(chan bool), make(chan bool)
	go func() { fresh <- moved(use) }()
	if !<-fresh {
		t.Error("a new goroutine's stack had the room anyway: the test shows nothing")
	}
	go func() {
		growStack(false)
		grown <- moved(use)
	}()
	if <-grown {
		t.Error("the stack was moved although it had been grown")
	}
}
