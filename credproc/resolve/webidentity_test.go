package resolve_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awstest"
	"hatstand/credproc/resolve"
)

const webRoads = `
[profile ci]
role_arn = arn:aws:iam::222222222222:role/Deployer
web_identity_token_file = TOKEN
[profile command]
role_arn = arn:aws:iam::222222222222:role/Deployer
web_identity_token_process = give token
`

func newWebWorld(t *testing.T) (w *world, config, file string, token func(time.Duration) string) {
	w = newWorld(t)
	p := w.aws.AddOIDCProvider("222222222222", "https://ci.example.com", "sts.amazonaws.com")
	w.aws.AddRole("arn:aws:iam::222222222222:role/Deployer", awstest.Role{Trust: []awstest.Trust{{Federated: "ci.example.com"}}})
	file = filepath.Join(t.TempDir(), "token")
	token = func(life time.Duration) string {
		return p.Token("job", "sts.amazonaws.com", time.Now(), time.Now().Add(life))
	}
	return w, strings.ReplaceAll(webRoads, "TOKEN", file), file, token
}

func TestATokenThatIsReplacedMeanwhileServes(t *testing.T) {
	w, config, _, token := newWebWorld(t)
	var given int
	w.r.Run = func(_ context.Context, profile string, args []string) ([]byte, error) {
		given++
		if profile != "command" || strings.Join(args, " ") != "give token" {
			t.Errorf("%q of %s is run", args, profile)
		}
		if given == 1 {
			return []byte(token(-time.Minute)), nil
		}
		return []byte(token(time.Hour) + "\r\n"), nil
	}
	c, err := w.r.Credentials(t.Context(), w.plan(config, "command", credproc.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	w.wantIdentity(c, "arn:aws:sts::222222222222:assumed-role/Deployer/os-user")
	if given != 2 {
		t.Errorf("the token was wanted %d times", given)
	}
}

func TestWhatIsNoToken(t *testing.T) {
	for _, row := range []struct {
		name, content string
		kind          resolve.Kind
		reason        string
	}{
		{"empty", " \n", resolve.NoToken, "it gives no token"},
		{"too long", strings.Repeat("x", 20001), resolve.UnusableToken, "the token has more than 20000 characters, which is the most that STS takes"},
		{"two lines", "a\nb", resolve.UnusableToken, "what it gives is not a token: it has spaces or line ends in it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, config, file, _ := newWebWorld(t)
			if err := os.WriteFile(file, []byte(row.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := w.r.Credentials(t.Context(), w.plan(config, "ci", credproc.Options{}))
			e, ok := errors.AsType[*resolve.Error](err)
			if !ok || e.Kind != row.kind || !strings.HasSuffix(err.Error(), row.reason) || strings.Contains(err.Error(), "xxxx") {
				t.Errorf("%v", err)
			}
			w.wantSaw("")
		})
	}
}
