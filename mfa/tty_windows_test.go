package mfa

import (
	"context"
	"errors"
	"testing"
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
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tty.readLine(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("readLine: %v", err)
	}
	if err := tty.Close(); err != nil { // it must return
		t.Error(err)
	}
}
