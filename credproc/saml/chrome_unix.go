//go:build unix

package saml

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"hatstand/credproc/internal/text"
)

// closing is how long a browser may take to close its windows before it is killed.
const closing = 5 * time.Second

// A running browser, with the ends of its pipes.
type running struct {
	cmd      *exec.Cmd
	to, from *os.File
	said     *lastLine
}

// start starts the browser with an empty page, apart from this process's terminal.
func (c Chrome) start() (*running, error) {
	reads, to, err := os.Pipe()
	if err != nil {
		return nil, browserFault(err)
	}
	from, writes, err := os.Pipe()
	if err != nil {
		return nil, browserFault(errors.Join(err, reads.Close(), to.Close()))
	}
	r := &running{to: to, from: from, said: &lastLine{}}
	args := append(c.Command[1:len(c.Command):len(c.Command)], "--user-data-dir="+c.Folder, "--remote-debugging-pipe",
		"--no-first-run", "--no-default-browser-check", "--disable-background-mode", "about:blank")
	r.cmd = exec.Command(c.Command[0], args...)
	r.cmd.Env, r.cmd.Stderr, r.cmd.WaitDelay = c.Env, r.said, closing
	r.cmd.ExtraFiles = []*os.File{reads, writes} // 3 and 4, where the browser looks for them
	// A session of its own gets no Ctrl-C from this one's terminal: this process closes it.
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = r.cmd.Start()
	_, _ = reads.Close(), writes.Close()
	if err != nil {
		_, _ = to.Close(), from.Close()
		if inside, ok := errors.AsType[*fs.PathError](err); ok {
			err = inside.Err
		}
		return nil, &Error{Kind: BrowserFailed, Subject: c.Command[0], Err: err,
			Reason: "the browser cannot be started: " + err.Error()}
	}
	return r, nil
}

// end waits until the browser has ended, and kills it if that takes long. It returns what it said last.
func (r *running) end() string {
	kill := time.AfterFunc(closing, func() { _ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) })
	defer kill.Stop()
	_ = r.to.Close()
	_ = r.cmd.Wait()
	_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) // what it left behind has its folder
	_ = r.from.Close()
	return r.said.String()
}

// A lastLine keeps the last line of what is written to it.
type lastLine struct {
	mu sync.Mutex
	b  []byte
}

func (l *lastLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	l.b = l.b[max(0, len(l.b)-4096):]
	return len(p), nil
}

func (l *lastLine) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(l.b)), "\n")
	words := []rune(strings.TrimSpace(text.OneLine(strings.ToValidUTF8(lines[len(lines)-1], ""))))
	return string(words[:min(len(words), maxMessage)])
}
