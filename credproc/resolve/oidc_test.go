package resolve_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awstest"
	"hatstand/credproc/grant"
	"hatstand/credproc/sts"
)

const oidcRoads = `
[hatstand-oidc idp]
oidc_issuer = https://login.example.com
oidc_client_id = cli
[profile dev]
role_arn = arn:aws:iam::222222222222:role/Engineer
oidc = idp
`

func TestATokenOfAnOpenIDProviderIsExchanged(t *testing.T) {
	w := newWorld(t)
	provider := w.aws.AddOIDCProvider("222222222222", "https://login.example.com", "cli")
	w.aws.AddRole("arn:aws:iam::222222222222:role/Engineer", awstest.Role{Trust: []awstest.Trust{{Federated: "login.example.com"}}})
	now := time.Now()
	token := func(expires time.Time, refresh string) grant.Token {
		return grant.Token{Access: provider.Token("alice", "cli", now, expires), Refresh: refresh, Expires: now.Add(time.Hour),
			SignIn: "first", User: `CORP\älice`}
	}
	good, expired, renews := token(now.Add(time.Hour), ""), token(now.Add(-time.Hour), ""), token(now.Add(-time.Hour), "refresh")
	for _, row := range []struct {
		claim   string
		tokens  []grant.Token
		refused int
		calls   string
		code    string // STS's
	}{
		{"once", []grant.Token{good}, 0, "AssumeRoleWithWebIdentity/Engineer", ""},
		{"again with another one, where the provider renews it", []grant.Token{renews, good}, 1,
			"AssumeRoleWithWebIdentity/Engineer ExpiredTokenException, AssumeRoleWithWebIdentity/Engineer", ""},
		{"never a third time", []grant.Token{renews, renews, good}, 1,
			"AssumeRoleWithWebIdentity/Engineer ExpiredTokenException, AssumeRoleWithWebIdentity/Engineer ExpiredTokenException", "ExpiredTokenException"},
		{"never again where a person would have to sign in", []grant.Token{expired, good}, 0,
			"AssumeRoleWithWebIdentity/Engineer ExpiredTokenException", "ExpiredTokenException"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			grants := &signIns{now: row.tokens[0], next: slices.Clone(row.tokens[1:])}
			w.r.Grants, w.kept = grants, memory{}
			w.aws.Reset()
			plan := w.plan(oidcRoads, "dev", credproc.Options{})
			c, err := w.r.Credentials(t.Context(), plan)
			for _, call := range w.aws.Calls() {
				if name := call.Params["RoleSessionName"]; name != "-lice" {
					t.Errorf("the session is named %q", name)
				}
			}
			if got := strings.ReplaceAll(strings.TrimSpace(w.saw()), "\n", ", "); got != row.calls || len(grants.refused) != row.refused {
				t.Errorf("AWS saw %q, %d refused", got, len(grants.refused))
			}
			if row.code != "" {
				e, ok := errors.AsType[*sts.RefusedError](err)
				if !ok || e.Code != row.code {
					t.Errorf("%v, want %s", err, row.code)
				}
				return
			}
			item := plan.Steps[0].Item
			kept := w.kept.items[item.Grant+"/"+item.Hash]
			if err != nil || c.AccountID != "222222222222" || item.Grant != "oidc:idp" || kept.c.MadeWith != "first" {
				t.Errorf("%v, %s, kept %q as %+v", err, c.AccountID, kept.c.MadeWith, item)
			}
		})
	}
}
