package oidc

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// token is the token endpoint. What it is sent is spent by any try.
func (s *Site) token(w http.ResponseWriter, form url.Values) {
	kind := form.Get("grant_type")
	s.called(kind[strings.LastIndexByte(kind, ':')+1:])
	if s.settings.Status != 0 {
		answer(w, s.settings.Status, map[string]string{"error": s.settings.Error})
		return
	}
	if form.Get("client_id") != s.client {
		refuse(w, "invalid_client", "unknown client")
		return
	}
	switch kind {
	case "authorization_code":
		s.redeem(w, form)
	case "refresh_token":
		s.renew(w, form.Get("refresh_token"))
	case "urn:ietf:params:oauth:grant-type:device_code":
		s.poll(w, form.Get("device_code"))
	default:
		refuse(w, "unsupported_grant_type", "")
	}
}

func (s *Site) redeem(w http.ResponseWriter, form url.Values) {
	code, verifier := form.Get("code"), form.Get("code_verifier")
	is, ok := s.codes[code]
	delete(s.codes, code)
	sum := sha256.Sum256([]byte(verifier))
	if !ok || is.redirect != form.Get("redirect_uri") || !s.now().Before(is.expires) || len(verifier) < 43 ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != is.challenge {
		refuse(w, "invalid_grant", "the code is not good: "+code)
		return
	}
	s.issue(w, &signIn{person: is.person, scopes: is.scopes}, is.nonce, s.settings.NoIDToken)
}

func (s *Site) renew(w http.ResponseWriter, token string) {
	in := s.refresh[token]
	if in == nil || in.live != token {
		if in != nil { // somebody has a copy of it
			in.live = ""
		}
		refuse(w, "invalid_grant", "refresh token is invalid")
		return
	}
	s.issue(w, in, "", s.settings.NoIDToken || s.settings.NoIDTokenOnRefresh)
}

func (s *Site) startDevice(w http.ResponseWriter, form url.Values) {
	s.called("device")
	scopes := strings.Fields(form.Get("scope"))
	switch {
	case s.settings.NoDevice:
		http.Error(w, "there is no such page", http.StatusNotFound)
		return
	case form.Get("client_id") != s.client:
		refuse(w, "invalid_client", "unknown client")
		return
	case !slices.Contains(scopes, "openid"):
		refuse(w, "invalid_scope", "")
		return
	}
	code, text := s.secret(), rand.Text()
	d := &waiting{userCode: text[:4] + "-" + text[4:8], scopes: scopes, expires: s.now().Add(s.settings.DeviceLife)}
	s.devices[code] = d
	answer(w, http.StatusOK, map[string]any{
		"device_code": code, "user_code": d.userCode, "verification_uri": s.Issuer + "/activate",
		"verification_uri_complete": s.Issuer + "/activate?user_code=" + d.userCode,
		"expires_in":                int(s.settings.DeviceLife.Seconds()), "interval": 1,
	})
}

func (s *Site) poll(w http.ResponseWriter, code string) {
	d := s.devices[code]
	switch {
	case d == nil:
		refuse(w, "invalid_grant", "")
	case d.answer == "approve":
		delete(s.devices, code)
		s.issue(w, &signIn{person: d.person, scopes: d.scopes}, "", s.settings.NoIDToken)
	case d.answer == "deny":
		refuse(w, "access_denied", "")
	case !s.now().Before(d.expires):
		refuse(w, "expired_token", "")
	default:
		refuse(w, "authorization_pending", "")
	}
}

// activate is the page of the device flow.
func (s *Site) activate(w http.ResponseWriter, r *http.Request) {
	code := r.Form.Get("user_code")
	if r.Method == http.MethodGet {
		s.called("activate")
		page(w, question("/activate", "user_code", code, "Signed in as "+s.person+". Your device shows "+code+"."))
		return
	}
	s.called("answer")
	if !s.answer(code, r.PostForm.Get("answer") == "approve") {
		http.Error(w, "no device waits with this code", http.StatusBadRequest)
		return
	}
	page(w, "<p>You can close this window.</p>\n")
}

// issue answers with the tokens of a sign-in.
func (s *Site) issue(w http.ResponseWriter, in *signIn, nonce string, withoutID bool) {
	now := s.now()
	claims := map[string]any{
		"iss": s.Issuer, "sub": "id-of-" + in.person, "aud": s.client, "iat": now.Unix(), "exp": now.Add(s.settings.TokenLife).Unix(),
		"email": in.person, "email_verified": true,
	}
	if s.settings.Subject != "" {
		claims["sub"] = s.settings.Subject
	}
	if s.settings.Nonce != "" {
		nonce = s.settings.Nonce
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	out := map[string]any{"access_token": s.secret(), "token_type": "Bearer", "expires_in": 300, "scope": strings.Join(in.scopes, " ")}
	if !withoutID {
		out["id_token"] = s.Sign(claims)
		if s.settings.IDToken != "" {
			out["id_token"] = s.settings.IDToken
		}
		s.secrets = append(s.secrets, out["id_token"].(string))
	}
	if slices.Contains(in.scopes, "offline_access") {
		in.live = s.secret()
		s.refresh[in.live] = in
		out["refresh_token"] = in.live
	}
	answer(w, http.StatusOK, out)
}
