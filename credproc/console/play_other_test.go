//go:build !linux

package console

func platformParts() map[string]func() { return nil }

func session() int { return 0 }
