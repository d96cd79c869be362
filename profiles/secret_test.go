package profiles

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsNeverPrint(t *testing.T) {
	const hush = "hushhush"
	set := mustParse(t, "[profile p]\naws_access_key_id = AKIA1\naws_secret_access_key = hushhush\naws_session_token = hushhush\n", "[q]\naws_secret_access_key = hushhush\naws_access_key_id = AKIA2\n")
	c, err := set.Chain(Request{Target: "p"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Base.SecretAccessKey.Reveal() != hush || c.Base.SessionToken.Reveal() != hush {
		t.Fatal("the secret is not there: the test shows nothing")
	}
	p, _ := set.Profile("p")
	file := File{Path: "x", Data: []byte(hush)}
	for name, v := range map[string]any{
		"secret": Secret(hush), "base": c.Base, "chain": c, "map": map[string]Secret{"k": hush}, "slice": []Secret{hush},
		"profile": p, "profile's value": *p, "set": set, "file": file, "settings": []Setting{p.Get("aws_secret_access_key"), p.Get("aws_session_token")},
	} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%T %v"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		if text, err := json.Marshal(v); err == nil {
			out.Write(text)
		}
		if text, err := xml.Marshal(v); err == nil {
			out.Write(text)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		for _, shown := range []string{hush, fmt.Sprintf("%x", hush), fmt.Sprintf("%X", hush), fmt.Sprintf("% x", hush), fmt.Sprintf("%d", []byte(hush)), "aHVzaGh1c2g"} {
			if strings.Contains(out.String(), shown) {
				t.Errorf("%s prints %q:\n%s", name, shown, out.String())
			}
		}
	}
}

func TestGetMasksSecretsAndSaysThatTheyAreThere(t *testing.T) {
	set := mustParse(t, "[profile p]\naws_secret_access_key = hushhush\nregion = r\n", "")
	p, _ := set.Profile("p")
	if got := p.Get("aws_secret_access_key"); !got.IsSet() || got.Value != Secret("").String() || got.Where() != "~/.aws/config:2" {
		t.Errorf("secret is %+v", got)
	}
	if got := p.Get("aws_session_token"); got.IsSet() {
		t.Errorf("a token that is not there is %+v", got)
	}
	if got := strings.Join(p.Keys(), " "); got != "aws_secret_access_key region" {
		t.Errorf("keys are %q", got)
	}
}
