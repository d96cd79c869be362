package iam

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hatstand/credproc/awsclient"
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
}

// ListMFADevices lists the devices of the user that asks, FIDO keys too (their serials have :u2f/ in them).
func (c *Client) ListMFADevices(ctx context.Context) ([]Device, error) {
	var devices []Device
	pages := iam.NewListMFADevicesPaginator(c.api, &iam.ListMFADevicesInput{UserName: c.user()})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx, c.repeat(ctx, awsclient.Repeatable))
		if err != nil {
			return nil, c.failed("ListMFADevices", err)
		}
		for _, d := range out.MFADevices {
			devices = append(devices, Device{aws.ToString(d.SerialNumber), aws.ToString(d.UserName),
				aws.ToTime(d.EnableDate)})
		}
	}
	return devices, nil
}

// ListVirtualMFADevices lists the account's virtual devices: those of somebody, or those of nobody.
func (c *Client) ListVirtualMFADevices(ctx context.Context, assigned bool) ([]Device, error) {
	status := types.AssignmentStatusTypeUnassigned
	if assigned {
		status = types.AssignmentStatusTypeAssigned
	}
	var devices []Device
	pages := iam.NewListVirtualMFADevicesPaginator(c.api, &iam.ListVirtualMFADevicesInput{AssignmentStatus: status})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx, c.repeat(ctx, awsclient.Repeatable))
		if err != nil {
			return nil, c.failed("ListVirtualMFADevices", err)
		}
		for _, d := range out.VirtualMFADevices {
			device := Device{Serial: aws.ToString(d.SerialNumber), Enabled: aws.ToTime(d.EnableDate)}
			if d.User != nil {
				device.User = aws.ToString(d.User.UserName)
			}
			devices = append(devices, device)
		}
	}
	return devices, nil
}

// CreateVirtualMFADevice makes a virtual device: name has 1 to 226 characters of A-Z a-z 0-9 _ + = , . @ -
// (IAM API model, virtualMFADeviceName). Where the answer is lost the device is there all the same, and
// its seed is nowhere.
func (c *Client) CreateVirtualMFADevice(ctx context.Context, name string) (NewDevice, error) {
	out, err := c.api.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: &name},
		c.repeat(ctx, awsclient.Creates))
	if err != nil {
		return NewDevice{}, c.failed("CreateVirtualMFADevice", err)
	}
	d := out.VirtualMFADevice
	if d == nil || aws.ToString(d.SerialNumber) == "" || len(d.Base32StringSeed) == 0 {
		return NewDevice{}, c.empty("CreateVirtualMFADevice")
	}
	return NewDevice{*d.SerialNumber, Secret(d.Base32StringSeed)}, nil
}

// EnableMFADevice gives a device to a user, by two codes in a row. Both are spent by it.
func (c *Client) EnableMFADevice(ctx context.Context, user, serial, first, second string) error {
	_, err := c.api.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: &user, SerialNumber: &serial, AuthenticationCode1: &first, AuthenticationCode2: &second,
	}, c.repeat(ctx, awsclient.Once))
	return c.failed("EnableMFADevice", err)
}

// DeactivateMFADevice takes a device from a user. A virtual one stays, assigned to nobody.
func (c *Client) DeactivateMFADevice(ctx context.Context, user, serial string) error {
	_, err := c.api.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: optional(user),
		SerialNumber: &serial}, c.repeat(ctx, awsclient.Repeatable))
	return c.failed("DeactivateMFADevice", err)
}

// DeleteVirtualMFADevice deletes a virtual device that is assigned to nobody.
func (c *Client) DeleteVirtualMFADevice(ctx context.Context, serial string) error {
	_, err := c.api.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &serial},
		c.repeat(ctx, awsclient.Repeatable))
	return c.failed("DeleteVirtualMFADevice", err)
}
