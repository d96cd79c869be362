// Package saml is a SAML provider, and the part of STS that checks a provider's assertions: who signed them, for whom,
// for how long. Sources: the IAM user guide ("Configure SAML assertions for the authentication response", "Troubleshoot
// SAML federation") and the STS API reference, AssumeRoleWithSAML.
package saml

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SignIn is where AWS itself takes responses: the Recipient that a trust policy asks for by default (SAML:aud).
const SignIn = "https://signin.aws.amazon.com/saml"

const (
	protocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	attribute = "https://aws.amazon.com/SAML/Attributes/"
	layout    = "2006-01-02T15:04:05Z"
	// life is how long a response may be redeemed.
	life = 5 * time.Minute
)

// A Provider is a SAML provider as an account knows it.
type Provider struct {
	ARN    string // arn:aws:iam::ACCOUNT:saml-provider/NAME
	Issuer string // its entity ID
	Key    *rsa.PublicKey

	private *rsa.PrivateKey
}

// New is a provider with a key of its own, which makes responses too.
func New(arn, issuer string) *Provider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // there is no such error
	}
	return &Provider{ARN: arn, Issuer: issuer, Key: &key.PublicKey, private: key}
}

// A Statement is what a response says.
type Statement struct {
	Subject     string // NameID
	SessionName string
	Roles       []string // a role's ARN and a provider's, with a comma between them
	Duration    string   // SessionDuration; "": it is not said
	Audience    string
	Recipient   string
	Issued      time.Time
	NotAfter    time.Time // NotOnOrAfter, of the subject and of the conditions
}

// Says is a statement as a provider makes it for AWS: about a person, good from now.
func Says(person string, now time.Time, roles ...string) Statement {
	return Statement{Subject: person, SessionName: person, Roles: roles, Audience: "urn:amazon:webservices",
		Recipient: SignIn, Issued: now, NotAfter: now.Add(life)}
}

// Response is a signed response, in base64.
func (p *Provider) Response(s Statement) string {
	var values strings.Builder
	add := func(name string, all ...string) {
		fmt.Fprintf(&values, `<saml:Attribute Name="%s%s">`, attribute, name)
		for _, v := range all {
			values.WriteString("<saml:AttributeValue>" + escape(v) + "</saml:AttributeValue>")
		}
		values.WriteString("</saml:Attribute>")
	}
	add("Role", s.Roles...)
	if s.SessionName != "" {
		add("RoleSessionName", s.SessionName)
	}
	if s.Duration != "" {
		add("SessionDuration", s.Duration)
	}
	issued, end := s.Issued.UTC().Format(layout), s.NotAfter.UTC().Format(layout)
	text := fmt.Sprintf(`<saml:Assertion xmlns:saml="%s" ID="_%s" IssueInstant="%s" Version="2.0"><saml:Issuer>%s</saml:Issuer>`+
		`<saml:Subject><saml:NameID>%s</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">`+
		`<saml:SubjectConfirmationData NotOnOrAfter="%s" Recipient="%s"/></saml:SubjectConfirmation></saml:Subject>`+
		`<saml:Conditions NotOnOrAfter="%s"><saml:AudienceRestriction><saml:Audience>%s</saml:Audience></saml:AudienceRestriction>`+
		`</saml:Conditions><saml:AuthnStatement AuthnInstant="%s"/><saml:AttributeStatement>%s</saml:AttributeStatement></saml:Assertion>`,
		assertion, rand.Text(), issued, escape(p.Issuer), escape(s.Subject), end, escape(s.Recipient), end,
		escape(s.Audience), issued, values.String())
	signed, err := sign(text, p.private)
	if err != nil {
		panic(err) // a test's statement
	}
	return base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(`<samlp:Response xmlns:samlp="%s" ID="_%s" IssueInstant="%s" `+
		`Version="2.0"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>%s</samlp:Response>`,
		protocol, rand.Text(), issued, signed)))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder has no errors
	return b.String()
}

// A Refusal is one of STS's: its code and text.
type Refusal struct{ Code, Text string }

func invalidToken(text string, args ...any) *Refusal {
	return &Refusal{"InvalidIdentityToken", fmt.Sprintf(text, args...)}
}

// Verify reads a response that a provider of the account has signed. Either the Statement or the Refusal is nil.
func (p *Provider) Verify(response string, now time.Time) (*Statement, *Refusal) {
	raw, err := base64.StdEncoding.DecodeString(response)
	if err != nil {
		return nil, invalidToken("Invalid base64 SAMLResponse")
	}
	root, err := parse(raw)
	if err != nil || !root.is(protocol, "Response") {
		return nil, invalidToken("Your request included an invalid SAML response.")
	}
	said := root.child(assertion, "Assertion")
	switch {
	case said == nil:
		return nil, invalidToken("Your request included an invalid SAML response.")
	case said.child(assertion, "Issuer").text() != p.Issuer:
		return nil, invalidToken("Issuer not present in specified provider")
	case !said.signed(p.Key) && !root.signed(p.Key):
		return nil, invalidToken("Response signature invalid")
	}
	subject := said.child(assertion, "Subject")
	confirmed := subject.child(assertion, "SubjectConfirmation").child(assertion, "SubjectConfirmationData")
	conditions := said.child(assertion, "Conditions")
	s := &Statement{
		Subject: subject.child(assertion, "NameID").text(), Recipient: confirmed.attr("Recipient"),
		Audience: conditions.child(assertion, "AudienceRestriction").child(assertion, "Audience").text(),
	}
	if !slices.Contains([]string{"urn:amazon:webservices", SignIn}, s.Audience) {
		return nil, invalidToken("Response does not contain the required audience.")
	}
	if s.Recipient == "" {
		return nil, invalidToken("Response does not contain a recipient.")
	}
	if s.Issued, err = time.Parse(time.RFC3339, said.attr("IssueInstant")); err != nil {
		return nil, invalidToken("Your request included an invalid SAML response.")
	}
	old := !now.Before(s.Issued.Add(life)) || s.Issued.After(now.Add(life))
	for _, end := range []string{confirmed.attr("NotOnOrAfter"), conditions.attr("NotOnOrAfter")} {
		until, err := time.Parse(time.RFC3339, end)
		old = old || end != "" && (err != nil || !now.Before(until))
	}
	if old {
		return nil, &Refusal{"ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"}
	}
	for _, a := range said.child(assertion, "AttributeStatement").children(assertion, "Attribute") {
		for _, v := range a.children(assertion, "AttributeValue") {
			switch a.attr("Name") {
			case attribute + "Role":
				s.Roles = append(s.Roles, v.text())
			case attribute + "RoleSessionName":
				s.SessionName = v.text()
			}
		}
	}
	if s.SessionName == "" {
		return nil, invalidToken("RoleSessionName is required in AuthnResponse")
	}
	if n := len(s.SessionName); n < 2 || n > 64 || strings.ContainsFunc(s.SessionName, notInName) {
		return nil, invalidToken("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
	}
	return s, nil
}

func notInName(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_+=,.@-", r))
}

// Offers reports whether a statement has a role by a provider.
func (s *Statement) Offers(role, provider string) bool {
	return slices.ContainsFunc(s.Roles, func(pair string) bool {
		a, b, _ := strings.Cut(pair, ",")
		a, b = strings.TrimSpace(a), strings.TrimSpace(b)
		return a == role && b == provider || a == provider && b == role
	})
}
