package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hatstand/credproc/awstest"

	"hatstand/cmd/internal/app"
)

// A bench is a home with a key, a session and the programs to compare, all built alike.
type bench struct {
	env  []string
	home string
	bin  string
	item []string // base and hash of the warm item
	key  []string // the variables that keys add reads
}

// newBench builds the programs and warms profile prod.
func newBench(tb testing.TB) *bench {
	tb.Helper()
	b := &bench{home: tb.TempDir(), bin: tb.TempDir()}
	for _, p := range []string{".", "../" + app.SmallProgram, "./testdata/programs/hello", "./testdata/programs/floor", "./testdata/programs/library"} {
		name := filepath.Base(p)
		if p == "." {
			name = "hatstand"
		}
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(b.bin, name), p)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			tb.Fatalf("%s: %v\n%s", p, err, out)
		}
	}
	aws, err := awstest.Start(awstest.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { aws.Close() })
	alice := aws.AddUser("111111111111", "alice")
	key := alice.AddKey()
	const role = "arn:aws:iam::222222222222:role/Admin"
	aws.AddRole(role, awstest.Role{Trust: []awstest.Trust{{Principal: alice.ARN}}})
	write := func(path, text string) {
		path = filepath.Join(b.home, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	write(".aws/config", "[profile me]\n\n[profile prod]\nregion = eu-west-1\nrole_arn = "+role+"\nsource_profile = me\n")
	write("run/.keep", "")
	b.env = []string{
		"HOME=" + b.home, "XDG_RUNTIME_DIR=" + filepath.Join(b.home, "run"), "PATH=/usr/bin:/bin",
		"HATSTAND_BACKEND=file", "HATSTAND_FILE_PASSPHRASE=benchmark", "AWS_ENDPOINT_URL_STS=" + aws.URL,
	}
	b.key = []string{"AWS_ACCESS_KEY_ID=" + key.ID, "AWS_SECRET_ACCESS_KEY=" + key.Secret}
	b.run(tb, b.key, "hatstand", "keys", "add", "me", "--from-env")
	b.run(tb, nil, "hatstand", "credential-process", "prod")
	tb.Cleanup(func() { b.run(tb, nil, "hatstand", "lock") })

	items, err := filepath.Glob(filepath.Join(b.home, ".local/share/hatstand/keyring/session~*"))
	if err != nil || len(items) != 1 {
		tb.Fatalf("the store holds %v, want one session", items)
	}
	name := filepath.Base(items[0])
	name = name[:len(name)-len(filepath.Ext(name))]
	parts := bytes.Split([]byte(name), []byte("~"))
	b.item = []string{string(parts[1]), string(parts[2])}
	return b
}

// run runs one of the programs and returns how long it took.
func (b *bench) run(tb testing.TB, env []string, program string, args ...string) (string, time.Duration) {
	var out, errs bytes.Buffer
	cmd := exec.Command(filepath.Join(b.bin, program), args...)
	cmd.Env = append(slices.Clip(b.env), env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	if err != nil || errs.Len() > 0 {
		tb.Fatalf("%s %v: %v\n%s", program, args, err, errs.String())
	}
	return out.String(), took
}

// BenchmarkWarm compares a warm credential-process with the floor: whole processes, interleaved, in one
// run. Figures are medians.
func BenchmarkWarm(b *testing.B) {
	if testing.Short() {
		b.Skip("builds programs")
	}
	w := newBench(b)
	data, state := filepath.Join(w.home, ".local/share/hatstand"), filepath.Join(w.home, ".local/state/hatstand")
	programs := []struct {
		name string
		args []string
	}{
		{"hello", nil},
		{"floor", append([]string{data, state}, w.item...)},
		{"library", []string{filepath.Join(w.home, "library")}},
		{"hatstand", []string{"credential-process", "prod"}},
	}
	times := make([][]float64, len(programs))
	for b.Loop() {
		for i, p := range programs {
			_, took := w.run(b, nil, p.name, p.args...)
			times[i] = append(times[i], float64(took.Microseconds())/1000)
		}
	}
	median := func(i int) float64 {
		slices.Sort(times[i])
		return times[i][len(times[i])/2]
	}
	b.ReportMetric(0, "ns/op")
	for i, p := range programs {
		b.ReportMetric(median(i), p.name+"-ms")
	}
	b.ReportMetric(median(3)/median(1), "warm/floor")
	b.ReportMetric(median(3)/median(2), "warm/library")
}
