// Package person is somebody with a browser, by plain HTTP: it goes to an address,
// and presses a button on the page that comes up there. It knows the pages that
// awstest shows.
package person

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// Button is what a person presses on a page.
type Button string

const (
	Allow Button = "approve"
	Deny  Button = "deny"
	None  Button = "" // looks, and presses nothing
)

// Page is where a browser ended.
type Page struct {
	URL    string
	Status int
	Body   string
}

// Open goes to an address, wherever that leads, and presses a button on the page that comes up, if it has one. The page
// after that is the last one: that of /device, or the one that the client shows when it is called back. The browser
// keeps cookies and asks no proxy.
func Open(ctx context.Context, address string, press Button) (Page, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return Page{}, err
	}
	browser := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Page{}, err
	}
	seen, err := load(browser, ask)
	if err != nil || press == None {
		return seen, err
	}
	to, form, ok := formOf(seen, press)
	if !ok {
		return seen, nil // nothing to press
	}
	send, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return Page{}, err
	}
	send.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return load(browser, send)
}

func load(browser *http.Client, r *http.Request) (Page, error) {
	resp, err := browser.Do(r)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) { // whose text has the address, with codes in its query
			err = failed.Err
		}
		return Page{}, fmt.Errorf("%s %s: %w", r.Method, r.URL.Host, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return Page{}, err
	}
	return Page{URL: resp.Request.URL.String(), Status: resp.StatusCode, Body: string(body)}, nil
}

// formOf reads the form of a page of ours; false: the page has none with that button.
func formOf(p Page, press Button) (address string, fields url.Values, ok bool) {
	form := regexp.MustCompile(`<form method="post" action="([^"]+)">`).FindStringSubmatch(p.Body)
	base, err := url.Parse(p.URL)
	if form == nil || err != nil || !strings.Contains(p.Body, `<button id="`+string(press)+`"`) {
		return "", nil, false
	}
	to, err := base.Parse(html.UnescapeString(form[1]))
	if err != nil {
		return "", nil, false
	}
	fields = url.Values{"answer": {string(press)}}
	for _, f := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).
		FindAllStringSubmatch(p.Body, -1) {
		fields.Set(f[1], html.UnescapeString(f[2]))
	}
	return to.String(), fields, true
}
