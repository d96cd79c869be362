package doctor

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"hatstand/cache"
	"hatstand/cache/folder"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/awscache"
	"hatstand/profiles"
	"hatstand/profiles/signins"
)

const aboutSignIns = "sign-ins"

// checkSignIns reports each sign-in of the config file, those that the keyring alone still has, and tokens that other
// programs keep in plain files.
func (d Deps) checkSignIns(ctx context.Context) ([]finding, error) {
	set, err := d.Settings.Profiles()
	if err != nil {
		return nil, nil // the check of the files has reported that
	}
	request := profiles.Request{Getenv: d.Settings.Environment().OfProfile, Self: d.World.Self()}
	all := d.grantFindings(ctx, set, request)
	// With sso_cache = shared the files are where the tokens ought to be.
	if shared, err := provider.SharedTokens(d.Settings); err == nil && !shared {
		all = append(all, d.plainTokens(set)...)
	}
	return all, nil
}

// grantFindings tells who is signed in where.
func (d Deps) grantFindings(ctx context.Context, set *profiles.Set, request profiles.Request) (all []finding) {
	keyring := d.Keyring.Asking(prompt.Never)
	known := signins.Known(set, request)
	var unseen error // a keyring that does not answer is not asked again
	look := func(g profiles.Grant) (s grant.State) {
		if unseen == nil {
			s, unseen = keyring.SignIn(prompt.With(ctx, prompt.Never), g)
		}
		return s
	}
	for _, g := range known {
		s, users := look(g), signins.ProfilesOf(set, g.Key(), request)
		f := finding{About: aboutSignIns, What: g.Name(), State: stateNote}
		switch {
		case len(users) == 0:
			f = unusedFinding(f, g)
			if unseen == nil && s.SignedIn {
				f.Text = d.signInFinding(f, s, g, "").Text + "; " + f.Text
			}
		case unseen != nil:
			f.Text = "it is not known whether you are signed in: " + whyUnseen(unseen)
		default:
			login := advice.Login(g.Session, "")
			if g.Session == "" {
				login = advice.Login(users[0], "")
			}
			f = d.signInFinding(f, s, g, login)
		}
		all = append(all, f)
	}
	if unseen != nil {
		return all
	}
	removed, _ := keyring.RemovedSignIns(prompt.With(ctx, prompt.Never), known) // the check of the keyring tells why
	for _, g := range removed {
		if s := look(g); s.SignedIn {
			f := d.signInFinding(finding{About: aboutSignIns, What: g.Name()}, s, g, "")
			f.State, f.Text = stateNote, f.Text+"; the config file does not have it any more"
			f.Hints = []string{"sign out: hatstand logout " + advice.ShellWord(g.Name())}
			all = append(all, f)
		}
	}
	return all
}

// unusedFinding completes the finding about a sign-in that no profile uses.
func unusedFinding(f finding, g profiles.Grant) finding {
	f.Text = "no profile gets credentials from it"
	if g.ListsRoles() {
		f.Hints = []string{"hatstand profiles sync " + advice.ShellWord(g.Session) + " writes a profile for each of its permission sets"}
	} else {
		f.Hints = []string{"add oidc = " + g.Session + " to a profile that has a role_arn"}
	}
	return f
}

// whyUnseen is why the keyring does not tell of sign-ins.
func whyUnseen(err error) string {
	if cache.IsPassphrase(err) && errors.Is(err, cache.ErrNobody) { // doctor asks for no passphrase
		return "the keyring is locked"
	}
	return err.Error()
}

// signInFinding completes the finding about a sign-in. login is the command that signs in.
func (d Deps) signInFinding(f finding, s grant.State, g profiles.Grant, login string) finding {
	now := d.World.Now()
	switch {
	case s.SignedIn:
		f.State, f.Text = stateOK, "signed in"
		if s.User != "" {
			f.Text += " as " + s.User
		}
		if s.Renews {
			f.Text += ", " + g.Renews()
		} else {
			f.Text += ", until " + ui.ClockTime(s.Until, now)
		}
	case s.OpenCode != "":
		f.Text = "the sign-in is open in a browser, code " + s.OpenCode + ", until " + ui.ClockTime(s.OpenUntil, now)
	case s.Unanswered:
		f.State, f.Text = stateWarning, "nobody finished the last sign-in, and programs start no other"
		f.Hints = []string{login}
	default:
		f.Text, f.Hints = "not signed in", []string{login}
	}
	return f
}

// plainTokens finds the token files of the AWS CLI and the SDKs: whoever can read those is signed in as well.
func (d Deps) plainTokens(set *profiles.Set) (all []finding) {
	now, home := d.World.Now(), settings.LocateFiles(d.World.Getenv, d.World.GOOS).Home
	sessions := set.Sessions()
	for _, p := range set.Profiles() {
		sessions = append(sessions, p.Get("sso_start_url").Value, p.Get("login_session").Value)
	}
	for _, in := range []struct {
		folder awscache.Folder
		logout string
	}{
		{awscache.SSOFolder(home), "aws sso logout"},
		{awscache.LoginFolder(home, d.World.Getenv("AWS_LOGIN_CACHE_DIRECTORY")), "aws logout --all"},
	} {
		held, err := in.folder.List(now, sessions)
		for _, h := range held {
			h.RefreshToken = h.RefreshToken && (h.RegistrationExpiresAt.IsZero() || now.Before(h.RegistrationExpiresAt))
			if h.AccessToken || h.RefreshToken {
				all = append(all, plainToken(h, in.logout, now))
			}
		}
		for _, err := range eachOf(err) {
			f := finding{About: aboutSignIns, What: string(in.folder), State: stateWarning, Text: err.Error()}
			if e, ok := errors.AsType[*awscache.Error](err); ok {
				f.What, f.Text = e.Path, e.Reason
			}
			f.Text = "it is not known whether it has tokens: " + f.Text
			all = append(all, f)
		}
	}
	return all
}

// plainToken is the finding about a file with tokens. logout is the AWS CLI's command that removes it.
func plainToken(h awscache.Held, logout string, now time.Time) finding {
	f := finding{About: aboutSignIns, What: h.Path, State: stateWarning}
	var tokens []string
	if h.AccessToken && h.ExpiresAt.IsZero() {
		tokens = append(tokens, "an access token")
	} else if h.AccessToken {
		tokens = append(tokens, "an access token until "+ui.ClockTime(h.ExpiresAt, now))
	}
	if h.RefreshToken && h.RegistrationExpiresAt.IsZero() {
		tokens = append(tokens, "a refresh token")
	} else if h.RefreshToken {
		tokens = append(tokens, "a refresh token until "+ui.ClockTime(h.RegistrationExpiresAt, now)+" at most")
	}
	f.Text = "has in plain text " + strings.Join(tokens, " and ")
	if whose := h.Session; whose != "" {
		f.Text += ", of " + whose
	} else if h.StartURL != "" {
		f.Text += ", of " + h.StartURL
	}
	f.Hints = []string{logout + " removes it; hatstand keeps its own sign-ins in the keyring"}
	switch {
	case strings.HasPrefix(filepath.Base(h.Path), folder.TempPrefix):
		f.Hints = []string{"it is left over from a program that was stopped: remove the file"}
	case h.Session == "" && h.StartURL == "":
		f.Hints = []string{"sign out in the program that has written it"}
	}
	return f
}

// eachOf are the errors that were joined to one.
func eachOf(err error) []error {
	var joined interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &joined):
		return joined.Unwrap()
	}
	return []error{err}
}
