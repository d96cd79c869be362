package identitycenter_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/person"
)

func TestRegistrationsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name   string
		spoil  func(*ssooidc.RegisterClientInput)
		status int
		code   string
	}{
		{"of another type than public", func(in *ssooidc.RegisterClientInput) { in.ClientType = aws.String("confidential") },
			400, "InvalidClientMetadataException"},
		{"without a name", func(in *ssooidc.RegisterClientInput) { in.ClientName = aws.String("") },
			400, "InvalidRequestException"},
		{"for a scope that is none", func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{"sso:account"} },
			400, "InvalidScopeException"},
		{"for a grant type of other clients", func(in *ssooidc.RegisterClientInput) { in.GrantTypes = []string{"password"} },
			400, "UnsupportedGrantTypeException"},
		{"for codes without a redirect URI", func(in *ssooidc.RegisterClientInput) { in.RedirectUris = nil },
			400, "InvalidRedirectUriException"},
		{"for codes without an issuer", func(in *ssooidc.RegisterClientInput) { in.IssuerUrl = nil },
			400, "InvalidRequestException"},
		{"by an issuer that is none", func(in *ssooidc.RegisterClientInput) { in.IssuerUrl = aws.String(w.URL + "/stop") },
			400, "InvalidRequestException"},
		{"with a port", redirects("http://127.0.0.1:8080/oauth/callback"), 400, "InvalidRedirectUriException"},
		{"by plain http to elsewhere", redirects("http://example.com/oauth/callback"), 400, "InvalidRedirectUriException"},
		{"to a name for loopback", redirects("http://localhost/oauth/callback"), 400, "InvalidRedirectUriException"},
		{"to an app", redirects("hatstand:callback"), 400, "InvalidRedirectUriException"},
		{"to what cannot be read", redirects("http://[::1/"), 400, "InvalidRedirectUriException"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := &ssooidc.RegisterClientInput{
				ClientName: aws.String("hatstand-corp"), ClientType: aws.String("public"), Scopes: []string{accountScope},
			}
			w.forBrowser(in)
			tt.spoil(in)
			_, err := w.oidc.RegisterClient(t.Context(), in)
			wantError(t, err, tt.status, tt.code)
		})
	}
}

func redirects(to string) func(*ssooidc.RegisterClientInput) {
	return func(in *ssooidc.RegisterClientInput) { in.RedirectUris = []string{to} }
}

func TestStartURLsAreComparedAsPeopleCopyThem(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	for end, ok := range map[string]bool{"": true, "/": true, "#": true, "#/": true, "/#/": true, "x": false, "/x": false} {
		_, err := w.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
			ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(w.corp.StartURL() + end),
		})
		if ok && err != nil {
			t.Errorf("%q: %v", end, err)
		} else if !ok {
			wantError(t, err, 400, "InvalidRequestException")
		}
	}
}

func TestClientsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	d, b := w.register(t), w.register(t, w.forBrowser)
	start := func(id, secret *string) error {
		_, err := w.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
			ClientId: id, ClientSecret: secret, StartUrl: aws.String(w.corp.StartURL()),
		})
		return err
	}
	wantError(t, start(d.ClientId, b.ClientSecret), 401, "InvalidClientException")
	wantError(t, start(aws.String("nobody"), d.ClientSecret), 401, "InvalidClientException")
	wantError(t, start(aws.String(""), d.ClientSecret), 400, "InvalidRequestException")
	wantError(t, start(b.ClientId, b.ClientSecret), 400, "UnauthorizedClientException")

	authorization := w.device(t, d)
	_, err := w.poll(t.Context(), b, authorization)
	wantError(t, err, 400, "UnauthorizedClientException")
	_, err = w.redeem(t.Context(), d, "code", "http://127.0.0.1:1/oauth/callback")
	wantError(t, err, 400, "UnauthorizedClientException")
	_, err = w.poll(t.Context(), w.register(t), authorization) // of the same kind, but another
	wantError(t, err, 400, "InvalidGrantException")

	once := w.signIn(t, d)
	if want := w.Now().Add(90 * 24 * time.Hour).Unix(); d.ClientSecretExpiresAt != want {
		t.Errorf("the client is good until %d, want %d", d.ClientSecretExpiresAt, want)
	}
	w.center.Change(func(s *identitycenter.Settings) { s.SessionLife = 100 * 24 * time.Hour })
	long := w.signIn(t, d)
	w.move(90 * 24 * time.Hour)
	_, err = w.refresh(t.Context(), d, long.RefreshToken)
	wantError(t, err, 401, "InvalidClientException")
	wantError(t, start(d.ClientId, d.ClientSecret), 401, "InvalidClientException")
	_, err = w.refresh(t.Context(), d, once.RefreshToken)
	wantError(t, err, 401, "InvalidClientException")
}

func TestDevicesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	pollFor := func(code string) error {
		_, err := w.poll(t.Context(), c, &ssooidc.StartDeviceAuthorizationOutput{DeviceCode: &code})
		return err
	}
	wantError(t, pollFor("nothing"), 400, "InvalidGrantException")
	wantError(t, pollFor(""), 400, "InvalidRequestException")

	d := w.device(t, c)
	wantError(t, pollFor(*d.DeviceCode), 400, "AuthorizationPendingException")
	w.move(999 * time.Millisecond)
	wantError(t, pollFor(*d.DeviceCode), 400, "SlowDownException")
	w.move(time.Second)
	wantError(t, pollFor(*d.DeviceCode), 400, "AuthorizationPendingException")
	w.move(10 * time.Minute)
	wantError(t, pollFor(*d.DeviceCode), 400, "ExpiredTokenException")
	if err := w.center.Approve(*d.UserCode, w.Now()); err == nil || err.Error() != "no device waits with the code "+*d.UserCode {
		t.Errorf("somebody approved what has expired: %v", err)
	}
	page, err := person.Open(t.Context(), *d.VerificationUriComplete, person.Allow)
	check(t, err)
	holds(t, page, 400, "InvalidGrantException: Invalid user code provided")

	d = w.device(t, c)
	if got := w.center.Waiting(w.Now()); len(got) != 1 || got[0] != *d.UserCode {
		t.Errorf("%v wait, want %s", got, *d.UserCode)
	}
	check(t, w.center.Deny(*d.UserCode, w.Now()))
	if err := w.center.Approve(*d.UserCode, w.Now()); err == nil {
		t.Error("what was denied was approved after all")
	}
	wantError(t, pollFor(*d.DeviceCode), 400, "AccessDeniedException")
}

func TestTokenCallsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	call := func(grant string) error {
		_, err := w.oidc.CreateToken(t.Context(), &ssooidc.CreateTokenInput{
			ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: &grant,
		})
		return err
	}
	wantError(t, call(""), 400, "InvalidRequestException")
	wantError(t, call("client_credentials"), 400, "UnsupportedGrantTypeException")
	wantError(t, call("refresh_token"), 400, "InvalidRequestException")
	_, err := w.refresh(t.Context(), c, aws.String("aorNothing"))
	wantError(t, err, 400, "InvalidGrantException")
	token := w.signIn(t, c)
	_, err = w.refresh(t.Context(), w.register(t), token.RefreshToken)
	wantError(t, err, 400, "InvalidGrantException") // of another client
	if _, err := w.refresh(t.Context(), c, token.RefreshToken); err != nil {
		t.Errorf("and was spent by it: %v", err)
	}
}

func TestCodesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	c := w.register(t, w.forBrowser)
	for _, tt := range []struct {
		name  string
		spoil func(*ssooidc.CreateTokenInput)
		code  string
	}{
		{"with another verifier", func(in *ssooidc.CreateTokenInput) { in.CodeVerifier = aws.String(verifier[1:] + "x") },
			"InvalidGrantException"},
		{"with a short verifier", func(in *ssooidc.CreateTokenInput) { in.CodeVerifier = aws.String("short") },
			"InvalidGrantException"},
		{"without a verifier", func(in *ssooidc.CreateTokenInput) { in.CodeVerifier = nil }, "InvalidRequestException"},
		{"without the code", func(in *ssooidc.CreateTokenInput) { in.Code = nil }, "InvalidRequestException"},
		{"for another address", func(in *ssooidc.CreateTokenInput) {
			in.RedirectUri = aws.String("http://127.0.0.1:1/oauth/callback")
		}, "InvalidGrantException"},
		{"another code", func(in *ssooidc.CreateTokenInput) { in.Code = aws.String("code") }, "InvalidGrantException"},
		{"by another client", func(in *ssooidc.CreateTokenInput) {
			other := w.register(t, w.forBrowser)
			in.ClientId, in.ClientSecret = other.ClientId, other.ClientSecret
		}, "InvalidGrantException"},
		{"a minute later", func(*ssooidc.CreateTokenInput) { w.move(time.Minute) }, "InvalidGrantException"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, redirect := w.code(t, c)
			_, err := w.redeem(t.Context(), c, code, redirect, tt.spoil)
			wantError(t, err, 400, tt.code)
		})
	}
	code, redirect := w.code(t, c)
	_, err := w.redeem(t.Context(), c, code, redirect, func(in *ssooidc.CreateTokenInput) { in.CodeVerifier = aws.String("short") })
	wantError(t, err, 400, "InvalidGrantException")
	_, err = w.redeem(t.Context(), c, code, redirect)
	wantError(t, err, 400, "InvalidGrantException") // a wrong try spends it
}

func TestAuthorizeURLsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	c := w.register(t, w.forBrowser)
	back := newCaller(t)
	for _, tt := range []struct {
		name   string
		change map[string]string
		err    string // given back to the client; "" is an error page
		page   string
	}{
		{"an unknown client", map[string]string{"client_id": "nobody"}, "", "InvalidClientException"},
		{"an address that was not registered", map[string]string{"redirect_uri": back.URL + "/other"}, "",
			"InvalidRedirectUriException"},
		{"an address elsewhere", map[string]string{"redirect_uri": "http://example.com/oauth/callback"}, "",
			"InvalidRedirectUriException"},
		{"a device's client", map[string]string{"client_id": *w.register(t).ClientId}, "", "InvalidRedirectUriException"},
		{"no PKCE", map[string]string{"code_challenge": "", "code_challenge_method": ""}, "invalid_request", ""},
		{"plain PKCE", map[string]string{"code_challenge_method": "plain"}, "invalid_request", ""},
		{"the other service's word for S256", map[string]string{"code_challenge_method": "SHA-256"}, "invalid_request", ""},
		{"a challenge that is no hash", map[string]string{"code_challenge": "abc"}, "invalid_request", ""},
		{"a token at once", map[string]string{"response_type": "token"}, "unsupported_response_type", ""},
		{"a scope that was not registered", map[string]string{"scopes": "codewhisperer:analysis"}, "invalid_scope", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			back.got = nil
			page, err := person.Open(t.Context(), w.authorizeURL(*c.ClientId, back.redirect(), tt.change), person.Allow)
			check(t, err)
			if tt.err == "" {
				if len(back.got) > 0 || !strings.Contains(page.Body, tt.page) {
					t.Errorf("called back with %v, saw %s", back.got, page.Body)
				}
				return
			}
			if got := back.answer(t); got.Get("error") != tt.err || got.Get("state") != "xyz" || got.Has("code") {
				t.Errorf("called back with %v", got)
			}
		})
	}
	t.Run("without scopes it is all that were registered", func(t *testing.T) {
		page, err := person.Open(t.Context(), w.authorizeURL(*c.ClientId, back.redirect(), map[string]string{"scopes": ""}), person.None)
		check(t, err)
		holds(t, page, 200, accountScope)
	})
}

func TestAPageIsAnsweredOnce(t *testing.T) {
	w := newWorld(t)
	c := w.register(t, w.forBrowser)
	page, err := person.Open(t.Context(), w.authorizeURL(*c.ClientId, newCaller(t).redirect(), nil), person.None)
	check(t, err)
	_, rest, _ := strings.Cut(page.Body, `name="request" value="`)
	id, _, _ := strings.Cut(rest, `"`)
	send := func(answer string) (status int) {
		stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := stay.PostForm(w.URL+"/authorize", url.Values{"request": {id}, "answer": {answer}})
		check(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := []int{send(""), send("approve"), send("approve"), send("deny")}; got[0] != 400 || got[1] != 303 || got[2] != 400 || got[3] != 400 {
		t.Errorf("answered %v", got)
	}
}

func TestTheDirectoryKnowsWhatIsNotThere(t *testing.T) {
	w := newWorld(t)
	for err, want := range map[error]string{
		w.corp.SetPerson("carol"):                        "/start has no user carol",
		w.corp.Assign("carol", dev, "Admin"):             "/start has no user carol",
		w.corp.Assign(alice, "999999999999", "Admin"):    "/start has no account 999999999999",
		w.corp.Assign(alice, dev, "Nothing"):             "/start has no permission set Nothing",
		w.corp.AddPermissionSet("Short", 30*time.Minute): "permission set Short: a session lasts 1 to 12 h, not 30m0s",
		w.corp.AddPermissionSet("Long", 12*time.Hour+1):  "permission set Long: a session lasts 1 to 12 h, not 12h0m0.000000001s",
		w.corp.AddPermissionSet("Longest", 12*time.Hour): "",
		w.corp.Assign(alice, dev, "ReadOnly"):            "",
		w.center.Deny("BCDF-GHJK", w.Now()):              "no device waits with the code BCDF-GHJK",
	} {
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasSuffix(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
