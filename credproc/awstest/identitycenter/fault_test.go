package identitycenter_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

func TestErrorsOnTheWire(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		kind, text               string
	}{
		{"a service of OAuth", "POST", "/token", `{"clientId":"a","clientSecret":"b","grantType":"refresh_token"}`, 401,
			"InvalidClientException:http://internal.amazon.com/coral/com.amazonaws.ssooidc/",
			`{"error":"invalid_client","error_description":"Invalid client provided"}`},
		{"a body that is no JSON", "POST", "/client/register", `{`, 400,
			"InvalidRequestException:http://internal.amazon.com/coral/com.amazonaws.ssooidc/",
			`{"error":"invalid_request","error_description":"Invalid request provided"}`},
		{"the portal", "GET", "/assignment/accounts", "", 401, "UnauthorizedException",
			`{"__type":"com.amazonaws.switchboard.portal#UnauthorizedException","message":"Session token not found or invalid"}`},
		{"a method that the path does not know", "POST", "/assignment/accounts", "", 405, "MethodNotAllowedException",
			`{"__type":"com.amazonaws.switchboard.portal#MethodNotAllowedException","message":"Method not allowed"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, kind, text := raw(t, tt.method, w.URL+tt.path, "", tt.body)
			if status != tt.status || kind != tt.kind || text != tt.text {
				t.Errorf("HTTP %d, %s: %s", status, kind, text)
			}
		})
	}
}

// raw is an answer as it is on the wire.
func raw(t *testing.T, method, address, token, body string) (status int, kind, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	check(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("x-amz-sso_bearer_token", token)
	resp, err := http.DefaultClient.Do(r)
	check(t, err)
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	check(t, err)
	return resp.StatusCode, resp.Header.Get("x-amzn-ErrorType"), string(all)
}

func TestFaultsMeetIdentityCenterToo(t *testing.T) {
	w := newWorld(t)
	c := w.register(t)
	token := w.signIn(t, c)
	creds := func(ctx context.Context) error {
		_, err := w.credentials(ctx, token.AccessToken, dev, "Admin")
		return err
	}

	w.Fault(awstest.Fault{Action: "GetRoleCredentials", Status: 500})
	wantError(t, creds(t.Context()), 500, "InternalServerException")
	w.Fault(awstest.Fault{Action: "GetRoleCredentials", Code: "TooManyRequestsException", RetryAfter: 3 * time.Second})
	status, kind, _ := raw(t, "GET", w.URL+"/federation/credentials?account_id="+dev+"&role_name=Admin", *token.AccessToken, "")
	if status != 429 || kind != "TooManyRequestsException" {
		t.Errorf("HTTP %d, %s", status, kind)
	}
	w.Fault(awstest.Fault{Action: "CreateToken", Code: "AccessDeniedException", Reason: "KMS_AccessDeniedException", Message: "No key"})
	status, kind, text := raw(t, "POST", w.URL+"/token", "", "{}")
	if status != 400 || !strings.HasPrefix(kind, "AccessDeniedException:") ||
		text != `{"error":"access_denied","error_description":"No key","reason":"KMS_AccessDeniedException"}` {
		t.Errorf("HTTP %d, %s: %s", status, kind, text)
	}
	w.Fault(awstest.Fault{Action: "GetRoleCredentials", Drop: true, Times: -1}) // Go tries a GET again by itself
	if err := creds(t.Context()); err == nil {
		t.Error("an answer came after all")
	}
	w.Reset()
	w.Fault(awstest.Fault{Action: "GetRoleCredentials", Body: awstest.Half})
	if err := creds(t.Context()); err == nil {
		t.Error("half an answer was taken")
	}
	w.Fault(awstest.Fault{Action: "GetRoleCredentials", Omit: "secretAccessKey"})
	if c, err := w.credentials(t.Context(), token.AccessToken, dev, "Admin"); err != nil || c.SecretAccessKey != nil || c.AccessKeyId == nil {
		t.Errorf("%v, %v", c, err)
	}
	w.Fault(awstest.Fault{Action: "GetRoleCredentials", Expired: time.Minute})
	if c, err := w.credentials(t.Context(), token.AccessToken, dev, "Admin"); err != nil ||
		c.Expiration != w.Now().Add(-time.Minute).Truncate(time.Second).UnixMilli() {
		t.Errorf("%v, %v", c, err)
	}

	// What is lost on the way back has happened.
	w.Fault(awstest.Fault{Action: "CreateToken", After: true, Drop: true})
	if _, err := w.refresh(t.Context(), c, token.RefreshToken); err == nil {
		t.Error("an answer came after all")
	}
	_, err := w.refresh(t.Context(), c, token.RefreshToken)
	wantError(t, err, 400, "InvalidGrantException")
	check(t, creds(t.Context()))
}

func TestNoSecretIsOnRecord(t *testing.T) {
	w := newWorld(t)
	b := w.register(t, w.forBrowser)
	code, redirect := w.code(t, b)
	tokens, err := w.redeem(t.Context(), b, code, redirect)
	check(t, err)
	next, err := w.refresh(t.Context(), b, tokens.RefreshToken)
	check(t, err)
	c := w.register(t)
	d := w.device(t, c)
	check(t, w.center.Approve(*d.UserCode, w.Now()))
	_, err = w.poll(t.Context(), c, d)
	check(t, err)
	creds, err := w.credentials(t.Context(), next.AccessToken, dev, "Admin")
	check(t, err)

	var record strings.Builder
	for _, call := range w.Calls() {
		record.WriteString(call.String())
		for k, v := range call.Params {
			record.WriteString(" " + k + "=" + v)
		}
		record.WriteString("\n")
	}
	for name, secret := range map[string]string{
		"code": code, "verifier": verifier, "access token": *next.AccessToken, "refresh token": *tokens.RefreshToken,
		"client's secret": *b.ClientSecret, "device code": *d.DeviceCode, "secret access key": *creds.SecretAccessKey,
	} {
		if strings.Contains(record.String(), secret) {
			t.Errorf("the record holds the %s", name)
		}
	}
	for _, told := range []string{
		"grantType=authorization_code", "clientName=hatstand-corp", "scopes=" + accountScope, "redirectUris=http://127.0.0.1/oauth/callback",
		"startUrl=" + w.corp.StartURL(), "refreshToken=present", "role_name=Admin",
		"sso:GetRoleCredentials by " + alice + " on " + dev + "/Admin until ",
	} {
		if !strings.Contains(record.String(), told) {
			t.Errorf("the record does not hold %q:\n%s", told, record.String())
		}
	}
}
