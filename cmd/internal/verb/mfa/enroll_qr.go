package mfa

import (
	"errors"
	"image/png"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"hatstand/cmd/internal/enroll"
	"hatstand/cmd/internal/ui"
)

// createPicture creates the file for the QR code before the device is created. It must not exist: a file that is there
// stays, and so does whatever a link points to.
func createPicture(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, &ui.UsageError{
			Reason: "--png: " + ui.Quoted(path) + " is there already",
			Next:   "name a new file: it will hold a secret",
		}
	}
	if err != nil {
		return nil, &ui.UsageError{Reason: "--png: " + err.Error()}
	}
	return f, nil
}

func writePicture(f *os.File, url string) error {
	code, err := ui.NewQRCode(url)
	if err != nil {
		return err
	}
	const pixels = 8 // a square's
	return errors.Join(png.Encode(f, code.Image(pixels)), f.Sync())
}

// otpauthURL is what the QR code holds, named as AWS names it. Authenticator apps sort by the issuer.
func otpauthURL(s enroll.Secret) string {
	const issuer = "Amazon%20Web%20Services"
	return "otpauth://totp/" + issuer + ":" + label(s) + "?secret=" + s.Seed.Encode() + "&issuer=" + issuer
}

// shortOtpauthURL makes a smaller QR code, for a small window.
func shortOtpauthURL(s enroll.Secret) string {
	return "otpauth://totp/" + label(s) + "?secret=" + s.Seed.Encode()
}

func label(s enroll.Secret) string {
	_, name, _ := strings.Cut(s.Serial, ":mfa/")
	return url.PathEscape(name[strings.LastIndexByte(name, '/')+1:] + "@" + s.User.Account)
}
