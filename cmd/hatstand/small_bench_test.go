//go:build linux

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatstand/cmd/internal/app"
)

// BenchmarkSmall compares the two programs, warm, with the floor and with the keyring library's own backends, without a
// session bus and with one: whole processes, interleaved, in one run. Figures are medians.
func BenchmarkSmall(b *testing.B) {
	if testing.Short() {
		b.Skip("builds programs")
	}
	w := newBench(b)
	data, state := filepath.Join(w.home, ".local/share/hatstand"), filepath.Join(w.home, ".local/state/hatstand")
	bus := w.sessionBus(b)
	backend := func(name string, more ...string) []string {
		return append([]string{"HATSTAND_BACKEND=" + name}, more...)
	}
	type call struct {
		name    string
		env     []string
		program string
		args    []string
	}
	floor := append([]string{data, state}, w.item...)
	file := filepath.Join(w.home, "library")
	calls := []call{
		{"hello", nil, "hello", nil},
		{"floor", nil, "floor", floor},
		{"library", nil, "library", []string{file}},
		{"small", nil, app.SmallProgram, []string{"prod"}},
		{"whole", nil, "hatstand", []string{"credential-process", "prod"}},
		{"keyctl-library", nil, "library", []string{"keyctl"}},
		{"keyctl-small", backend("keyctl"), app.SmallProgram, []string{"prod"}},
	}
	warm := [][]string{backend("keyctl")}
	if bus != "" {
		calls = append(calls,
			call{"bus-floor", []string{bus}, "floor", floor},
			call{"bus-library", []string{bus}, "library", []string{file}},
			call{"bus-small", []string{bus}, app.SmallProgram, []string{"prod"}},
			call{"bus-whole", []string{bus}, "hatstand", []string{"credential-process", "prod"}},
		)
		if w.secretService(b, bus) {
			calls = append(calls,
				call{"secret-service-library", []string{bus}, "library", []string{"secret-service"}},
				call{"secret-service-small", backend("secret-service", bus), app.SmallProgram, []string{"prod"}},
			)
			warm = append(warm, backend("secret-service", bus))
		}
	}
	for _, env := range warm {
		w.run(b, append(env, w.key...), "hatstand", "keys", "add", "me", "--from-env")
		w.run(b, env, "hatstand", "credential-process", "prod")
		b.Cleanup(func() { w.run(b, env, "hatstand", "keys", "remove", "me", "--yes") })
	}
	want, _ := w.run(b, nil, "hatstand", "credential-process", "prod")
	if got, _ := w.run(b, nil, app.SmallProgram, "prod"); got != want {
		b.Fatalf("the small program says %q, hatstand %q", got, want)
	}
	// What it serves itself it serves without hatstand.
	whole, away := filepath.Join(w.bin, "hatstand"), filepath.Join(w.bin, "away")
	if err := os.Rename(whole, away); err != nil {
		b.Fatal(err)
	}
	for _, c := range calls {
		if c.program == app.SmallProgram {
			w.run(b, c.env, c.program, c.args...)
		}
	}
	if err := os.Rename(away, whole); err != nil {
		b.Fatal(err)
	}
	m := medians{}
	for b.Loop() {
		for _, c := range calls {
			_, took := w.run(b, c.env, c.program, c.args...)
			m.add(c.name, ms(took))
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, c := range calls {
		b.ReportMetric(m.of(c.name), c.name+"-ms")
	}
	for _, r := range [][2]string{
		{"small", "floor"}, {"small", "library"}, {"small", "whole"}, {"whole", "library"}, {"bus-small", "floor"}, {"bus-small", "bus-library"},
		{"bus-whole", "bus-library"}, {"keyctl-small", "keyctl-library"}, {"secret-service-small", "secret-service-library"},
	} {
		if len(m[r[0]]) > 0 {
			b.ReportMetric(m.of(r[0])/m.of(r[1]), r[0]+"/"+r[1])
		}
	}
	for _, program := range []string{app.SmallProgram, "hatstand"} {
		info, err := os.Stat(filepath.Join(w.bin, program))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, program+"-MB")
	}
	if peak := w.peak(b, app.SmallProgram, "prod"); peak > 0 {
		b.ReportMetric(peak, "small-peak-MiB")
		b.ReportMetric(w.peak(b, "hatstand", "credential-process", "prod"), "whole-peak-MiB")
	}
}

// sessionBus starts a session bus and is the variable that names it; "" where there is no program for it.
func (w *bench) sessionBus(tb testing.TB) string {
	tb.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		tb.Log("no figures with a session bus: apt-get install dbus")
		return ""
	}
	cmd := exec.Command(daemon, "--session", "--nofork", "--print-address=1")
	cmd.Env = w.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed cleans nothing up
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return "DBUS_SESSION_BUS_ADDRESS=" + strings.TrimSpace(address)
}

// secretService starts gnome-keyring on that bus; it is false where that is not installed.
func (w *bench) secretService(tb testing.TB, bus string) bool {
	tb.Helper()
	daemon, err := exec.LookPath("gnome-keyring-daemon")
	if err != nil {
		tb.Log("no figures of the Secret Service: apt-get install gnome-keyring")
		return false
	}
	cmd := exec.Command(daemon, "--unlock", "--components=secrets") // it goes to the background, and ends with the bus
	cmd.Env, cmd.Stdin = append(slices.Clip(w.env), bus), strings.NewReader("benchmark")
	if out, err := cmd.Output(); err != nil {
		tb.Fatalf("%v: %s", err, out)
	}
	for range 100 { // until it has made its collection
		get := exec.Command(filepath.Join(w.bin, "library"), "secret-service")
		get.Env = cmd.Env
		if err = get.Run(); err == nil {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	tb.Fatalf("the Secret Service does not answer: %v", err)
	return false
}

// peak is the median of a program's largest memory, in MiB; 0 where GNU time is not installed.
func (w *bench) peak(tb testing.TB, program string, args ...string) float64 {
	tb.Helper()
	gnuTime, err := exec.LookPath("time")
	if err != nil {
		return 0
	}
	var all []int
	for range 9 {
		file := filepath.Join(tb.TempDir(), "peak")
		cmd := exec.Command(gnuTime, append([]string{"-f", "%M", "-o", file, filepath.Join(w.bin, program)}, args...)...)
		cmd.Env = w.env
		if err := cmd.Run(); err != nil {
			tb.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		kib, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, kib)
	}
	slices.Sort(all)
	return float64(all[len(all)/2]) / 1024
}
