package app

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// shortFolder is a path whose folders have their short names (C:\PROGRA~1) if one of them has a blank; the same path
// where a volume keeps no short names. The file keeps its name, which tells that it is hatstand.
func shortFolder(path string) string {
	if !strings.Contains(path, " ") {
		return path
	}
	folder, file := filepath.Split(path)
	long, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return path
	}
	buf := make([]uint16, windows.MAX_LONG_PATH)
	n, err := windows.GetShortPathName(long, &buf[0], uint32(len(buf)))
	if err != nil || n == 0 || int(n) > len(buf) {
		return path
	}
	short := windows.UTF16ToString(buf[:n])
	if strings.Contains(short, " ") {
		return path
	}
	return filepath.Join(short, file)
}
