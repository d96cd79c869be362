//go:build unix

package userfile

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, size int) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, bytes.Repeat([]byte("x"), size), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ claim, path, problem string }{
		{"a file", file("a", 100), ""},
		{"an empty file", file("empty", 0), ""},
		{"a file that fills the limit", file("full", 1000), ""},
		{"a file beyond it", file("large", 1001), "it is larger than 1000 bytes"},
		{"no file, spelled as the null device", os.DevNull, ""},
		{"a device without an end", "/dev/zero", "it is a device, not a file"},
		{"a folder", dir, "it is a folder"},
		{"a FIFO that nobody writes to", fifo, "it is a pipe that nobody writes to"},
		{"nothing", filepath.Join(dir, "none"), "no such file"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			began := time.Now()
			data, err := Read(row.path, 1000)
			if row.problem == "" {
				info, _ := os.Stat(row.path)
				if err != nil || int64(len(data)) != info.Size() {
					t.Errorf("%d bytes, %v", len(data), err)
				}
			} else if err == nil || !strings.Contains(err.Error(), row.problem) {
				t.Errorf("%d bytes, %v; want %s", len(data), err, row.problem)
			}
			t.Log(time.Since(began))
		})
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	file, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "fifo")
	if err := os.WriteFile(file, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		path, problem string
		limit         int64
	}{
		{file, "", 100},
		{file, "it is larger than 99 bytes", 99},
		{os.DevNull, "", 100},
		{"/dev/zero", "it is not a regular file", 100},
		{fifo, "it is not a regular file", 100},
		{filepath.Join(dir, "none"), "no such file", 100},
	} {
		switch err := Check(row.path, row.limit); {
		case row.problem == "" && err != nil, row.problem != "" && (err == nil || !strings.Contains(err.Error(), row.problem)):
			t.Errorf("%s: %v, want %q", row.path, err, row.problem)
		}
	}
}

// A file of the system whose end is what is yet to happen is no file to wait for.
func TestAFileThatGoesOn(t *testing.T) {
	const path = "/proc/kmsg"
	if f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
		t.Skip("the kernel's messages cannot be read here: ", err)
	} else {
		f.Close()
	}
	if data, err := Read(path, 64<<20); err == nil || !strings.Contains(err.Error(), "it does not come to an end") {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func TestAPipeIsReadToItsEnd(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		w, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		for range 3 {
			w.WriteString("line\n")
			time.Sleep(30 * time.Millisecond)
		}
		w.Close()
	}()
	if data, err := Read(fifo, 1000); err != nil || string(data) != "line\nline\nline\n" {
		t.Errorf("%q, %v", data, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := os.Stat("/dev/fd/0"); err != nil {
		t.Skip("no /dev/fd here")
	}
	w.WriteString("as <(printf) gives it")
	w.Close()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestReadHelper$")
	cmd.ExtraFiles = []*os.File{r}
	cmd.Env = append(os.Environ(), "USERFILE_HELPER=/dev/fd/3")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "as <(printf) gives it") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestReadHelper(t *testing.T) {
	path := os.Getenv("USERFILE_HELPER")
	if path == "" {
		t.Skip("another test's")
	}
	data, err := Read(path, 1000)
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.Write(data)
}

func TestALogIsARegularFileOfOurs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	for range 2 {
		f, err := OpenLog(path)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString("x\n")
		f.Close()
	}
	if data, _ := os.ReadFile(path); string(data) != "x\nx\n" {
		t.Errorf("%q", data)
	}
	link, fifo := filepath.Join(dir, "link"), filepath.Join(dir, "fifo")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{link: "it is a link", fifo: "no such device", "/dev/zero": "it is not a regular file", dir: "is a directory"} {
		f, err := OpenLog(path)
		if err == nil {
			f.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

func TestNoLogIsMadeInAnotherUsersHome(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	home := filepath.Join(t.TempDir(), "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, 4321, 4321); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "log")
	if f, err := OpenLog(path); err == nil || !strings.Contains(err.Error(), "its folder belongs to another user") {
		f.Close()
		t.Errorf("%v", err)
	}
	if entries, err := os.ReadDir(home); err != nil || len(entries) > 0 {
		t.Errorf("made: %v, %v", entries, err)
	}
}
