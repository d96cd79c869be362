package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"hatstand/mfa"
)

// Interruptible gives a context that Ctrl-C, a polite kill and the closing of the terminal's window
// end, so that locks are let go and the terminal is put right. What was started to outlive its terminal
// (nohup) does. Ctrl-C alone is a person's no, which others who wait are told.
func Interruptible(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	release := catch(ctx, cancel)
	return ctx, func() { release(); cancel(nil) }
}

// unnoticed is how long work goes on before signals are caught for it.
const unnoticed = 250 * time.Millisecond

// InterruptibleLater is Interruptible for work that is mostly over before anybody could press Ctrl-C, and that has
// nothing to put right at first. Until signals are caught they do what they do before main: end the process, unless
// it was started to ignore them. To catch any has the Go runtime start four threads, which is half of what a process
// costs that waits for another one. catchNow catches them from now on, for when a person is asked, say; caught is
// told when that is. stop gives the cause of the context's end, and knows of every signal that came before it: a
// command that is started after it must not be one that was called off.
func InterruptibleLater(ctx context.Context, caught func()) (_ context.Context, catchNow func(), stop func() error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var (
		mu      sync.Mutex
		done    bool // caught already, or over
		release = func() {}
	)
	catchNow = func() {
		mu.Lock()
		defer mu.Unlock()
		if !done {
			done, release = true, catch(ctx, cancel)
			caught()
		}
	}
	later := time.AfterFunc(unnoticed, catchNow)
	return ctx, catchNow, func() error {
		later.Stop()
		mu.Lock()
		defer mu.Unlock()
		done = true
		release()
		cause := context.Cause(ctx)
		cancel(nil)
		return cause
	}
}

// catch has signals end the context until release is called. A signal that came before that has ended the context
// when release returns.
func catch(ctx context.Context, cancel context.CancelCauseFunc) (release func()) {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(ch, syscall.SIGHUP)
	}
	end := func(sig os.Signal) {
		if sig == os.Interrupt {
			cancel(ErrInterrupted)
		} else {
			cancel(ErrTerminated)
		}
	}
	released, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		select {
		case sig := <-ch:
			end(sig)
		case <-ctx.Done():
		case <-released:
			select {
			case sig := <-ch:
				end(sig)
			default:
			}
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(ch) // waits for signals that are being delivered
		close(released)
		<-over
	})
}

var (
	// ErrInterrupted is the cause of a context that a signal ended.
	ErrInterrupted = errors.New("interrupted")
	// ErrTerminated is an interruption that says nothing about a prompt: the next who waits may ask.
	ErrTerminated = fmt.Errorf("terminated: %w: %w", ErrInterrupted, mfa.ErrGone)
)
