package main

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
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
	return map[string]func(*testscript.TestScript, bool, []string){
		"samlresponse": samlResponse, "samlport": samlPort, "samltrust": samlTrust,
	}
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

// samlport sets SAMLPORT to a port of 127.0.0.1 that was free a moment ago.
func samlPort(ts *testscript.TestScript, _ bool, _ []string) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv("SAMLPORT", strconv.Itoa(ln.Addr().(*net.TCPAddr).Port))
	ts.Check(ln.Close())
}

// samltrust RECIPIENT has roles Dev and Ops of account 222222222222 trust responses to another address than AWS's.
func samlTrust(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	s.idp()
	for _, name := range []string{"Dev", "Ops"} {
		s.aws.AddRole("arn:aws:iam::"+work+":role/"+name, awstest.Role{MaxSession: 4 * time.Hour,
			Trust: []awstest.Trust{{Federated: samlCorp, Audience: args[0]}}})
	}
}

// samlPost is a program of its own, and a browser: samlpost FILE ADDRESS goes to the address, which leads to a
// provider's page, and posts the response in the file as that page would, to 127.0.0.1:$SAMLPORT. It leaves a file
// "opened" beside the response.
func samlPost() {
	if err := postSAML(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "samlpost:", err)
		os.Exit(1)
	}
}

func postSAML(file, address string) error {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if to := answer.Header.Get("Location"); to != "http://127.0.0.1:1/aws" {
		return fmt.Errorf("it is led to %q", to)
	}
	response, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "opened"), nil, 0o600); err != nil {
		return err
	}
	port := os.Getenv("SAMLPORT")
	answer, err = client.PostForm("http://127.0.0.1:"+port+"/saml", url.Values{"SAMLResponse": {strings.TrimSpace(string(response))}})
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("it is answered %s", answer.Status)
	}
	return nil
}
