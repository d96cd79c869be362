package endpoint

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"hatstand/credproc/internal/peer"
)

// from is a connection whose other end has that address.
type from struct {
	net.Conn
	remote net.Addr
}

func (c from) RemoteAddr() net.Addr { return c.remote }
func (c from) LocalAddr() net.Addr {
	return &net.TCPAddr{IP: net.ParseIP(ContainerHost), Port: 80}
}

// errAsked stands for the kernel's answer: there is no such process.
var errAsked = errors.New("asked")

func TestWhoIsServedInANetwork(t *testing.T) {
	own := func() ([]net.Addr, error) {
		return []net.Addr{&net.IPNet{IP: net.ParseIP(ContainerHost), Mask: net.CIDRMask(24, 32)}}, nil
	}
	for _, tt := range []struct {
		remote string
		want   error
	}{
		{"169.254.170.10", nil},
		{"169.254.170.254", nil},
		{"::ffff:169.254.170.10", nil},
		{"169.254.171.1", errOutside},
		{"172.17.0.5", errOutside},
		{"192.0.2.1", errOutside},
		{ContainerHost, errAsked}, // of this machine: whose process it is decides
		{"127.0.0.1", errAsked},
	} {
		err := checkNetwork(from{remote: &net.TCPAddr{IP: net.ParseIP(tt.remote), Port: 50000}},
			netip.MustParsePrefix("169.254.170.0/24"), own)
		if _, unknown := errors.AsType[*peer.UnknownError](err); unknown {
			err = errAsked
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.remote, err)
		}
	}
	failed := errors.New("no interfaces")
	err := checkNetwork(from{remote: &net.TCPAddr{IP: net.ParseIP("169.254.170.10")}}, netip.MustParsePrefix("169.254.170.0/24"),
		func() ([]net.Addr, error) { return nil, failed })
	if !errors.Is(err, failed) {
		t.Error(err)
	}
}
