package provider

import (
	"context"
	"fmt"
	"time"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/awsclient"
)

// Calls is how calls to AWS are made with an HTTP client.
func (a *Provider) Calls(client awsclient.HTTPClient) awsclient.Config {
	return a.callsUnder(client, prompt.Normal)
}

// callsUnder makes a client's settings for a prompt policy. Under Never, it does not report retries on the terminal.
func (a *Provider) callsUnder(client awsclient.HTTPClient, policy prompt.Policy) awsclient.Config {
	c := awsclient.Config{HTTP: client, Now: a.world.Now, Try: a.world.CallLimit, Call: a.world.CallLimit}
	if policy != prompt.Never {
		c.OnRetry = a.sayRetrying
	}
	return c
}

// silentRetries is how long a call is retried before the user sees why.
const silentRetries = 2 * time.Second

// sayRetrying says on the terminal why a call takes long, each reason once.
func (a *Provider) sayRetrying(ctx context.Context, r awsclient.Retry) {
	if r.Elapsed+r.Wait < silentRetries {
		return
	}
	refused, reason := awsclient.Explain(r.Err, "AWS", a.world.Now())
	text := refused.Code
	if reason != nil {
		text = reason.Error()
	}
	if _, said := a.retries.LoadOrStore(text, true); said {
		return
	}
	if tty, err := a.prompts.OpenTerminal(); err == nil {
		defer tty.Close()
		fmt.Fprintf(tty, "\nhatstand: %s; trying again\n", ui.Plain(text))
	}
}
