package metadata

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Dial has the client's connections all made by a function.
func (c *Client) Dial(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	c.http.Transport.(*http.Transport).DialContext = dial
}

// Hurry has the client wait for less.
func (c *Client) Hurry(try time.Duration) { c.tryTime, c.pause = try, time.Millisecond }
