//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// BenchmarkPicker is how long a person waits for the list of 10,000 profiles, from the start of the program, and for
// the list after a key. Both are set against the start of the program alone.
func BenchmarkPicker(b *testing.B) {
	w := newBench(b)
	var config strings.Builder
	config.WriteString("[profile me]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n")
	for i := range 10_000 {
		fmt.Fprintf(&config, "\n[profile team-%06d-admin]\nrole_arn = arn:aws:iam::%012d:role/Admin\nsource_profile = me\nregion = eu-west-1\noutput = json\n", i, i)
	}
	if err := os.WriteFile(filepath.Join(w.home, ".aws/config"), []byte(config.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	samples := [3][]time.Duration{}
	for b.Loop() {
		_, start := w.run(b, nil, "hatstand", "version")
		shown, key := pick(b, w)
		for i, d := range []time.Duration{start, shown, key} {
			samples[i] = append(samples[i], d)
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, name := range []string{"version-ms", "shown-ms", "key-ms"} {
		slices.Sort(samples[i])
		b.ReportMetric(float64(samples[i][len(samples[i])/2].Microseconds())/1000, name)
	}
}

// pick starts a choice on a terminal, presses a key, and cancels.
func pick(tb testing.TB, w *bench) (shown, key time.Duration) {
	tb.Helper()
	cmd := exec.Command(filepath.Join(w.bin, "hatstand"), "explain")
	cmd.Env = append(w.env, "TERM=xterm")
	from := time.Now()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		tb.Fatal(err)
	}
	defer terminal.Close()
	var seen bytes.Buffer
	until := func(row string) {
		for buf := make([]byte, 1<<14); !bytes.Contains(seen.Bytes(), []byte(row)); {
			n, err := terminal.Read(buf)
			seen.Write(buf[:n])
			if err != nil {
				tb.Fatalf("%v: %q", err, seen.String())
			}
		}
	}
	until("team-000013-admin") // the last of fifteen
	shown, from = time.Since(from), time.Now()
	if _, err := terminal.WriteString("9"); err != nil {
		tb.Fatal(err)
	}
	until("team-000095-admin")
	key = time.Since(from)
	if _, err := terminal.WriteString("\x03"); err != nil {
		tb.Fatal(err)
	}
	for buf := make([]byte, 1<<14); ; {
		if _, err := terminal.Read(buf); err != nil {
			break
		}
	}
	_ = cmd.Wait()
	return shown, key
}
