package saml

import "io"

type running struct {
	to   io.Writer
	from io.Reader
}

// start: a program on Windows cannot hand its pipes to a browser as file descriptors 3 and 4.
func (c Chrome) start() (*running, error) {
	return nil, &Error{Kind: NoBrowser, Reason: "a browser cannot be steered over a pipe on Windows: saml_method = chrome " +
		"is for Linux and macOS"}
}

func (*running) end() string { return "" }
