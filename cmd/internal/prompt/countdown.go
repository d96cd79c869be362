package prompt

import (
	"context"
	"fmt"
	"time"

	"hatstand/mfa"
)

// Countdown waits until a time. It shows on the controlling terminal, if there is one, how many seconds are left: one
// line, drawn again each second and wiped at the end. It is an mfa.Wait.
func (a *Prompts) Countdown(ctx context.Context, serial string, until time.Time) error {
	left := make(chan int, 1)
	shown := make(chan struct{})
	go func() { // a terminal whose output is stopped (Ctrl-S) blocks this goroutine alone
		defer close(shown)
		a.showCountdown(mfa.DeviceName(serial), left)
	}()
	err := a.tick(ctx, until, left)
	close(left)
	select {
	case <-shown:
	case <-time.After(wipeLimit):
	}
	return err
}

// wipeLimit is how long a terminal may take to wipe a line.
const wipeLimit = 100 * time.Millisecond

// tick sends the seconds left, rounded up, each second until there are none. It reads the clock each time, since the
// time goes on while the machine sleeps.
func (a *Prompts) tick(ctx context.Context, until time.Time, left chan<- int) error {
	for {
		wait := until.Sub(a.World.Now())
		if wait <= 0 {
			return nil
		}
		seconds := int((wait + time.Second - 1) / time.Second)
		select {
		case left <- seconds:
		default: // the terminal does not keep up
		}
		untilNextSecond := wait - time.Duration(seconds-1)*time.Second + time.Millisecond
		if err := a.World.Sleep(ctx, min(wait, untilNextSecond)); err != nil {
			return err
		}
	}
}

func (a *Prompts) showCountdown(device string, left <-chan int) {
	tty, err := a.OpenTerminal()
	if err != nil {
		return
	}
	defer tty.Close()
	drawn := false
	for seconds := range left {
		lead := "\r\x1b[K"
		if !drawn {
			lead = "\n" // the line may hold another program's output
		}
		drawn = true
		fmt.Fprintf(
			tty,
			"%shatstand: a token code works once; the next one of %s comes in %d s ",
			lead,
			device,
			seconds,
		)
	}
	if drawn {
		fmt.Fprint(tty, "\r\x1b[K")
	}
}
