package main

import (
	"context"
	"fmt"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/edit"
)

// writeSerial writes a profile's mfa_serial, where it stands now or else belongs, and tells where that is.
func (a *parts) writeSerial(ctx context.Context, profile, serial string) (where string, err error) {
	set, err := a.settings.Profiles()
	if err != nil {
		return "", err
	}
	target := edit.TargetOf(set, profile, "mfa_serial")
	file, open := configFile, edit.Config
	if target.Credentials {
		file, open = credentialsFile, edit.Credentials
	}
	err = a.rewrite(ctx, file, func(f profiles.File) ([]byte, error) {
		e, err := open(f)
		if err != nil {
			return nil, err
		}
		err = e.Set(target.Section, "mfa_serial", serial)
		return e.Bytes(), err
	})
	if err != nil {
		return "", err
	}
	if set, err = a.settings.Profiles(); err != nil {
		return "", err
	}
	p, ok := set.Profile(profile)
	if !ok || p.Get("mfa_serial").Value != serial {
		return "", fmt.Errorf("profile %s: mfa_serial was written, and reads as something else", ui.Quoted(profile))
	}
	return p.Get("mfa_serial").Where(), nil
}
