package main

import (
	"slices"
	"strings"
	"testing"

	"hatstand/cmd/internal/app"
	"hatstand/credproc/iam"
)

func TestNamesOfNewDevices(t *testing.T) {
	if got := newNames("", "alice"); len(got) != 8 || got[0] != "alice" || got[1] != "alice-1" || got[7] != "alice-7" {
		t.Errorf("%q", got)
	}
	if got := newNames("phone", "alice"); !slices.Equal(got, []string{"phone"}) {
		t.Errorf("%q", got)
	}
	for name, ok := range map[string]bool{
		"alice": true, "a+b=c,d.e@f-g_h": true, strings.Repeat("a", 226): true,
		"": false, strings.Repeat("a", 227): false, "a b": false, "a/b": false, "é": false, "a\n": false, "a:b": false,
	} {
		if deviceName(name) != ok {
			t.Errorf("%q: want %v", name, ok)
		}
	}
}

func TestTheSerialIsWrittenWhereNothingIsLost(t *testing.T) {
	const old, serial = "arn:aws:iam::111111111111:mfa/alice", "arn:aws:iam::111111111111:mfa/alice-1"
	works := deviceList{known: true, devices: []iam.Device{{Serial: old}}}
	for _, row := range []struct {
		name string
		old  string
		have deviceList
		o    enrolling
		want bool
	}{
		{"the profile has none", "", works, enrolling{}, true},
		{"the profile names it already", serial, works, enrolling{}, true},
		{"the profile's is not at AWS any more", old, deviceList{known: true}, enrolling{}, true},
		{"the profile's works", old, works, enrolling{}, false},
		{"the profile's may work", old, deviceList{}, enrolling{}, false},
		{"the profile's works, and the user says yes", old, works, enrolling{yes: true}, true},
		{"the user says no", "", works, enrolling{noWrite: true, yes: true}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := newParts(app.World{}).mayWrite("me", row.old, serial, row.have, row.o) // nobody to ask
			if err != nil || got != row.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}
