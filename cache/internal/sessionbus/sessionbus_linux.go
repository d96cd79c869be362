// Package sessionbus keeps the keyring library off the D-Bus session bus. Merely importing that library dials the bus
// from its init functions, for backends that hatstand has clients of its own for, and with no time limit: a bus that
// takes the connection and never answers would hang every command for ever. Where no bus is known, it starts one with
// dbus-launch, which then stays behind, a new one each time. On a desktop the dial costs a call that needs no bus 17 to
// 19 % of its time.
//
// That is why this package has an init function and a variable, which nothing else here may have. Go initialises
// packages whose imports are ready in the order of their paths (language specification, "Program initialization"); this
// one needs nothing but os and what os needs, and its path sorts before "net", which the library's D-Bus client needs:
// so it comes first.
//
// It never talks to the bus.
package sessionbus

import "os"

const (
	address = "DBUS_SESSION_BUS_ADDRESS"
	// nowhere is an address of a kind that no D-Bus library knows: nothing is dialled.
	nowhere = "none:"
)

// given is what Settle gives back.
var given struct {
	address string
	set     bool
}

func init() {
	given.address, given.set = os.LookupEnv(address)
	_ = os.Setenv(address, nowhere)
}

// Settle gives the environment back as it was. It must be called once the keyring library is initialised and before
// main.
func Settle() {
	if given.set {
		_ = os.Setenv(address, given.address)
	} else {
		_ = os.Unsetenv(address)
	}
}
