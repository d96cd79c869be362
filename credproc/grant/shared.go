package grant

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"hatstand/credproc/grant/awscache"
	"hatstand/profiles"
)

// InFile keeps tokens in the files of the AWS CLI, which share the sign-in then. The keyring has no token, only whose
// the file's was when that was last found out: other programs may sign in there as somebody else.
type InFile struct {
	Folder awscache.Folder
	Items  Items
	Now    func() time.Time
}

// Shared reports that other programs, which do not take our locks, write the tokens too.
func (f InFile) Shared() bool { return true }

// Token returns the file's token. Its SignIn and User are empty where the file has another token than the one whose
// person is known.
func (f InFile) Token(ctx context.Context, g profiles.Grant) (Token, bool, error) {
	file, err := f.Folder.ReadSSO(fileName(g))
	if errors.Is(err, fs.ErrNotExist) {
		return Token{}, false, nil
	}
	if err != nil {
		return Token{}, false, err
	}
	if profiles.TrimStartURL(file.StartURL) != g.SentStartURL() || file.Region != g.Region {
		return Token{}, false, nil
	}
	t := Token{Access: file.AccessToken, Expires: file.ExpiresAt, Refresh: file.RefreshToken, Flow: Device,
		Client: Registration{ClientID: file.ClientID, ClientSecret: file.ClientSecret,
			Expires: file.RegistrationExpiresAt}}
	known, ok, err := storedOf(ctx, f.Items, g)
	if err != nil {
		return Token{}, false, err
	}
	if ok && known.Mark == file.Mark() {
		t.Flow, t.SignIn, t.SignedIn, t.User, t.Before = known.Flow, known.SignIn, known.SignedIn, known.User, known.Before
	}
	return t, true, nil
}

// PutToken writes the file, unless it has the token already, and notes whose it is.
func (f InFile) PutToken(ctx context.Context, g profiles.Grant, t Token) error {
	file, err := f.Folder.ReadSSO(fileName(g)) // what else stands there stays
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		file = awscache.SSOToken{}
	}
	if file.AccessToken != t.Access || file.RefreshToken != t.Refresh {
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

// RemoveToken removes the file.
func (f InFile) RemoveToken(ctx context.Context, g profiles.Grant) error {
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
