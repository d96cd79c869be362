package main

import (
	"context"
	"fmt"
	"time"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc/awsclient"
)

// calls is what calls to AWS are made with.
func (a *parts) calls(client awsclient.HTTPClient) awsclient.Config {
	return awsclient.Config{HTTP: client, Now: a.Now, OnRetry: a.sayRetrying}
}

// patienceForSilence is how long a call is waited for before a person hears why.
const patienceForSilence = 2 * time.Second

// sayRetrying says on the terminal that a call takes long, and why: each reason once.
func (a *parts) sayRetrying(ctx context.Context, r awsclient.Retry) {
	if a.unasked || quiet(ctx) || r.Elapsed+r.Wait < patienceForSilence {
		return
	}
	refused, reason := awsclient.Explain(r.Err, "AWS", a.Now())
	text := refused.Code
	if reason != nil {
		text = reason.Error()
	}
	if _, said := a.retries.LoadOrStore(text, true); said {
		return
	}
	if tty, err := a.Terminal(); err == nil {
		defer tty.Close()
		fmt.Fprintf(tty, "\nhatstand: %s; trying again\n", ui.Plain(text))
	}
}
