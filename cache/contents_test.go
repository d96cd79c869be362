package cache

import (
	"reflect"
	"testing"
)

func TestContents(t *testing.T) {
	l := Listing{map[string]bool{}}
	if !l.Contents().Empty() {
		t.Error("an empty keyring has something")
	}
	for _, name := range []string{keysItem("me"), keysItem("Ops team"), seedItem("arn:aws:iam::111111111111:mfa/alice"), rotationItem("me"),
		SessionID{Base: "me", Hash: "a"}.item(), SessionID{Grant: "sso:corp", Hash: "b"}.item(), GrantToken.item("sso:corp"), GrantClient.item("0123"),
		GrantPending.item("sso:corp"), GrantPerson.item("saml:okta"), "keys/NOT OURS", "another program's"} {
		l.names[name] = true
	}
	got := l.Contents()
	if want := (Contents{Keys: []string{"Ops team", "me"}, Seeds: []string{"arn:aws:iam::111111111111:mfa/alice"}, SignIns: []string{"sso:corp", "saml:okta"},
		Sessions: 2, Others: 3}); !reflect.DeepEqual(got, want) || got.Empty() {
		t.Errorf("%+v, want %+v", got, want)
	}
}
