package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/saml"
)

// samlCommands are about a story's SAML provider, which is known to account 222222222222 as corp, and to 333333333333
// as corp and corp2. Roles Dev (4 h) and Ops of the first trust it, and Ops of the second trusts both; role Guest of the
// second trusts the first's Dev.
func samlCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"samlresponse": samlResponse}
}

const (
	samlCorp   = "arn:aws:iam::" + work + ":saml-provider/corp"
	samlCorp3  = "arn:aws:iam::" + audits + ":saml-provider/corp"
	samlCorp3b = "arn:aws:iam::" + audits + ":saml-provider/corp2"
)

// idp is the provider, which is made when a story first needs it: its key takes a while.
func (s *story) idp() *saml.Provider {
	if s.saml != nil {
		return s.saml
	}
	s.saml = saml.New(samlCorp, "https://idp.example.com")
	s.aws.AddSAMLProvider(s.saml)
	for _, arn := range []string{samlCorp3, samlCorp3b} {
		s.aws.AddSAMLProvider(&saml.Provider{ARN: arn, Issuer: s.saml.Issuer, Key: s.saml.Key})
	}
	add := func(arn string, max time.Duration, trust ...awstest.Trust) {
		s.aws.AddRole(arn, awstest.Role{Trust: trust, MaxSession: max})
	}
	by := func(provider string) awstest.Trust { return awstest.Trust{Federated: provider, Audience: saml.SignIn} }
	add("arn:aws:iam::"+work+":role/Dev", 4*time.Hour, by(samlCorp))
	add("arn:aws:iam::"+work+":role/Ops", 0, by(samlCorp))
	add("arn:aws:iam::"+audits+":role/Ops", 2*time.Hour, by(samlCorp3), by(samlCorp3b))
	add("arn:aws:iam::"+audits+":role/Guest", 0, awstest.Trust{Principal: "arn:aws:iam::" + work + ":role/Dev"})
	return s.saml
}

// samlresponse FILE PERSON [NAME=VALUE]... writes a response of the provider about a person, for all roles that trust
// it. roles=A,B are those of account 222222222222 alone, age=6m makes it that old, duration=SECONDS is its
// SessionDuration, audience=X and recipient=X are whom it is for.
func samlResponse(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	statement := saml.Says(args[1], s.aws.Now(),
		"arn:aws:iam::"+work+":role/Dev,"+samlCorp, samlCorp+", arn:aws:iam::"+work+":role/Ops",
		"arn:aws:iam::"+audits+":role/Ops,"+samlCorp3, "arn:aws:iam::"+audits+":role/Ops,"+samlCorp3b)
	for _, option := range args[2:] {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "roles":
			statement.Roles = nil
			for role := range strings.SplitSeq(value, ",") {
				statement.Roles = append(statement.Roles, fmt.Sprintf("arn:aws:iam::%s:role/%s,%s", work, role, samlCorp))
			}
		case "age":
			age, err := time.ParseDuration(value)
			ts.Check(err)
			statement.Issued, statement.NotAfter = statement.Issued.Add(-age), statement.NotAfter.Add(-age)
		case "duration":
			statement.Duration = value
		case "audience":
			statement.Audience = value
		case "recipient":
			statement.Recipient = value
		default:
			ts.Fatalf("samlresponse: %s?", name)
		}
	}
	response := s.idp().Response(statement)
	s.secrets.always(response)
	ts.Check(os.WriteFile(ts.MkAbs(filepath.FromSlash(args[0])), []byte(response+"\n"), 0o600))
}
