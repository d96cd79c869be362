//go:build !linux

package browser

func platformParts() map[string]func() { return nil }

func session() int { return 0 }
