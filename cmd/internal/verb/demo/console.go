package demo

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"time"

	"golang.org/x/term"

	"hatstand/mfa"
)

// console ends the tour in the console of the demo's AWS, which is there as long as the demo is.
func (d *demo) console(ctx context.Context) error {
	d.title("Sign in to the console as the role")
	args := []string{"console", "prod", "--print"}
	d.say("  $ hatstand %s\n", shown(args))
	var out bytes.Buffer
	if err := d.command(ctx, nil, &out, d.self, args...); err != nil {
		return err
	}
	d.say("%s", indent(out.String()))
	address := strings.TrimSpace(out.String())
	if d.terminal && term.IsTerminal(int(d.world.Stdin.Fd())) {
		d.say("\n  It works once, in a browser on this machine. Enter ends the demo.\n")
		if err := d.enter(ctx); err != nil {
			return err
		}
	} else {
		d.say("  (there is no terminal here, so the demo opens it itself)\n")
		page, err := opened(ctx, address)
		if err != nil {
			return fmt.Errorf("the console could not be opened: %w", err)
		}
		d.say("  The page says: %s\n", page)
	}
	d.saw()
	return nil
}

// enter waits for a line, or for the end of input.
func (d *demo) enter(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		bufio.NewReader(d.world.Stdin).ReadString('\n')
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return mfa.ErrCancelled
	}
}

// opened is the text of the page that a browser would end at.
func opened(ctx context.Context, address string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	// The demo's AWS is on this machine, whatever proxy there is.
	client := &http.Client{Jar: jar, Transport: &http.Transport{}, Timeout: 10 * time.Second}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s", resp.Status)
	}
	line := regexp.MustCompile(`(?s)<p>(.*?)</p>`).FindString(string(body))
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(line, "")), nil
}
