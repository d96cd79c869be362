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

// Interruptible returns a context that is cancelled by Ctrl-C, SIGTERM or the closing of the terminal window, so that
// locks are released and the terminal is restored. A program started with nohup survives its terminal. Only Ctrl-C
// counts as the user declining; it declines for other processes that wait for the same prompt too.
func Interruptible(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	release := catch(ctx, cancel)
	return ctx, func() { release(); cancel(nil) }
}

// unnoticed is how long InterruptibleLater waits before it catches signals.
const unnoticed = 250 * time.Millisecond

// InterruptibleLater is Interruptible for work that usually ends before anybody could press Ctrl-C, and that has
// nothing to clean up at first. Until signals are caught they have their default effect: they end the process, unless
// it was started to ignore them. Catching a signal makes the Go runtime start four threads, which is half the cost of
// a process that waits for another one. catchNow catches signals from now on (before a prompt, for example); caught is
// called when that happens. stop returns the cause of the context's cancellation, and accounts for every signal that
// came before it: a command that the user has cancelled must not be started afterwards.
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
