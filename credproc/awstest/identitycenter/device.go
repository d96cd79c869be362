package identitycenter

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
)

// deviceRequest is a device that waits for a person.
type deviceRequest struct {
	client   *client
	instance *Instance
	userCode string
	made     time.Time
	expires  time.Time
	polled   time.Time // the last time; zero: never
	state    deviceState
	user     string // who approved
}

type deviceState int

const (
	waiting deviceState = iota
	approved
	denied
	used // its token was fetched
)

func (s *Service) startDeviceAuthorization(r *Request) (any, *refusal) {
	var in struct {
		ClientID     string `json:"clientId"`
		ClientSecret string `json:"clientSecret"`
		StartURL     string `json:"startUrl"`
	}
	if e := r.read(&in); e != nil {
		return nil, e
	}
	c, e := s.authenticate(r, in.ClientID, in.ClientSecret)
	if e != nil {
		return nil, e
	}
	if e := c.mayUse(grantDevice); e != nil {
		return nil, e
	}
	instance := s.instance(in.StartURL, s.region(r.HTTP.Host))
	if instance == nil {
		return nil, invalidRequest("Invalid start url provided")
	}
	d := &deviceRequest{
		client: c, instance: instance, userCode: userCode(), made: r.Now, expires: r.Now.Add(s.settings.DeviceLife),
	}
	code := token("", 86)
	s.devices[code] = d
	page := r.origin() + "/device"
	return map[string]any{
		"deviceCode": code, "userCode": d.userCode, "verificationUri": page,
		"verificationUriComplete": page + "?user_code=" + url.QueryEscape(d.userCode),
		"expiresIn":               seconds(s.settings.DeviceLife), "interval": seconds(s.settings.DeviceInterval),
	}, nil
}

// pollDevice is CreateToken with a device code.
func (s *Service) pollDevice(r *Request, c *client, code string) (any, *refusal) {
	if code == "" {
		return nil, invalidRequest("deviceCode is required")
	}
	d := s.devices[code]
	if d == nil || d.client != c || d.state == used {
		return nil, refuse("InvalidGrantException", "Invalid grant provided")
	}
	last := d.polled
	d.polled = r.Now
	switch {
	case !r.Now.Before(d.expires):
		return nil, refuse("ExpiredTokenException", "Invalid device code provided")
	case d.state == denied:
		return nil, refuse("AccessDeniedException", "The request was denied")
	case d.state == approved:
		d.state = used
		return s.signIn(r, c, d.instance, d.user, c.scopes), nil
	case !last.IsZero() && r.Now.Sub(last) < s.settings.DeviceInterval:
		return nil, refuse("SlowDownException", "")
	}
	return nil, refuse("AuthorizationPendingException", "")
}

// findUserCode takes a code as people type it. It needs mu.
func (s *Service) findUserCode(typed string, now time.Time) *deviceRequest {
	plain := func(code string) string { return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code)) }
	for _, d := range s.devices {
		if plain(d.userCode) == plain(typed) && d.state == waiting && now.Before(d.expires) {
			return d
		}
	}
	return nil
}

// answer is what a person says to a device.
func (d *deviceRequest) answer(approve bool) {
	d.state = denied
	if approve {
		d.state, d.user = approved, d.instance.person
	}
}

// errNoDevice is for a user code that nobody waits with.
func errNoDevice(code string) error { return errors.New("no device waits with the code " + code) }

// Approve is the person's yes to the device that shows a user code, at a time.
func (s *Service) Approve(userCode string, now time.Time) error { return s.answer(userCode, now, true) }

// Deny is the person's no.
func (s *Service) Deny(userCode string, now time.Time) error { return s.answer(userCode, now, false) }

func (s *Service) answer(userCode string, now time.Time, approve bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.findUserCode(userCode, now)
	if d == nil {
		return errNoDevice(userCode)
	}
	d.answer(approve)
	return nil
}

// Waiting is the user codes of all devices that wait for a person, the oldest first.
func (s *Service) Waiting(now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*deviceRequest
	for _, d := range s.devices {
		if d.state == waiting && now.Before(d.expires) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b *deviceRequest) int { return a.made.Compare(b.made) })
	codes := make([]string, len(found))
	for i, d := range found {
		codes[i] = d.userCode
	}
	return codes
}
