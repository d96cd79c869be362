package loopback

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hatstand/cmd/internal/ui"
)

// processOn names the process that listens on a port of 127.0.0.1. The kernel shows only this user's processes.
func processOn(port uint16) string {
	table, err := os.ReadFile("/proc/self/net/tcp")
	if err != nil {
		return ""
	}
	inode := listenerInode(string(table), port)
	if inode == "" {
		return ""
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == "socket:["+inode+"]" {
			pid := strings.Split(link, "/")[2]
			name, err := os.ReadFile("/proc/" + pid + "/comm")
			if err != nil {
				return "process " + pid
			}
			return fmt.Sprintf("process %s (%s)", pid, ui.Plain(strings.TrimSuffix(string(name), "\n")))
		}
	}
	return ""
}

// listenerInode finds, in the kernel's table, the socket that listens on a port of 127.0.0.1 or of all addresses.
func listenerInode(table string, port uint16) string {
	const listening = "0A"
	suffix := fmt.Sprintf(":%04X", port)
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) > 9 && f[3] == listening && (f[1] == "0100007F"+suffix || f[1] == "00000000"+suffix) {
			return f[9]
		}
	}
	return ""
}
