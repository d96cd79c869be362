package awscache

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	signintypes "github.com/aws/aws-sdk-go-v2/service/signin/types"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
)

// The Go SDK compares with the machine's clock.
var (
	past   = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	future = time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)
)

// A refresher is the service that the Go SDK refreshes at.
type refresher struct{ calls []string }

func (r *refresher) CreateToken(_ context.Context, in *ssooidc.CreateTokenInput, _ ...func(*ssooidc.Options)) (*ssooidc.CreateTokenOutput, error) {
	r.calls = append(r.calls, *in.ClientId+" "+*in.ClientSecret+" "+*in.RefreshToken)
	return &ssooidc.CreateTokenOutput{AccessToken: aws.String("NEW"), ExpiresIn: 3600, RefreshToken: aws.String("NEWER")}, nil
}

func (r *refresher) CreateOAuth2Token(_ context.Context, in *signin.CreateOAuth2TokenInput, _ ...func(*signin.Options)) (*signin.CreateOAuth2TokenOutput, error) {
	r.calls = append(r.calls, *in.TokenInput.ClientId+" "+*in.TokenInput.RefreshToken)
	return &signin.CreateOAuth2TokenOutput{TokenOutput: &signintypes.CreateOAuth2TokenResponseBody{
		AccessToken: &signintypes.AccessToken{AccessKeyId: aws.String("ASIANEW"), SecretAccessKey: aws.String("NEW"), SessionToken: aws.String("NEW")},
		ExpiresIn:   aws.Int32(900), RefreshToken: aws.String("NEWER"), TokenType: aws.String("aws_sigv4"),
	}}, nil
}

func (r *refresher) check(t *testing.T, want ...string) {
	t.Helper()
	if strings.Join(r.calls, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", r.calls, want)
	}
}

func TestTheGoSDKComputesTheSameNames(t *testing.T) {
	for _, key := range []string{"corp", "https://x.awsapps.com/start", "https://x.awsapps.com/start/", "https://x.awsapps.com/start#/", "Büro", " my org "} {
		path, err := ssocreds.StandardCachedTokenFilepath(key)
		if err != nil || filepath.Base(path) != SSOFileName(key, "") || filepath.Base(path) != SSOFileName("", key) {
			t.Errorf("%q: %s, %v", key, path, err)
		}
	}
	for _, session := range []string{"arn:aws:iam::111111111111:user/alice", "\tarn:aws:iam::1:root ", ""} {
		path, err := logincreds.StandardCachedTokenFilepath(session, "/x")
		if err != nil || path != filepath.Join(string(LoginFolder("/home", "/x")), LoginFileName(session)) {
			t.Errorf("%q: %s, %v", session, path, err)
		}
	}
}

func TestTheGoSDKReadsAndRefreshesOurSignIn(t *testing.T) {
	f := newFolder(t)
	path := filepath.Join(string(f), ssoName)
	put(t, f, ssoName, strings.Replace(sso, "{", `{"more": [1], `, 1))
	token, err := f.ReadSSO(ssoName)
	if err != nil {
		t.Fatal(err)
	}
	var service refresher
	provider := ssocreds.NewSSOTokenProvider(&service, path)

	token.ExpiresAt = future
	if err := f.WriteSSO(ssoName, token); err != nil {
		t.Fatal(err)
	}
	if bearer, err := provider.RetrieveBearerToken(t.Context()); err != nil || bearer.Value != "SECRET-access" || !bearer.Expires.Equal(future) {
		t.Errorf("%v", err)
	}
	service.check(t)

	token.ExpiresAt = past
	if err := f.WriteSSO(ssoName, token); err != nil {
		t.Fatal(err)
	}
	if bearer, err := provider.RetrieveBearerToken(t.Context()); err != nil || bearer.Value != "NEW" {
		t.Errorf("%v", err)
	}
	service.check(t, "client SECRET-client SECRET-refresh")
	token, err = f.ReadSSO(ssoName)
	if err != nil || token.AccessToken != "NEW" || token.RefreshToken != "NEWER" || token.ClientSecret != "SECRET-client" {
		t.Errorf("%s", secretDiff(token, ssoToken(), err))
	}
	if !strings.Contains(string(token.encode()), `"more": [1]`) {
		t.Error("what the Go SDK kept was lost")
	}
}

func TestTheGoSDKReadsAndRefreshesOurLogin(t *testing.T) {
	f := LoginFolder("", t.TempDir())
	path := filepath.Join(string(f), loginName)
	token := loginToken()
	var service refresher
	provider := logincreds.New(&service, path)

	token.AccessToken.ExpiresAt = future
	if err := f.WriteLogin(loginName, token); err != nil {
		t.Fatal(err)
	}
	c, err := provider.Retrieve(t.Context())
	if err != nil || c.AccessKeyID != "ASIAEXAMPLE" || c.SecretAccessKey != "SECRET-key" || c.SessionToken != "SECRET-session" ||
		c.AccountID != "012345678901" || !c.Expires.Equal(future) {
		t.Errorf("%v", err)
	}
	service.check(t)

	token.AccessToken.ExpiresAt = past
	if err := f.WriteLogin(loginName, token); err != nil {
		t.Fatal(err)
	}
	if c, err := provider.Retrieve(t.Context()); err != nil || c.SecretAccessKey != "NEW" {
		t.Errorf("%v", err)
	}
	service.check(t, "arn:aws:signin:::devtools/same-device SECRET-refresh")
	// It writes identityToken, fractions of seconds, and into the file itself.
	token, err = f.ReadLogin(loginName)
	if err != nil || token.AccessToken.SecretAccessKey != "NEW" || token.RefreshToken != "NEWER" || token.DPoPKey != "SECRET-dpop" ||
		token.AccessToken.AccountID != "012345678901" || !token.AccessToken.ExpiresAt.After(past) {
		t.Errorf("%s", secretDiff(token, loginToken(), err))
	}
}
