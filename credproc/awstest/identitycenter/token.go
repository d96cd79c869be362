package identitycenter

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"time"
)

// session is what a person's sign-in began.
type session struct {
	instance *Instance
	client   *client
	user     string
	scopes   []string
	ends     time.Time
	ended    bool // before its time
}

func (ses *session) hasEnded(now time.Time) bool { return ses.ended || !now.Before(ses.ends) }

type accessToken struct {
	session *session
	expires time.Time
	revoked bool
}

type refreshToken struct {
	session *session
	used    bool
}

// Lives of access tokens: of clients with scopes, and of those that ask for none.
const (
	tokenLife   = time.Hour
	unscopedFor = 8 * time.Hour
)

func (s *Service) createToken(r *Request) (any, *refusal) {
	var in struct {
		ClientID     string `json:"clientId"`
		ClientSecret string `json:"clientSecret"`
		GrantType    string `json:"grantType"`
		DeviceCode   string `json:"deviceCode"`
		Code         string `json:"code"`
		CodeVerifier string `json:"codeVerifier"`
		RedirectURI  string `json:"redirectUri"`
		RefreshToken string `json:"refreshToken"`
	}
	if e := r.read(&in); e != nil {
		return nil, e
	}
	if in.GrantType == "" {
		return nil, invalidRequest("grantType is required")
	}
	c, e := s.authenticate(r, in.ClientID, in.ClientSecret)
	if e != nil {
		return nil, e
	}
	if !slices.Contains([]string{grantCode, grantDevice, grantRefresh}, in.GrantType) {
		return nil, refuse("UnsupportedGrantTypeException", "Unsupported grant type provided")
	}
	if e := c.mayUse(in.GrantType); e != nil {
		return nil, e
	}
	switch in.GrantType {
	case grantDevice:
		return s.pollDevice(r, c, in.DeviceCode)
	case grantRefresh:
		return s.refreshed(r, c, in.RefreshToken)
	}
	return s.redeem(r, c, in.Code, in.RedirectURI, in.CodeVerifier)
}

// signIn begins a session and answers with its first tokens.
func (s *Service) signIn(r *Request, c *client, i *Instance, user string, scopes []string) any {
	ses := &session{
		instance: i, client: c, user: user, scopes: scopes, ends: r.Now.Add(s.settings.SessionLife),
	}
	out := s.newAccessToken(r, ses)
	// A client that asked for no scopes is of the older form, which knows no refreshing.
	if len(scopes) > 0 && slices.Contains(c.grants, grantRefresh) {
		out["refreshToken"] = s.newRefreshToken(ses)
	}
	return out
}

func (s *Service) newRefreshToken(ses *session) string {
	value := token("aorAAAAAG", 500)
	s.refresh[value] = &refreshToken{session: ses}
	return value
}

// newAccessToken makes an access token, which never outlives its session.
func (s *Service) newAccessToken(r *Request, ses *session) map[string]any {
	life := tokenLife
	if len(ses.scopes) == 0 {
		life = unscopedFor
	}
	if limit := s.settings.MaxTokenLife; limit > 0 {
		life = min(life, limit)
	}
	life = min(life, ses.ends.Sub(r.Now))
	if r.Expired > 0 {
		life = -r.Expired
	}
	value := token("aoaAAAAAG", 400)
	r.expires = r.Now.Add(life)
	r.caller = ses.user
	s.access[value] = &accessToken{session: ses, expires: r.expires}
	return map[string]any{"accessToken": value, "tokenType": "Bearer", "expiresIn": seconds(life)}
}

// refreshed is CreateToken with a refresh token.
func (s *Service) refreshed(r *Request, c *client, value string) (any, *refusal) {
	if value == "" {
		return nil, invalidRequest("refreshToken is required")
	}
	t := s.refresh[value]
	if t == nil || t.used || t.session.client != c || t.session.hasEnded(r.Now) {
		return nil, refuse("InvalidGrantException", "Invalid refresh token provided")
	}
	out := s.newAccessToken(r, t.session)
	switch s.settings.Refresh {
	case SingleUse:
		t.used = true
		out["refreshToken"] = s.newRefreshToken(t.session)
	case Reusable:
		out["refreshToken"] = s.newRefreshToken(t.session)
	}
	return out, nil
}

// EndSession ends all sessions of a user, as an administrator does: no token of
// theirs is good for anything any more.
func (i *Instance) EndSession(user string) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	for _, t := range i.s.access {
		if t.session.instance == i && t.session.user == user {
			t.session.ended = true
		}
	}
}

// RevokeTokens makes all access tokens of a user useless before their time. Refresh
// tokens go on.
func (i *Instance) RevokeTokens(user string) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	for _, t := range i.s.access {
		if t.session.instance == i && t.session.user == user {
			t.revoked = true
		}
	}
}

// seconds rounds down, as AWS does not promise more than it gives.
func seconds(d time.Duration) int { return int(d / time.Second) }

// token is a secret of n characters of base64url after a prefix.
func token(prefix string, n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	return prefix + base64.RawURLEncoding.EncodeToString(raw)[:n]
}

// userCode is eight letters without vowels, in two groups.
func userCode() string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	raw, out := make([]byte, 64), make([]byte, 0, 9)
	for len(out) < 9 {
		_, _ = rand.Read(raw)
		for _, b := range raw {
			if len(out) == 4 {
				out = append(out, '-')
			}
			if int(b) < 240 && len(out) < 9 {
				out = append(out, letters[int(b)%len(letters)])
			}
		}
	}
	return string(out)
}
