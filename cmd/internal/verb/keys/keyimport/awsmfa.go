package keyimport

import (
	"context"
	"fmt"
	"strings"

	"hatstand/profiles/limits"
)

// aws-mfa keeps long-lived keys in [NAME-long-term], with the device as aws_mfa_device, and writes the session that it
// gets into [NAME].
const longTerm = "-long-term"

// fromAWSMFA writes the devices of profiles that aws-mfa used as mfa_serial, and tells which roles still start from its
// sessions, which nothing renews any more.
func fromAWSMFA(ctx context.Context, d Deps, done []outcome, o options) (said string, err error) {
	set, err := d.Settings.Profiles()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, out := range done {
		p, ok := set.Profile(out.name)
		if !ok || !out.imported(o.dryRun) {
			continue
		}
		device := p.Get("aws_mfa_device").Value
		switch {
		case device == "" || p.Get("mfa_serial").IsSet() || limits.CheckSerial(device) != nil:
		case o.dryRun:
			fmt.Fprintf(&b, "To be written: mfa_serial = %s, for profile %s.\n", device, out.name)
		default:
			where, err := d.Files.SetMFASerial(ctx, out.name, device)
			if err != nil {
				return b.String(), err
			}
			fmt.Fprintf(&b, "Wrote mfa_serial for profile %s, as aws_mfa_device had it: %s.\n", out.name, where)
		}
		short, ok := strings.CutSuffix(out.name, longTerm)
		if _, there := set.Profile(short); !ok || !there {
			continue
		}
		var roles []string
		for _, role := range set.Profiles() {
			if role.Get("source_profile").Value == short {
				roles = append(roles, role.Name)
			}
		}
		if len(roles) > 0 {
			fmt.Fprintf(&b, "%s %s from the session that aws-mfa left in profile %s, which nothing renews: "+
				"write source_profile = %s there.\n",
				profilesNamed(roles), map[bool]string{true: "starts", false: "start"}[len(roles) == 1], short, out.name)
		}
	}
	return b.String(), nil
}
