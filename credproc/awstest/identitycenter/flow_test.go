package identitycenter_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"

	"hatstand/credproc/awstest/person"
)

func TestADeviceSignsInOnceItsPersonSaysYes(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	d := w.device(t, c)
	if d.ExpiresIn != 600 || d.Interval != 1 || len(*d.UserCode) != 9 {
		t.Errorf("%d s, every %d s, code %s", d.ExpiresIn, d.Interval, *d.UserCode)
	}
	if want := w.URL + "/device?user_code=" + *d.UserCode; *d.VerificationUriComplete != want {
		t.Errorf("the page is %s, want %s", *d.VerificationUriComplete, want)
	}

	_, err := w.poll(t.Context(), c, d)
	wantError(t, err, 400, "AuthorizationPendingException")
	var pending *types.AuthorizationPendingException
	if !errors.As(err, &pending) || aws.ToString(pending.Error_) != "authorization_pending" {
		t.Errorf("%+v", pending)
	}

	page, err := person.Open(t.Context(), *d.VerificationUri, person.Allow)
	check(t, err)
	holds(t, page, 200, `id="user_code"`, `id="next"`) // and no button to press
	page, err = person.Open(t.Context(), *d.VerificationUriComplete, person.None)
	check(t, err)
	holds(t, page, 200, *d.UserCode, alice, "hatstand-corp", accountScope, `id="approve"`, `id="deny"`)
	page, err = person.Open(t.Context(), *d.VerificationUri+"?user_code="+strings.ToLower(
		strings.ReplaceAll(*d.UserCode, "-", "")), person.Allow)
	check(t, err)
	holds(t, page, 200, "Request approved")

	out, err := w.poll(t.Context(), c, d)
	check(t, err)
	if out.ExpiresIn != 3600 || *out.TokenType != "Bearer" || aws.ToString(out.RefreshToken) == "" {
		t.Errorf("%d s, %s, refresh token %v", out.ExpiresIn, *out.TokenType, out.RefreshToken)
	}
	if _, err := w.credentials(t.Context(), out.AccessToken, dev, "Admin"); err != nil {
		t.Error(err)
	}
	_, err = w.poll(t.Context(), c, d)
	wantError(t, err, 400, "InvalidGrantException") // a code works once

	var seen []string
	for _, call := range w.Calls() {
		seen = append(seen, call.Service+":"+call.Action+" "+call.Caller)
	}
	want := []string{
		"sso-oidc:RegisterClient ", "sso-oidc:StartDeviceAuthorization ", "sso-oidc:CreateToken ",
		"sso-page:VerifyDevice ", "sso-page:VerifyDevice " + alice, "sso-page:VerifyDevice " + alice,
		"sso-page:AnswerDevice " + alice, "sso-oidc:CreateToken " + alice, "sso:GetRoleCredentials " + alice,
		"sso-oidc:CreateToken ",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("on record:\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
}

func TestABrowserSignsInWithPKCE(t *testing.T) {
	w := newWorld(t)
	c := w.register(t, w.forBrowser)
	back := newCaller(t)
	page, err := person.Open(t.Context(), w.authorizeURL(*c.ClientId, back.redirect(), nil), person.Allow)
	check(t, err)
	holds(t, page, 200, "you may close this window")
	got := back.answer(t)
	if got.Get("state") != "xyz" || got.Get("code") == "" || got.Has("error") {
		t.Fatalf("called back with %v", got)
	}
	out, err := w.redeem(t.Context(), c, got.Get("code"), back.redirect())
	check(t, err)
	if out.ExpiresIn != 3600 || aws.ToString(out.RefreshToken) == "" {
		t.Errorf("%d s, refresh token %v", out.ExpiresIn, out.RefreshToken)
	}
	_, err = w.redeem(t.Context(), c, got.Get("code"), back.redirect())
	wantError(t, err, 400, "InvalidGrantException") // a code works once
}

func TestAPersonDeclines(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	d := w.device(t, c)
	page, err := person.Open(t.Context(), *d.VerificationUriComplete, person.Deny)
	check(t, err)
	holds(t, page, 200, "Request denied")
	_, err = w.poll(t.Context(), c, d)
	wantError(t, err, 400, "AccessDeniedException")

	back := newCaller(t)
	b := w.register(t, w.forBrowser)
	_, err = person.Open(t.Context(), w.authorizeURL(*b.ClientId, back.redirect(), nil), person.Deny)
	check(t, err)
	want := url.Values{
		"error": {"access_denied"}, "error_description": {"The request was denied"}, "state": {"xyz"},
	}
	if got := back.answer(t); got.Encode() != want.Encode() {
		t.Errorf("called back with %v", got)
	}
}

func TestARefreshTokenIsSpentByItsUse(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	first := w.signIn(t, c)
	w.move(time.Hour)
	_, err := w.credentials(t.Context(), first.AccessToken, dev, "Admin")
	wantError(t, err, 401, "UnauthorizedException")

	second, err := w.refresh(t.Context(), c, first.RefreshToken)
	check(t, err)
	if *second.RefreshToken == *first.RefreshToken || *second.AccessToken == *first.AccessToken {
		t.Error("the tokens are the old ones")
	}
	if _, err := w.credentials(t.Context(), second.AccessToken, dev, "Admin"); err != nil {
		t.Error(err)
	}
	_, err = w.refresh(t.Context(), c, first.RefreshToken)
	wantError(t, err, 400, "InvalidGrantException")
	if _, err := w.refresh(t.Context(), c, second.RefreshToken); err != nil {
		t.Error(err)
	}
}

func TestTheOlderFormLives8HoursAndIsNotRefreshed(t *testing.T) {
	w := newWorld(t)
	out := w.signIn(t, w.register(t, unscoped))
	if out.ExpiresIn != 8*3600 || out.RefreshToken != nil {
		t.Errorf("%d s, refresh token %v", out.ExpiresIn, out.RefreshToken)
	}
	w.move(8*time.Hour - time.Second)
	if _, err := w.credentials(t.Context(), out.AccessToken, dev, "Admin"); err != nil {
		t.Error(err)
	}
	w.move(time.Second)
	_, err := w.credentials(t.Context(), out.AccessToken, dev, "Admin")
	wantError(t, err, 401, "UnauthorizedException")
}

func TestACompanysOwnAddressLeadsToTheStartURL(t *testing.T) {
	w := newWorld(t)
	check(t, w.center.AddVanityURL("https://sign-in.corp.example/", w.corp.StartURL(), 0))
	check(t, w.center.AddVanityURL("https://aws.corp.example/portal", w.corp.StartURL(), 405))
	if err := w.center.AddVanityURL("corp", w.corp.StartURL(), 0); err == nil || err.Error() != `no address: "corp"` {
		t.Error(err)
	}
	for _, tt := range []struct {
		method, host, path string
		status             int
		to                 string
	}{
		{"HEAD", "sign-in.corp.example", "/", 302, w.corp.StartURL()},
		{"HEAD", "sign-in.corp.example", "", 302, w.corp.StartURL()},
		{"GET", "aws.corp.example", "/portal/", 302, w.corp.StartURL()},
		{"HEAD", "aws.corp.example", "/portal", 405, ""},
		{"HEAD", "127.0.0.1", "/start", 200, ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, w.URL+tt.path, nil)
		check(t, err)
		r.Host = tt.host
		stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := stay.Do(r)
		check(t, err)
		resp.Body.Close()
		if resp.StatusCode != tt.status || resp.Header.Get("Location") != tt.to {
			t.Errorf("%s %s%s: %s to %q", tt.method, tt.host, tt.path, resp.Status, resp.Header.Get("Location"))
		}
	}
}
