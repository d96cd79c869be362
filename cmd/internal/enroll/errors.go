package enroll

import (
	"fmt"

	"hatstand/cmd/internal/advice"
)

// A leftoverError says that a device is there which nobody may have enabled, and that it may not be deleted.
type leftoverError struct {
	serial string
	err    error
}

func (e *leftoverError) Error() string {
	return fmt.Sprintf("%s is there already, it may be enabled or left over, and cannot be replaced: %v",
		e.serial, e.err)
}

func (e *leftoverError) Unwrap() error { return e.err }

// Hints are the ways round it, and then what to allow.
func (e *leftoverError) Hints() []string {
	return append([]string{
		"choose another name: --name NAME",
		"or let somebody who has the permission delete it: " + deleteCommand(e.serial),
	}, advice.Hints(e.err)...)
}

// An orphanError says that a device could not be deleted again after err.
type orphanError struct {
	err     error
	serial  string
	cause   error // why it could not be deleted
	unknown bool  // whether it is enabled
}

func (e *orphanError) Error() string {
	if e.unknown {
		return fmt.Sprintf("%v; whether %s is there, and enabled, is not known: %v", e.err, e.serial, e.cause)
	}
	return fmt.Sprintf("%v; and %s, enabled for nobody, could not be deleted again: %v", e.err, e.serial, e.cause)
}

func (e *orphanError) Unwrap() error { return e.err }

// Hints say what to do with the device.
func (e *orphanError) Hints() []string {
	hints := []string{"run it again: what is left is replaced"}
	if e.unknown {
		hints = []string{
			"see whether it is enabled: hatstand mfa list --check",
			"if it is not, run it again: what is left is replaced",
		}
	}
	return append(hints, "or delete it: "+deleteCommand(e.serial))
}

func deleteCommand(serial string) string {
	return "aws iam delete-virtual-mfa-device --serial-number " + serial
}
