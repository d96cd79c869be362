package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

func TestAURLNeverPrintsItself(t *testing.T) {
	u := URL{"https://signin.aws.amazon.com/federation?SigninToken=TOPSECRET"}
	if !strings.Contains(u.Reveal(), "TOPSECRET") || u == (URL{}) {
		t.Error("Reveal does not reveal")
	}
	held := struct{ Login URL }{u}
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+" "+verb+" "+verb, u, &u, held)
	}
	b.WriteString(u.String() + u.GoString())
	if err := json.NewEncoder(&b).Encode(held); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("url", "u", u, "held", held)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("url", "u", u, "held", held)
	if strings.Contains(b.String(), "TOPSECRET") || strings.Contains(b.String(), fmt.Sprintf("%x", "TOPSECRET")) {
		t.Errorf("it printed itself: %s", b.String())
	}
}

// All of it at one host: a sign-out goes on to its own.
func TestSigningOutFirst(t *testing.T) {
	for name, row := range map[string]struct{ partition, region, host string }{
		"aws: in us-east-1, wherever one works": {"aws", "eu-west-1", "us-east-1.signin.aws.amazon.com"},
		"aws: where no region is known":         {"aws", "", "us-east-1.signin.aws.amazon.com"},
		"China: at its own host":                {"aws-cn", "cn-north-1", "cn-north-1.signin.amazonaws.cn"},
		"GovCloud: at its own host":             {"aws-us-gov", "", "signin.amazonaws-us-gov.com"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := NewHosts(row.partition, row.region, "")
			if err != nil {
				t.Fatal(err)
			}
			aws := &answers{status: 200, body: `{"SigninToken":"a+b"}`}
			const destination = "https://eu-west-1.console.aws.amazon.com/s3?x=1&y=2"
			login, err := SignIn(t.Context(), aws, Request{Hosts: p, Destination: destination, SignOut: true})
			if err != nil {
				t.Fatal(err)
			}
			if asked := aws.sent[0].URL.String(); asked != "https://"+row.host+"/federation" {
				t.Errorf("the token is from %s", asked)
			}
			u, err := url.Parse(login.URL.Reveal())
			if err != nil || u.Scheme != "https" || u.Host != row.host || u.Path != "/oauth" || u.Query().Get("Action") != "logout" {
				t.Errorf("%v %v", u, err)
			}
			u, err = url.Parse(u.Query().Get("redirect_uri"))
			if err != nil || u.Scheme != "https" || u.Host != row.host || u.Path != "/federation" || u.Query().Get("Action") != "login" ||
				u.Query().Get("SigninToken") != "a+b" || u.Query().Get("Destination") != destination {
				t.Errorf("then %v %v", u, err)
			}
		})
	}
}
