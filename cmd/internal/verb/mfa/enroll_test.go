package mfa

import (
	"testing"

	"hatstand/cmd/internal/enroll"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
)

func TestTheSerialIsWrittenWhereNothingIsLost(t *testing.T) {
	const old, serial = "arn:aws:iam::111111111111:mfa/alice", "arn:aws:iam::111111111111:mfa/alice-1"
	works := enroll.Devices{Known: true, List: []iam.Device{{Serial: old}}}
	for _, row := range []struct {
		name  string
		old   string
		have  enroll.Devices
		flags enrollFlags
		want  bool
	}{
		{"the profile has none", "", works, enrollFlags{}, true},
		{"the profile names it already", serial, works, enrollFlags{}, true},
		{"the profile's is not at AWS any more", old, enroll.Devices{Known: true}, enrollFlags{}, true},
		{"the profile's works", old, works, enrollFlags{}, false},
		{"the profile's may work", old, enroll.Devices{}, enrollFlags{}, false},
		{"the profile's works, and the user says yes", old, works, enrollFlags{yes: true}, true},
		{"the user says no", "", works, enrollFlags{noWrite: true, yes: true}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := mayWrite(ui.Streams{}, "me", row.old, serial, row.have, row.flags) // nobody to ask
			if err != nil || got != row.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}
