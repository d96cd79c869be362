package metadata

import "errors"

// A Kind says why a service gave no credentials.
type Kind int

const (
	NoAnswer    Kind = iota + 1 // none in time, in any try
	Unreachable                 // nobody listens there, or what answers has failed in each try
	VersionOne                  // it knows only version 1, in which anybody can have it send requests for them
	SwitchedOff                 // the instance's metadata service is switched off
	NoRole                      // the instance has no role
	Refused                     // it says no
	Expired                     // its credentials have expired
	BadAnswer                   // its answer has no credentials
	BadToken                    // the token to send with the request cannot be read, or cannot be sent
)

// An Error says why a service gave no credentials. No secret is in it.
type Error struct {
	Kind   Kind
	At     string // the service's address, without a path
	Reason string // one line that names the service
	Err    error
}

func (e *Error) Error() string { return e.Reason }

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first *Error in a tree of errors; 0 if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return 0
}
