package saml

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"hatstand/credproc/internal/text"
)

// Limits of a response. 100,000 characters are the most that STS takes (the STS API reference, AssumeRoleWithSAML,
// SAMLAssertion); they are 75 KB of XML.
const (
	MaxText  = 100_000
	maxDepth = 64
)

// The names of what is read. All else in a response is the provider's and STS's business.
const (
	protocolSpace  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertionSpace = "urn:oasis:names:tc:SAML:2.0:assertion"

	roleAttribute     = "https://aws.amazon.com/SAML/Attributes/Role"
	nameAttribute     = "https://aws.amazon.com/SAML/Attributes/RoleSessionName"
	durationAttribute = "https://aws.amazon.com/SAML/Attributes/SessionDuration"

	success = "urn:oasis:names:tc:SAML:2.0:status:Success"
)

// Parse reads a response as a provider's page posts it: base64, with or without line ends. The error is an *Error, and
// quotes nothing of it but what the provider says of a failure.
func Parse(response string) (Assertion, error) {
	if len(response) > 2*MaxText {
		return Assertion{}, tooLong()
	}
	packed := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n", r) {
			return -1
		}
		return r
	}, response)
	switch {
	case packed == "":
		return Assertion{}, unusable("it is empty")
	case len(packed) > MaxText:
		return Assertion{}, tooLong()
	}
	raw, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		if strings.HasPrefix(packed, "<") {
			return Assertion{}, unusable("it is a page or XML, not base64")
		}
		return Assertion{}, unusable("it is not base64")
	}
	return read(raw, packed)
}

func tooLong() error {
	return unusable(fmt.Sprintf("it has more than %d characters, which is the most that STS takes", MaxText))
}

func unusable(reason string) *Error {
	return &Error{Kind: Unusable, Reason: "this is not a SAML response: " + reason}
}

// read reads a response's XML. What could make it grow, or read anything else, is refused: there is no DTD, no entity
// but XML's own five, and no other encoding than UTF-8.
func read(raw []byte, packed string) (Assertion, error) {
	d := xml.NewDecoder(strings.NewReader(string(raw)))
	r := reader{out: Assertion{text: packed}}
	for {
		t, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && r.found:
			return r.result()
		case errors.Is(err, io.EOF):
			return Assertion{}, unusable("it is not XML")
		case err != nil: // its text quotes what it has read
			line, column := d.InputPos()
			return Assertion{}, unusable(fmt.Sprintf("its XML is wrong at line %d, column %d", line, column))
		}
		if err := r.token(t); err != nil {
			return Assertion{}, err
		}
	}
}

// A reader keeps where in the document it is.
type reader struct {
	out   Assertion
	found bool // the root has come

	path      []xml.Name
	attribute string // the Name of the Attribute that it is in
	value     strings.Builder
	status    string // the most precise code of a failure
	failed    bool
	message   string
}

func (r *reader) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		return unusable("it has a document type, which is refused")
	case xml.StartElement:
		return r.start(t)
	case xml.CharData:
		if len(r.path) > 0 {
			r.value.Write(t)
		}
	case xml.EndElement:
		r.end()
	}
	return nil
}

func (r *reader) start(t xml.StartElement) error {
	switch {
	case len(r.path) == maxDepth:
		return unusable(fmt.Sprintf("its elements are more than %d deep", maxDepth))
	case len(r.path) == 0 && r.found:
		return unusable("it has more than one root")
	case len(r.path) == 0 && t.Name != (xml.Name{Space: protocolSpace, Local: "Response"}):
		return unusable("its root is not a Response of SAML 2.0")
	}
	r.found = true
	r.path = append(r.path, t.Name)
	r.value.Reset()
	switch {
	case r.at("Response", "EncryptedAssertion"):
		r.out.encrypted = true
	case r.at("Response", "Assertion", "AttributeStatement", "EncryptedAttribute"):
		r.out.encrypted = true
	case r.at("Response", "Assertion", "AttributeStatement", "Attribute"):
		r.attribute = attributeOf(t, "Name")
	case len(r.path) >= 3 && t.Name == (xml.Name{Space: protocolSpace, Local: "StatusCode"}):
		code := attributeOf(t, "Value")
		r.failed = r.failed || code != success
		r.status = code
	}
	return nil
}

func (r *reader) end() {
	value := strings.TrimSpace(r.value.String())
	switch {
	case r.at("Response", "Assertion", "AttributeStatement", "Attribute", "AttributeValue"):
		r.attributeValue(value)
	case r.at("Response", "Status", "StatusMessage"):
		r.message = value
	}
	r.path = r.path[:len(r.path)-1]
	r.value.Reset()
}

// at reports whether the reader is in the element of that path.
func (r *reader) at(path ...string) bool {
	if len(r.path) != len(path) {
		return false
	}
	for i, name := range path {
		space := assertionSpace
		if name == "Response" || path[1] == "Status" {
			space = protocolSpace
		}
		if r.path[i] != (xml.Name{Space: space, Local: name}) {
			return false
		}
	}
	return true
}

func attributeOf(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name == (xml.Name{Local: name}) {
			return a.Value
		}
	}
	return ""
}

func (r *reader) attributeValue(value string) {
	switch r.attribute {
	case roleAttribute:
		if offer, ok := readOffer(value); ok && !slices.Contains(r.out.Offers, offer) {
			r.out.Offers = append(r.out.Offers, offer)
		}
	case nameAttribute:
		r.out.SessionName = value
	case durationAttribute:
		r.out.sessionDuration = value
	}
}

// readOffer reads a role's ARN and a provider's, in either order, with a comma between them.
func readOffer(value string) (Offer, bool) {
	a, b, found := strings.Cut(value, ",")
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if resource(a, "saml-provider/") {
		a, b = b, a
	}
	return Offer{Role: a, Provider: b}, found && resource(a, "role/") && resource(b, "saml-provider/")
}

// resource reports whether an ARN is of a kind of IAM's resources.
func resource(arn, kind string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[3] == "" &&
		strings.HasPrefix(parts[5], kind) && len(parts[5]) > len(kind) && plain(arn)
}

// plain reports whether a text is visible ASCII.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// maxMessage bounds a provider's own words, in characters.
const maxMessage = 300

func (r *reader) result() (Assertion, error) {
	if r.failed {
		said := r.status[strings.LastIndexByte(r.status, ':')+1:]
		if said == "" {
			said = "it gives no reason"
		}
		if r.message != "" {
			said += ": " + r.message
		}
		words := []rune(strings.TrimSpace(text.OneLine(strings.ToValidUTF8(said, ""))))
		return Assertion{}, &Error{Kind: ProviderRefused,
			Reason: "the provider refused: " + string(words[:min(len(words), maxMessage)])}
	}
	if len(r.out.Offers) == 0 && !r.out.encrypted {
		return Assertion{}, &Error{Kind: NotOffered, Reason: "the assertion offers no role: it has no attribute " +
			roleAttribute + " with the ARNs of a role and of a provider"}
	}
	r.out.SessionName = text.OneLine(r.out.SessionName)
	return r.out, nil
}
