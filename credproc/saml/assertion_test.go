package saml

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	admin    = "arn:aws:iam::111111111111:role/Admin"
	reader1  = "arn:aws:iam::111111111111:role/teams/Reader"
	corp     = "arn:aws:iam::111111111111:saml-provider/corp"
	other    = "arn:aws:iam::111111111111:saml-provider/other"
	attrName = "https://aws.amazon.com/SAML/Attributes/"
)

// response is a response with attributes: a name of AWS's and its values.
func response(attributes ...string) string {
	return base64.StdEncoding.EncodeToString([]byte(document(attributes...)))
}

func document(attributes ...string) string {
	var b strings.Builder
	for i := 0; i < len(attributes); i += 2 {
		fmt.Fprintf(&b, `<saml:Attribute Name="%s%s">`, attrName, attributes[i])
		for value := range strings.SplitSeq(attributes[i+1], "|") {
			fmt.Fprintf(&b, `<saml:AttributeValue xmlns:xsi="x" xsi:type="xs:string">%s</saml:AttributeValue>`, value)
		}
		b.WriteString(`</saml:Attribute>`)
	}
	return inResponse(`<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:AttributeStatement>` +
		b.String() + `</saml:AttributeStatement></saml:Assertion>`)
}

func inResponse(inside string) string {
	return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">` + inside + `</samlp:Response>`
}

func encoded(xml string) string { return base64.StdEncoding.EncodeToString([]byte(xml)) }

func TestWhatAnAssertionOffers(t *testing.T) {
	for _, row := range []struct {
		name, response string
		want           []Offer
	}{
		{"the role first", response("Role", admin+","+corp), []Offer{{admin, corp}}},
		{"the provider first", response("Role", corp+","+admin), []Offer{{admin, corp}}},
		{"spaces and line ends around both", response("Role", "\n  "+admin+" ,\t"+corp+"\n"), []Offer{{admin, corp}}},
		{"several values of one attribute", response("Role", admin+","+corp+"|"+reader1+","+corp),
			[]Offer{{admin, corp}, {reader1, corp}}},
		{"the attribute twice", response("Role", admin+","+corp, "Role", reader1+","+corp),
			[]Offer{{admin, corp}, {reader1, corp}}},
		{"a role twice", response("Role", admin+","+corp+"|"+corp+","+admin), []Offer{{admin, corp}}},
		{"a role by two providers", response("Role", admin+","+corp+"|"+admin+","+other),
			[]Offer{{admin, corp}, {admin, other}}},
		{"values that are no pair are passed over", response("Role", admin+"|"+admin+","+admin+"|"+corp+","+corp+"|x|"+
			admin+","+corp), []Offer{{admin, corp}}},
		{"line ends in the base64", wrapped(response("Role", admin+","+corp)), []Offer{{admin, corp}}},
		{"a comment in a value changes nothing", response("Role", "arn:aws:iam::111111111111:role/Ad<!-- x -->min,"+corp),
			[]Offer{{admin, corp}}},
		{"another prefix and an XML declaration", encoded(`<?xml version="1.0" encoding="UTF-8"?>` +
			strings.NewReplacer("saml:", "a:", "xmlns:saml=", "xmlns:a=").Replace(document("Role", admin+","+corp))),
			[]Offer{{admin, corp}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, err := Parse(row.response)
			if err != nil || !slices.Equal(a.Offers, row.want) {
				t.Errorf("%v, %v", a.Offers, err)
			}
			if strings.ContainsAny(a.Text(), " \n") {
				t.Error("what STS is sent has blanks in it")
			}
		})
	}
}

func wrapped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += 76 {
		b.WriteString(s[i:min(i+76, len(s))] + "\r\n")
	}
	return b.String()
}

func TestNameAndDuration(t *testing.T) {
	a, err := Parse(response("Role", admin+","+corp, "RoleSessionName", "alice@example.com", "SessionDuration", "7200"))
	d, err2 := a.Duration()
	if err != nil || err2 != nil || a.SessionName != "alice@example.com" || d != 2*time.Hour {
		t.Errorf("%q %v %v %v", a.SessionName, d, err, err2)
	}
	for _, bad := range []string{"899", "43201", "-1", "1h", "99999999999999999999"} {
		a, err := Parse(response("Role", admin+","+corp, "SessionDuration", bad))
		if _, err2 := a.Duration(); err != nil || KindOf(err2) != BadDuration {
			t.Errorf("%s: %v, %v", bad, err, err2)
		}
	}
	if a, _ := Parse(response("Role", admin+","+corp)); a.sessionDuration != "" {
		t.Error("a duration that nobody has given")
	}
}

func TestWhatIsNoAssertion(t *testing.T) {
	deep := inResponse(strings.Repeat("<a>", maxDepth) + strings.Repeat("</a>", maxDepth))
	for _, row := range []struct {
		name, response string
		kind           Kind
		reason         string
	}{
		{"nothing", " \n", Unusable, "it is empty"},
		{"100,001 characters", strings.Repeat("A", MaxText+1), Unusable, "more than 100000 characters"},
		{"megabytes of blanks", strings.Repeat(" ", 4*MaxText), Unusable, "more than 100000 characters"},
		{"XML as it is", document("Role", admin+","+corp), Unusable, "it is a page or XML, not base64"},
		{"not base64", "?!", Unusable, "it is not base64"},
		{"base64 of nothing", encoded(" "), Unusable, "it is not XML"},
		{"an HTML page", encoded("<!DOCTYPE html><html></html>"), Unusable, "it has a document type, which is refused"},
		{"a DTD", encoded(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + document("Role", "&x;")), Unusable,
			"it has a document type"},
		{"an XML bomb", encoded(`<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>` + inResponse("&b;")), Unusable,
			"it has a document type"},
		{"an entity without a DTD", encoded(inResponse("&x;")), Unusable, "its XML is wrong at line 1, column"},
		{"another encoding", encoded(`<?xml version="1.0" encoding="UTF-16"?>` + inResponse("")), Unusable, "its XML is wrong"},
		{"an end that is missing", encoded(strings.TrimSuffix(document("Role", admin+","+corp), "</samlp:Response>")),
			Unusable, "its XML is wrong"},
		{"65 elements deep", encoded(deep), Unusable, "more than 64 deep"},
		{"two roots", encoded(inResponse("") + inResponse("")), Unusable, "more than one root"},
		{"another root", encoded("<a/>"), Unusable, "its root is not a Response of SAML 2.0"},
		{"an assertion alone", encoded(`<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>`), Unusable, "its root is not"},
		{"SAML 1.1", encoded(`<Response xmlns="urn:oasis:names:tc:SAML:1.0:protocol"/>`), Unusable, "its root is not"},
		{"no assertion", encoded(inResponse("")), NotOffered, "offers no role"},
		{"no attribute of AWS's", response("Other", admin+","+corp), NotOffered, "offers no role"},
		{"attributes outside of an assertion", encoded(inResponse(`<saml:Attribute xmlns:saml="` + assertionSpace + `" Name="` +
			roleAttribute + `"><saml:AttributeValue>` + admin + "," + corp + `</saml:AttributeValue></saml:Attribute>`)),
			NotOffered, "offers no role"},
		{"a refusal", encoded(inResponse(`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder">` +
			`<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode>` +
			`<samlp:StatusMessage>no such` + "\n" + `user</samlp:StatusMessage></samlp:Status>`)), ProviderRefused,
			"the provider refused: AuthnFailed: no such user"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, err := Parse(row.response)
			if KindOf(err) != row.kind || !strings.Contains(err.Error(), row.reason) {
				t.Errorf("%v, want %q", err, row.reason)
			}
			if a.Text() != "" || strings.Contains(fmt.Sprint(err), "\n") {
				t.Errorf("%q", a.Text())
			}
		})
	}
}

func TestWhichProvider(t *testing.T) {
	for _, row := range []struct {
		name, roles, role, wanted, want string
		kind                            Kind
		reason                          string
	}{
		{"the only one", admin + "," + corp, admin, "", corp, 0, ""},
		{"the one that is wanted", admin + "," + corp + "|" + admin + "," + other, admin, other, other, 0, ""},
		{"none is chosen of two", admin + "," + corp + "|" + admin + "," + other, admin, "", "", SeveralProviders,
			"by several providers: " + corp + ", " + other},
		{"another than is wanted", admin + "," + corp, admin, other, "", NotOffered, "by " + other + ", but by " + corp},
		{"a role that is not in it", admin + "," + corp, reader1, "", "", NotOffered,
			"does not offer " + reader1 + "; it offers " + admin},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, err := Parse(response("Role", row.roles))
			if err != nil {
				t.Fatal(err)
			}
			got, err := a.Provider(row.role, row.wanted)
			if got != row.want || KindOf(err) != row.kind || err != nil && !strings.Contains(err.Error(), row.reason) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestAnEncryptedAssertionNeedsTheProvidersARN(t *testing.T) {
	a, err := Parse(encoded(inResponse(`<saml:EncryptedAssertion xmlns:saml="` + assertionSpace + `"/>`)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.Provider(admin, corp); got != corp || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := a.Provider(admin, ""); KindOf(err) != Encrypted {
		t.Error(err)
	}
	if got, err := a.Listing(); KindOf(err) != Encrypted || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAListingHasEachRoleOnce(t *testing.T) {
	a, err := Parse(response("Role", reader1+","+corp+"|"+admin+","+other+"|"+admin+","+corp))
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Listing()
	first := min(corp, other)
	want := []Offer{{admin, first}, {reader1, corp}}
	slices.SortFunc(want, func(a, b Offer) int { return strings.Compare(a.Role, b.Role) })
	if err != nil || !slices.Equal(got, want) || a.Offers[0].Role != reader1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAListOfRolesHasAnEnd(t *testing.T) {
	var roles []string
	for i := range 30 {
		roles = append(roles, fmt.Sprintf("arn:aws:iam::111111111111:role/R%02d,%s", i, corp))
	}
	a, _ := Parse(response("Role", strings.Join(roles, "|")))
	_, err := a.Provider(admin, "")
	if !strings.HasSuffix(err.Error(), "R19 and 10 more") {
		t.Error(err)
	}
}

func TestAnAssertionIsGoodForFiveMinutes(t *testing.T) {
	a, _ := Parse(response("Role", admin+","+corp))
	a.Got = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for age, want := range map[time.Duration]bool{0: true, 4 * time.Minute: true, 5 * time.Minute: false, time.Hour: false,
		-time.Second: false} {
		if got := a.Usable(a.Got.Add(age)); got != want {
			t.Errorf("after %v: %v", age, got)
		}
	}
	if (Assertion{Got: a.Got}).Usable(a.Got) {
		t.Error("none at all is usable")
	}
}

func TestAnAssertionDoesNotPrintItself(t *testing.T) {
	a, _ := Parse(response("Role", admin+","+corp, "RoleSessionName", "alice"))
	type holder struct{ A Assertion }
	asJSON, err := json.Marshal(holder{a})
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "a", a)
	all := fmt.Sprintf("%v %+v %#v %s %q %x %v", a, a, a, a, a, a, holder{a}) + string(asJSON) + log.String()
	if err != nil || strings.Contains(all, a.Text()[:20]) || strings.Contains(all, "alice") {
		t.Error(all, err)
	}
}

// Whatever is given, nothing is taken that has no offer, and what is offered is what two plain ARNs say.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		document("Role", admin+","+corp, "RoleSessionName", "alice", "SessionDuration", "3600"), inResponse("&#65;"),
		`<!DOCTYPE r [<!ENTITY a "b">]>` + inResponse("&a;"), inResponse(`<saml:EncryptedAssertion xmlns:saml="` + assertionSpace + `"/>`),
		inResponse(`<samlp:Status><samlp:StatusCode Value="x"/></samlp:Status>`), "<a>" + inResponse("") + "</a>", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := Parse(base64.StdEncoding.EncodeToString(raw))
		if err != nil {
			if KindOf(err) == 0 || a.Text() != "" || strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("%q", err)
			}
			return
		}
		if len(a.Offers) == 0 && !a.encrypted || a.Text() == "" {
			t.Error("an assertion of nothing")
		}
		for _, o := range a.Offers {
			if !resource(o.Role, "role/") || !resource(o.Provider, "saml-provider/") || strings.ContainsAny(o.Role+o.Provider, " \n") {
				t.Errorf("%q", o)
			}
		}
		_, _ = a.Duration()
	})
}
