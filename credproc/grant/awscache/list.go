package awscache

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hatstand/cache/folder"
)

// A Held is a file that whoever reads it can sign in with: it has a refresh token, or an access token that lives.
type Held struct {
	Path     string
	Session  string // the [sso-session]'s name or the login_session; "" if it cannot be told
	StartURL string // "" if the file does not say, as those of aws login

	AccessToken bool      // it lives
	ExpiresAt   time.Time // of the access token, even if it does not live; zero if the file does not say

	RefreshToken          bool
	RegistrationExpiresAt time.Time // the refresh token is of no use after it; zero if the file does not say
}

// List finds what is held in the folder: by files of any name, since writers that were killed leave some behind.
// Sessions are those whose names may belong to a file. The error is of a folder that is not safe, and then nothing is
// read, or of each token file that cannot be read (they are joined); what the other files hold is there all the same.
// Where there is no folder nothing is held.
func (f Folder) List(now time.Time, sessions []string) ([]Held, error) {
	if f == "" {
		return nil, nil
	}
	if err := folder.CheckByUmask(string(f)); err != nil {
		return nil, unlessAbsent(f.folderError(string(f), err))
	}
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return nil, asError(string(f), err)
	}
	var all []Held
	var problems []error
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		held, err := f.look(e, now)
		switch {
		case err == nil && (held.AccessToken || held.RefreshToken):
			held.Session = sessionOf(e.Name(), held.Session, sessions)
			all = append(all, held)
		case err != nil && strings.HasSuffix(e.Name(), suffix) && !errors.Is(err, fs.ErrNotExist):
			problems = append(problems, err)
		}
	}
	return all, errors.Join(problems...)
}

// look says what a file holds, however much of it is missing or is not what it should be. The session that it returns
// is the one that the file says.
func (f Folder) look(e fs.DirEntry, now time.Time) (Held, error) {
	path := filepath.Join(string(f), e.Name())
	data, err := f.read(path)
	if err != nil {
		return Held{}, err
	}
	d, err := parse(data)
	if err != nil {
		return Held{}, asError(path, err)
	}
	held := Held{Path: path, StartURL: d.text("startUrl"), RefreshToken: d.text("refreshToken") != ""}
	held.RegistrationExpiresAt, _ = parseTime(d.text("registrationExpiresAt"))
	access, expires := d.text("accessToken"), d.text("expiresAt")
	if inner, err := parse(d.value("accessToken")); err == nil {
		access, expires = inner.text("secretAccessKey"), inner.text("expiresAt")
		held.Session = subject(d.text("idToken"))
	}
	held.ExpiresAt, _ = parseTime(expires)
	held.AccessToken = access != "" && (held.ExpiresAt.IsZero() || now.Before(held.ExpiresAt))
	return held, nil
}

func (d document) value(name string) (value json.RawMessage) {
	for _, m := range d {
		if m.name == name {
			value = m.value
		}
	}
	return value
}

// text is "" where a member is missing or is no text.
func (d document) text(name string) (text string) {
	_ = json.Unmarshal(d.value(name), &text)
	return text
}

// sessionOf is the session that a file's name was made from.
func sessionOf(file, said string, sessions []string) string {
	for _, s := range sessions {
		if file == SSOFileName(s, "") || file == LoginFileName(s) {
			return s
		}
	}
	if file == LoginFileName(said) {
		return said
	}
	return ""
}

// subject is a JWT's, whose signature is not looked at: it names a session only where the file's name agrees.
func subject(jwt string) string {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		Subject string `json:"sub"`
	}
	_ = json.Unmarshal(payload, &claims)
	return claims.Subject
}
