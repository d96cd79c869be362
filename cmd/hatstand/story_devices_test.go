package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// deviceCommands are about MFA devices that a story makes.
func deviceCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"device":  deviceIs,
		"codes":   nextCodes,
		"adds":    addsDevice,
		"permits": permits,
	}
}

// device SERIAL USER|nobody|gone: whose it is at AWS.
func deviceIs(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	got := "gone"
	if d := s.aws.Device(args[0]); d != nil {
		got = "nobody"
		if owner := d.Owner(); owner != "" {
			got = owner[strings.LastIndexByte(owner, '/')+1:]
		}
	}
	if got != args[1] {
		ts.Fatalf("%s is %s's, want %s", args[0], got, args[1])
	}
}

// codes USER: three codes in a row of the user's device, the one before this one first, in CODE, NEXT and
// THEN: AWS takes each of them now.
func nextCodes(ts *testscript.TestScript, _ bool, args []string) {
	nextStep(ts, false, []string{"5s"}) // what is typed must not be the step after this one's
	d := of(ts).devices[args[0]]
	for i, name := range []string{"CODE", "NEXT", "THEN"} {
		ts.Setenv(name, d.Code(of(ts).clock.now().Add(time.Duration(i-1)*30*time.Second)))
	}
}

// adds USER NAME: the user gets one more device, without hatstand.
func addsDevice(ts *testscript.TestScript, _ bool, args []string) {
	d := of(ts).users[args[0]].AddMFA(args[1])
	of(ts).secrets.always(d.Seed)
}

// permits USER only|never|with-mfa ACTION...: the user may do these things alone; not these; not these
// without MFA.
func permits(ts *testscript.TestScript, _ bool, args []string) {
	u := of(ts).users[args[0]]
	how := map[string]func(...string){"only": u.Allow, "never": u.Deny, "with-mfa": u.DenyWithoutMFA}[args[1]]
	if how == nil || slices.Contains(args[2:], "") {
		ts.Check(errors.New("usage: permits USER only|never|with-mfa ACTION..."))
	}
	how(args[2:]...)
}
