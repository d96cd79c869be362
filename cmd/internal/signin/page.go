package signin

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc/grant"
	"hatstand/profiles"
)

// Limits of what is shown: AWS's addresses and codes are far shorter.
const (
	maxPage = 2048
	maxCode = 64
)

// A page is a device authorization as it may be shown to a person.
type page struct {
	session string
	url     string // to be typed
	code    string
	opened  string // for a browser and the QR code: it may have the code in it
}

// newPage checks what was sent. The error is a *pageError.
func newPage(g profiles.Grant, a grant.Authorization) (page, error) {
	p := page{session: nameOf(g), url: a.URL, code: strings.TrimSpace(ui.Plain(a.UserCode)), opened: a.CompleteURL}
	if p.opened == "" {
		p.opened = p.url
	}
	for _, address := range []string{p.url, p.opened} {
		if why := wrongPage(address); why != "" {
			return page{}, &pageError{g, why}
		}
	}
	p.url = ui.Plain(p.url)
	switch {
	case p.code == "":
		return page{}, &pageError{g, sender(g) + " has sent no code to compare"}
	case utf8.RuneCountInString(p.code) > maxCode:
		return page{}, &pageError{g, "the code that " + sender(g) + " has sent is too long for one"}
	}
	return p, nil
}

// wrongPage says why an address is no page to send a person to; "" if it is one.
func wrongPage(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || len(address) > maxPage:
		return "the page's address is not a URL"
	case u.User != nil: // it would look like another host's
		return "the page's address has a user's name in it"
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return ""
	}
	return "the page's address is not https"
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// text is what a person is shown.
func (p page) text() string {
	return "To sign in to " + p.session + ", open this page and go on only if it shows this code:\n" +
		"  " + p.url + "\n" +
		"  " + p.code + "\n"
}

// qrCode is the page as a QR code for the terminal, or a line that says why there is none.
func (p page) qrCode(c ui.Canvas) string {
	const linesAround = 6 // of text
	code, err := ui.NewQRCode(p.opened)
	why := "it cannot be made"
	if err == nil {
		var text string
		if text, why = code.Draw(c, linesAround); why == "" {
			return text
		}
	}
	return "No QR code: " + why + ".\n"
}
