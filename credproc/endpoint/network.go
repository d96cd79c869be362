package endpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"

	"hatstand/credproc/internal/peer"
)

// ContainerHost is where every SDK looks for a container's credentials if AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is
// set, at port 80. It is one of the hosts that AWS_CONTAINER_CREDENTIALS_FULL_URI may name without TLS. (AWS SDKs and
// Tools Reference Guide, "Container credential provider")
const ContainerHost = "169.254.170.2"

// ServeNetwork does what Serve does, and also answers the other machines of one network, such as containers. It cannot
// know which user calls from there, so the handler has to ask for a secret.
func ServeNetwork(ctx context.Context, ln net.Listener, network netip.Prefix, h http.Handler,
	logger *slog.Logger) error {
	return serve(ctx, ln, h, logger, func(c net.Conn) error { return checkNetwork(c, network, net.InterfaceAddrs) })
}

var errOutside = errors.New("a connection of another network")

// checkNetwork lets pass what comes from the network, and of this machine's own processes those of this user.
func checkNetwork(c net.Conn, network netip.Prefix, own func() ([]net.Addr, error)) error {
	tcp, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return peer.Check(c)
	}
	from := tcp.AddrPort().Addr().Unmap()
	addresses, err := own()
	if err != nil {
		return &peer.UnknownError{Err: err}
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(tcp.IP) {
			return peer.Check(c)
		}
	}
	switch {
	case from.IsLoopback():
		return peer.Check(c)
	case !network.Contains(from):
		return fmt.Errorf("%w (%s)", errOutside, from)
	}
	return nil
}
