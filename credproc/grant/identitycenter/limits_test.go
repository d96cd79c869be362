package identitycenter_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/profiles"
)

// silence is an HTTP client to which nobody answers.
type silence struct{ calls *int }

func (s silence) Do(r *http.Request) (*http.Response, error) {
	*s.calls++
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestNoCallHangs(t *testing.T) {
	const late = ": no answer from portal.sso.eu-west-1.amazonaws.com within 10 s"
	const lateOIDC = ": no answer from oidc.eu-west-1.amazonaws.com within 10 s"
	for _, row := range []struct {
		claim string
		call  func(context.Context, *identitycenter.Client) error
		least time.Duration
		tries int // 0: as many as fit
		text  string
	}{
		{"a registration", func(ctx context.Context, c *identitycenter.Client) error {
			_, err := c.Register(ctx, grant.Browser)
			return err
		}, 10 * time.Second, 1, "RegisterClient" + lateOIDC},
		{"a refresh", func(ctx context.Context, c *identitycenter.Client) error {
			_, err := c.Refresh(ctx, grant.Token{})
			return err
		}, 10 * time.Second, 1, "CreateToken" + lateOIDC},
		{"a sign-out", func(ctx context.Context, c *identitycenter.Client) error { return c.Logout(ctx, grant.Token{}) }, 5 * time.Second, 1, "Logout: no answer from portal.sso.eu-west-1.amazonaws.com in time"},
		{"an exchange", func(ctx context.Context, c *identitycenter.Client) error {
			_, err := c.RoleCredentials(ctx, grant.Token{}, dev, "Admin")
			return err
		}, 40 * time.Second, 0, "GetRoleCredentials" + late},
	} {
		synctest.Test(t, func(t *testing.T) {
			tries, began := 0, time.Now()
			c := identitycenter.Connect(awsclient.Config{HTTP: silence{&tries}, Now: time.Now}, profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: region})
			err := row.call(t.Context(), c)
			wantKind(t, err, grant.NoAnswer, "sign-in to corp: "+row.text)
			took := time.Since(began)
			if row.tries > 0 && (tries != row.tries || took != row.least) || took < row.least || took > awsclient.CallLimit || tries > 6 {
				t.Errorf("%s: %d tries in %v", row.claim, tries, took)
			}
		})
	}
}
