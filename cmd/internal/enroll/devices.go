package enroll

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/provider"
	"hatstand/credproc/iam"
	"hatstand/mfa"
)

// Devices are a user's MFA devices, as far as AWS tells.
type Devices struct {
	Known bool // AWS said
	List  []iam.Device
}

// Has reports whether the user has a device.
func (l Devices) Has(serial string) bool {
	return slices.ContainsFunc(l.List, func(d iam.Device) bool { return d.Serial == serial })
}

// Connect is IAM as the user, and the user's devices. old is the device that the user's profile names, wanted the one
// that is to be made. A user who has the old one gives a code of it, since many accounts want one of users who have a
// device. A user who has none yet cannot, nor one who is about to make the very device that is named; and security
// keys have no codes.
func Connect(ctx context.Context, user *iamuser.User, old, wanted string) (*iam.Client, Devices, error) {
	client, err := user.IAMWithKeys()
	if err != nil {
		return nil, Devices{}, err
	}
	have, denied, err := listDevices(ctx, client)
	if err != nil {
		return nil, have, err
	}
	if old == "" || old == wanted && denied || !denied && !have.Has(old) || mfa.CheckDevice(old) != nil {
		return client, have, nil
	}
	if client, err = user.IAM(ctx, &provider.RoleFlags{}); err != nil {
		return nil, have, err
	}
	if denied {
		if have, _, err = listDevices(ctx, client); err != nil {
			return nil, have, err
		}
	}
	return client, have, nil
}

// listDevices asks AWS for a user's devices. That AWS does not allow it is no error.
func listDevices(ctx context.Context, client *iam.Client) (have Devices, denied bool, err error) {
	list, err := client.ListMFADevices(ctx)
	if iam.Is(err, iam.AccessDenied) {
		return Devices{}, true, nil
	}
	return Devices{Known: err == nil, List: list}, false, err
}

// Names are the names to try for a new device: the one asked for alone, else the user's and those after it. The policy
// that AWS documents for IAM users allows a device of the user's own name.
func Names(asked, user string) []string {
	if asked != "" {
		return []string{asked}
	}
	names := []string{user}
	for i := 1; i < iam.DevicesPerUser; i++ {
		names = append(names, fmt.Sprintf("%s-%d", user, i))
	}
	return names
}

// ValidName reports whether IAM takes the name (its API model, virtualMFADeviceName).
func ValidName(s string) bool {
	const special = "_+=,.@-"
	return s != "" && len(s) <= 226 && !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		return !letter && (r < '0' || r > '9') && !strings.ContainsRune(special, r)
	})
}
