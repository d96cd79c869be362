//go:build unix

package cached

import "syscall"

// Become has another program take this process's place: it keeps the process's number, its terminal and its signals.
func Become(path string, args, environ []string) (int, error) {
	return 0, syscall.Exec(path, args, environ)
}
