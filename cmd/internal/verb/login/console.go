package login

import (
	"context"
	"fmt"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/grant/loginsession"
	"hatstand/profiles"
	"hatstand/profiles/edit"
)

// signInToConsole signs a person in to the console, whoever it is, and has a profile use that: it writes the profile's
// login_session. With yes, one of somebody else is replaced unasked.
func signInToConsole(ctx context.Context, d Deps, args []string, k *provider.RoleFlags, all, yes bool,
	tell *reporter) error {
	if len(args) != 1 || all {
		return &ui.UsageError{Reason: "--console takes the name of one profile", Next: "hatstand login PROFILE --console"}
	}
	name := args[0]
	set, err := d.Settings.Profiles()
	if err != nil {
		return err
	}
	request := d.request()
	request.Region = k.Region
	g, was, err := set.Console(name, request)
	if err != nil {
		return err
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	m, err := d.Provider.SignIns(ctx, g, k, prompt.Insist, true)
	if err != nil {
		return err
	}
	limited, cancel, err := d.forSignIn(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	token, err := m.SignInOnly(limited, g)
	if err != nil {
		return err
	}
	g.ARN = loginsession.Subject(token)
	if was.IsSet() && was.Value != g.ARN {
		question := fmt.Sprintf("Profile %s uses the sign-in of %s. Use that of %s instead?", ui.Quoted(name), ui.Plain(was.Value), ui.Plain(g.ARN))
		if err := d.UI.Sure(yes, question); err != nil {
			return fmt.Errorf("%w: nothing was changed", err)
		}
	}
	err = d.Files.Rewrite(ctx, awsfile.Config, func(config profiles.File) ([]byte, error) {
		return withLoginSession(config, name, g.ARN)
	})
	if err != nil {
		return err
	}
	if _, err := m.Keep(ctx, g, token); err != nil {
		return err
	}
	return tell.console(name, g)
}

// withLoginSession is the config file with a profile's login_session, in the section where it stands already, else in
// the profile.
func withLoginSession(config profiles.File, name, arn string) ([]byte, error) {
	const key = "login_session"
	e, err := edit.Config(config)
	if err != nil {
		return nil, err
	}
	moved, err := e.Unset(edit.Hatstand(name), key)
	if err != nil {
		return nil, err
	}
	section := edit.Profile(name)
	if moved > 0 {
		section = edit.Hatstand(name)
	}
	if err := e.Set(section, key, arn); err != nil {
		return nil, err
	}
	return e.Bytes(), nil
}
