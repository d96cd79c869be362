package enroll

import (
	"errors"
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
	"hatstand/mfa"
)

func TestEachErrorHasItsExitCode(t *testing.T) {
	const serial = "arn:aws:iam::111111111111:mfa/alice"
	denied := &iam.RefusedError{Profile: "me", Action: "DeleteVirtualMFADevice", Code: iam.AccessDenied, Message: "no"}
	wrong := &iam.RefusedError{Profile: "me", Action: "EnableMFADevice", Code: iam.WrongCode, Message: "no"}
	lost := &iam.UnreachableError{Profile: "me", Action: "DeleteVirtualMFADevice", Err: errors.New("no route")}
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "a device is left over and may not be replaced", Err: &leftoverError{serial: serial, err: denied}, Code: 4},
		{Name: "wrong codes, and the device cannot be deleted again",
			Err: &orphanError{err: wrong, serial: serial, cause: errors.New("no route")}, Code: 4},
		{Name: "cancelled, and the device cannot be deleted again",
			Err: &orphanError{err: mfa.ErrCancelled, serial: serial, cause: lost}, Code: 130},
	}, nil, ".")
}
