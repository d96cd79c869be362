package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"

	"hatstand/credproc/endpoint"
)

// containerPort is where SDKs look if AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set.
const containerPort = 80

// listenForContainers listens on the address of containers' credentials, which has to be one of this machine's or this
// network namespace's, and tells which network it is in. The error is a *ContainerAddressError.
func listenForContainers(port uint16, own func() ([]net.Addr, error)) (net.Listener, netip.Prefix, error) {
	network, err := containerNetwork(own)
	if err != nil {
		return nil, network, &ContainerAddressError{Port: port, Err: err}
	}
	ln, err := net.Listen("tcp4", fmt.Sprintf("%s:%d", endpoint.ContainerHost, port))
	if err != nil {
		return nil, network, &ContainerAddressError{Port: port, Err: err}
	}
	return ln, network, nil
}

var errNoAddress = errors.New("this machine has no address " + endpoint.ContainerHost)

func containerNetwork(own func() ([]net.Addr, error)) (netip.Prefix, error) {
	addresses, err := own()
	if err != nil {
		return netip.Prefix{}, err
	}
	for _, a := range addresses {
		n, ok := a.(*net.IPNet)
		if !ok || n.IP.String() != endpoint.ContainerHost {
			continue
		}
		bits, _ := n.Mask.Size()
		return netip.MustParseAddr(endpoint.ContainerHost).Prefix(bits)
	}
	return netip.Prefix{}, errNoAddress
}

// A ContainerAddressError is why containers cannot be served.
type ContainerAddressError struct {
	Port uint16
	Err  error
}

func (e *ContainerAddressError) Error() string {
	var call *net.OpError
	switch {
	case errors.Is(e.Err, errNoAddress):
		return "--container: " + e.Err.Error()
	case errors.As(e.Err, &call):
		return fmt.Sprintf("--container: port %d of %s: %v", e.Port, endpoint.ContainerHost, call.Err)
	}
	return "--container: " + e.Err.Error()
}

func (e *ContainerAddressError) Unwrap() error { return e.Err }

// Hints say how to get the address, or another port.
func (e *ContainerAddressError) Hints() []string {
	switch {
	case errors.Is(e.Err, errNoAddress):
		return []string{"make a network of containers that gives this machine that address: docker network create " +
			"--subnet 169.254.170.0/24 --gateway " + endpoint.ContainerHost + " aws"}
	case errors.Is(e.Err, fs.ErrPermission):
		return []string{"take a port that you may open: --port 9911"}
	}
	return []string{"end the program that listens there, or take another port: --port 9911"}
}
