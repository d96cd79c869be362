//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"hatstand/credproc/awstest"

	"hatstand/cmd/internal/app"
)

// A stampede is many processes that were started at once.
type stampede struct {
	took    time.Duration // from the first start to the last end
	memory  int64         // KiB: what each held at its peak, added up, which is the most that all can have held
	largest int64         // KiB: the peak of the largest
}

// startAll starts n processes as fast as it can and holds each to success; check looks at each one's stdout.
func startAll(tb testing.TB, env []string, n int, check func(i int, out []byte), args func(i int) []string) stampede {
	tb.Helper()
	type one struct {
		cmd       *exec.Cmd
		out, errs bytes.Buffer
	}
	all := make([]*one, n)
	for i := range all {
		a := args(i)
		p := &one{cmd: exec.Command(a[0], a[1:]...)}
		p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, &p.out, &p.errs
		all[i] = p
	}
	began := time.Now()
	for _, p := range all {
		if err := p.cmd.Start(); err != nil {
			tb.Fatal(err)
		}
	}
	for i, p := range all {
		if err := p.cmd.Wait(); err != nil || p.errs.Len() > 0 {
			tb.Errorf("process %d of %d: %v: %s", i, n, err, p.errs.String())
		}
	}
	s := stampede{took: time.Since(began)}
	for i, p := range all {
		check(i, p.out.Bytes())
		peak := p.cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
		s.memory += peak
		s.largest = max(s.largest, peak)
	}
	return s
}

// medians are those of figures by name, reported as metrics.
type medians map[string][]float64

func (m medians) add(name string, value float64) { m[name] = append(m[name], value) }

func (m medians) of(name string) float64 {
	slices.Sort(m[name])
	return m[name][len(m[name])/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkHerdCold has a hundred processes want ten roles of one base at once with nothing kept, and one process
// one. A device gives one code in half a minute, so that each has a machine of its own.
//
// The hundred may take three times what the one does and the start of a hundred processes: under 1 is within that.
// A start is one of hatstand version, which reads nothing. The same hundred once more, now that all is kept, tell what
// of the rest is the processes' own work, and what is the waiting for each other. A third hundred, with nothing cached
// again, starts the small program.
func BenchmarkHerdCold(b *testing.B) {
	if testing.Short() {
		b.Skip("builds programs")
	}
	const n, profiles = 100, 10
	bin := filepath.Join(newBench(b).bin, "hatstand")
	m := medians{}
	fresh := func() *herd {
		h := newHerd(b, bin, profiles)
		h.storeSeeds()
		h.aws.Reset()
		return h.with("HATSTAND_LOG=")
	}
	wears := func(h *herd) func(int) []string {
		return func(i int) []string { return []string{bin, "credential-process", fmt.Sprint("p", i%profiles)} }
	}
	for b.Loop() {
		h := fresh()
		one := startAll(b, h.env, 1, func(int, []byte) {}, wears(h))
		h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1})

		starts := startAll(b, h.env, n, func(int, []byte) {}, func(int) []string { return []string{bin, "version"} })

		h = fresh()
		docs := make([]string, n)
		all := startAll(b, h.env, n, func(i int, out []byte) { docs[i] = string(out) }, wears(h))
		issued := h.issued()
		for i, doc := range docs {
			if f := h.fault(fmt.Sprint("p", i%profiles), doc, "", issued); f != "" {
				b.Error(f)
			}
		}
		h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": profiles})

		warm := startAll(b, h.env, n, func(i int, out []byte) {
			if string(out) != docs[i] {
				b.Errorf("process %d: %q", i, out)
			}
		}, wears(h))

		h = fresh()
		small := startAll(b, h.env, n, func(i int, out []byte) { docs[i] = string(out) }, func(i int) []string {
			return []string{filepath.Join(filepath.Dir(bin), app.SmallProgram), fmt.Sprint("p", i%profiles)}
		})
		issued = h.issued()
		for i, doc := range docs {
			if f := h.fault(fmt.Sprint("p", i%profiles), doc, "", issued); f != "" {
				b.Error(f)
			}
		}
		h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": profiles})

		m.add("small", ms(small.took))
		m.add("one", ms(one.took))
		m.add("warm", ms(warm.took))
		m.add("starts", ms(starts.took))
		m.add("all", ms(all.took))
		m.add("bound", ms(all.took)/(3*ms(one.took)+ms(starts.took)))
		m.add("waiting", ms(all.took)/(3*ms(one.took)+ms(warm.took)))
		m.add("memory", float64(all.memory)/1024)
		m.add("largest", float64(all.largest)/1024)
		m.add("calls", float64(len(h.aws.Calls())))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(m.of("one"), "one-ms")
	b.ReportMetric(m.of("starts"), "100-starts-ms")
	b.ReportMetric(m.of("all"), "100-cold-ms")
	b.ReportMetric(m.of("small"), "100-cold-small-ms")
	b.ReportMetric(m.of("warm"), "100-warm-ms")
	b.ReportMetric(m.of("bound"), "cold/(3*one+starts)")
	b.ReportMetric(m.of("waiting"), "cold/(3*one+warm)")
	b.ReportMetric(m.of("memory"), "MiB-in-all")
	b.ReportMetric(m.of("largest"), "MiB-largest")
	b.ReportMetric(m.of("calls"), "calls")
}

// BenchmarkHerdWarm starts a thousand warm calls at once, and the floor program a thousand times, in turn.
func BenchmarkHerdWarm(b *testing.B) {
	if testing.Short() {
		b.Skip("builds programs")
	}
	const n = 1000
	w := newBench(b)
	floor := []string{filepath.Join(w.bin, "floor"), filepath.Join(w.home, ".local/share/hatstand"), filepath.Join(w.home, ".local/state/hatstand"), w.item[0], w.item[1]}
	hat := []string{filepath.Join(w.bin, "hatstand-credential-process"), "prod"}
	first, _ := w.run(b, nil, "hatstand-credential-process", hat[1:]...)
	var d document
	if err := json.Unmarshal([]byte(first), &d); err != nil {
		b.Fatal(err)
	}
	m := medians{}
	for b.Loop() {
		least := startAll(b, w.env, n, func(i int, out []byte) {
			if string(out) != d.AccessKeyId+"\n" {
				b.Errorf("floor %d: %q", i, out)
			}
		}, func(int) []string { return floor })
		warm := startAll(b, w.env, n, func(i int, out []byte) {
			if string(out) != first {
				b.Errorf("hatstand %d: %q", i, out)
			}
		}, func(int) []string { return hat })
		m.add("floor", n/least.took.Seconds())
		m.add("warm", n/warm.took.Seconds())
		m.add("ratio", warm.took.Seconds()/least.took.Seconds())
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(m.of("floor"), "floor/s")
	b.ReportMetric(m.of("warm"), "warm/s")
	b.ReportMetric(m.of("ratio"), "warm/floor")
}

// BenchmarkLoginMany signs in to ten roles with nothing kept, at an AWS that takes 200 ms for each call: trips is how
// many of those pass, and eleven calls one after the other would be eleven.
func BenchmarkLoginMany(b *testing.B) {
	if testing.Short() {
		b.Skip("builds programs")
	}
	const roles, latency = 10, 200 * time.Millisecond
	bin := filepath.Join(newBench(b).bin, "hatstand")
	args := []string{bin, "login"}
	for i := range roles {
		args = append(args, fmt.Sprint("p", i))
	}
	m := medians{}
	for b.Loop() {
		h := newHerd(b, bin, roles)
		h.storeSeeds()
		h.aws.Reset()
		h.aws.Fault(awstest.Fault{Times: -1, Latency: latency})
		login := startAll(b, h.with("HATSTAND_LOG=").env, 1, func(_ int, out []byte) {
			if got := bytes.Count(out, []byte("\n")); got != roles {
				b.Errorf("login said %q", out)
			}
		}, func(int) []string { return args })
		h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": roles})
		m.add("login", ms(login.took))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(m.of("login"), "login-ms")
	b.ReportMetric(m.of("login")/ms(latency), "trips")
}
