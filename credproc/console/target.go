package console

import (
	"net/url"
	"strconv"
	"strings"
)

// A Target says which page to open. At most one of Service, Path, URL and Resource is set; the zero
// Target is the console's first page.
type Target struct {
	Service  string // as the AWS CLI names it, or as people do
	Path     string // on the console's host
	URL      string // of a page of the console
	Resource string // an ARN, or s3://BUCKET[/KEY]
	// Account is the role's; what is known to be another account's is refused. "" if it is not known.
	Account string
}

// quoted is ASCII, whatever s holds.
func quoted(s string) string { return strconv.QuoteToASCII(s) }

// Destination is the URL of the page. The error is an *Error.
func (p Hosts) Destination(t Target) (string, error) {
	set := 0
	for _, s := range []string{t.Service, t.Path, t.URL, t.Resource} {
		if s != "" {
			set++
		}
	}
	switch {
	case set > 1:
		return "", &Error{Kind: ManyPages, Reason: "more than one page to open"}
	case t.Service != "":
		page, global, err := service(t.Service)
		if err != nil {
			return "", err
		}
		if global {
			return p.console("") + "/" + page, nil
		}
		return p.page(p.Region, page), nil
	case t.Path != "":
		return p.path(t.Path)
	case t.URL != "":
		return p.checked(t.URL, t.Account)
	case t.Resource != "":
		return p.resource(t)
	}
	return p.page(p.Region, "console/home"), nil
}

// page is the URL of a page ("ec2/home#Instances:") in a region.
func (p Hosts) page(region, page string) string {
	path, fragment, found := strings.Cut(page, "#")
	if region != "" {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		path += separator + "region=" + region
	}
	if found {
		path += "#" + fragment
	}
	return p.console(region) + "/" + path
}

func (p Hosts) path(path string) (string, error) {
	if why := unsafeText(path); why != "" {
		return "", &Error{Kind: BadPath, Subject: "path", Reason: why}
	}
	if strings.HasPrefix(path, "//") || strings.Contains(path, "://") && !strings.HasPrefix(path, "/") {
		return "", &Error{Kind: WholeURL, Subject: "path", Reason: "it is a whole URL, or one without its scheme"}
	}
	path = strings.TrimPrefix(path, "/")
	before, _, _ := strings.Cut(path, "#")
	_, query, _ := strings.Cut(before, "?")
	to := p.page(p.Region, path)
	if q, err := url.ParseQuery(query); err == nil && q.Has("region") {
		to = p.console(p.Region) + "/" + path
	}
	if u, err := url.Parse(to); err != nil || u.Scheme+"://"+u.Host != p.console(p.Region) {
		return "", &Error{Kind: BadPath, Subject: "path", Reason: quoted(path) + " is not a path"}
	}
	return to, nil
}

// unsafeText says why no URL of the console is written like this. What browsers leave out (tabs,
// newlines) or read as something else (a backslash as a slash) could make it another page than the one
// that was checked.
func unsafeText(s string) string {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f:
			return "it must not hold spaces or control characters"
		case c >= 0x80:
			return "it must not hold other than ASCII characters: percent-encode them"
		case c == '\\':
			return "it must not hold a backslash"
		}
	}
	return ""
}

// checked accepts only pages of this partition's console. The console's own multi-session host names
// (ACCOUNT-HASH.REGION.console...) belong to another sign-in, so ACCOUNT-HASH is left out.
func (p Hosts) checked(s, account string) (string, error) {
	bad := func(kind Kind, reason string) (string, error) {
		e := &Error{Kind: kind, Subject: "URL", Reason: reason}
		if kind == OtherConsole {
			e.Meant = []string{p.console(p.Region) + "/"}
		}
		return "", e
	}
	if why := unsafeText(s); why != "" {
		return bad(BadURL, why)
	}
	if p.override != "" {
		if rest, ok := strings.CutPrefix(s, p.override); ok &&
			(rest == "" || strings.ContainsRune("/?#", rune(rest[0]))) {
			return s, nil
		}
	}
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		return bad(OtherConsole, "it must begin with https://")
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority := rest[:end]
	host := strings.ToLower(authority)
	switch {
	case strings.Contains(host, "@"):
		return bad(OtherConsole, "it must not have a user name in it")
	case strings.Contains(host, ":"):
		return bad(OtherConsole, "it must not have a port in it")
	case !validHost(host) || host != p.domain && !strings.HasSuffix(host, "."+p.domain):
		return bad(OtherConsole, quoted(authority)+" is not the console of partition "+p.Partition)
	}
	if u, err := url.Parse(s); err != nil || u.Host != authority || u.User != nil {
		return bad(BadURL, "it is not a URL")
	}
	if whose, rest, ok := strings.Cut(host, "."); ok && multiSession(whose) &&
		strings.HasSuffix("."+rest, "."+p.domain) {
		if other := whose[:12]; account != "" && other != account {
			return bad(OtherAccount, "it is a page of account "+other+", and the role is in "+account)
		}
		host = rest
	}
	return "https://" + host + rest[end:], nil
}

// multiSession reports whether a label names one of several sign-ins of a browser: ACCOUNT-WORD.
func multiSession(label string) bool {
	account, word, ok := strings.Cut(label, "-")
	return ok && len(account) == 12 && strings.Trim(account, "0123456789") == "" &&
		word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

func validHost(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if !validLabel(label) {
			return false
		}
	}
	return true
}
