package advice_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/grant"
)

func TestAdviceOnSignIns(t *testing.T) {
	const again, signIn = "sign in again: hatstand login corp", "sign in: hatstand login corp"
	covered := map[grant.Kind]bool{}
	for _, row := range []struct {
		claim string
		err   grant.Error
		exit  int
		hint  string // its first
	}{
		{"nobody is signed in", grant.Error{Kind: grant.NotSignedIn}, 3, signIn},
		{"the browser is still open", grant.Error{Kind: grant.StillOpen}, 3, "finish it in the browser and try again"},
		{"nobody has finished yet", grant.Error{Kind: grant.Pending}, 3, "finish it in the browser and try again"},
		{"asked too often", grant.Error{Kind: grant.SlowDown}, 3, "finish it in the browser and try again"},
		{"nobody answered in 10 min", grant.Error{Kind: grant.DeviceExpired}, 3, signIn},
		{"the session is over", grant.Error{Kind: grant.GrantEnded}, 3, signIn},
		{"declined", grant.Error{Kind: grant.Declined}, 130, ""},
		{"the keyring took no token", grant.Error{Kind: grant.NotKept}, 1, "find out what is wrong with the keyring: hatstand doctor"},
		{"an error in the browser", grant.Error{Kind: grant.BrowserError}, 4, "try again with a code instead: hatstand login corp --device"},
		{"no way to sign in with a code", grant.Error{Kind: grant.NoDeviceFlow}, 3, "sign in with a browser on this machine: hatstand login corp --browser-flow"},
		{"a code that came too late", grant.Error{Kind: grant.CodeExpired}, 4, again},
		{"something else was pasted", grant.Error{Kind: grant.NotPasted}, 4, "sign in again, and copy the whole text that AWS's last page shows: hatstand login corp --device"},
		{"somebody else signed in", grant.Error{Kind: grant.WrongPerson}, 4, "in the browser, sign in to the console as the profile's login_session says"},
		{"who may not", grant.Error{Kind: grant.NoPermission}, 4, "ask an administrator to attach the policy SignInLocalDevelopmentAccess"},
		{"a port that is taken", grant.Error{Kind: grant.ListenerTaken}, 1, "choose another port, or none: --callback-port PORT"},
		{"the wrong region", grant.Error{Kind: grant.WrongRegionOrURL}, 2, "sso_region must be the region of Identity Center itself; check sso_start_url"},
		{"the wrong region, and AWS knows the right one", grant.Error{Kind: grant.WrongRegionOrURL, Region: "eu-west-1"}, 2, "set sso_region = eu-west-1"},
		{"a start URL of somebody else's", grant.Error{Kind: grant.BadStartURL}, 2, "set sso_start_url to the URL of the AWS access portal, https://NAME.awsapps.com/start say"},
		{"a provider that is another one", grant.Error{Kind: grant.BadIssuer, Issuer: "https://x", Subject: "https://y"}, 2, "if that is the provider you mean, set oidc_issuer to exactly that"},
		{"a provider that does not describe itself", grant.Error{Kind: grant.BadIssuer, Issuer: "https://x"}, 2, "check oidc_issuer: the provider has to describe itself at https://x/.well-known/openid-configuration"},
		{"a provider without such a scope", grant.Error{Kind: grant.InvalidScope, Issuer: "https://x"}, 2, "correct oidc_scopes; the default is openid"},
		{"a provider that does not know the client", grant.Error{Kind: grant.ClientRefused, Issuer: "https://x"}, 4, "check oidc_client_id: the provider has to know it as a public client, which has no secret, and may send a browser back to http://127.0.0.1/oauth/callback"},
		{"a port for a provider that is taken", grant.Error{Kind: grant.ListenerTaken, Issuer: "https://x"}, 1, "choose another port: oidc_redirect_port, or --callback-port PORT"},
		{"too many calls of a provider", grant.Error{Kind: grant.Throttled, Issuer: "https://x"}, 4, "wait a little and run it again"},
		{"a provider's failure", grant.Error{Kind: grant.AWSFailed, Issuer: "https://x"}, 1, "the provider failed: run it again"},
		{"no answer from a provider", grant.Error{Kind: grant.NoAnswer, Issuer: "https://x"}, 1, "check the network, HTTPS_PROXY and oidc_issuer"},
		{"a provider's answer that is worth nothing", grant.Error{Kind: grant.BadAnswer, Issuer: "https://x"}, 4, "check oidc_client_id and oidc_scopes, and this machine's clock"},
		{"a provider's sign-in that is over", grant.Error{Kind: grant.GrantEnded, Issuer: "https://x"}, 3, signIn},
		{"another refusal", grant.Error{Kind: grant.Refused, Grant: "corp"}, 4, "try again: hatstand login corp"},
		{"another refusal, in the older form", grant.Error{Kind: grant.Refused, Grant: "https://x.awsapps.com/start"}, 4, "try again: hatstand login https://x.awsapps.com/start"},
		{"another refusal of a provider", grant.Error{Kind: grant.Refused, Grant: "idp", Issuer: "https://x"}, 4, "try again: hatstand login idp"},
		{"a scope that is none", grant.Error{Kind: grant.InvalidScope}, 2, "correct sso_registration_scopes; the default is sso:account:access"},
		{"the KMS key", grant.Error{Kind: grant.KMSRefused}, 4, "the KMS key of Identity Center refused the call: ask its administrator"},
		{"a registration that is unknown", grant.Error{Kind: grant.ClientRefused}, 4, again},
		{"a token that is unknown", grant.Error{Kind: grant.TokenRefused}, 4, again},
		{"no permission set", grant.Error{Kind: grant.NoAccess, Account: "444444444444", Role: "Admin"}, 4,
			"you have no permission set Admin in 444444444444; names are the permission set's, and case counts: hatstand list --at corp"},
		{"nothing in an account", grant.Error{Kind: grant.NoAccess, Account: "444444444444"}, 4, "see what you have: hatstand list --at corp"},
		{"no account", grant.Error{Kind: grant.AccountGone}, 4, "the account does not exist any more; see what there is: hatstand list --at corp"},
		{"too many calls", grant.Error{Kind: grant.Throttled}, 4, "AWS allows about 20 calls a second; wait a little and run it again"},
		{"AWS's own failure", grant.Error{Kind: grant.AWSFailed}, 1, "AWS failed on its side: run it again"},
		{"no answer", grant.Error{Kind: grant.NoAnswer, Err: context.DeadlineExceeded}, 1,
			"check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC or endpoint_url if one is set"},
		{"no answer from the console's sign-in", grant.Error{Kind: grant.NoAnswer, Grant: "arn:aws:iam::111111111111:user/alice"}, 1,
			"check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_SIGNIN or endpoint_url if one is set"},
		{"the console's sign-in is busy", grant.Error{Kind: grant.Throttled, Grant: "arn:aws:iam::111111111111:user/alice"}, 4, "wait a little and run it again"},
		{"Ctrl-C while waiting for AWS", grant.Error{Kind: grant.NoAnswer, Err: context.Canceled}, 130, ""},
		{"an answer that is worth nothing", grant.Error{Kind: grant.BadAnswer}, 4, "check this machine's clock, and endpoint_url if one is set"},
	} {
		row.err.Grant, row.err.Reason = cmp.Or(row.err.Grant, "corp"), "why"
		covered[row.err.Kind] = true
		exit, hints := advice.For(&row.err)
		if first := strings.Join(hints[:min(1, len(hints))], ""); exit != row.exit || first != row.hint {
			t.Errorf("%s: exit %d, hints %q; want %d, %q", row.claim, exit, hints, row.exit, row.hint)
		}
		if wrapped := advice.Exit(fmt.Errorf("profile: %w", errors.Join(&row.err))); wrapped != row.exit {
			t.Errorf("%s, wrapped: exit %d, want %d", row.claim, wrapped, row.exit)
		}
	}
	if got := advice.Hints(&grant.Error{Kind: grant.NotSignedIn, Grant: "My Org"}); !slices.Equal(got, []string{"sign in: hatstand login 'My Org'"}) {
		t.Errorf("a name with a blank: %q", got)
	}
	for _, name := range []string{"arn:aws:iam::111111111111:user/alice", "the AWS console"} {
		if got := advice.Hints(&grant.Error{Kind: grant.NotSignedIn, Grant: name}); !slices.Equal(got, []string{"sign in: hatstand login PROFILE"}) {
			t.Errorf("a sign-in to the console: %q", got)
		}
	}
	nobody := &grant.Error{Kind: grant.NotSignedIn, Grant: "corp", Err: fmt.Errorf("where: %w", hinting{"set HATSTAND_PROMPT"})}
	if exit, hints := advice.For(nobody); exit != 3 || !slices.Equal(hints, []string{"set HATSTAND_PROMPT"}) {
		t.Errorf("what knows why nobody can be asked says what to do: exit %d, %q", exit, hints)
	}
	for kind := grant.NotSignedIn; kind <= grant.Refused; kind++ {
		if !covered[kind] {
			t.Errorf("kind %d has no row", kind)
		}
	}
}

// hinting is an error with a hint of its own.
type hinting struct{ hint string }

func (hinting) Error() string     { return "hinting" }
func (h hinting) Hints() []string { return []string{h.hint} }
