package serve

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
)

func addresses(cidrs ...string) func() ([]net.Addr, error) {
	return func() (all []net.Addr, err error) {
		for _, c := range cidrs {
			ip, n, err := net.ParseCIDR(c)
			if err != nil {
				return nil, err
			}
			all = append(all, &net.IPNet{IP: ip, Mask: n.Mask})
		}
		return all, nil
	}
}

func TestContainerNetwork(t *testing.T) {
	for _, tt := range []struct {
		own  []string
		want string
		err  error
	}{
		{[]string{"127.0.0.1/8", "169.254.170.2/24"}, "169.254.170.0/24", nil},
		{[]string{"169.254.170.2/32"}, "169.254.170.2/32", nil},
		{[]string{"127.0.0.1/8", "169.254.170.3/24", "fd00:ec2::23/64"}, "", errNoAddress},
		{nil, "", errNoAddress},
	} {
		got, err := containerNetwork(addresses(tt.own...))
		if !errors.Is(err, tt.err) || err == nil && got.String() != tt.want {
			t.Errorf("%v: %v, %v", tt.own, got, err)
		}
	}
	failed := errors.New("no interfaces")
	if _, err := containerNetwork(func() ([]net.Addr, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
}

func TestEachErrorHasItsExitCode(t *testing.T) {
	listen := func(err error) error {
		return &net.OpError{Op: "listen", Net: "tcp4", Err: os.NewSyscallError("bind", err)}
	}
	testkit.CheckErrors(t, ui.Report, []testkit.ErrorRow{
		{Name: "no address", Err: &ContainerAddressError{Port: 80, Err: errNoAddress}, Code: 1},
		{Name: "a port for root", Err: &ContainerAddressError{Port: 80, Err: listen(syscall.EACCES)}, Code: 1},
		{Name: "a port that is taken", Err: &ContainerAddressError{Port: 80, Err: listen(syscall.EADDRINUSE)}, Code: 1},
		{Name: "no interfaces", Err: &ContainerAddressError{Err: fs.ErrClosed}, Code: 1},
	}, nil, ".")
}
