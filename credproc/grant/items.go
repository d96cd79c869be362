package grant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hatstand/profiles"
)

// An ItemKind is a kind of item that signing in keeps in the keyring.
type ItemKind string

const (
	TokenItem   ItemKind = "token"   // what a sign-in gave; named by the grant's key
	ClientItem  ItemKind = "client"  // a registration; named by a hash of what it is for
	PendingItem ItemKind = "pending" // a device authorization on its way; named by the grant's key
)

// Items are the items of sign-ins in the keyring. One that is not there is nil, and no error.
type Items interface {
	Item(ctx context.Context, kind ItemKind, name string) ([]byte, error)
	PutItem(ctx context.Context, kind ItemKind, name string, data []byte) error
	// RemoveItem removes an item. It is no error if there is none.
	RemoveItem(ctx context.Context, kind ItemKind, name string) error
}

// itemVersion is the version of every item of this package. An item of another version is left as it is.
const itemVersion = 1

// A storedToken is a token as it is kept, with what it was made for: a token that was made for other settings is none.
type storedToken struct {
	Version  int            `json:"v"`
	For      purpose        `json:"for"`
	Flow     Flow           `json:"flow"`
	Access   string         `json:"access_token,omitempty"`
	Expires  time.Time      `json:"expires"`
	Refresh  string         `json:"refresh_token,omitempty"`
	Client   Registration   `json:"client"`
	SignIn   string         `json:"sign_in"`
	SignedIn time.Time      `json:"signed_in"`
	Region   string         `json:"region,omitempty"`
	User     string         `json:"user,omitempty"`
	Before   string         `json:"user_before,omitempty"`
	Console  *storedConsole `json:"console,omitempty"`
	// Mark identifies the token in the AWS CLI's file, where sign-ins are shared. Access and Refresh are then not kept
	// here.
	Mark string `json:"mark,omitempty"`
	// Ended: AWS no longer renews the token with that mark.
	Ended bool `json:"ended,omitempty"`
}

// A storedConsole is a Console as it is kept.
type storedConsole Console

// A purpose is the settings that a token, a registration or an authorization is for.
type purpose struct {
	StartURL string `json:"start_url"`
	Region   string `json:"region"`
	Session  string `json:"session,omitempty"`
	Scopes   string `json:"scopes,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	Issuer   string `json:"issuer,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	ARN      string `json:"arn,omitempty"`
}

func purposeOf(g profiles.Grant) purpose {
	p := purpose{StartURL: g.SentStartURL(), Region: g.Region, Session: g.Session, Scopes: g.Scopes,
		Endpoint: g.Service.URL, Issuer: g.Issuer, ClientID: g.ClientID, ARN: g.ARN}
	if g.AnyRegion() {
		p.Region = ""
	}
	return p
}

// grant is the sign-in with these settings.
func (p purpose) grant(kind profiles.BaseKind) profiles.Grant {
	return profiles.Grant{Kind: kind, Session: p.Session, StartURL: p.StartURL, Region: p.Region, Scopes: p.Scopes,
		Issuer: p.Issuer, ClientID: p.ClientID, ARN: p.ARN, Service: profiles.Endpoint{URL: p.Endpoint}}
}

func (s storedToken) token() Token {
	t := Token{Access: s.Access, Expires: s.Expires, Refresh: s.Refresh, Client: s.Client, Flow: s.Flow,
		SignIn: s.SignIn, SignedIn: s.SignedIn, Region: s.Region, User: s.User, Before: s.Before}
	if s.Console != nil {
		t.Console = Console(*s.Console)
	}
	return t
}

func stored(g profiles.Grant, t Token) storedToken {
	s := storedToken{Version: itemVersion, For: purposeOf(g), Flow: t.Flow, Access: t.Access,
		Expires: t.Expires.UTC().Round(0), Refresh: t.Refresh, Client: t.Client, SignIn: t.SignIn,
		SignedIn: t.SignedIn.UTC().Round(0), Region: t.Region, User: t.User, Before: t.Before}
	if t.Console != (Console{}) {
		console := storedConsole(t.Console)
		s.Console = &console
	}
	return s
}

// A storedClient is a registration as it is kept.
type storedClient struct {
	Version int          `json:"v"`
	For     purpose      `json:"for"`
	Client  Registration `json:"client"`
}

// A storedPending is a sign-in on its way, or the note that nobody finished one. Without a device code it is that of a
// browser that comes back to one process: no other can go on with it.
type storedPending struct {
	Version      int          `json:"v"`
	For          purpose      `json:"for"`
	DeviceCode   string       `json:"device_code,omitempty"`
	UserCode     string       `json:"user_code,omitempty"`
	URL          string       `json:"url,omitempty"`
	CompleteURL  string       `json:"complete_url,omitempty"`
	IntervalS    int          `json:"interval_s,omitempty"`
	Region       string       `json:"region,omitempty"`
	Expires      time.Time    `json:"expires"`
	WindowOpened time.Time    `json:"window_opened"`
	Unshown      bool         `json:"unshown,omitempty"`
	Client       Registration `json:"client"`
	// Unanswered: the time ran out. Nothing is opened again before a person acts.
	Unanswered bool `json:"unanswered,omitempty"`
}

// windowLife is how long a browser's window may be waited for, before it counts as one that nobody answered.
const windowLife = 15 * time.Minute

// windowPending is a window of the browser flow that is opened now.
func windowPending(g profiles.Grant, now time.Time) storedPending {
	return storedPending{Version: itemVersion, For: purposeOf(g), WindowOpened: now.UTC().Round(0),
		Expires: now.Add(windowLife).UTC().Round(0)}
}

func unansweredPending(g profiles.Grant) storedPending {
	return storedPending{Version: itemVersion, For: purposeOf(g), Unanswered: true}
}

// unanswered reports whether nobody finished the last sign-in, to whoever holds the grant's lock: nobody waits for a
// window of the browser flow then.
func (p storedPending) unanswered() bool {
	return p.Unanswered || p.DeviceCode == "" && !p.WindowOpened.IsZero()
}

func pendingOf(g profiles.Grant, a Authorization) storedPending {
	return storedPending{Version: itemVersion, For: purposeOf(g), DeviceCode: a.DeviceCode, UserCode: a.UserCode,
		URL: a.URL, CompleteURL: a.CompleteURL, IntervalS: int(a.Interval / time.Second),
		Expires: a.Expires.UTC().Round(0), WindowOpened: a.WindowOpened.UTC().Round(0), Client: a.Client,
		Region: a.Region, Unshown: a.Unshown}
}

func (p storedPending) authorization() Authorization {
	return Authorization{DeviceCode: p.DeviceCode, UserCode: p.UserCode, URL: p.URL, CompleteURL: p.CompleteURL,
		Interval: time.Duration(p.IntervalS) * time.Second, Expires: p.Expires, WindowOpened: p.WindowOpened,
		Client: p.Client, Region: p.Region, Unshown: p.Unshown}
}

// clientName is the name of the item with the registration for a grant and a flow.
func clientName(g profiles.Grant, f Flow) string {
	p := purposeOf(g)
	sum := sha256.Sum256([]byte(strings.Join([]string{p.StartURL, p.Region, p.Session, p.Scopes, p.Endpoint, string(f)},
		"\x00")))
	return hex.EncodeToString(sum[:16])
}

// errNewer is wrapped by the error of an item that a later version of this program has stored.
var errNewer = errors.New("it was stored by a later version of hatstand")

// decodeItem reads an item into v, whose version is at version. An item that is no JSON counts as none.
func decodeItem(data []byte, v any, version *int) (ok bool, err error) {
	if len(data) == 0 || json.Unmarshal(data, v) != nil {
		return false, nil
	}
	if *version > itemVersion {
		return false, fmt.Errorf("a sign-in's item cannot be read: %w", errNewer)
	}
	return *version == itemVersion, nil
}
