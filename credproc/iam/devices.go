package iam

import (
	"context"
	"net/url"
	"time"

	"hatstand/credproc/internal/query"
)

// DevicesPerUser is IAM's quota of MFA devices a user. Source: the IAM user guide, "IAM and AWS STS quotas".
const DevicesPerUser = 8

// A Device is an MFA device.
type Device struct {
	Serial  string // an ARN, or a hardware device's serial number
	User    string // the IAM user's name; "" if it is nobody's
	Enabled time.Time
}

// A NewDevice is a virtual device just made, enabled for nobody yet. IAM shows its seed this once.
type NewDevice struct {
	Serial string
	Seed   Secret // base32
	PNG    []byte // the QR code of the otpauth URL, which holds the seed
}

// A deviceAnswer is IAM's MFADevice, and its VirtualMFADevice: that one has the user in an element of its own.
type deviceAnswer struct {
	SerialNumber string
	UserName     string
	VirtualUser  string `xml:"User>UserName"`
	EnableDate   time.Time
}

// ListMFADevices lists the devices of the user that asks, FIDO keys too (their serials have :u2f/ in them).
func (c *Client) ListMFADevices(ctx context.Context) ([]Device, error) {
	var devices []Device
	params := about(c.o.User, nil)
	for {
		var out struct {
			page
			Devices []deviceAnswer `xml:"MFADevices>member"`
		}
		if _, err := c.call(ctx, query.Again(), "ListMFADevices", params, &out); err != nil {
			return nil, c.failed("ListMFADevices", err)
		}
		for _, d := range out.Devices {
			devices = append(devices, Device{d.SerialNumber, d.UserName, d.EnableDate})
		}
		if !out.next(params) {
			return devices, nil
		}
	}
}

// ListVirtualMFADevices lists the account's virtual devices: those of somebody, or those of nobody.
func (c *Client) ListVirtualMFADevices(ctx context.Context, assigned bool) ([]Device, error) {
	params := url.Values{"AssignmentStatus": {"Unassigned"}}
	if assigned {
		params.Set("AssignmentStatus", "Assigned")
	}
	var devices []Device
	for {
		var out struct {
			page
			Devices []deviceAnswer `xml:"VirtualMFADevices>member"`
		}
		if _, err := c.call(ctx, query.Again(), "ListVirtualMFADevices", params, &out); err != nil {
			return nil, c.failed("ListVirtualMFADevices", err)
		}
		for _, d := range out.Devices {
			devices = append(devices, Device{d.SerialNumber, d.VirtualUser, d.EnableDate})
		}
		if !out.next(params) {
			return devices, nil
		}
	}
}

// CreateVirtualMFADevice makes a virtual device: name has 1 to 226 characters of A-Z a-z 0-9 _ + = , . @ -
// (IAM API model, virtualMFADeviceName). Where the answer is lost the device is there all the same, and
// its seed is nowhere.
func (c *Client) CreateVirtualMFADevice(ctx context.Context, name string) (NewDevice, error) {
	var out struct {
		Device struct {
			SerialNumber     string
			Base32StringSeed query.Blob
			QRCodePNG        query.Blob
		} `xml:"VirtualMFADevice"`
	}
	if _, err := c.call(ctx, query.Untouched(), "CreateVirtualMFADevice", url.Values{"VirtualMFADeviceName": {name}}, &out); err != nil {
		return NewDevice{}, c.failed("CreateVirtualMFADevice", err)
	}
	d := out.Device
	if d.SerialNumber == "" || len(d.Base32StringSeed) == 0 {
		return NewDevice{}, c.empty("CreateVirtualMFADevice")
	}
	return NewDevice{d.SerialNumber, Secret(d.Base32StringSeed), d.QRCodePNG}, nil
}

// EnableMFADevice gives a device to a user, by two codes in a row. Both are spent by it.
func (c *Client) EnableMFADevice(ctx context.Context, user, serial, first, second string) error {
	_, err := c.call(ctx, query.Once(), "EnableMFADevice", url.Values{
		"UserName": {user}, "SerialNumber": {serial}, "AuthenticationCode1": {first}, "AuthenticationCode2": {second},
	}, nil)
	return c.failed("EnableMFADevice", err)
}

// DeactivateMFADevice takes a device from a user. A virtual one stays, and is nobody's.
func (c *Client) DeactivateMFADevice(ctx context.Context, user, serial string) error {
	_, err := c.call(ctx, query.Again(), "DeactivateMFADevice", about(user, url.Values{"SerialNumber": {serial}}), nil)
	return c.failed("DeactivateMFADevice", err)
}

// DeleteVirtualMFADevice deletes a virtual device that is nobody's.
func (c *Client) DeleteVirtualMFADevice(ctx context.Context, serial string) error {
	_, err := c.call(ctx, query.Again(), "DeleteVirtualMFADevice", url.Values{"SerialNumber": {serial}}, nil)
	return c.failed("DeleteVirtualMFADevice", err)
}
