package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestLateTimer(t *testing.T) {
	gone := errors.New("gone")
	ended := func(ctx context.Context) bool {
		select {
		case <-ctx.Done():
			return true
		default:
			return false
		}
	}
	for _, row := range []struct {
		claim string
		does  func(ctx context.Context, parent context.CancelCauseFunc, stop context.CancelFunc)
		err   error
		cause error
	}{
		{"before the deadline it goes on", func(context.Context, context.CancelCauseFunc, context.CancelFunc) { time.Sleep(59 * time.Second) }, nil, nil},
		{"nobody waited until the deadline", func(context.Context, context.CancelCauseFunc, context.CancelFunc) { time.Sleep(time.Minute) }, context.DeadlineExceeded, context.DeadlineExceeded},
		{"somebody waits", func(ctx context.Context, _ context.CancelCauseFunc, _ context.CancelFunc) { <-ctx.Done() }, context.DeadlineExceeded, context.DeadlineExceeded},
		{"somebody waits from later on", func(ctx context.Context, _ context.CancelCauseFunc, _ context.CancelFunc) {
			began := time.Now()
			time.Sleep(50 * time.Second)
			<-ctx.Done()
			if took := time.Since(began); took != time.Minute {
				t.Errorf("it ended after %v", took)
			}
		}, context.DeadlineExceeded, context.DeadlineExceeded},
		{"one made from it has its deadline", func(ctx context.Context, _ context.CancelCauseFunc, _ context.CancelFunc) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			<-ctx.Done()
		}, context.DeadlineExceeded, context.DeadlineExceeded},
		{"the parent ends, unseen", func(_ context.Context, parent context.CancelCauseFunc, _ context.CancelFunc) { parent(gone) }, context.Canceled, gone},
		{"the parent ends, and somebody waits", func(ctx context.Context, parent context.CancelCauseFunc, _ context.CancelFunc) {
			go func() { time.Sleep(time.Second); parent(gone) }()
			<-ctx.Done()
		}, context.Canceled, gone},
		{"it is stopped, unseen", func(_ context.Context, _ context.CancelCauseFunc, stop context.CancelFunc) { stop() }, context.Canceled, context.Canceled},
		{"it is stopped, and somebody waits", func(ctx context.Context, _ context.CancelCauseFunc, stop context.CancelFunc) {
			go func() { time.Sleep(time.Second); stop() }()
			<-ctx.Done()
		}, context.Canceled, context.Canceled},
	} {
		t.Run(row.claim, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				parent, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				ctx, stop := withLateTimer(parent, time.Minute)
				defer stop()
				row.does(ctx, cancel, stop)
				if err := ctx.Err(); err != row.err {
					t.Errorf("Err is %v, want %v", err, row.err)
				}
				if ended(ctx) != (row.err != nil) {
					t.Errorf("Done: %v", ended(ctx))
				}
				if cause := context.Cause(ctx); cause != row.cause {
					t.Errorf("Cause is %v, want %v", cause, row.cause)
				}
			})
		})
	}
}

func TestLateTimerEndsWithItsParent(t *testing.T) {
	parent, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	ctx, stop := withLateTimer(parent, time.Hour)
	defer stop()
	want, _ := parent.Deadline()
	if got, ok := ctx.Deadline(); !ok || !got.Equal(want) {
		t.Errorf("%v, %v, want %v", got, ok, want)
	}
}

// A warm call has one within another, and nobody waits for either.
func TestLateTimerThatNobodyWaitedForStartsNone(t *testing.T) {
	outer, stopOuter := withLateTimer(t.Context(), time.Minute)
	_, stop := withLateTimer(outer, time.Hour)
	stop()
	stopOuter()
	if outer.(*lateTimer).timed != nil {
		t.Error("the outer one was waited for")
	}
}
