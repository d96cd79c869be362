package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// smalldisk DIR puts a disk of 256 KiB there.
func smallDisk(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k,mode=700"))
	s := of(ts)
	s.disks = append(s.disks, dir)
}

// mayMount tells whether a story can have a disk of its own.
func mayMount() error {
	dir, err := os.MkdirTemp("", "hatstand-mount-")
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k,mode=700"); err != nil {
		return err
	}
	return syscall.Unmount(dir, syscall.MNT_DETACH)
}

// fulldisk DIR writes to the disk until nothing fits.
func fullDisk(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(filepath.Join(ts.MkAbs(args[0]), "filler"))
	ts.Check(err)
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				ts.Check(err)
			}
			return
		}
	}
}

// readonly DIR makes the folder a mount of its own that nothing can be written to, not even by root.
func readOnly(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	err := syscall.Mount(dir, dir, "", syscall.MS_BIND, "")
	if err == nil {
		s := of(ts)
		s.disks = append(s.disks, dir)
		err = syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
	}
	ts.Check(err)
}

func (s *story) unmount() {
	for _, dir := range s.disks {
		_ = syscall.Unmount(dir, syscall.MNT_DETACH)
	}
}
