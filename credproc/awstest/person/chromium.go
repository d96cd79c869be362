package person

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// OpenInChromium is Open by a real browser, Chromium or a relative of it, without a
// window. It wants the browser's path and an empty folder for its profile. What the last
// page was answered with is not known: Status is 0.
func OpenInChromium(ctx context.Context, browser, folder, address string, press Button) (Page, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := startChromium(ctx, browser, folder)
	if err != nil {
		return Page{}, err
	}
	defer c.close()
	if err := c.open(address); err != nil {
		return Page{}, err
	}
	there := `document.getElementById("` + string(press) + `") != null`
	if press == None {
		there = "true"
	}
	if err := c.until(ctx, `document.readyState == "complete" && location.href != "about:blank" && `+there); err != nil {
		return Page{}, err
	}
	if press != None {
		if _, err := c.evaluate(`document.getElementById("` + string(press) + `").click()`); err != nil {
			return Page{}, err
		}
		if err := c.until(ctx, `document.readyState == "complete" && !(`+there+")"); err != nil {
			return Page{}, err
		}
	}
	var p Page
	if p.URL, err = c.evaluate("location.href"); err == nil {
		p.Body, err = c.evaluate("document.documentElement.outerHTML")
	}
	return p, err
}

// chromium is a browser that is told what to do by the DevTools protocol, over a pipe: no
// port is opened.
type chromium struct {
	cmd     *exec.Cmd
	to      *os.File
	from    *bufio.Reader
	end     *os.File // of from
	last    int      // number of the last message
	session string   // of the tab
}

func startChromium(ctx context.Context, browser, folder string) (_ *chromium, err error) {
	reads, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, writes, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, reads.Close(), to.Close())
	}
	c := &chromium{to: to, from: bufio.NewReader(from), end: from}
	c.cmd = exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--no-proxy-server", "--user-data-dir="+folder, "--remote-debugging-pipe")
	c.cmd.ExtraFiles = []*os.File{reads, writes} // 3 and 4, as the flag wants them
	c.cmd.WaitDelay = 10 * time.Second
	err = c.cmd.Start()
	err = errors.Join(err, reads.Close(), writes.Close())
	if err != nil {
		return nil, errors.Join(err, to.Close(), from.Close())
	}
	// Without a browser at its other end a read ends; without this, one that hangs would not.
	context.AfterFunc(ctx, func() { _ = from.Close() })
	return c, nil
}

// close ends the browser; what it says to that is of no interest.
func (c *chromium) close() {
	c.session = ""
	_, _ = c.call("Browser.close", nil)
	_ = c.to.Close()
	_ = c.cmd.Wait()
	_ = c.end.Close()
}

// call sends a message and waits for its answer; events in between are skipped.
func (c *chromium) call(method string, params map[string]any) (json.RawMessage, error) {
	c.last++
	message := map[string]any{"id": c.last, "method": method, "params": params}
	if params == nil {
		message["params"] = map[string]any{}
	}
	if c.session != "" {
		message["sessionId"] = c.session
	}
	text, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	if _, err := c.to.Write(append(text, 0)); err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	for {
		text, err := c.from.ReadBytes(0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(text[:len(text)-1], &answer); err != nil {
			return nil, fmt.Errorf("%s: %w", method, err)
		}
		if answer.ID != c.last {
			continue
		}
		if answer.Error != nil {
			return nil, fmt.Errorf("%s: %s", method, answer.Error.Message)
		}
		return answer.Result, nil
	}
}

// open goes to an address in a tab of its own.
func (c *chromium) open(address string) error {
	var tab struct{ TargetID string }
	made, err := c.call("Target.createTarget", map[string]any{"url": address})
	if err == nil {
		err = json.Unmarshal(made, &tab)
	}
	if err != nil {
		return err
	}
	var attached struct{ SessionID string }
	made, err = c.call("Target.attachToTarget", map[string]any{"targetId": tab.TargetID, "flatten": true})
	if err == nil {
		err = json.Unmarshal(made, &attached)
	}
	c.session = attached.SessionID
	return err
}

// evaluate runs a script in the page; its value comes back as text.
func (c *chromium) evaluate(script string) (string, error) {
	out, err := c.call("Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true})
	if err != nil {
		return "", err
	}
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails *struct{ Text string }
	}
	if err := json.Unmarshal(out, &got); err != nil {
		return "", err
	}
	if got.ExceptionDetails != nil {
		return "", errors.New(got.ExceptionDetails.Text)
	}
	return fmt.Sprint(got.Result.Value), nil
}

// until waits for a condition. While the page changes there is none to ask.
func (c *chromium) until(ctx context.Context, condition string) error {
	for {
		if got, err := c.evaluate(condition); err == nil && got == "true" {
			return nil
		} else if err != nil && ctx.Err() != nil {
			return fmt.Errorf("%s: %w", condition, ctx.Err())
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", condition, ctx.Err())
		}
	}
}
