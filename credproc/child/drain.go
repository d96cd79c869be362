package child

import (
	"io"
	"os"
	"sync/atomic"
	"time"
)

// A drain reads what a command prints, as slowly as its reader takes it.
type drain struct {
	r     *os.File
	to    io.Writer
	ended atomic.Pointer[time.Time] // when the command ended
	done  chan struct{}
}

const (
	// lastWords is how long a drain waits for more from what a command left running when it ended.
	lastWords = 2 * time.Second
	// heldByPipe is the most bytes that a pipe holds (/proc/sys/fs/pipe-max-size): what a command had still printed
	// when it ended is among them.
	heldByPipe = 1 << 20
)

// newDrain returns the file that the command prints to; close it once the command has started.
func newDrain(to io.Writer) (*drain, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	return &drain{r: r, to: to, done: make(chan struct{})}, w, nil
}

// run copies the output to its end, or until the reader has closed: the command then gets SIGPIPE, as in a pipeline. Of
// the time after the command's end, only the waits for more output count, not the time that the reader takes: the
// command wrote what is in the pipe, and a slow reader must get all of it.
func (d *drain) run() {
	defer close(d.done)
	defer d.r.Close()
	b := make([]byte, 32<<10)
	waits, late := lastWords, 0
	for {
		ended := d.ended.Load()
		began := time.Now()
		if ended != nil {
			if waits <= 0 || late > heldByPipe && began.Sub(*ended) > lastWords {
				return
			}
			_ = d.r.SetReadDeadline(began.Add(waits))
		}
		n, err := d.r.Read(b)
		if ended != nil {
			waits -= time.Since(began)
			late += n
		}
		if n > 0 {
			if _, err := d.to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// end is called when the command has ended; done is closed when its output has been taken.
func (d *drain) end() {
	now := time.Now()
	d.ended.Store(&now)
	if err := d.r.SetReadDeadline(now.Add(lastWords)); err != nil { // as on Windows
		time.AfterFunc(lastWords, func() { d.r.Close() })
	}
}
