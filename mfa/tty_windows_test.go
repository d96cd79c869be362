package mfa

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestALineThatNobodyTypesHoldsNothingUp: the prompt's time is up, and nobody presses Enter.
func TestALineThatNobodyTypesHoldsNothingUp(t *testing.T) {
	tty, err := OpenTTY()
	if errors.Is(err, ErrNoTerminal) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	// Time for the read to begin: on a machine that takes longer, the test shows less.
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := tty.readLine(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("readLine: %v", err)
	}
	if err := tty.Close(); err != nil { // it must return
		t.Error(err)
	}
}
