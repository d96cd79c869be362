package identitycenter

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Service is any number of instances of Identity Center behind one endpoint. Its
// methods may be called at any time from any goroutine.
type Service struct {
	mu        sync.Mutex
	settings  Settings
	instances []*Instance
	vanity    map[string]vanityURL       // by host and path
	clients   map[string]*client         // by ID
	devices   map[string]*deviceRequest  // by device code
	requests  map[string]*browserRequest // by the ID in their page
	codes     map[string]*authorization  // by authorization code
	access    map[string]*accessToken    // by value
	refresh   map[string]*refreshToken   // by value
	portal    []time.Time                // calls of the last second
}

// Settings are what an administrator and AWS itself decide.
type Settings struct {
	// MaxTokenLife, if above 0, caps the life of access tokens, which are good for
	// an hour, and for 8 where the client has no scopes.
	MaxTokenLife time.Duration
	// SessionLife is from a sign-in to its end; 8 h is AWS's default.
	SessionLife time.Duration
	// RegistrationLife is how long a client's registration lasts; AWS gives 90 days.
	RegistrationLife time.Duration
	// CodeLife is how long an authorization code lasts. AWS does not document it.
	CodeLife time.Duration
	// DeviceLife and DeviceInterval are a device code's life and the least time
	// between two polls; AWS says 10 min and 1 s.
	DeviceLife     time.Duration
	DeviceInterval time.Duration
	// Refresh says what happens to refresh tokens that were used.
	Refresh RefreshMode
	// Rate is how many calls a second the portal takes; 0 is any number.
	Rate int
	// AuthorizeError, if set, is what every browser is sent back with, as server_error.
	AuthorizeError string
	// Region is the region of calls to a host name without one, as 127.0.0.1; empty is the right one. Calls to
	// oidc.REGION and portal.sso.REGION name theirs.
	Region string
}

// RefreshMode is what happens to a refresh token that was used.
type RefreshMode int

const (
	SingleUse RefreshMode = iota // it is spent, and the answer has the next one
	Reusable                     // the answer has another one, and both are good
	Kept                         // the answer has none: it stays
)

// New makes a service without instances, with AWS's settings.
func New() *Service {
	return &Service{
		settings: Settings{
			SessionLife: 8 * time.Hour, RegistrationLife: 90 * 24 * time.Hour, CodeLife: time.Minute,
			DeviceLife: 10 * time.Minute, DeviceInterval: time.Second,
		},
		vanity: map[string]vanityURL{}, clients: map[string]*client{}, devices: map[string]*deviceRequest{},
		requests: map[string]*browserRequest{}, codes: map[string]*authorization{},
		access: map[string]*accessToken{}, refresh: map[string]*refreshToken{},
	}
}

// vanityURL is an address of a company's own that leads to a start URL.
type vanityURL struct {
	to   string
	head int // the status that HEAD is refused with; 0: it is not
}

// AddVanityURL makes an address redirect to another, as a company's own name for its
// start URL does. head, if not 0, is the status that HEAD is refused with. An address of
// another host than the server's is reached through package proxy.
func (s *Service) AddVanityURL(from, to string, head int) error {
	u, err := url.Parse(from)
	if err != nil || u.Host == "" {
		return fmt.Errorf("no address: %q", from)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vanity[u.Host+"/"+strings.Trim(u.Path, "/")] = vanityURL{to, head}
	return nil
}

// vanityOf finds the redirect of a request. It needs mu.
func (s *Service) vanityOf(r *http.Request) (vanityURL, bool) {
	v, ok := s.vanity[r.Host+"/"+strings.Trim(r.URL.Path, "/")]
	return v, ok
}

// Change changes the settings for calls from now on.
func (s *Service) Change(f func(*Settings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.settings)
}

// sameStartURL compares start URLs as AWS does: what people copy from a browser ends in
// "/", "#" or "#/".
func sameStartURL(a, b string) bool { return strings.TrimRight(a, "/#") == strings.TrimRight(b, "/#") }

// instance is the one of a start URL in a region; nil: there is none.
func (s *Service) instance(startURL, region string) *Instance {
	i := slices.IndexFunc(s.instances, func(i *Instance) bool {
		return sameStartURL(i.startURL, startURL) && sameRegion(i.region, region)
	})
	if i < 0 {
		return nil
	}
	return s.instances[i]
}

// sameRegion holds for a region that nobody told too.
func sameRegion(a, b string) bool { return a == "" || b == "" || a == b }

// region returns the region in a host name: oidc.REGION.SUFFIX or portal.sso.REGION.SUFFIX.
func (s *Service) region(host string) string {
	labels := strings.Split(host, ".")
	switch {
	case len(labels) > 2 && (labels[0] == "oidc" || labels[0] == "oidc-fips"):
		return labels[1]
	case len(labels) > 3 && labels[0] == "portal" && (labels[1] == "sso" || labels[1] == "sso-fips"):
		return labels[2]
	}
	return s.settings.Region
}
