package identitycenter

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bearerHeader carries the access token to the portal.
const bearerHeader = "X-Amz-Sso_bearer_token"

// Pages of lists: what a call may ask for (API model), and what it gets if it asks for
// nothing, which AWS does not tell.
const (
	maxPage = 100
	page    = 20
)

// RoleSession is whom role credentials are for.
type RoleSession struct {
	Account  string
	Path     string // of the role, "aws-reserved/sso.amazonaws.com/eu-west-1/"
	Role     string // its name, "AWSReservedSSO_Admin_0123456789abcdef"
	User     string // the role session's name
	Duration time.Duration
}

// Credentials are temporary credentials of a role.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	Expiration                                 time.Time
}

// bearer is the session of the access token that a call carries.
func (s *Service) bearer(r *Request) (*session, *refusal) {
	t := s.access[r.HTTP.Header.Get(bearerHeader)]
	if t == nil || t.revoked || !r.Now.Before(t.expires) || t.session.hasEnded(r.Now) ||
		!sameRegion(t.session.instance.region, s.region(r.HTTP.Host)) {
		return nil, refuse("UnauthorizedException", "Session token not found or invalid")
	}
	r.caller = t.session.user
	if e := s.slowDown(r.Now); e != nil {
		return nil, e
	}
	return t.session, nil
}

// mayRead holds a token to its scopes. One without any, of the older form, reads the portal.
func (ses *session) mayRead() *refusal {
	if len(ses.scopes) > 0 && !slices.Contains(ses.scopes, accountScope) {
		return noAccess()
	}
	return nil
}

// noAccess does not tell what is missing: AWS says no more either.
func noAccess() *refusal { return refuse("ForbiddenException", "No access") }

// slowDown counts the calls of the last second.
func (s *Service) slowDown(now time.Time) *refusal {
	if s.settings.Rate <= 0 {
		return nil
	}
	s.portal = slices.DeleteFunc(s.portal, func(at time.Time) bool { return now.Sub(at) >= time.Second })
	if len(s.portal) >= s.settings.Rate {
		return refuse("TooManyRequestsException", "Rate exceeded")
	}
	s.portal = append(s.portal, now)
	return nil
}

// reader is the session of a call that reads the portal.
func (s *Service) reader(r *Request) (*session, *refusal) {
	ses, e := s.bearer(r)
	if e != nil {
		return nil, e
	}
	return ses, ses.mayRead()
}

// account is the call's account_id, which must be one of the organization.
func (ses *session) account(q url.Values) (string, *refusal) {
	id := q.Get("account_id")
	if len(id) != 12 || strings.Trim(id, "0123456789") != "" {
		return "", invalidRequest("Invalid account id provided")
	}
	if !ses.instance.has(id) {
		return "", refuse("ResourceNotFoundException", "Account not found")
	}
	return id, nil
}

func (s *Service) getRoleCredentials(r *Request) (any, *refusal) {
	ses, e := s.reader(r)
	if e != nil {
		return nil, e
	}
	q := r.HTTP.URL.Query()
	set := q.Get("role_name")
	if set == "" {
		return nil, invalidRequest("role_name is required")
	}
	account, e := ses.account(q)
	if e != nil {
		return nil, e
	}
	i := ses.instance
	if !slices.Contains(i.setsOf(ses.user, account), set) {
		return nil, noAccess()
	}
	c := r.Issue(RoleSession{
		Account: account, Path: i.RolePath(), Role: i.RoleName(account, set), User: ses.user, Duration: i.sets[set],
	})
	return map[string]any{"roleCredentials": map[string]any{
		"accessKeyId": c.AccessKeyID, "secretAccessKey": c.SecretAccessKey, "sessionToken": c.SessionToken,
		"expiration": c.Expiration.UnixMilli(),
	}}, nil
}

func (s *Service) listAccounts(r *Request) (any, *refusal) {
	ses, e := s.reader(r)
	if e != nil {
		return nil, e
	}
	list := []map[string]any{}
	for _, a := range ses.instance.accountsOf(ses.user) {
		list = append(list, map[string]any{"accountId": a.ID, "accountName": a.Name, "emailAddress": a.Email})
	}
	return paged("accountList", list, r.HTTP.URL.Query())
}

func (s *Service) listAccountRoles(r *Request) (any, *refusal) {
	ses, e := s.reader(r)
	if e != nil {
		return nil, e
	}
	q := r.HTTP.URL.Query()
	account, e := ses.account(q)
	if e != nil {
		return nil, e
	}
	sets := ses.instance.setsOf(ses.user, account)
	if len(sets) == 0 {
		return nil, noAccess()
	}
	list := []map[string]any{}
	for _, set := range sets {
		list = append(list, map[string]any{"roleName": set, "accountId": account})
	}
	return paged("roleList", list, q)
}

// paged cuts a list to the page that a call asks for. A page's token is of its own list.
func paged(name string, list []map[string]any, q url.Values) (any, *refusal) {
	size, from := page, 0
	if q.Has("max_result") {
		n, err := strconv.Atoi(q.Get("max_result"))
		if err != nil || n < 1 || n > maxPage {
			return nil, invalidRequest("Invalid max result provided")
		}
		size = n
	}
	mark := func(at int) string { return base64.StdEncoding.EncodeToString([]byte(name + " " + strconv.Itoa(at))) }
	if q.Has("next_token") {
		raw, _ := base64.StdEncoding.DecodeString(q.Get("next_token")) // what cannot be read is no number
		n, err := strconv.Atoi(strings.TrimPrefix(string(raw), name+" "))
		if err != nil || n <= 0 || q.Get("next_token") != mark(n) {
			return nil, invalidRequest("Invalid next token provided")
		}
		from = min(n, len(list))
	}
	to := min(from+size, len(list))
	out := map[string]any{name: list[from:to], "nextToken": nil}
	if to < len(list) {
		out["nextToken"] = mark(to)
	}
	return out, nil
}

// logout ends the session of the token.
func (s *Service) logout(r *Request) (any, *refusal) {
	ses, e := s.bearer(r)
	if e != nil {
		return nil, e
	}
	ses.ended = true
	return nil, nil
}
