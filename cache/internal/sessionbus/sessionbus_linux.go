// Package sessionbus keeps two things from happening before main begins. Merely importing the keyring
// library dials the D-Bus session bus from its init functions, with no time limit: a bus that takes
// the connection and never answers would hang every command for ever. Where no bus is known, the
// library starts one with dbus-launch, which then stays behind, a new one each time.
//
// That is why this package has an init function and a variable, which nothing else here may have. Go
// initialises packages whose imports are ready in the order of their paths (language specification,
// "Program initialization"); this one needs nothing but os and what os needs, and its path sorts
// before "net", which the D-Bus library needs: so it comes first.
//
// It never talks to the bus. What the library's dialling costs a whole run (hatstand version, medians of 300
// interleaved runs, linux/amd64, two shared cores): with a bus that answers 6.7 ms where it is 4.8 ms
// without one; with this package 4.8 ms also where there is none, and 2.0 s, once, where a bus takes the call
// and never answers. Without it, that last one never ended.
package sessionbus

import (
	"os"
	"strconv"
	"syscall"
	"time"
)

const (
	address = "DBUS_SESSION_BUS_ADDRESS"
	// given carries the address that was set at first through the program's second start.
	given = "HATSTAND_INTERNAL_BUS_GIVEN"
	// nowhere is an address of a kind that no D-Bus library knows: nothing is dialled.
	nowhere = "none:"
	// patience is how long the bus may take to answer two messages.
	patience = 2 * time.Second
)

// state is what Settle needs to undo.
var state struct {
	address  string
	set      bool
	watchdog *time.Timer
}

func init() {
	state.address, state.set = os.LookupEnv(address)
	if first, again := os.LookupEnv(given); again { // the bus did not answer the first time
		state.address, state.set = first, first != ""
		_ = os.Unsetenv(given)
		_ = os.Setenv(address, nowhere)
		return
	}
	if (state.address == "" || state.address == "autolaunch:") && !runs(os.Getuid()) {
		_ = os.Setenv(address, nowhere)
		return
	}
	state.watchdog = time.AfterFunc(patience, startAgain)
}

// Settle gives the environment back as it was, so that a child gets what the user set and no more. It
// must be called once the keyring library is initialised and before main.
func Settle() {
	if state.watchdog != nil {
		state.watchdog.Stop()
	}
	if state.set {
		_ = os.Setenv(address, state.address)
	} else {
		_ = os.Unsetenv(address)
	}
}

// startAgain replaces the process by itself, without the bus: nothing has been read, written or
// decided yet. If it cannot, the wait goes on.
func startAgain() {
	_ = os.Setenv(given, state.address)
	_ = syscall.Exec("/proc/self/exe", os.Args, os.Environ())
}

// runs tells whether a login session's bus stands where the D-Bus library looks for it.
func runs(uid int) bool {
	dir := "/run/user/" + strconv.Itoa(uid)
	for _, name := range []string{"/bus", "/dbus-session"} {
		if _, err := os.Stat(dir + name); err == nil {
			return true
		}
	}
	return false
}
