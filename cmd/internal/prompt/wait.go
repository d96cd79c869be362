package prompt

import (
	"fmt"

	"hatstand/cache/lock"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
)

// SayKeyringWaits says on the terminal that another process is asked for the keyring's passphrase. ended is closed when
// the wait is over.
func (a *Prompts) SayKeyringWaits(holder int, ended <-chan struct{}) {
	open, err := a.Locks.Open()
	if err != nil {
		return
	}
	whom := fmt.Sprintf("another hatstand (process %d), which is asking for the keyring's passphrase", holder)
	a.SayWaiting(open, "passphrase", whom, ended)
}

// SayWaiting writes a line on the terminal, if there is one. Of all processes that wait for the same on a terminal only
// one writes, until over is closed: a hundred lines would bury the prompt that they are about.
func (a *Prompts) SayWaiting(open *lock.Locks, name, whom string, over <-chan struct{}) bool {
	tty, err := a.OpenTerminal()
	if err != nil {
		return false
	}
	release, err := open.Try(fmt.Sprintf("waiting/%d/%s", app.TerminalSession(), name))
	if err != nil {
		tty.Close()
		return false
	}
	fmt.Fprintf(tty, "\nhatstand: waiting for %s\n", whom)
	go func() {
		defer tty.Close()
		defer release()
		<-over
	}()
	return true
}

// A BusyError says that another hatstand held a lock until the deadline.
type BusyError struct {
	Target string
	Held   *lock.HeldError
}

func (e *BusyError) Error() string {
	who := "another hatstand"
	if e.Held.PID != 0 {
		who += fmt.Sprintf(" (process %d, for %s)", e.Held.PID, e.Held.Holder)
	}
	if e.Target != "" {
		who = fmt.Sprintf("profile %q: %s", e.Target, who)
	}
	return who + " did not finish in time"
}

func (*BusyError) ExitCode() int { return advice.NoHuman }

func (e *BusyError) Unwrap() error { return e.Held }
