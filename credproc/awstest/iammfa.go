package awstest

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pquerna/otp"

	"hatstand/credproc/awstest/model"
)

// devicesPerUser is IAM's quota of MFA devices a user.
const devicesPerUser = 8

// enableWindow is how many steps either way EnableMFADevice looks for the pair of
// codes; a clock that is off by more has to be set right first.
const enableWindow = 2

func (s *Server) devicesOf(u *User) []*Device {
	return s.devicesWhere(func(d *Device) bool { return d.user == u })
}

func (s *Server) devicesWhere(keep func(*Device) bool) []*Device {
	var out []*Device
	for _, d := range s.devices {
		if keep(d) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *Device) int { return strings.Compare(a.Serial, b.Serial) })
	return out
}

func (s *Server) listMFADevices(x *exchange, who *principal) ([]el, *refusal) {
	u, e := s.subject(x, who, &checks{})
	if e != nil {
		return nil, e
	}
	list := el{name: "MFADevices"}
	for _, d := range s.devicesOf(u) {
		list.kids = append(list.kids, branch("member",
			leaf("UserName", u.Name), leaf("SerialNumber", d.Serial), leaf("EnableDate", stamp(d.enabled))))
	}
	return pageOf(x, list)
}

func (s *Server) createVirtualMFADevice(x *exchange, who *principal) ([]el, *refusal) {
	var c checks
	name := c.Required(x.params, "VirtualMFADeviceName", "virtualMFADeviceName", 1, 226, iamNamePattern())
	path := c.Optional(x.params, "Path", "path", 1, 512, model.Pattern{})
	if e := c.refusal(); e != nil {
		return nil, e
	}
	if path == "" {
		path = "/"
	}
	if !strings.HasPrefix(path, "/") || !strings.HasSuffix(path, "/") {
		return nil, invalid("The specified value for path is invalid. It must begin and end with / and contain only " +
			"alphanumeric characters and/or / characters.")
	}
	serial := "arn:" + s.opts.Partition + ":iam::" + who.account + ":mfa" + path + name
	if e := may(x, who, serial); e != nil {
		return nil, e
	}
	if s.devices[serial] != nil {
		return nil, conflict("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.")
	}
	d := &Device{Serial: serial, Seed: newSeed(), s: s, account: who.account, path: path}
	code, err := d.qrCode(who)
	if err != nil {
		return nil, refuse(http.StatusInternalServerError, "ServiceFailure", "%s", err)
	}
	s.devices[serial] = d
	return []el{branch("VirtualMFADevice",
		leaf("SerialNumber", serial),
		leaf("Base32StringSeed", base64.StdEncoding.EncodeToString([]byte(d.Seed))),
		leaf("QRCodePNG", base64.StdEncoding.EncodeToString(code)))}, nil
}

// qrCode is a PNG of the otpauth URL that IAM's documentation gives:
// otpauth://totp/DEVICE@ACCOUNT?secret=SEED
func (d *Device) qrCode(who *principal) ([]byte, error) {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + d.name() + "@" + who.account,
		RawQuery: "secret=" + d.Seed + "&issuer=Amazon%20Web%20Services"}
	key, err := otp.NewKeyFromURL(u.String())
	if err != nil {
		return nil, err
	}
	img, err := key.Image(200, 200)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, img)
	return b.Bytes(), err
}

// subjectDevice reads the serial number and the user of an action.
func (s *Server) subjectDevice(x *exchange, who *principal, c *checks) (*User, string, *refusal) {
	serial := c.Required(x.params, "SerialNumber", "serialNumber", 9, 256, model.Pattern{Text: `[\w+=/:,.@-]+`, OK: model.Word("+=/:,.@-")})
	u, e := s.subject(x, who, c)
	return u, serial, e
}

func (s *Server) enableMFADevice(x *exchange, who *principal) ([]el, *refusal) {
	var c checks
	digits := model.Pattern{Text: `[\d]+`, OK: model.DigitsPattern().OK}
	if !x.params.Has("UserName") {
		c.Add("null", "userName", "not be null")
	}
	one := c.Required(x.params, "AuthenticationCode1", "authenticationCode1", 6, 6, digits)
	two := c.Required(x.params, "AuthenticationCode2", "authenticationCode2", 6, 6, digits)
	u, serial, e := s.subjectDevice(x, who, &c)
	if e != nil {
		return nil, e
	}
	d := s.devices[serial]
	switch {
	case d == nil || d.account != u.Account:
		return nil, noSuchEntity("VirtualMFADevice with serial number %s does not exist.", serial)
	case d.user != nil:
		return nil, conflict("EntityAlreadyExists", "MFA Device is already in use.")
	case len(s.devicesOf(u)) >= devicesPerUser:
		return nil, conflict("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: %d", devicesPerUser)
	}
	at := uint64(x.now.Unix()) / step
	for n := at - enableWindow; n <= at+enableWindow; n++ {
		if d.code(n) == one && d.code(n+1) == two {
			d.user, d.enabled, d.spent = u, x.now, n+1
			return nil, nil
		}
	}
	return nil, refuse(http.StatusForbidden, "InvalidAuthenticationCode",
		"Authentication code for device is not valid.")
}

func (s *Server) deactivateMFADevice(x *exchange, who *principal) ([]el, *refusal) {
	u, serial, e := s.subjectDevice(x, who, &checks{})
	if e != nil {
		return nil, e
	}
	d := s.devices[serial]
	if d == nil || d.user != u {
		return nil, noSuchEntity("Device %s does not exist or is not enabled for user %s.", serial, u.Name)
	}
	d.user = nil
	if d.Seed == "" {
		delete(s.devices, serial) // a FIDO key is not kept once it is deactivated
	}
	return nil, nil
}

func (s *Server) deleteVirtualMFADevice(x *exchange, who *principal) ([]el, *refusal) {
	var c checks
	serial := c.Required(x.params, "SerialNumber", "serialNumber", 9, 256, model.Pattern{Text: `[\w+=/:,.@-]+`, OK: model.Word("+=/:,.@-")})
	if e := c.refusal(); e != nil {
		return nil, e
	}
	if e := may(x, who, serial); e != nil {
		return nil, e
	}
	d := s.devices[serial]
	switch {
	case d == nil || d.account != who.account || d.Seed == "":
		return nil, noSuchEntity("VirtualMFADevice with serial number %s doesn't exist.", serial)
	case d.user != nil:
		return nil, conflict("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
	}
	delete(s.devices, serial)
	return nil, nil
}

func (s *Server) listVirtualMFADevices(x *exchange, who *principal) ([]el, *refusal) {
	status := x.params.Get("AssignmentStatus")
	switch status {
	case "", "Any", "Assigned", "Unassigned":
	default:
		var c checks
		c.Add("'"+status+"'", "assignmentStatus", "satisfy enum value set: [Assigned, Any, Unassigned]")
		return nil, c.refusal()
	}
	if e := may(x, who, "arn:"+s.opts.Partition+":iam::"+who.account+":mfa/"); e != nil {
		return nil, e
	}
	list := el{name: "VirtualMFADevices"}
	for _, d := range s.devicesWhere(func(d *Device) bool { return d.account == who.account && d.Seed != "" }) {
		if status == "Assigned" && d.user == nil || status == "Unassigned" && d.user != nil {
			continue
		}
		m := branch("member", leaf("SerialNumber", d.Serial))
		if d.user != nil {
			m.kids = append(m.kids, leaf("EnableDate", stamp(d.enabled)), d.user.element())
		}
		list.kids = append(list.kids, m)
	}
	return pageOf(x, list)
}
