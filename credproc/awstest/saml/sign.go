package saml

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Algorithms that are taken, and nothing else.
const (
	dsig       = "http://www.w3.org/2000/09/xmldsig#"
	exclusive  = "http://www.w3.org/2001/10/xml-exc-c14n#"
	enveloped  = dsig + "enveloped-signature"
	sha256Name = "http://www.w3.org/2001/04/xmlenc#sha256"
	rsaSHA256  = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
)

// sign is an element's text with its signature behind the first child, where SAML has it.
func sign(text string, key *rsa.PrivateKey) (string, error) {
	e, err := parse([]byte(text))
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(e.canonical(nil, nil))
	info := fmt.Sprintf(`<ds:SignedInfo xmlns:ds="%s"><ds:CanonicalizationMethod Algorithm="%s"></ds:CanonicalizationMethod>`+
		`<ds:SignatureMethod Algorithm="%s"></ds:SignatureMethod><ds:Reference URI="#%s"><ds:Transforms>`+
		`<ds:Transform Algorithm="%s"></ds:Transform><ds:Transform Algorithm="%s"></ds:Transform></ds:Transforms>`+
		`<ds:DigestMethod Algorithm="%s"></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>`,
		dsig, exclusive, rsaSHA256, e.attr("ID"), enveloped, exclusive, sha256Name, base64.StdEncoding.EncodeToString(digest[:]))
	sum := sha256.Sum256([]byte(info))
	value, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	signature := `<ds:Signature xmlns:ds="` + dsig + `">` + info + `<ds:SignatureValue>` +
		base64.StdEncoding.EncodeToString(value) + `</ds:SignatureValue></ds:Signature>`
	before, after, found := strings.Cut(text, "</saml:Issuer>")
	if !found {
		return "", errors.New("no issuer")
	}
	return before + "</saml:Issuer>" + signature + after, nil
}

// signed reports whether an element has a signature of the key, over itself.
func (e *element) signed(key *rsa.PublicKey) bool {
	signature := e.child(dsig, "Signature")
	info := signature.child(dsig, "SignedInfo")
	reference := info.child(dsig, "Reference")
	id := e.attr("ID")
	if reference == nil || id == "" || reference.attr("URI") != "#"+id ||
		info.child(dsig, "SignatureMethod").attr("Algorithm") != rsaSHA256 ||
		info.child(dsig, "CanonicalizationMethod").attr("Algorithm") != exclusive ||
		reference.child(dsig, "DigestMethod").attr("Algorithm") != sha256Name {
		return false
	}
	var prefixes []string
	for _, t := range reference.child(dsig, "Transforms").children(dsig, "Transform") {
		switch t.attr("Algorithm") {
		case enveloped:
		case exclusive:
			prefixes = strings.Fields(t.child(exclusive, "InclusiveNamespaces").attr("PrefixList"))
		default:
			return false
		}
	}
	digest := sha256.Sum256(e.canonical(signature, prefixes))
	if base64.StdEncoding.EncodeToString(digest[:]) != reference.child(dsig, "DigestValue").text() {
		return false
	}
	value, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(signature.child(dsig, "SignatureValue").text()), ""))
	sum := sha256.Sum256(info.canonical(nil, nil))
	return err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], value) == nil
}
