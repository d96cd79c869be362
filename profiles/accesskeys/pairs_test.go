package accesskeys

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hatstand/profiles"
)

func pairsOf(t *testing.T, config, credentials string, names ...string) ([]Pair, error) {
	t.Helper()
	s, err := profiles.Parse(profiles.File{Path: "config", Data: []byte(config)}, profiles.File{Path: "credentials", Data: []byte(credentials)})
	if err != nil {
		t.Fatal(err)
	}
	return Find(s, names...)
}

func TestPairsAreFoundWhereverTheyStand(t *testing.T) {
	const pair = "aws_access_key_id = AKIA%s\naws_secret_access_key = s%s\n"
	keys := func(name string) string { return fmt.Sprintf(pair, name, name) }
	for _, c := range []struct{ name, config, credentials, want string }{
		{"in no file", "[profile a]\nregion = x\n", "[b]\n", ""},
		{"in the credentials file, in its order", "", "[b]\n" + keys("B") + "[a]\n" + keys("A"), "b AKIAB credentials:2, a AKIAA credentials:5"},
		{"in the config file", "[default]\n" + keys("D") + "[profile a]\nregion = x\n" + keys("A"), "", "default AKIAD config:2, a AKIAA config:6"},
		{"in a section of hatstand's own", "[hatstand a]\n" + keys("A"), "", "a AKIAA config:2"},
		{"in both, the same", "[profile a]\n" + keys("A"), "[a]\n" + keys("A"), "a AKIAA credentials:2, a AKIAA config:2"},
		{"in a section that no reader takes", "[a]\n" + keys("A"), "[profile b]\n" + keys("B"), ""},
		{"with CRLF, spaces and capitals", "", "[a]\r\nAWS_ACCESS_KEY_ID=AKIAA # mine\r\n\r\naws_secret_access_key\t=  sA\r\n", "a AKIAA credentials:2"},
		{"empty", "", "[a]\naws_access_key_id =\naws_secret_access_key =\n", ""},
		{"with a token", "", "[a]\n" + keys("A") + "aws_session_token = t\n", "a AKIAA credentials:2 temporary"},
		{"temporary by its ID", "", "[a]\naws_access_key_id = ASIAA\naws_secret_access_key = sA\n", "a ASIAA credentials:2 temporary"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pairs, err := pairsOf(t, c.config, c.credentials)
			var got []string
			for _, p := range pairs {
				text := fmt.Sprintf("%s %s %s", p.Profile, p.AccessKeyID, p.Where.Location())
				if p.Temporary() {
					text += " temporary"
				}
				got = append(got, text)
				if p.SecretAccessKey.Reveal() != "s"+p.AccessKeyID[4:] {
					t.Errorf("the secret of %s is another's", p.Profile)
				}
				if p.Credentials != strings.HasPrefix(p.Where.Path, "cred") {
					t.Errorf("%s: wrong file", p.Profile)
				}
			}
			if text := strings.Join(got, ", "); err != nil || text != c.want {
				t.Errorf("got %q, %v, want %q", text, err, c.want)
			}
		})
	}
}

func TestPairsThatAreAmbiguousAreRefused(t *testing.T) {
	const a = "[a]\naws_access_key_id = AKIAA\naws_secret_access_key = hunter2\n"
	for _, c := range []struct{ name, config, credentials, want string }{
		{"no secret", "", "[a]\naws_access_key_id = AKIAA\n", `profile "a": half a key pair: aws_secret_access_key is missing (credentials:2)`},
		{"no ID", "", "[x]\n[a]\naws_secret_access_key = hunter2\n", `profile "a": half a key pair: aws_access_key_id is missing (credentials:3)`},
		{"a token alone", "", "[a]\naws_session_token = hunter2\n", `profile "a": half a key pair: aws_access_key_id is missing (credentials:2)`},
		{"an empty secret", "", "[a]\naws_access_key_id = AKIAA\naws_secret_access_key =\n", `profile "a": half a key pair: aws_secret_access_key is missing (credentials:2)`},
		{"halves in two files", "[profile a]\naws_secret_access_key = hunter2\n", "[a]\naws_access_key_id = AKIAA\n", `profile "a": half a key pair: aws_secret_access_key is missing (credentials:2)`},
		{"a setting twice", "", a + "aws_access_key_id = AKIAB\n", `profile "a": aws_access_key_id is set twice: here and at credentials:2 (credentials:4)`},
		{"a section twice", "", a + a, `profile "a": its section is there twice, each with keys: here and at credentials:2 (credentials:5)`},
		{"[default] and [profile default]", "[default]\n" + a[4:] + "[profile default]\n" + a[4:], "", `profile "default": its section is there twice, each with keys: here and at config:2 (config:5)`},
		{"other keys in the other file", "[profile a]\naws_access_key_id = AKIAB\naws_secret_access_key = hunter2\n", a, `profile "a": it has other keys at credentials:2 (config:2)`},
		{"another secret in hatstand's own section", "[profile a]\naws_access_key_id = AKIAA\naws_secret_access_key = hunter3\n[hatstand a]\n" + a[4:], "", `profile "a": it has other keys at config:2 (config:5)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := pairsOf(t, c.config, c.credentials)
			var e *profiles.Error
			if !errors.As(err, &e) || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, e, e.Location), "hunter") {
				t.Errorf("it shows a secret: %v", err)
			}
		})
	}
	t.Run("only among the profiles named", func(t *testing.T) {
		pairs, err := pairsOf(t, "", a+"[b]\naws_access_key_id = AKIAB\n", "a")
		if err != nil || len(pairs) != 1 {
			t.Errorf("%v, %v", pairs, err)
		}
	})
	t.Run("a section that cannot be read is its profile's error, if that is named", func(t *testing.T) {
		if _, err := pairsOf(t, "", a+"[b]\noops\n", "b"); err == nil || err.Error() != "credentials:5: a setting must have an '='" {
			t.Errorf("%v", err)
		}
		if pairs, err := pairsOf(t, "", a+"[b]\noops\n"); err != nil || len(pairs) != 1 {
			t.Errorf("%v, %v", pairs, err)
		}
	})
}
