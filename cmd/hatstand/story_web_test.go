package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest"
)

// webCommands are about a story's OpenID Connect provider, https://ci.example.com, whose tokens for the audience
// sts.amazonaws.com account 222222222222 takes: role Deployer there trusts subjects repo:acme/*.
func webCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"webtoken": webToken, "tokenservice": tokenService}
}

// addProvider makes the provider, and the role that trusts it.
func (s *story) addProvider() {
	s.ci = s.aws.AddOIDCProvider(work, "https://ci.example.com", "sts.amazonaws.com")
	s.aws.AddRole("arn:aws:iam::"+work+":role/Deployer", awstest.Role{Trust: []awstest.Trust{{
		Federated: "ci.example.com", Audience: "sts.amazonaws.com", Subject: "repo:acme/*",
	}}})
}

// tokenservice SUBJECT is GitHub Actions' token service, as a job of that subject finds it: ACTIONS_ID_TOKEN_REQUEST_URL and
// ACTIONS_ID_TOKEN_REQUEST_TOKEN.
func tokenService(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	const bearer = "request-token"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "bearer "+bearer || r.URL.Query().Get("api-version") != "2.0" {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		now := s.aws.Now()
		_ = json.NewEncoder(w).Encode(map[string]string{
			"value": s.ci.Token(args[0], r.URL.Query().Get("audience"), now, now.Add(5*time.Minute))})
	}))
	ts.Defer(server.Close)
	ts.Setenv("ACTIONS_ID_TOKEN_REQUEST_URL", server.URL+"/token?api-version=2.0")
	ts.Setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", bearer)
}

// webtoken FILE SUBJECT [LIFE] writes a token of the provider: for an hour, or as long as it is told to; -1h is one that
// has expired.
func webToken(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	life := time.Hour
	if len(args) > 2 {
		var err error
		life, err = time.ParseDuration(args[2])
		ts.Check(err)
	}
	now := s.aws.Now()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(s.ci.Token(args[1], "sts.amazonaws.com", now, now.Add(life))+"\n"), 0o600))
}
