// Package console signs a browser in to the AWS console as a role.
//
// NewHosts knows the hosts of each partition, Hosts.Destination the page to open, Lasting how long the
// session lasts and why; all of these are pure. SignIn is the one call: it trades temporary credentials
// for a URL. The package is fed credentials and facts about where they come from, and nothing else: it
// reads no file, no keyring and no environment.
//
// The credentials travel in the body of a POST to the partition's own sign-in host. The URL that comes
// back is worth as much as they are for 15 minutes, so that a URL never prints itself, and no error here
// holds one, nor the token in it.
package console

import (
	"fmt"
	"io"
	"net/url"
)

// A URL is a page's address that is itself a secret: whoever opens it is signed in. String, GoString,
// Format and the JSON and log encodings all give a fixed mask.
type URL struct{ secret string }

const mask = "(sign-in URL)"

// Reveal returns the address.
func (u URL) Reveal() string { return u.secret }

func (u URL) String() string   { return mask }
func (u URL) GoString() string { return mask }

// Format masks every verb, %x and %q too.
func (u URL) Format(w fmt.State, verb rune) { io.WriteString(w, mask) }

// MarshalText masks JSON, log/slog and every other encoding by text.
func (u URL) MarshalText() ([]byte, error) { return []byte(mask), nil }

// signOutFirst is an address that ends the browser's old session and then goes on to u. AWS goes on to
// the host that signs out and to no other of its sign-in hosts: elsewhere the user is left on a page
// about AWS. u has to be there.
// https://github.com/Noovolari/leapp/pull/520
func (p Hosts) signOutFirst(u URL) URL {
	q := url.Values{"Action": {"logout"}, "redirect_uri": {u.secret}}
	return URL{p.signOut + "/oauth?" + q.Encode()}
}
