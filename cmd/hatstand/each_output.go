package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"unicode/utf8"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
	"hatstand/profiles"
)

// An output keeps apart what commands print that run at the same time: whole lines, each with its profile
// before it; or, as JSON, a line for each profile, in the list's order.
type output struct {
	mu     sync.Mutex
	stdout io.Writer
	stderr io.Writer
	prefix []string // of a line on stdout, by profile
	faults []string // of a line on stderr
	err    error    // the first of stdout
	failed func()   // called when there is one

	asJSON bool
	kept   []*captured
	next   int // the profile whose line comes next
}

type captured struct {
	stdout, stderr bytes.Buffer
	turn           *turn // once it is done
}

func (a *parts) newOutput(set *profiles.Set, names []string, asJSON bool, failed func()) *output {
	o := &output{stdout: a.Stdout, stderr: a.Stderr, asJSON: asJSON, failed: failed}
	width := 0
	for _, name := range names {
		width = max(width, utf8.RuneCountInString(ui.Plain(name)))
	}
	for _, name := range names {
		p, _ := set.Profile(name)
		text := fmt.Sprintf("%-*s | ", width, ui.Plain(name))
		o.prefix = append(o.prefix, a.ui().Coloured(a.Stdout, p.Get("color").Value, text))
		o.faults = append(o.faults, a.ui().Coloured(a.Stderr, p.Get("color").Value, text))
		o.kept = append(o.kept, &captured{})
	}
	return o
}

// writers are where profile i's command prints; flush is called when it has ended.
func (o *output) writers(i int) (stdout, stderr io.Writer, flush func()) {
	if o.asJSON {
		return &o.kept[i].stdout, &o.kept[i].stderr, func() {}
	}
	out, errs := &lines{o: o, to: o.stdout, prefix: o.prefix[i]}, &lines{o: o, to: o.stderr, prefix: o.faults[i]}
	return out, errs, func() { out.flush(); errs.flush() }
}

// done takes what came of a profile.
func (o *output) done(i int, t *turn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.asJSON {
		if t.err != nil && !errors.Is(t.err, errNotStarted) {
			fmt.Fprintf(o.stderr, "%s%s\n", o.faults[i], ui.Plain(t.err.Error()))
		}
		return
	}
	o.kept[i].turn = t
	for ; o.next < len(o.kept) && o.kept[o.next].turn != nil; o.next++ {
		k := o.kept[o.next]
		k.turn.Stdout, k.turn.Stderr = k.stdout.String(), k.stderr.String()
		if line, err := k.turn.encode(); err == nil {
			_ = o.write(o.stdout, line)
		}
		k.stdout, k.stderr = bytes.Buffer{}, bytes.Buffer{}
	}
}

// say tells on stderr how it went.
func (o *output) say(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	fmt.Fprintf(o.stderr, "hatstand: "+format+"\n", args...)
}

// write is called with mu held.
func (o *output) write(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	if err != nil && w == o.stdout && o.err == nil {
		o.err = err
		o.failed()
	}
	return err
}

// lost is the error of stdout, if there was one. Where its reader went away nothing is said, as of any
// program that SIGPIPE ends.
func (o *output) lost() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if errors.Is(o.err, syscall.EPIPE) {
		return &child.ExitError{Code: 128 + int(syscall.SIGPIPE)}
	}
	return o.err
}

// longestLine is how much of a line is kept before it is printed without its end, in bytes.
const longestLine = 64 << 10

// lines prints whole lines. The command's last one may lack its end.
type lines struct {
	o       *output
	to      io.Writer
	prefix  string
	partial []byte
}

func (l *lines) Write(b []byte) (int, error) {
	n := len(b)
	var out []byte
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			l.partial = append(l.partial, b...)
			if len(l.partial) >= longestLine {
				out = l.line(out, nil)
			}
			break
		}
		out = l.line(out, b[:end])
		b = b[end+1:]
	}
	return n, l.print(out)
}

// line adds the partial line and its rest to what is printed.
func (l *lines) line(out, rest []byte) []byte {
	out = append(append(append(append(out, l.prefix...), l.partial...), rest...), '\n')
	l.partial = l.partial[:0]
	return out
}

func (l *lines) print(out []byte) error {
	if len(out) == 0 {
		return nil
	}
	l.o.mu.Lock()
	defer l.o.mu.Unlock()
	return l.o.write(l.to, out)
}

// flush prints a last line that has no end.
func (l *lines) flush() {
	if len(l.partial) > 0 {
		_ = l.print(l.line(nil, nil))
	}
}
