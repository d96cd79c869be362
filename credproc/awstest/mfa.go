package awstest

import (
	"crypto/subtle"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"hatstand/credproc/awstest/model"
)

// Device is an MFA device: a virtual one with a seed, or a FIDO key, whose
// codes STS never takes.
type Device struct {
	Serial string
	// Seed is the base32 seed; "" for a FIDO key.
	Seed string

	s       *Server
	account string
	path    string
	user    *User // nil: not enabled
	enabled time.Time
	spent   uint64 // the last 30-second step whose code was taken
}

// step is the length of a TOTP step, in seconds (RFC 6238's and AWS's).
const step = 30

// newSeed is 64 base32 characters, as CreateVirtualMFADevice makes them.
func newSeed() string { return random(keyAlphabet, 64) }

// AddMFA makes a virtual device and enables it for the user.
func (u *User) AddMFA(name string) *Device {
	return u.addDevice(&Device{Serial: u.deviceARN("mfa/" + name), Seed: newSeed()})
}

// AddMFAFIDO makes a FIDO security key and enables it for the user. STS refuses
// every code for it: it takes six-digit codes of virtual and hardware tokens only.
func (u *User) AddMFAFIDO(name string) *Device {
	return u.addDevice(&Device{Serial: u.deviceARN("u2f/user/" + u.Name + "/" + name + "-" + random(idAlphabet, 26))})
}

// Device is the device of that serial, enabled for somebody or not; nil: there is none.
func (s *Server) Device(serial string) *Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.devices[serial]
}

// Owner is the ARN of the user that the device is enabled for; "" if it is enabled for nobody.
func (d *Device) Owner() string {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	if d.user == nil {
		return ""
	}
	return d.user.ARN
}

func (u *User) deviceARN(resource string) string {
	return "arn:" + u.s.opts.Partition + ":iam::" + u.Account + ":" + resource
}

func (u *User) addDevice(d *Device) *Device {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	d.s, d.account, d.user, d.enabled = u.s, u.Account, u, u.s.now()
	u.s.devices[d.Serial] = d
	return d
}

// Code is the six digits that the device shows at t. It does not spend them.
func (d *Device) Code(t time.Time) string {
	if d.Seed == "" {
		return "000000"
	}
	return d.code(uint64(t.Unix()) / step)
}

func (d *Device) code(counter uint64) string {
	// A seed this package made is valid base32, and no other seed gets here.
	c, err := totp.GenerateCode(d.Seed, time.Unix(int64(counter*step), 0))
	if err != nil {
		panic("awstest: " + err.Error())
	}
	return c
}

// match finds the step, from low to high, whose code this is.
func (d *Device) match(code string, low, high uint64) (uint64, bool) {
	for n := low; n <= high; n++ {
		if subtle.ConstantTimeCompare([]byte(d.code(n)), []byte(code)) == 1 {
			return n, true
		}
	}
	return 0, false
}

// take spends a code: of this step, the one before or the one after, and later
// than any that was spent.
func (d *Device) take(code string, now time.Time) bool {
	at := uint64(now.Unix()) / step
	n, ok := d.match(code, at-1, at+1)
	if !ok || n <= d.spent {
		return false
	}
	d.spent = n
	return true
}

// mfaParams is what a call says of MFA.
type mfaParams struct {
	serial, code       string
	hasSerial, hasCode bool
}

func readMFA(c *checks, v url.Values) mfaParams {
	m := mfaParams{hasSerial: v.Has("SerialNumber"), hasCode: v.Has("TokenCode")}
	m.serial = c.Optional(v, "SerialNumber", "serialNumber", 9, 256, model.SerialPattern())
	m.code = c.Optional(v, "TokenCode", "tokenCode", 6, 6, model.DigitsPattern())
	return m
}

// checkMFA validates the code a call came with, and spends it whatever becomes of
// the call afterwards. It says whether MFA is present in the request.
func (s *Server) checkMFA(who *principal, m mfaParams, now time.Time) (bool, *refusal) {
	if !m.hasSerial && !m.hasCode {
		return who.mfa, nil
	}
	if m.hasSerial != m.hasCode {
		return false, denied("MultiFactorAuthentication failed, must provide both MFA serial number and one time " +
			"pass code.")
	}
	d := s.devices[m.serial]
	if d == nil || d.user == nil || d.user != who.user || d.Seed == "" {
		return false, denied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your " +
			"MFA serial number is valid and associated with this user.")
	}
	if !d.take(m.code, now) {
		return false, denied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
	}
	return true, nil
}

// name is the last part of the serial number.
func (d *Device) name() string { return d.Serial[strings.LastIndexByte(d.Serial, '/')+1:] }
