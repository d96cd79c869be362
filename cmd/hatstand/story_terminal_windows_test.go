package main

import "github.com/rogpeppe/go-internal/testscript"

// The stories that type have [!unix] skip at their head.
type terminalRun struct{}

func detach() {}

func terminalCommands() map[string]func(*testscript.TestScript, bool, []string) { return nil }

func (*terminalRun) lastAddress(*testscript.TestScript) string { return "" }
