package identitycenter_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/person"
)

func TestPortalCallsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	token := w.signIn(t, w.register(t)).AccessToken
	other := w.signIn(t, w.register(t, func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{"codewhisperer:analysis"} }))
	for _, tt := range []struct {
		name         string
		token        *string
		account, set string
		status       int
		code         string
	}{
		{"a permission set that is not assigned there", token, prod, "Admin", 403, "ForbiddenException"},
		{"a permission set by other letters", token, dev, "admin", 403, "ForbiddenException"},
		{"a permission set that there is not", token, dev, "Nothing", 403, "ForbiddenException"},
		{"an account without assignments", token, "555555555555", "Admin", 403, "ForbiddenException"},
		{"an account that there is not", token, "999999999999", "Admin", 404, "ResourceNotFoundException"},
		{"an account that lost its leading zero", token, "44444444444", "Admin", 400, "InvalidRequestException"},
		{"no permission set", token, dev, "", 400, "InvalidRequestException"},
		{"a token that is none", aws.String("aoaNothing"), dev, "Admin", 401, "UnauthorizedException"},
		{"a refresh token", other.RefreshToken, dev, "Admin", 401, "UnauthorizedException"},
		{"a token for something else", other.AccessToken, dev, "Admin", 403, "ForbiddenException"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.credentials(t.Context(), tt.token, tt.account, tt.set)
			wantError(t, err, tt.status, tt.code)
		})
	}

	w.corp.Unassign(alice, dev, "Admin")
	_, err := w.credentials(t.Context(), token, dev, "Admin")
	wantError(t, err, 403, "ForbiddenException")
	w.corp.RemoveAccount(dev)
	_, err = w.credentials(t.Context(), token, dev, "ReadOnly")
	wantError(t, err, 404, "ResourceNotFoundException")
}

func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	live := func(token *string) error {
		_, err := w.credentials(t.Context(), token, dev, "ReadOnly")
		return err
	}

	revoked := w.signIn(t, c)
	w.corp.RevokeTokens(alice)
	wantError(t, live(revoked.AccessToken), 401, "UnauthorizedException")
	if _, err := w.refresh(t.Context(), c, revoked.RefreshToken); err != nil {
		t.Errorf("only the access tokens were revoked: %v", err)
	}

	ended := w.signIn(t, c)
	check(t, w.corp.SetPerson(bob))
	others := w.signIn(t, c)
	check(t, w.corp.SetPerson(alice))
	w.corp.EndSession(alice)
	wantError(t, live(ended.AccessToken), 401, "UnauthorizedException")
	_, err := w.refresh(t.Context(), c, ended.RefreshToken)
	wantError(t, err, 400, "InvalidGrantException")
	check(t, live(others.AccessToken))

	out := w.signIn(t, c)
	_, err = w.portal.Logout(t.Context(), &sso.LogoutInput{AccessToken: out.AccessToken})
	check(t, err)
	wantError(t, live(out.AccessToken), 401, "UnauthorizedException")
	_, err = w.refresh(t.Context(), c, out.RefreshToken)
	wantError(t, err, 400, "InvalidGrantException")
	_, err = w.portal.Logout(t.Context(), &sso.LogoutInput{AccessToken: out.AccessToken})
	wantError(t, err, 401, "UnauthorizedException")

	short := w.signIn(t, c)
	w.move(7*time.Hour + 30*time.Minute)
	last, err := w.refresh(t.Context(), c, short.RefreshToken)
	check(t, err)
	if last.ExpiresIn != 30*60 {
		t.Errorf("the last token lives %d s, beyond its session", last.ExpiresIn)
	}
	w.move(30 * time.Minute)
	_, err = w.refresh(t.Context(), c, last.RefreshToken)
	wantError(t, err, 400, "InvalidGrantException")
}

func TestSettings(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	w.center.Change(func(s *identitycenter.Settings) { s.MaxTokenLife = time.Minute })
	first := w.signIn(t, c)
	if first.ExpiresIn != 60 {
		t.Errorf("a token lives %d s", first.ExpiresIn)
	}

	w.center.Change(func(s *identitycenter.Settings) { s.Refresh = identitycenter.Kept })
	for range 2 {
		out, err := w.refresh(t.Context(), c, first.RefreshToken)
		check(t, err)
		if out.RefreshToken != nil {
			t.Error("a token that stays was replaced")
		}
	}
	w.center.Change(func(s *identitycenter.Settings) { s.Refresh = identitycenter.Reusable })
	for range 2 {
		out, err := w.refresh(t.Context(), c, first.RefreshToken)
		check(t, err)
		if aws.ToString(out.RefreshToken) == "" {
			t.Error("no further token")
		}
	}

	w.center.Change(func(s *identitycenter.Settings) { s.MaxTokenLife, s.Rate = 0, 2 })
	token := w.signIn(t, c).AccessToken
	list := func() error {
		_, err := w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token})
		return err
	}
	check(t, list())
	check(t, list())
	wantError(t, list(), 429, "TooManyRequestsException")
	w.move(time.Second)
	check(t, list())
}

func TestABrowserIsSentBackWithAnError(t *testing.T) {
	w := newWorld(t)
	c, back := w.register(t, w.forBrowser), newCaller(t)
	w.center.Change(func(s *identitycenter.Settings) { s.AuthorizeError = "server_error" })
	_, err := person.Open(t.Context(), w.authorizeURL(*c.ClientId, back.redirect(), nil), person.Allow)
	check(t, err)
	if got := back.answer(t); got.Get("error") != "server_error" || got.Get("state") != "xyz" || got.Has("code") ||
		got.Get("error_description") != "The service could not handle the request" {
		t.Errorf("called back with %v", got)
	}
}

// inRegion has a client name a host of AWS's, as it would without an endpoint of its own.
func (w *world) inRegion(t *testing.T, host string) func(*http.Request) (*http.Response, error) {
	t.Helper()
	return func(r *http.Request) (*http.Response, error) {
		r.Host = host
		return http.DefaultClient.Do(r)
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func TestARegionIsServedByItself(t *testing.T) {
	w := newWorld(t)
	here, token := w.register(t), w.signIn(t, w.register(t)).AccessToken
	start := func(c *ssooidc.RegisterClientOutput, host string) error {
		_, err := w.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
			ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(w.corp.StartURL()),
		}, func(o *ssooidc.Options) { o.HTTPClient = doer(w.inRegion(t, host)) })
		return err
	}
	list := func(host string) error {
		_, err := w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token},
			func(o *sso.Options) { o.HTTPClient = doer(w.inRegion(t, host)) })
		return err
	}
	check(t, start(here, "oidc.eu-west-1.amazonaws.com"))
	check(t, start(here, "oidc-fips.eu-west-1.api.aws"))
	wantError(t, start(here, "oidc.us-east-1.amazonaws.com"), 400, "InvalidRequestException")
	check(t, list("portal.sso.eu-west-1.amazonaws.com"))
	wantError(t, list("portal.sso-fips.us-gov-west-1.amazonaws.com"), 401, "UnauthorizedException")

	w.center.Change(func(s *identitycenter.Settings) { s.Region = "us-east-1" })
	there := w.register(t)
	wantError(t, start(there, "127.0.0.1"), 400, "InvalidRequestException")
	wantError(t, start(there, "oidc.eu-west-1.amazonaws.com"), 401, "InvalidClientException")
	_, err := w.oidc.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{
		ClientName: aws.String("hatstand-corp"), ClientType: aws.String("public"), IssuerUrl: aws.String(w.corp.StartURL()),
	})
	wantError(t, err, 400, "InvalidRequestException")
}
