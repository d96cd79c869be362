package grant

import (
	"context"
	"errors"
	"strings"

	"hatstand/credproc/grant/awscache"
	"hatstand/profiles"
)

// PersonOf is the last part of the ARN of a role session or of an IAM user: who signed in.
func PersonOf(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

// consoleToken is the token of a sign-in to the console in the AWS CLI's file. The file's name says whose it is, so
// that whoever has written it, it continues the same person's sign-in.
func (f InFile) consoleToken(ctx context.Context, g profiles.Grant) (t Token, ok bool, err error) {
	file, err := f.readConsole(g)
	if err != nil || file.AccessToken.AccessKeyID == "" {
		return Token{}, false, err
	}
	known, ok, err := storedOf(ctx, f.Items, g)
	if err != nil {
		return Token{}, false, err
	}
	t = Token{Access: file.AccessToken.AccessKeyID, Expires: file.AccessToken.ExpiresAt, Refresh: file.RefreshToken,
		Client: Registration{ClientID: file.ClientID}, Flow: Browser, SignIn: g.ARN, User: PersonOf(g.ARN),
		Console: Console{SecretAccessKey: file.AccessToken.SecretAccessKey, SessionToken: file.AccessToken.SessionToken,
			IDToken: file.IDToken, DPoPKey: file.DPoPKey}}
	if ok && known.SignIn != "" {
		t.SignIn, t.SignedIn = known.SignIn, known.SignedIn
	}
	if ok && known.Mark == file.Mark() {
		t.Flow, t.Region = known.Flow, known.Region
		if known.Ended {
			t.Refresh = ""
		}
	}
	return t, true, nil
}

// readConsole is the file; zero if there is none, or it is no token file.
func (f InFile) readConsole(g profiles.Grant) (awscache.LoginToken, error) {
	file, err := f.Console.ReadLogin(awscache.LoginFileName(g.ARN))
	if e, ok := errors.AsType[*awscache.Error](err); ok {
		switch e.Kind {
		case awscache.Absent, awscache.NotJSON, awscache.Incomplete:
			return awscache.LoginToken{}, nil
		}
	}
	return file, err
}

// putConsole writes the file, unless it has the token already. A token without a refresh token is of a sign-in that has
// ended: the file stays as it is, since no program reads one without, and the keyring notes it.
func (f InFile) putConsole(ctx context.Context, g profiles.Grant, t, was Token) error {
	file, err := f.readConsole(g)
	if err != nil {
		return err
	}
	same := func(t Token) bool { return file.AccessToken.AccessKeyID == t.Access && file.RefreshToken == t.Refresh }
	if was.Access != "" && !same(was) {
		return ErrReplaced
	}
	if t.Refresh != "" && !same(t) {
		if file.ClientID == "" { // a new file: those of others may have no type
			file.TokenType = "aws_sigv4"
		}
		file.AccessToken.AccessKeyID, file.AccessToken.ExpiresAt = t.Access, t.Expires
		file.AccessToken.SecretAccessKey = t.Console.SecretAccessKey
		file.AccessToken.SessionToken = t.Console.SessionToken
		if part := strings.SplitN(g.ARN, ":", 6); file.AccessToken.AccountID == "" && len(part) == 6 {
			file.AccessToken.AccountID = part[4]
		}
		file.ClientID, file.RefreshToken = t.Client.ClientID, t.Refresh
		file.IDToken, file.DPoPKey = t.Console.IDToken, t.Console.DPoPKey
		if err := f.Console.WriteLogin(awscache.LoginFileName(g.ARN), file); err != nil {
			return err
		}
	}
	s := stored(g, t)
	s.Access, s.Refresh, s.Client, s.Console = "", "", Registration{}, nil
	s.Mark, s.Ended = file.Mark(), t.Refresh == ""
	return putStored(ctx, f.Items, g, s)
}

func (f InFile) removeConsole(g profiles.Grant) error {
	return f.Console.Remove(awscache.LoginFileName(g.ARN), f.Now())
}
