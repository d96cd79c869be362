package run

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

// An output keeps apart what commands print that run at the same time: whole lines, each with its profile before it;
// or, as JSON, a line for each profile, in the list's order.
type output struct {
	mu             sync.Mutex
	stdout, stderr io.Writer
	profiles       []profileOutput // in the list's order
	firstErr       error           // of stdout
	onError        func()          // called when there is one

	asJSON bool
	next   int // the profile whose line of JSON is printed next
}

// A profileOutput is what is printed of one profile.
type profileOutput struct {
	prefix, errPrefix string         // of a line on stdout, and on stderr
	out, errs         bytes.Buffer   // for JSON
	result            *profileResult // for JSON, once the command has ended
}

func newOutput(s ui.Streams, set *profiles.Set, names []string, asJSON bool, onError func()) *output {
	o := &output{stdout: s.Out, stderr: s.Err, asJSON: asJSON, onError: onError}
	o.profiles = make([]profileOutput, len(names))
	width := 0
	for _, name := range names {
		width = max(width, utf8.RuneCountInString(ui.Plain(name)))
	}
	for i, name := range names {
		p, _ := set.Profile(name)
		text, colour := fmt.Sprintf("%-*s | ", width, ui.Plain(name)), p.Get("color").Value
		o.profiles[i].prefix = s.Coloured(s.Out, colour, text)
		o.profiles[i].errPrefix = s.Coloured(s.Err, colour, text)
	}
	return o
}

// writers are where profile i's command prints. Call flush when it has ended.
func (o *output) writers(i int) (stdout, stderr io.Writer, flush func()) {
	p := &o.profiles[i]
	if o.asJSON {
		return &p.out, &p.errs, func() {}
	}
	out, errs := &lineWriter{o: o, to: o.stdout, prefix: p.prefix}, &lineWriter{o: o, to: o.stderr, prefix: p.errPrefix}
	return out, errs, func() { out.flush(); errs.flush() }
}

// done prints the outcome for a profile.
func (o *output) done(i int, r *profileResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.asJSON {
		if r.err != nil && !errors.Is(r.err, errNotStarted) {
			fmt.Fprintf(o.stderr, "%s%s\n", o.profiles[i].errPrefix, ui.Plain(r.err.Error()))
		}
		return
	}
	o.profiles[i].result = r
	for ; o.next < len(o.profiles) && o.profiles[o.next].result != nil; o.next++ {
		p := &o.profiles[o.next]
		p.result.Stdout, p.result.Stderr = p.out.String(), p.errs.String()
		if line, err := p.result.line(); err == nil {
			_ = o.write(o.stdout, line)
		}
		p.out, p.errs = bytes.Buffer{}, bytes.Buffer{} // lets the memory go
	}
}

// summary says on stderr how it went.
func (o *output) summary(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	fmt.Fprintf(o.stderr, "hatstand: "+format+"\n", args...)
}

// write is called with mu held.
func (o *output) write(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	if err != nil && w == o.stdout && o.firstErr == nil {
		o.firstErr = err
		o.onError()
	}
	return err
}

// stdoutError returns the first error of stdout. If the reader went away there is no message, and the exit code of a
// program that SIGPIPE ended.
func (o *output) stdoutError() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if errors.Is(o.firstErr, syscall.EPIPE) {
		return &child.ExitError{Code: 128 + int(syscall.SIGPIPE)}
	}
	return o.firstErr
}

// longestLine is how many bytes of a line are held back until its end comes.
const longestLine = 64 << 10

// A lineWriter prints whole lines. The command's last one may lack its end.
type lineWriter struct {
	o       *output
	to      io.Writer
	prefix  string
	partial []byte
}

func (l *lineWriter) Write(b []byte) (int, error) {
	n := len(b)
	var out []byte
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			l.partial = append(l.partial, b...)
			if len(l.partial) >= longestLine {
				out = l.appendLine(out, nil)
			}
			break
		}
		out = l.appendLine(out, b[:end])
		b = b[end+1:]
	}
	return n, l.print(out)
}

// appendLine appends the partial line and its rest to out.
func (l *lineWriter) appendLine(out, rest []byte) []byte {
	out = append(append(append(append(out, l.prefix...), l.partial...), rest...), '\n')
	l.partial = l.partial[:0]
	return out
}

func (l *lineWriter) print(out []byte) error {
	if len(out) == 0 {
		return nil
	}
	l.o.mu.Lock()
	defer l.o.mu.Unlock()
	return l.o.write(l.to, out)
}

// flush prints a last line that has no end.
func (l *lineWriter) flush() {
	if len(l.partial) > 0 {
		_ = l.print(l.appendLine(nil, nil))
	}
}
