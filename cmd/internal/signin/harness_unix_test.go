//go:build unix

package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/credproc/grant"
	"hatstand/mfa"
	"hatstand/profiles"
)

// patience is how long a test waits for what must come; it is no measure of anything.
const patience = 30 * time.Second

// A terminal has to be that of a process: these tests run this binary again, which is told what to do by a variable.
const (
	jobVariable     = "SIGNIN_TEST_JOB"
	browserVariable = "SIGNIN_TEST_BROWSER"
)

func TestMain(m *testing.M) {
	if to := os.Getenv(browserVariable); to != "" {
		browse(to, os.Args[len(os.Args)-1])
		os.Exit(0)
	}
	if text := os.Getenv(jobVariable); text != "" {
		var j job
		if err := json.Unmarshal([]byte(text), &j); err != nil {
			panic(err)
		}
		j.do()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// browse is a browser: it goes to an address, and writes where it is sent from there, and its command line, to a file.
func browse(file, address string) {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answer.Body.Close()
	seen := strings.Join(os.Args[1:], " ") + "\n" + answer.Header.Get("Location") + "\n"
	if os.WriteFile(file+".part", []byte(seen), 0o600) != nil || os.Rename(file+".part", file) != nil {
		os.Exit(1)
	}
}

// A job is what a child does: it calls one method.
type job struct {
	Method  string // "way", "show", "open"
	Config  string
	Options Options
	Grant   profiles.Grant
	Auth    sent
	URL     string
	Limit   time.Duration // of the context
	Never   bool
	Twice   bool // the method is called once more, and the second result counts
}

// sent is what is shown of an authorization, which as a whole does not print itself.
type sent struct {
	UserCode, URL, CompleteURL string
	WindowOpened               time.Time
}

func (s sent) authorization() grant.Authorization {
	return grant.Authorization{
		DeviceCode: "VERY-SECRET", UserCode: s.UserCode, URL: s.URL, CompleteURL: s.CompleteURL, WindowOpened: s.WindowOpened,
		Interval: 5 * time.Second,
	}
}

// A result is what a child tells.
type result struct {
	Flow, Why string
	Opened    bool
	Err       string
	Nobody    bool // the error wraps grant.ErrNobody
	Exit      int
	Hints     []string
	Log       string
}

// do calls the method and tells its result. Standard input is what the child may do next: its end has it call Done.
func (j job) do() {
	w := app.World{
		Getenv: os.Getenv, Environ: os.Environ, Terminal: mfa.OpenTTY, Now: time.Now, After: time.After, GOOS: runtime.GOOS,
		ReadFile: func(path string) ([]byte, error) {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
	var log bytes.Buffer
	settings := app.NewSettings(w)
	p := &Person{
		World: w, Settings: settings, Options: j.Options,
		Prompts: &prompt.Prompts{World: w, Settings: settings, Locks: app.NewLockFolder(w, settings)},
		Log:     slog.New(slog.NewTextHandler(&log, nil)),
	}
	ctx, stop := app.Interruptible(context.Background())
	defer stop()
	if j.Never {
		ctx = prompt.With(ctx, prompt.Never)
	}
	if j.Limit != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, j.Limit)
		defer cancel()
	}
	r, shown := j.call(ctx, p)
	if j.Twice {
		shown.Done()
		r, shown = j.call(ctx, p)
	}
	r.Log = log.String()
	tell(r)
	if shown.Done == nil {
		return
	}
	over := make(chan struct{})
	go func() { io.Copy(io.Discard, os.Stdin); close(over) }()
	select {
	case <-shown.Cancelled:
		tell("cancelled")
	case <-over:
	case <-ctx.Done():
		tell(context.Cause(ctx).Error())
	}
	shown.Done()
	shown.Done()
	tell("done")
}

func (j job) call(ctx context.Context, p *Person) (r result, shown grant.Shown) {
	var err error
	switch j.Method {
	case "way":
		var flow grant.Flow
		flow, r.Why, err = p.Way(ctx, j.Grant)
		r.Flow = string(flow)
	case "show":
		shown, err = p.Show(ctx, j.Grant, j.Auth.authorization())
		r.Opened = shown.Opened
	case "open":
		err = p.Open(ctx, j.Grant, j.URL)
	}
	if err != nil {
		r.Err, r.Nobody = err.Error(), errors.Is(err, grant.ErrNobody)
		r.Exit, r.Hints = advice.For(err)
	}
	return r, shown
}

func tell(v any) {
	if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
		panic(err)
	}
}

// A child is one that does a job.
type child struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	stdin  io.Closer
	told   *json.Decoder
	master *os.File // nil: it has no terminal

	mu    sync.Mutex
	drawn bytes.Buffer
	errs  bytes.Buffer
}

// A place is where a child runs.
type place struct {
	terminal bool
	held     bool // the terminal's output, as by Ctrl-S
	env      []string
	scripts  map[string]string // programs on its PATH
}

// start starts a child. %BROWSER% in the job's config is the command of a browser that writes to the file "browsed".
func start(t *testing.T, at place, j job) *child {
	t.Helper()
	c := &child{t: t, dir: t.TempDir()}
	bin := filepath.Join(c.dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	scripts := map[string]string{"browser": browserVariable + "='" + c.dir + "/browsed' exec '" + self + "' \"$@\""}
	for name, script := range at.scripts {
		scripts[name] = strings.ReplaceAll(script, "%DIR%", c.dir)
	}
	for name, script := range scripts {
		// A process that another test starts now would have the file open for writing until it has become its program,
		// and what is written to cannot be run.
		syscall.ForkLock.RLock()
		err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\nPATH=/usr/bin:/bin\n"+script+"\n"), 0o700)
		syscall.ForkLock.RUnlock()
		if err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(c.dir, "config")
	if err := os.WriteFile(config, []byte(strings.ReplaceAll(j.Config, "%BROWSER%", bin+"/browser")), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	c.cmd = exec.Command(self)
	c.cmd.Env = append([]string{
		"PATH=" + bin, "HOME=" + c.dir, "AWS_CONFIG_FILE=" + config, "XDG_RUNTIME_DIR=" + c.dir, "LC_ALL=C.UTF-8",
		"TERM=xterm-256color", jobVariable + "=" + string(text),
	}, at.env...)
	c.cmd.Stderr = &c.errs
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.told = json.NewDecoder(out)
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if at.terminal {
		c.openTerminal(at.held)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	alarm := time.AfterFunc(patience, func() { _ = c.cmd.Process.Kill() })
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
		alarm.Stop()
		if c.errs.Len() > 0 {
			t.Errorf("the child wrote to standard error: %s", c.errs.String())
		}
	})
	return c
}

func (c *child) openTerminal(held bool) {
	c.t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 60, Cols: 120}); err != nil {
		c.t.Fatal(err)
	}
	c.master = master
	if held {
		if _, err := master.WriteString("\x13"); err != nil {
			c.t.Fatal(err)
		}
	}
	c.cmd.ExtraFiles = []*os.File{slave}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			c.mu.Lock()
			c.drawn.Write(buf[:n])
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	c.t.Cleanup(func() { // before the child's own, which is registered later: a read fails when the last end is closed
		slave.Close()
		<-read
		master.Close()
	})
}

// gets is the child's result.
func (c *child) gets() (r result) {
	c.t.Helper()
	if err := c.told.Decode(&r); err != nil {
		c.t.Fatalf("no result: %v; the terminal shows %q; %s", err, c.screen(), c.errs.String())
	}
	return r
}

// tells waits for the next word of the child.
func (c *child) tells(want string) {
	c.t.Helper()
	var got string
	if err := c.told.Decode(&got); err != nil || got != want {
		c.t.Fatalf("the child tells %q, %v; want %q", got, err, want)
	}
}

// done has the child call Done, and waits for it.
func (c *child) done() {
	c.t.Helper()
	c.stdin.Close()
	c.tells("done")
}

func (c *child) screen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.ReplaceAll(c.drawn.String(), "\r\n", "\n")
}

// sees waits until the terminal shows a text, and nothing else.
func (c *child) sees(want string) {
	c.t.Helper()
	for end := time.Now().Add(patience); c.screen() != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("the terminal shows\n%q, want\n%q", c.screen(), want)
		}
	}
}

// seesEnd waits until the terminal shows a text that ends like this, and returns it whole.
func (c *child) seesEnd(end string) string {
	c.t.Helper()
	for late := time.Now().Add(patience); !strings.HasSuffix(c.screen(), end); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(late) {
			c.t.Fatalf("the terminal shows\n%q, whose end is to be\n%q", c.screen(), end)
		}
	}
	return c.screen()
}

// file waits for a file that a program of the child's writes.
func (c *child) file(name string) string {
	c.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		b, err := os.ReadFile(filepath.Join(c.dir, name))
		if err == nil {
			return string(b)
		}
		if time.Now().After(end) {
			c.t.Fatal(err)
		}
	}
}

// absent fails if a file is there.
func (c *child) absent(name string) {
	c.t.Helper()
	if b, err := os.ReadFile(filepath.Join(c.dir, name)); err == nil {
		c.t.Errorf("%s: %s", name, b)
	}
}
