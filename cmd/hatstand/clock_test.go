package main

import (
	"os"
	"strings"
	"time"
)

// A testClock is the clock of one test's world, of its AWS as of its programs: the real one, put forward. A program that
// waits puts it forward by as much, so that nobody sits through the 30 seconds of a token code. Its file has a line for
// each time it was put forward, which any process may append to; where it stands still, another file says when.
type testClock struct{ path string }

// clockVariable names the clock's file to the programs of a test.
const clockVariable = "STORY_CLOCK"

func (c testClock) now() time.Time {
	now, standing := c.stands()
	if !standing {
		now = time.Now()
	}
	text, err := os.ReadFile(c.path)
	if err != nil {
		return now // it was never put forward
	}
	for line := range strings.Lines(string(text)) {
		d, err := time.ParseDuration(strings.TrimSuffix(line, "\n"))
		if err != nil {
			panic(err)
		}
		now = now.Add(d)
	}
	return now
}

func (c testClock) stands() (at time.Time, standing bool) {
	text, err := os.ReadFile(c.path + ".stands")
	if err != nil {
		return time.Time{}, false
	}
	at, err = time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		panic(err)
	}
	return at, true
}

func (c testClock) forward(d time.Duration) {
	f, err := os.OpenFile(c.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(d.String() + "\n")
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		panic(err)
	}
}

// after is time.After, of this clock. While it stands still, who waits waits until the test puts it forward.
func (c testClock) after(d time.Duration) <-chan time.Time {
	if _, standing := c.stands(); standing {
		return time.After(min(d, 20*time.Millisecond)) // and looks at it again
	}
	c.forward(d)
	passed := make(chan time.Time)
	close(passed)
	return passed
}

// stop has the clock stand still but for what it is put forward by.
func (c testClock) stop() error {
	return os.WriteFile(c.path+".stands", []byte(time.Now().Format(time.RFC3339Nano)), 0o600)
}

// nextStep goes to the device's next code.
func (c testClock) nextStep() {
	c.forward(c.left() + 50*time.Millisecond)
}

// left is how long this code is shown.
func (c testClock) left() time.Duration {
	const step = 30 * time.Second
	now := c.now()
	return now.Truncate(step).Add(step).Sub(now)
}
