package grant

import (
	"context"
	"errors"
	"time"

	"hatstand/credproc/grant/awscache"
	"hatstand/profiles"
	"hatstand/profiles/limits"
)

// InFile keeps tokens in the files of the AWS CLI, which share the sign-in then; those of sign-ins that the AWS CLI
// does not know are in the keyring. The keyring has no token, only whose the file's was when that was last found out:
// other programs may sign in there as somebody else.
type InFile struct {
	Folder  awscache.Folder // of aws sso login
	Console awscache.Folder // of aws login
	Items   Items
	Now     func() time.Time
}

// Token returns the file's token. Its SignIn and User are empty where the file has another token than the one whose
// person is known. A file that is no token file is none: the AWS CLI takes it so too.
func (f InFile) Token(ctx context.Context, g profiles.Grant) (t Token, ok bool, err error) {
	if !g.Shareable() {
		return InKeyring{f.Items}.Token(ctx, g)
	}
	if g.Kind == profiles.LoginSession {
		return f.consoleToken(ctx, g)
	}
	file, err := f.read(g)
	if err != nil || file.AccessToken == "" {
		return Token{}, false, err
	}
	t = fileToken(file)
	known, ok, err := storedOf(ctx, f.Items, g)
	if err != nil {
		return Token{}, false, err
	}
	if ok && known.Mark == file.Mark() {
		t.Flow, t.SignIn, t.SignedIn, t.Region = known.Flow, known.SignIn, known.SignedIn, known.Region
		t.User, t.Before = known.User, known.Before
	}
	return t, true, nil
}

func fileToken(file awscache.SSOToken) Token {
	return Token{Access: file.AccessToken, Expires: file.ExpiresAt, Refresh: file.RefreshToken, Flow: Device,
		Client: Registration{ClientID: file.ClientID, ClientSecret: file.ClientSecret,
			Expires: file.RegistrationExpiresAt}}
}

// read is the file, if it is a token file for these settings; else zero.
func (f InFile) read(g profiles.Grant) (awscache.SSOToken, error) {
	file, err := f.file(g)
	if err != nil || !f.madeFor(file, g) {
		return awscache.SSOToken{}, err
	}
	return file, nil
}

func (InFile) madeFor(file awscache.SSOToken, g profiles.Grant) bool {
	return profiles.TrimStartURL(file.StartURL) == g.SentStartURL() && file.Region == g.Region
}

// file is the file, whatever it was made for; zero if there is none, or it is no token file.
func (f InFile) file(g profiles.Grant) (awscache.SSOToken, error) {
	file, err := f.Folder.ReadSSO(fileName(g))
	if e, ok := errors.AsType[*awscache.Error](err); ok {
		switch e.Kind {
		case awscache.Absent, awscache.NotJSON, awscache.Incomplete:
			return awscache.SSOToken{}, nil
		}
	}
	return file, err
}

// PutToken writes the file, unless it has the token already, and notes whose it is. Members of the file that others
// have put there stay.
func (f InFile) PutToken(ctx context.Context, g profiles.Grant, t, was Token) error {
	if !g.Shareable() {
		return InKeyring{f.Items}.PutToken(ctx, g, t, was)
	}
	if g.Kind == profiles.LoginSession {
		return f.putConsole(ctx, g, t, was)
	}
	file, err := f.read(g)
	if err != nil {
		return err
	}
	if was.Access != "" && (file.AccessToken != was.Access || file.RefreshToken != was.Refresh) {
		return ErrReplaced
	}
	if file.AccessToken != t.Access || file.RefreshToken != t.Refresh ||
		file.ExpiresAt.Sub(t.Expires).Abs() >= time.Second { // the file has whole seconds
		file.StartURL, file.Region = g.StartURL, g.Region
		file.AccessToken, file.ExpiresAt, file.RefreshToken = t.Access, t.Expires, t.Refresh
		file.ClientID, file.ClientSecret = t.Client.ClientID, t.Client.ClientSecret
		file.RegistrationExpiresAt = t.Client.Expires
		if err := f.Folder.WriteSSO(fileName(g), file); err != nil {
			return err
		}
	}
	s := stored(g, t)
	s.Access, s.Refresh, s.Client, s.Mark = "", "", Registration{}, file.Mark()
	return putStored(ctx, f.Items, g, s)
}

// Outdated returns the file's token, if it was made for other settings, and the keyring's, which was made before
// sign-ins were shared.
func (f InFile) Outdated(ctx context.Context, g profiles.Grant) ([]Outdated, error) {
	if !g.Shareable() {
		return InKeyring{f.Items}.Outdated(ctx, g)
	}
	all, err := outdated(ctx, f.Items, g, func(purpose) bool { return true })
	if err != nil || g.Kind == profiles.LoginSession { // that one's file has no settings
		return all, err
	}
	file, err := f.file(g)
	was := g
	was.StartURL, was.Region = file.StartURL, file.Region
	if err == nil && file.AccessToken != "" && !f.madeFor(file, g) && limits.CheckRegion(file.Region) == nil {
		all = append(all, Outdated{was, fileToken(file)})
	}
	return all, err
}

// RemoveToken removes the file.
func (f InFile) RemoveToken(ctx context.Context, g profiles.Grant) error {
	if !g.Shareable() {
		return InKeyring{f.Items}.RemoveToken(ctx, g)
	}
	if g.Kind == profiles.LoginSession {
		return errors.Join(f.removeConsole(g), f.Items.RemoveItem(ctx, TokenItem, g.Key()))
	}
	return errors.Join(f.Folder.Remove(fileName(g), f.Now()), f.Items.RemoveItem(ctx, TokenItem, g.Key()))
}

// Recognize says whether the file's token, whose person is known by now, is of the person of the one before. Then it
// continues that sign-in.
func (f InFile) Recognize(ctx context.Context, g profiles.Grant, t Token) (Token, bool, error) {
	known, ok, err := storedOf(ctx, f.Items, g)
	if err != nil || t.SignIn != "" {
		return t, true, err
	}
	if ok && known.User == t.User && known.SignIn != "" {
		t.SignIn, t.SignedIn, t.Before = known.SignIn, known.SignedIn, known.Before
		return t, true, nil
	}
	t.Before = known.User
	return t, false, nil
}

func fileName(g profiles.Grant) string { return awscache.SSOFileName(g.Session, g.StartURL) }
