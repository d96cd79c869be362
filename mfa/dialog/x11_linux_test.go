package dialog

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatstand/mfa/internal/ttytest"
)

// A desktop is an X11 display with nothing on it, not even a window manager.
type desktop struct {
	t       *testing.T
	display string
	xdotool string
}

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	d := &desktop{t: t, xdotool: ttytest.Need(t, "xdotool", "xdotool")}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command(ttytest.Need(t, "Xvfb", "xvfb"), "-displayfd", "3", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it removes its socket
		_ = cmd.Wait()
	})
	alarm := time.AfterFunc(ttytest.Patience, func() { _ = cmd.Process.Kill() })
	defer alarm.Stop()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb does not start: %v", err)
	}
	d.display = ":" + strings.TrimSpace(number)
	return d
}

// env is an environment in which the tools given are installed, and no others.
func (d *desktop) env(tools ...string) []string {
	return append(dialogEnv(d.t, tools...), "DISPLAY="+d.display)
}

func dialogEnv(t *testing.T, tools ...string) []string {
	t.Helper()
	dir := t.TempDir()
	bin, run := filepath.Join(dir, "bin"), filepath.Join(dir, "run")
	for _, folder := range []string{bin, run} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, tool := range tools {
		pkg := strings.Replace(tool, "gtk-2", "gtk2", 1)
		if err := os.Symlink(ttytest.Need(t, tool, pkg), filepath.Join(bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	return []string{
		"PATH=" + bin, "HOME=" + dir, "XDG_RUNTIME_DIR=" + run, "LC_ALL=C.UTF-8",
		// No desktop's services are wanted, nor started.
		"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "NO_AT_BRIDGE=1", "GSETTINGS_BACKEND=memory",
	}
}

func (d *desktop) do(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), ttytest.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.xdotool, args...)
	cmd.Env = []string{"DISPLAY=" + d.display}
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// in is the desktop for a test of a part.
func (d *desktop) in(t *testing.T) *desktop { return &desktop{t, d.display, d.xdotool} }

// A window is one that can be seen. Its identity is used again by the next program.
type window struct {
	*desktop
	id, pid string
}

// window waits for a window of hatstand's that is none of those seen before.
func (d *desktop) window(before ...window) window {
	d.t.Helper()
	for end := time.Now().Add(ttytest.Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, id := range d.windows() {
			pid, err := d.do("getwindowpid", id)
			if err == nil && !slices.ContainsFunc(before, func(b window) bool { return b.pid == pid }) {
				return window{d, id, pid}
			}
		}
	}
	d.t.Fatal("no window opens")
	return window{}
}

func (d *desktop) windows() []string {
	out, _ := d.do("search", "--onlyvisible", "--name", "^"+dialogTitle) // it fails where there is none
	return strings.Fields(out)
}

func (d *desktop) empty() {
	d.t.Helper()
	for end := time.Now().Add(ttytest.Patience); len(d.windows()) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatal("the window stays")
		}
	}
}

func (w window) types(text string, keys ...string) {
	w.t.Helper()
	args := []string{"windowfocus", "--sync", w.id}
	if text != "" {
		args = append(args, "type", "--clearmodifiers", text)
		if _, err := w.do(args...); err != nil {
			w.t.Fatal(err)
		}
		args = nil
	}
	if _, err := w.do(append(append(args, "key"), keys...)...); err != nil {
		w.t.Fatal(err)
	}
}

// height is that of a window whose layout is done: two looks agree.
func (w window) height() int {
	w.t.Helper()
	last := -1
	for end := time.Now().Add(ttytest.Patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		out, err := w.do("getwindowgeometry", "--shell", w.id)
		if err != nil {
			w.t.Fatal(err)
		}
		_, rest, _ := strings.Cut(out, "HEIGHT=")
		rest, _, _ = strings.Cut(rest, "\n")
		h, err := strconv.Atoi(rest)
		if err != nil {
			w.t.Fatal(out, err)
		}
		if h == last {
			return h
		}
		last = h
	}
	w.t.Fatal("the window does not settle")
	return 0
}

// close asks a window to close, as a window manager does when its cross is clicked. (X Window System
// Protocol; Inter-Client Communication Conventions Manual, 4.2.8.1)
func (w window) close() {
	w.t.Helper()
	id, err := strconv.ParseUint(w.id, 10, 32)
	if err != nil {
		w.t.Fatal(err)
	}
	conn, err := net.Dial("unix", "/tmp/.X11-unix/X"+strings.TrimPrefix(w.display, ":"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(ttytest.Patience))
	if err := deleteWindow(conn, uint32(id)); err != nil {
		w.t.Fatal(err)
	}
}

func deleteWindow(conn io.ReadWriter, window uint32) error {
	le := binary.LittleEndian
	setup := []byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	if _, err := conn.Write(setup); err != nil {
		return err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(conn, head); err != nil {
		return err
	}
	if head[0] != 1 {
		return fmt.Errorf("X11 setup: %d", head[0])
	}
	if _, err := io.CopyN(io.Discard, conn, 4*int64(le.Uint16(head[6:]))); err != nil {
		return err
	}
	reply := make([]byte, 32)
	call := func(request []byte) error {
		le.PutUint16(request[2:], uint16(len(request)/4))
		if _, err := conn.Write(request); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, reply); err != nil || reply[0] != 1 {
			return fmt.Errorf("X11 request %d: reply %d, %v", request[0], reply[0], err)
		}
		return nil
	}
	atom := func(name string) (uint32, error) {
		request := make([]byte, 8+(len(name)+3)/4*4)
		request[0] = 16 // InternAtom
		le.PutUint16(request[4:], uint16(len(name)))
		copy(request[8:], name)
		err := call(request)
		return le.Uint32(reply[8:]), err
	}
	protocols, err := atom("WM_PROTOCOLS")
	if err != nil {
		return err
	}
	remove, err := atom("WM_DELETE_WINDOW")
	if err != nil {
		return err
	}
	send := make([]byte, 44)
	send[0], send[2] = 25, 11 // SendEvent
	le.PutUint32(send[4:], window)
	event := send[12:]
	event[0], event[1] = 33, 32 // ClientMessage, of 32-bit values
	le.PutUint32(event[4:], window)
	le.PutUint32(event[8:], protocols)
	le.PutUint32(event[12:], remove)
	if _, err := conn.Write(send); err != nil {
		return err
	}
	return call([]byte{43, 0, 0, 0}) // GetInputFocus: its reply says that the event went out
}
