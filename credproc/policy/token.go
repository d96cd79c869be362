package policy

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// FromToken is what a web identity's token says, without checking it; ok is false for what is no such token. Of a token
// with azp, that is what AWS compares with aud.
func FromToken(token string) (f Facts, ok bool) {
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		return f, false
	}
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	var claims struct {
		Issuer   string          `json:"iss"`
		Subject  string          `json:"sub"`
		Party    string          `json:"azp"`
		Audience json.RawMessage `json:"aud"`
	}
	if err != nil || json.Unmarshal(data, &claims) != nil {
		return f, false
	}
	var one string
	var many []string
	if json.Unmarshal(claims.Audience, &one) != nil && json.Unmarshal(claims.Audience, &many) == nil && len(many) == 1 {
		one = many[0]
	}
	if claims.Party != "" {
		one = claims.Party
	}
	if strings.ContainsAny(claims.Subject, "*?$") { // it would be more than this subject
		claims.Subject = ""
	}
	return Facts{Issuer: claims.Issuer, Audience: one, Subject: claims.Subject}, claims.Issuer != ""
}
