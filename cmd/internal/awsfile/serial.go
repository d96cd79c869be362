package awsfile

import (
	"context"
	"fmt"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/edit"
)

// SetMFASerial writes a profile's mfa_serial, where it is now or else belongs, and returns where that is.
func (e Editor) SetMFASerial(ctx context.Context, profile, serial string) (where string, err error) {
	set, err := e.Settings.Profiles()
	if err != nil {
		return "", err
	}
	target := edit.TargetOf(set, profile, "mfa_serial")
	file, open := Config, edit.Config
	if target.Credentials {
		file, open = Credentials, edit.Credentials
	}
	err = e.Rewrite(ctx, file, func(f profiles.File) ([]byte, error) {
		text, err := open(f)
		if err != nil {
			return nil, err
		}
		err = text.Set(target.Section, "mfa_serial", serial)
		return text.Bytes(), err
	})
	if err != nil {
		return "", err
	}
	if set, err = e.Settings.Profiles(); err != nil {
		return "", err
	}
	p, ok := set.Profile(profile)
	if !ok || p.Get("mfa_serial").Value != serial {
		return "", fmt.Errorf("profile %s: mfa_serial was written, but reads back differently", ui.Quoted(profile))
	}
	return p.Get("mfa_serial").Where(), nil
}
