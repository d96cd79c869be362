package console

import (
	"fmt"
	"strings"
	"time"

	"hatstand/credproc"
	signin "hatstand/credproc/console"
)

// A printedURL is what console --print tells of a console, or of a link to it, as JSON.
type printedURL struct {
	Profile string    `json:"profile"`
	Role    string    `json:"role_arn,omitempty"`
	Account string    `json:"account,omitempty"`
	Set     string    `json:"permission_set,omitempty"`
	URL     string    `json:"url"`
	Until   time.Time `json:"until,omitzero"` // of the console
}

func printed(p credproc.Plan, url signin.URL, until time.Time) printedURL {
	u := printedURL{Profile: p.Target, Account: p.Account(), URL: url.Reveal()}
	if !until.IsZero() {
		u.Until = until.UTC()
	}
	if n := len(p.Steps); n > 0 {
		if last := p.Steps[n-1]; last.Call == credproc.GetRoleCredentials {
			u.Set = last.PermissionSet
		} else {
			u.Role = last.Role.ARN
		}
	}
	return u
}

// printURLs prints each on a line, or all as JSON.
func (v command) printURLs(urls []printedURL, o *openFlags) error {
	if o.asJSON {
		return v.UI.PrintJSON(urls)
	}
	var text strings.Builder
	for _, u := range urls {
		fmt.Fprintln(&text, u.URL)
	}
	_, err := fmt.Fprint(v.UI.Out, text.String())
	return err
}
