package file

import (
	"errors"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// kernelKeyring keeps keys in the kernel's keyring of this user: in memory that is never swapped, gone
// after the time given and at the latest when the machine stops.
type kernelKeyring struct{}

// keyPerm lets the possessor do everything and other processes of the same user find, read and
// replace the key: a process whose session is not linked to the user's keyring (cron, ssh without
// PAM, a container's exec) possesses nothing in it.
const keyPerm = 0x3f3f0000

func (kernelKeyring) load(name string) ([]byte, error) {
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", name, 0)
	if err != nil {
		return nil, keyError(err)
	}
	b := make([]byte, keySize)
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, b, 0)
	if err != nil {
		return nil, keyError(err)
	}
	return b[:min(n, len(b))], nil
}

// save makes the key in this thread's own keyring first: only a possessed key can be given its
// permissions, and a process killed half-way leaves nothing there.
func (kernelKeyring) save(name string, key []byte, life time.Duration) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	id, err := unix.AddKey("user", name, key, unix.KEY_SPEC_THREAD_KEYRING)
	if err != nil {
		return err
	}
	defer unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	if err := unix.KeyctlSetperm(id, keyPerm); err != nil {
		return err
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, int(life/time.Second), 0, 0); err != nil {
		return err
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_LINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	return err
}

func (kernelKeyring) drop(name string) error {
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", name, 0)
	if err != nil {
		if err = keyError(err); errors.Is(err, errNoKey) || errors.Is(err, errNoKernel) {
			return nil
		}
		return err
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	return err
}

// keyError tells a key that is not there (never was, expired, revoked, just replaced) from a kernel
// that forbids keyrings.
func keyError(err error) error {
	switch {
	case errors.Is(err, unix.ENOKEY), errors.Is(err, unix.EKEYEXPIRED), errors.Is(err, unix.EKEYREVOKED):
		return errNoKey
	case errors.Is(err, unix.ENOSYS):
		return errNoKernel
	}
	return err
}
