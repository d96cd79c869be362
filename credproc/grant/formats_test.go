package grant

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hatstand/profiles"
)

// formats are all that this package stores. A file of testdata/formats is an item as a released version stored it, and
// stays: when a format changes, its version grows, and new files come beside the old ones.
func formats() map[string]any {
	at := time.Date(2026, 11, 30, 8, 15, 0, 0, time.UTC)
	corp := profiles.Grant{Kind: profiles.SSO, Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-west-1",
		Scopes: "sso:account:access"}
	console := profiles.Grant{Kind: profiles.LoginSession, ARN: "arn:aws:iam::111111111111:user/alice"}
	client := Registration{ClientID: "id", ClientSecret: "secret", Expires: at.Add(90 * 24 * time.Hour)}
	return map[string]any{
		"token": stored(corp, Token{Access: "access", Expires: at.Add(time.Hour), Refresh: "refresh", Client: client, Flow: Device,
			SignIn: "SIGNIN", SignedIn: at, User: "alice@example.com", Before: "bob@example.com"}),
		"token-console": stored(console, Token{Access: "ASIAIOSFODNN7EXAMPLE", Expires: at.Add(15 * time.Minute), Refresh: "refresh", Flow: Browser,
			SignIn: "SIGNIN", SignedIn: at, Region: "eu-west-1", User: "alice",
			Console: Console{SecretAccessKey: "secret", SessionToken: "token", IDToken: "id", DPoPKey: "key"}}),
		"client": storedClient{Version: itemVersion, For: purposeOf(corp), Client: client},
		"pending": pendingOf(corp, Authorization{DeviceCode: "device", UserCode: "ABCD-EFGH", URL: "https://device.example/",
			CompleteURL: "https://device.example/?user_code=ABCD-EFGH", Interval: 5 * time.Second, Expires: at.Add(10 * time.Minute), WindowOpened: at,
			Client: client}),
		"unanswered": unansweredPending(corp),
	}
}

func TestWhatEarlierVersionsStoredIsRead(t *testing.T) {
	files, err := filepath.Glob("testdata/formats/*")
	if err != nil || len(files) < len(formats()) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		kind, _, _ := strings.Cut(filepath.Base(path), ".")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, ok := formats()[kind]
		if !ok {
			t.Fatalf("%s: nothing stores it", path)
		}
		got := reflect.New(reflect.TypeOf(want))
		version := got.Elem().FieldByName("Version").Addr().Interface().(*int)
		if ok, err := decodeItem(data, got.Interface(), version); !ok || err != nil || !reflect.DeepEqual(got.Elem().Interface(), want) {
			t.Errorf("%s: %t, %v\n%+v", path, ok, err, got.Elem().Interface())
		}
	}
}

// Whoever changes what is stored sees it here, and gives it another version.
func TestWhatIsStoredIsTheFormatOfItsVersion(t *testing.T) {
	for kind, item := range formats() {
		got, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(fmt.Sprintf("testdata/formats/%s.%d", kind, itemVersion))
		if err != nil || string(got) != strings.TrimSuffix(string(want), "\n") {
			t.Errorf("%s: stored is\n%s\nand not\n%s%v", kind, got, want, err)
		}
	}
}
