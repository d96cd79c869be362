package identitycenter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	center "hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/profiles"
)

func TestASignInByCodeGivesCredentials(t *testing.T) {
	w := newWorld(t)
	r, err := w.Client.Register(t.Context(), grant.Device)
	check(t, err)
	if left := r.Expires.Sub(w.Now()); left != 90*24*time.Hour {
		t.Errorf("the registration lives %v", left)
	}
	a, err := w.Client.StartDevice(t.Context(), r)
	check(t, err)
	if a.URL != w.URL+"/device" || a.CompleteURL != w.URL+"/device?user_code="+a.UserCode || a.Interval != time.Second || !a.Expires.Equal(w.Now().Add(10*time.Minute)) || a.Client != r {
		t.Errorf("%s %s %v %v", a.URL, a.CompleteURL, a.Interval, a.Expires)
	}
	_, err = w.Client.DeviceToken(t.Context(), a)
	wantKind(t, err, grant.Pending, "nobody has finished the sign-in to corp yet (AuthorizationPendingException)")
	_, err = w.Client.DeviceToken(t.Context(), a)
	wantKind(t, err, grant.SlowDown, "the sign-in to corp is asked for too often (SlowDownException)")
	check(t, w.Center.Approve(a.UserCode, w.Now()))
	token, err := w.Client.DeviceToken(t.Context(), a)
	check(t, err)
	if token.Access == "" || token.Refresh == "" || !token.Expires.Equal(w.Now().Add(time.Hour)) || token.Client != r || token.Flow != grant.Device {
		t.Errorf("expires %v, flow %s", token.Expires, token.Flow)
	}
	v, err := w.Client.RoleCredentials(t.Context(), token, dev, "Admin")
	check(t, err)
	if !strings.HasPrefix(v.AccessKeyID, "ASIA") || !v.HasKeys() || v.SessionToken == "" || !v.CanExpire || !v.Expires.Equal(w.Now().Add(4*time.Hour)) || v.AccountID != dev {
		t.Errorf("%v, expires %v, account %s", v, v.Expires, v.AccountID)
	}
	want := []string{"RegisterClient", "StartDeviceAuthorization", "CreateToken", "CreateToken", "CreateToken", "GetRoleCredentials"}
	if got := w.Called(); !slices.Equal(got, want) {
		t.Errorf("called %q", got)
	}
}

func TestTheOlderFormHasNoScopesAndNoRefreshToken(t *testing.T) {
	w := newWorld(t)
	w.Grant.Session = ""
	w.Client = w.Connect(w.Grant)
	if token := w.SignedIn(t); token.Refresh != "" || !token.Expires.Equal(w.Now().Add(8*time.Hour)) {
		t.Errorf("refresh token %t, expires %v", token.Refresh != "", token.Expires)
	}
}

func TestARefreshKeepsTheRestOfTheToken(t *testing.T) {
	for _, row := range []struct {
		claim string
		mode  center.RefreshMode
		same  bool
	}{{"a new refresh token comes", center.SingleUse, false}, {"none comes: the old one stays", center.Kept, true}} {
		w := newWorld(t)
		w.Center.Change(func(s *center.Settings) { s.Refresh = row.mode })
		old := w.SignedIn(t)
		old.SignIn, old.User, old.SignedIn = "one", alice, w.Now()
		w.Move(30 * time.Minute)
		token, err := w.Client.Refresh(t.Context(), old)
		check(t, err)
		if token.Access == old.Access || !token.Expires.Equal(w.Now().Add(time.Hour)) || (token.Refresh == old.Refresh) != row.same {
			t.Errorf("%s: another access token %t, expires %v", row.claim, token.Access != old.Access, token.Expires)
		}
		token.Access, token.Expires, token.Refresh = old.Access, old.Expires, old.Refresh
		if token != old {
			t.Errorf("%s: something else has changed", row.claim)
		}
	}
}

func TestWhatThereIs(t *testing.T) {
	w := newWorld(t)
	for i := range 230 {
		id := fmt.Sprintf("%012d", i+1)
		w.Corp.AddAccount(center.Account{ID: id, Name: "n", Email: "e"})
		check(t, w.Corp.Assign(alice, id, "ReadOnly"))
	}
	token := w.SignedIn(t)
	w.Called()
	var all []identitycenter.Account
	var sizes []int
	for page, err := range w.Client.Accounts(t.Context(), token) {
		check(t, err)
		all, sizes = append(all, page...), append(sizes, len(page))
	}
	if !slices.Equal(sizes, []int{100, 100, 32}) || all[0] != (identitycenter.Account{ID: dev, Name: "Dev", Email: "dev@example.com"}) || all[1].Name != "Prod [31m" {
		t.Errorf("pages of %v, %+v", sizes, all[:2])
	}
	for range w.Client.Accounts(t.Context(), token) {
		break
	}
	if got := w.Called(); len(got) != 4 {
		t.Errorf("called %q: whoever stops reading is to cause no more calls", got)
	}
	var roles []string
	for page, err := range w.Client.Roles(t.Context(), token, dev) {
		check(t, err)
		roles = append(roles, page...)
	}
	if !slices.Equal(roles, []string{"Admin", "ReadOnly"}) {
		t.Errorf("%q", roles)
	}
}

func TestASignOutEndsTheSession(t *testing.T) {
	w := newWorld(t)
	token := w.SignedIn(t)
	check(t, w.Client.Logout(t.Context(), token))
	_, err := w.Client.RoleCredentials(t.Context(), token, dev, "Admin")
	wantKind(t, err, grant.TokenRefused, "AWS does not take the sign-in to corp any more (UnauthorizedException: Session token not found or invalid)")
	_, err = w.Client.Refresh(t.Context(), token)
	wantKind(t, err, grant.GrantEnded, "the sign-in to corp has ended (InvalidGrantException: Invalid refresh token provided)")
}

func TestWhatAWSRefuses(t *testing.T) {
	w := newWorld(t)
	w.Center.Change(func(s *center.Settings) { s.Refresh = center.Kept })
	token := w.SignedIn(t)
	started := w.Started(t)
	code := func(c *identitycenter.Client) error {
		_, err := c.CodeToken(t.Context(), token.Client, grant.Visit{RedirectURI: "http://127.0.0.1:1/oauth/callback", Verifier: "v"}, "c")
		return err
	}
	poll := func(c *identitycenter.Client) error { _, err := c.DeviceToken(t.Context(), started); return err }
	refresh := func(c *identitycenter.Client) error { _, err := c.Refresh(t.Context(), token); return err }
	register := func(c *identitycenter.Client) error { _, err := c.Register(t.Context(), grant.Browser); return err }
	start := func(c *identitycenter.Client) error { _, err := c.StartDevice(t.Context(), token.Client); return err }
	credentials := func(c *identitycenter.Client) error {
		_, err := c.RoleCredentials(t.Context(), token, dev, "Admin")
		return err
	}
	accounts := func(c *identitycenter.Client) error {
		for _, err := range c.Accounts(t.Context(), token) {
			return err
		}
		return nil
	}
	roles := func(c *identitycenter.Client) error {
		for _, err := range c.Roles(t.Context(), token, dev) {
			return err
		}
		return nil
	}
	for _, row := range []struct {
		claim string
		fault awstest.Fault
		call  func(*identitycenter.Client) error
		kind  grant.Kind
		text  string
	}{
		{"no such permission set", awstest.Fault{Code: "ForbiddenException", Message: "No access"}, credentials, grant.NoAccess, "the sign-in to corp has no permission set Admin in 444444444444 (ForbiddenException: No access)"},
		{"no permission set in an account", awstest.Fault{Code: "ForbiddenException", Message: "No access"}, roles, grant.NoAccess, "the sign-in to corp has no permission set in 444444444444 (ForbiddenException: No access)"},
		{"a token that may list nothing", awstest.Fault{Code: "ForbiddenException", Message: "No access"}, accounts, grant.Refused, "sign-in to corp: AWS refused ListAccounts (ForbiddenException: No access)"},
		{"a token that is not good", awstest.Fault{Code: "UnauthorizedException", Message: "m"}, accounts, grant.TokenRefused, "AWS does not take the sign-in to corp any more (UnauthorizedException: m)"},
		{"an account that is closed", awstest.Fault{Code: "ResourceNotFoundException", Message: "Account not found"}, credentials, grant.AccountGone, "the sign-in to corp knows no account 444444444444 (ResourceNotFoundException: Account not found)"},
		{"a request that is wrong", awstest.Fault{Code: "InvalidRequestException", Message: "m"}, credentials, grant.Refused, "sign-in to corp: AWS refused GetRoleCredentials (InvalidRequestException: m)"},
		{"too many calls", awstest.Fault{Times: 6, Code: "TooManyRequestsException", Message: "m"}, credentials, grant.Throttled, "sign-in to corp: too many calls of GetRoleCredentials (TooManyRequestsException: m)"},
		{"too many calls to the sign-in", awstest.Fault{Times: 6, Code: "SlowDownException"}, register, grant.Throttled, "sign-in to corp: too many calls of RegisterClient (SlowDownException)"},
		{"AWS's own failure", awstest.Fault{Times: 6, Code: "InternalServerException", Message: "m"}, credentials, grant.AWSFailed, "sign-in to corp: AWS failed in GetRoleCredentials (InternalServerException: m)"},
		{"AWS's own failure where a token is spent", awstest.Fault{Code: "InternalServerException"}, refresh, grant.AWSFailed, "sign-in to corp: AWS failed in CreateToken (InternalServerException)"},
		{"no device in that region", awstest.Fault{Code: "InvalidRequestException", Message: "Invalid start url provided"}, start, grant.WrongRegionOrURL, "sign-in to corp: AWS knows no start URL AT/start in eu-west-1 (InvalidRequestException: Invalid start url provided)"},
		{"no registration in that region", awstest.Fault{Code: "InvalidRequestException"}, register, grant.WrongRegionOrURL, "sign-in to corp: AWS knows no start URL AT/start in eu-west-1 (InvalidRequestException)"},
		{"a scope that is none", awstest.Fault{Code: "InvalidScopeException"}, register, grant.InvalidScope, "sign-in to corp: AWS knows no such scope: sso:account:access (InvalidScopeException)"},
		{"a client that is unknown", awstest.Fault{Code: "InvalidClientException"}, start, grant.ClientRefused, "sign-in to corp: AWS does not take hatstand's registration any more (InvalidClientException)"},
		{"a client that may not", awstest.Fault{Code: "UnauthorizedClientException"}, refresh, grant.ClientRefused, "sign-in to corp: AWS does not take hatstand's registration any more (UnauthorizedClientException)"},
		{"an ended session", awstest.Fault{Code: "InvalidGrantException"}, refresh, grant.GrantEnded, "the sign-in to corp has ended (InvalidGrantException)"},
		{"a refresh token that has expired", awstest.Fault{Code: "ExpiredTokenException"}, refresh, grant.GrantEnded, "the sign-in to corp has ended (ExpiredTokenException)"},
		{"a refresh that is denied is no answer of a person's", awstest.Fault{Code: "AccessDeniedException"}, refresh, grant.Refused, "sign-in to corp: AWS refused CreateToken (AccessDeniedException)"},
		{"a code that is not good", awstest.Fault{Code: "InvalidGrantException"}, code, grant.Refused, "sign-in to corp: AWS refused CreateToken (InvalidGrantException)"},
		{"a device code that ran out", awstest.Fault{Code: "ExpiredTokenException"}, poll, grant.DeviceExpired, "nobody finished the sign-in to corp in time (ExpiredTokenException)"},
		{"a device that somebody declined", awstest.Fault{Code: "AccessDeniedException"}, poll, grant.Declined, "the sign-in to corp was declined in the browser (AccessDeniedException)"},
		{"a key of KMS that may not be used", awstest.Fault{Code: "AccessDeniedException", Reason: "KMS_AccessDeniedException", Message: "m"}, poll, grant.KMSRefused, "sign-in to corp: the KMS key of IAM Identity Center refused CreateToken (AccessDeniedException, KMS_AccessDeniedException: m)"},
		{"a key of KMS that is disabled", awstest.Fault{Code: "InvalidRequestException", Reason: "KMS_DisabledException"}, start, grant.KMSRefused, "sign-in to corp: the KMS key of IAM Identity Center refused StartDeviceAuthorization (InvalidRequestException, KMS_DisabledException)"},
		{"no access token", awstest.Fault{Omit: "accessToken"}, refresh, grant.BadAnswer, "sign-in to corp: AWS's answer to CreateToken is incomplete"},
		{"no life of an access token", awstest.Fault{Omit: "expiresIn"}, refresh, grant.BadAnswer, "sign-in to corp: AWS's answer to CreateToken is incomplete"},
		{"no client secret", awstest.Fault{Omit: "clientSecret"}, register, grant.BadAnswer, "sign-in to corp: AWS's answer to RegisterClient is incomplete"},
		{"no user code", awstest.Fault{Omit: "userCode"}, start, grant.BadAnswer, "sign-in to corp: AWS's answer to StartDeviceAuthorization is incomplete"},
		{"no session token", awstest.Fault{Omit: "sessionToken"}, credentials, grant.BadAnswer, "sign-in to corp: AWS's answer to GetRoleCredentials is incomplete"},
		{"no expiration", awstest.Fault{Omit: "expiration"}, credentials, grant.BadAnswer, "sign-in to corp: AWS's answer to GetRoleCredentials is incomplete"},
		{"no credentials at all", awstest.Fault{Omit: "roleCredentials"}, credentials, grant.BadAnswer, "sign-in to corp: AWS's answer to GetRoleCredentials is incomplete"},
		{"credentials that have expired", awstest.Fault{Expired: time.Hour}, credentials, grant.BadAnswer, "sign-in to corp: AWS gave credentials for Admin in 444444444444 that expired at " + w.Now().Add(-time.Hour).UTC().Format(time.RFC3339)},
		{"half an answer", awstest.Fault{Times: 6, Body: awstest.Half}, credentials, grant.NoAnswer, "sign-in to corp: GetRoleCredentials: the answer from HOST broke off"},
	} {
		w.Reset()
		w.Fault(row.fault)
		err := row.call(w.Client)
		host := strings.TrimPrefix(w.URL, "http://")
		wantKind(t, err, row.kind, strings.NewReplacer("HOST", host, "AT/", w.URL+"/").Replace(row.text))
		var e *grant.Error
		if errors.As(err, &e) && e.Grant != "corp" {
			t.Errorf("%s: of %q", row.claim, e.Grant)
		}
		if got := w.Calls(); len(got) != max(row.fault.Times, 1) {
			t.Errorf("%s: %d calls", row.claim, len(got))
		}
		if passing := row.kind == grant.NoAnswer || row.kind == grant.Throttled || row.kind == grant.AWSFailed; grant.Passing(err) != passing {
			t.Errorf("%s: passing %t", row.claim, !passing)
		}
	}
}

// What spends a code or a refresh token, or makes something, is repeated only where AWS has not acted on it.
func TestWhatIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	token := w.SignedIn(t)
	for _, row := range []struct {
		claim string
		fault awstest.Fault
		calls int
		ok    bool
	}{
		{"throttled: again", awstest.Fault{Code: "TooManyRequestsException"}, 2, true},
		{"dropped before AWS acted, which nobody can know", awstest.Fault{Drop: true}, 1, false},
		{"dropped after AWS acted", awstest.Fault{Drop: true, After: true}, 1, false},
	} {
		w.Reset()
		w.Fault(row.fault)
		got, err := w.Client.Refresh(t.Context(), token)
		if (err == nil) != row.ok || len(w.Calls()) != row.calls {
			t.Errorf("%s: %d calls, %v", row.claim, len(w.Calls()), err)
		}
		if row.ok {
			token = got
		} else if kind := grant.KindOf(err); kind != grant.NoAnswer {
			t.Errorf("%s: kind %d", row.claim, kind)
		}
	}
}

// answering is a service that answers each call in the same way.
func answering(t *testing.T, status int, header, body string) *identitycenter.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	e := profiles.Endpoint{URL: s.URL}
	return identitycenter.Connect(awsclient.Config{HTTP: &http.Client{}, Now: time.Now, Waits: awsclient.Waits{Tries: 2, First: 1, Longest: 1}},
		profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: region, Service: e, Portal: e})
}

func TestHowAnErrorIsNamed(t *testing.T) {
	const oauth = `{"error":"invalid_grant","error_description":"d"}`
	for _, row := range []struct {
		claim        string
		status       int
		header, body string
		want         string
		kind         grant.Kind
	}{
		{"by the header, up to its colon", 400, "X-Amzn-ErrorType: InvalidClientException:http://x/", `{"__type":"a#SlowDownException"}`, "(InvalidClientException)", grant.ClientRefused},
		{"else by the type, after its #", 400, "", `{"__type":"com.amazonaws#InvalidClientException","message":"m","error":"slow_down"}`, "(InvalidClientException: m)", grant.ClientRefused},
		{"else as OAuth does", 400, "", oauth, "(invalid_grant: d)", grant.GrantEnded},
		{"as OAuth does, in two words", 400, "", `{"error":"unauthorized_client"}`, "(unauthorized_client)", grant.ClientRefused},
		{"in a region that AWS names", 400, "X-Amzn-ErrorType: InvalidRequestRegionException", `{"error":"invalid_request","region":"us-west-2"}`, "but in us-west-2 (InvalidRequestRegionException)", grant.WrongRegionOrURL},
		{"in a region that is none", 400, "X-Amzn-ErrorType: InvalidRequestRegionException", `{"region":"us west\u001b"}`, "in eu-west-1 (InvalidRequestRegionException)", grant.WrongRegionOrURL},
		{"by a header alone", 400, "X-Amzn-ErrorType: InvalidGrantException", "", "(InvalidGrantException)", grant.GrantEnded},
		{"by the status of throttling", 429, "", "<html>", "(TooManyRequestsException: Too Many Requests)", grant.Throttled},
		{"no name: nobody of AWS's", 403, "", `{"message":"No"}`, "did not answer as the sign-in service does (HTTP 403, text/plain)", grant.NoAnswer},
		{"a page", 401, "Content-Type: text/html", "<html>", "did not answer as the sign-in service does (HTTP 401, text/html)", grant.NoAnswer},
		{"a page that calls itself a success", 200, "Content-Type: text/html", "<html>", "did not answer as the sign-in service does (HTTP 200, text/html)", grant.NoAnswer},
		{"a redirect, which is not followed", 302, "Location: http://127.0.0.1:9/", "", "did not answer as the sign-in service does (HTTP 302)", grant.NoAnswer},
		{"an answer without an end", 200, "", `{"accessToken":"hush`, "broke off", grant.NoAnswer},
		{"a refusal without an end", 400, "", `{"error":"hush`, "broke off", grant.NoAnswer},
		{"an answer of another form", 200, "", `{"accessToken":{"a":1}}`, "did not answer as IAM Identity Center does (HTTP 200, text/plain)", grant.NoAnswer},
		{"a list", 200, "", `[]`, "did not answer as the sign-in service does (HTTP 200, text/plain)", grant.NoAnswer},
		{"nothing", 200, "", "", "did not answer as the sign-in service does (HTTP 200)", grant.NoAnswer},
		{"a token of another kind", 200, "", `{"accessToken":"hush","expiresIn":9,"tokenType":"mac"}`, "is incomplete", grant.BadAnswer},
		{"control characters", 400, "X-Amzn-ErrorType: InvalidGrantException", `{"message":"a\u001b[31m\nb"}`, "(InvalidGrantException: a [31m b)", grant.GrantEnded},
		{"more than 1 MiB", 200, "", `{"accessToken":"` + strings.Repeat("a", 1<<20), "is longer than 1 MiB", grant.NoAnswer},
	} {
		c := answering(t, row.status, row.header, row.body)
		_, err := c.Refresh(t.Context(), grant.Token{Refresh: "SECRET-refresh", Client: grant.Registration{ClientID: "id", ClientSecret: "SECRET-client"}})
		if grant.KindOf(err) != row.kind || !strings.HasSuffix(err.Error(), row.want) || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%s: kind %d, want %d: %v, want %s", row.claim, grant.KindOf(err), row.kind, err, row.want)
		}
		if err != nil && (strings.Contains(fmt.Sprintf("%+v", err), "SECRET") || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%s: a secret is in %v", row.claim, err)
		}
	}
}

func TestPagesOfADeviceAuthorizationAreAWebBrowsers(t *testing.T) {
	for page, ok := range map[string]bool{
		"https://device.sso.eu-west-1.amazonaws.com/": true, "http://127.0.0.1:1/device": true, "http://example.com/": false, "file:///etc/passwd": false, "javascript:alert(1)": false, "https:///x": false, "": false,
	} {
		body, err := json.Marshal(map[string]any{"deviceCode": "d", "userCode": "BCDF-GHJK", "verificationUri": page, "expiresIn": 600})
		check(t, err)
		a, err := answering(t, 200, "", string(body)).StartDevice(t.Context(), grant.Registration{ClientID: "i", ClientSecret: "s"})
		if (err == nil) != ok || ok && a.Interval != 5*time.Second {
			t.Errorf("%s: %v, every %v", page, err, a.Interval)
		}
	}
	_, err := answering(t, 200, "", `{"deviceCode":"d","userCode":"AB\u001b[2J","verificationUri":"https://x.example/","expiresIn":600}`).StartDevice(t.Context(), grant.Registration{ClientID: "i", ClientSecret: "s"})
	wantKind(t, err, grant.BadAnswer, "sign-in to corp: AWS's answer to StartDeviceAuthorization is incomplete")
}

func TestListsThatNeverEndAreEnded(t *testing.T) {
	c := answering(t, 200, "", `{"accountList":[{"accountId":"444444444444"}],"nextToken":"n"}`)
	var n int
	var last error
	for _, err := range c.Accounts(t.Context(), grant.Token{Access: "a"}) {
		n, last = n+1, err
	}
	if n != 3 {
		t.Errorf("%d pages", n)
	}
	wantKind(t, last, grant.BadAnswer, "sign-in to corp: AWS's answers to ListAccounts go round in a circle")
}

func TestTheAuthorizePage(t *testing.T) {
	c := identitycenter.Connect(awsclient.Config{HTTP: &http.Client{}, Now: time.Now}, profiles.Grant{Kind: profiles.SSO, Session: "corp", Region: region, Scopes: "a:b, c:d"})
	got, err := c.AuthorizeURL(t.Context(), grant.Registration{ClientID: "id+/="}, grant.Visit{RedirectURI: "http://127.0.0.1:7/oauth/callback", State: "st", Verifier: "ver"})
	check(t, err)
	want := "https://oidc.eu-west-1.amazonaws.com/authorize?client_id=id%2B%2F%3D&code_challenge=z1Qq2hNe4-3LvnsxADGSx1KVx-_w7-dZOgoLD3ktUlY&code_challenge_method=S256&redirect_uri=http%3A%2F%2F127.0.0.1%3A7%2Foauth%2Fcallback&response_type=code&scopes=a%3Ab%20c%3Ad&state=st"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestNoSecretIsPrinted(t *testing.T) {
	r := grant.Registration{ClientID: "client", ClientSecret: "SECRET1"}
	a := grant.Authorization{DeviceCode: "SECRET2", UserCode: "BCDF-GHJK", Client: r}
	token := grant.Token{Access: "SECRET3", Refresh: "SECRET4", Client: r, SignIn: "SECRET5"}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+verb+"\n", r, a, token, []*grant.Token{&token})
		fmt.Fprintf(&out, verb+verb+verb+"\n", &r, &a, &token)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "r", r, "a", a, "t", token, "p", &token)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "r", r, "a", a, "t", token, "p", &token)
	check(t, json.NewEncoder(&out).Encode([]any{a, token, &token, struct{ T grant.Token }{token}}))
	if strings.Contains(out.String(), "SECRET") || !strings.Contains(out.String(), "BCDF-GHJK") {
		t.Errorf("printed:\n%s", out.String())
	}
}
