package iam_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/credproc/iam"
	"hatstand/profiles/partitions"
)

// A world is an AWS on loopback with alice, who has one key.
type world struct {
	aws   *awstest.Server
	alice *awstest.User
	key   awstest.Key
	iam   *iam.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	w := &world{aws: server, alice: server.AddUser("111111111111", "team/alice")}
	w.key = w.alice.AddKey()
	w.iam = w.client(iam.Options{})
	return w
}

func (w *world) client(o iam.Options) *iam.Client {
	if o.Credentials.AccessKeyID == "" {
		o.Credentials = credentials.Value{AccessKeyID: w.key.ID, SecretAccessKey: w.key.Secret}
	}
	if o.URL == "" {
		o.URL = w.aws.URL
	}
	o.Calls, o.Region, o.Profile, o.User = awsclient.Config{HTTP: &http.Client{}, Now: time.Now}, "us-east-1", "me", "alice"
	return iam.New(o)
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestTheLifeOfAKey(t *testing.T) {
	w := newWorld(t)
	w.aws.SetSkew(10 * time.Minute) // AWS takes a clock that is off by less than 15
	ctx := t.Context()
	before := w.aws.Now()
	made := must(w.iam.CreateAccessKey(ctx))(t)
	if made.ID == "" || len(made.Secret.Reveal()) != 40 || made.User != "alice" || !made.Active || made.Created.Before(before.Truncate(time.Second)) {
		t.Errorf("%+v", made)
	}
	if use := must(w.iam.AccessKeyLastUsed(ctx, made.ID))(t); use != (iam.Use{User: "alice"}) {
		t.Errorf("never used: %+v", use)
	}
	if use := must(w.iam.AccessKeyLastUsed(ctx, w.key.ID))(t); use.At.IsZero() || use.Service != "iam" || use.Region != "us-east-1" {
		t.Errorf("used: %+v", use)
	}
	fresh := w.client(iam.Options{Credentials: credentials.Value{AccessKeyID: made.ID, SecretAccessKey: made.Secret.Reveal()}})
	for _, active := range []bool{true, false, false} {
		must(0, fresh.UpdateAccessKey(ctx, w.key.ID, active))(t)
	}
	list := func() []iam.Key {
		t.Helper()
		keys, at, err := fresh.ListAccessKeys(ctx)
		if ahead := time.Until(at); err != nil || ahead > 11*time.Minute || ahead < 9*time.Minute {
			t.Errorf("%v, %v", at, err)
		}
		return keys
	}
	keys := list()
	if len(keys) != 2 || keys[0].ID != w.key.ID || keys[0].Active || keys[1].ID != made.ID || !keys[1].Active || keys[0].User != "alice" || keys[0].Created.IsZero() {
		t.Errorf("%+v", keys)
	}
	if _, _, err := w.iam.ListAccessKeys(ctx); !iam.Is(err, iam.InvalidToken) {
		t.Errorf("an inactive key: %v", err)
	}
	must(0, fresh.DeleteAccessKey(ctx, w.key.ID))(t)
	if err := fresh.DeleteAccessKey(ctx, w.key.ID); !iam.Is(err, iam.NoSuchEntity) {
		t.Errorf("a key that is gone: %v", err)
	}
	if keys = list(); len(keys) != 1 || keys[0].ID != made.ID {
		t.Errorf("%+v", keys)
	}
}

func TestTheLifeOfADevice(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	made := must(w.iam.CreateVirtualMFADevice(ctx, "alice"))(t)
	if made.Serial != "arn:aws:iam::111111111111:mfa/alice" || made.Seed.Reveal() == "" {
		t.Errorf("%+v", made)
	}
	if all := must(w.iam.ListVirtualMFADevices(ctx, false))(t); len(all) != 1 || all[0] != (iam.Device{Serial: made.Serial}) {
		t.Errorf("%+v", all)
	}
	code := func(at time.Time) string { return must(totp.GenerateCode(made.Seed.Reveal(), at))(t) }
	if err := w.iam.EnableMFADevice(ctx, "alice", made.Serial, "000000", "000000"); !iam.Is(err, iam.WrongCode) {
		t.Errorf("wrong codes: %v", err)
	}
	now := time.Now()
	must(0, w.iam.EnableMFADevice(ctx, "alice", made.Serial, code(now.Add(-30*time.Second)), code(now)))(t)
	if err := w.iam.DeleteVirtualMFADevice(ctx, made.Serial); !iam.Is(err, iam.DeleteConflict) {
		t.Errorf("in use: %v", err)
	}
	if _, err := w.iam.CreateVirtualMFADevice(ctx, "alice"); !iam.Is(err, iam.AlreadyExists) {
		t.Errorf("the same name again: %v", err)
	}
	if mine := must(w.iam.ListMFADevices(ctx))(t); len(mine) != 1 || mine[0].Serial != made.Serial || mine[0].User != "alice" || mine[0].Enabled.IsZero() {
		t.Errorf("%+v", mine)
	}
	if all := must(w.iam.ListVirtualMFADevices(ctx, true))(t); len(all) != 1 || all[0].User != "alice" || all[0].Enabled.IsZero() {
		t.Errorf("%+v", all)
	}
	must(0, w.iam.DeactivateMFADevice(ctx, "alice", made.Serial))(t)
	must(0, w.iam.DeleteVirtualMFADevice(ctx, made.Serial))(t)
	if err := w.iam.DeleteVirtualMFADevice(ctx, made.Serial); !iam.Is(err, iam.NoSuchEntity) {
		t.Errorf("gone: %v", err)
	}
	for _, c := range w.aws.Calls() {
		if c.UserAgent == "" || !strings.Contains(c.UserAgent, "app/hatstand") {
			t.Errorf("user agent %q", c.UserAgent)
		}
	}
}

func TestAListOfManyPages(t *testing.T) {
	const pages = 3
	w := newWorld(t)
	want := map[string]bool{}
	for i := range 100*(pages-1) + 1 {
		want[w.aws.AddUser("111111111111", fmt.Sprint("user-", i)).AddMFA("phone-"+fmt.Sprint(i)).Serial] = true
	}
	for _, d := range must(w.iam.ListVirtualMFADevices(t.Context(), true))(t) {
		if !want[d.Serial] {
			t.Errorf("%s is there twice, or was never made", d.Serial)
		}
		delete(want, d.Serial)
	}
	if calls := w.aws.Calls(); len(want) != 0 || len(calls) != pages {
		t.Errorf("%d devices are missing, after %d calls", len(want), len(calls))
	}
}

// Each answer is read to its end, and no connection is closed before it.
func TestCallsShareAConnection(t *testing.T) {
	w := newWorld(t)
	var dials atomic.Int32
	transport := http.DefaultTransport.(*http.Transport).Clone()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, at string) (net.Conn, error) {
		dials.Add(1)
		return dial(ctx, network, at)
	}
	c := iam.New(iam.Options{Calls: awsclient.Config{HTTP: &http.Client{Transport: transport}, Now: time.Now}, Region: "us-east-1", URL: w.aws.URL, Profile: "me", User: "alice",
		Credentials: credentials.Value{AccessKeyID: w.key.ID, SecretAccessKey: w.key.Secret}})
	for range 10 {
		must(c.ListMFADevices(t.Context()))(t)
		if err := c.DeleteAccessKey(t.Context(), "AKIAAAAAAAAAAAAAAAAA"); !iam.Is(err, iam.NoSuchEntity) {
			t.Fatal(err)
		}
	}
	if n := dials.Load(); n != 1 {
		t.Errorf("%d connections for 20 calls", n)
	}
}

// A sender answers nothing and remembers where the call went.
type sender struct{ host, scope string }

func (s *sender) Do(r *http.Request) (*http.Response, error) {
	s.host = r.URL.Host
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=AKIAX/")
	s.scope = strings.Join(strings.Split(scope, "/")[1:3], "/")
	return nil, errors.New("not sent")
}

func TestWhereIAMIs(t *testing.T) {
	for _, row := range []struct {
		claim, partition string
		o                iam.Options
		host, scope      string
	}{
		{"the commercial partition has one host", "aws", iam.Options{}, "iam.amazonaws.com", "us-east-1/iam"},
		{"China's is another", "aws-cn", iam.Options{}, "iam.cn-north-1.amazonaws.com.cn", "cn-north-1/iam"},
		{"GovCloud's too", "aws-us-gov", iam.Options{}, "iam.us-gov.amazonaws.com", "us-gov-west-1/iam"},
		{"the European Sovereign Cloud's too", "aws-eusc", iam.Options{}, "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1/iam"},
		{"FIPS", "aws", iam.Options{FIPS: true}, "iam-fips.amazonaws.com", "us-east-1/iam"},
		{"dual stack", "aws", iam.Options{DualStack: true}, "iam.global.api.aws", "us-east-1/iam"},
		{"a URL overrides both", "aws", iam.Options{URL: "https://iam.example", FIPS: true, DualStack: true}, "iam.example", "us-east-1/iam"},
		{"and keeps the partition's scope", "aws-cn", iam.Options{URL: "https://iam.example"}, "iam.example", "cn-north-1/iam"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			var s sender
			row.o.Calls, row.o.Region, row.o.Profile = awsclient.Config{HTTP: &s, Now: time.Now}, partitions.LeaderRegion(row.partition), "me"
			row.o.Credentials = credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s"}
			_, err := iam.New(row.o).CreateAccessKey(t.Context())
			var got *iam.UnreachableError
			if !errors.As(err, &got) || got.Action != "CreateAccessKey" {
				t.Errorf("error %v", err)
			}
			if s.host != row.host || s.scope != row.scope {
				t.Errorf("%s, %s; want %s, %s", s.host, s.scope, row.host, row.scope)
			}
		})
	}
}

// What is made twice is one too many; what was turned away at the door was not made at all.
func TestWhatIsRepeated(t *testing.T) {
	list := func(ctx context.Context, c *iam.Client) error { _, _, err := c.ListAccessKeys(ctx); return err }
	key := func(ctx context.Context, c *iam.Client) error { _, err := c.CreateAccessKey(ctx); return err }
	device := func(ctx context.Context, c *iam.Client) error {
		_, err := c.CreateVirtualMFADevice(ctx, "x")
		return err
	}
	enable := func(ctx context.Context, c *iam.Client) error {
		return c.EnableMFADevice(ctx, "alice", "arn:aws:iam::111111111111:mfa/alice", "123456", "654321")
	}
	lost := awstest.Fault{Times: 1, Drop: true, After: true}
	broken := awstest.Fault{Times: 1, Status: 500}
	throttled := awstest.Fault{Times: 1, Code: "Throttling"}
	for _, row := range []struct {
		claim string
		call  func(context.Context, *iam.Client) error
		fault awstest.Fault
		calls int
	}{
		{"a listing, whose answer was lost", list, lost, 2},
		{"a listing, where IAM failed", list, broken, 2},
		{"a listing, too soon", list, throttled, 2},
		{"not a key's making, whose answer was lost", key, lost, 1},
		{"not a key's making, where IAM failed", key, broken, 1},
		{"a key's making, too soon", key, throttled, 2},
		{"not a device's making, whose answer was lost", device, lost, 1},
		{"a device's making, too soon", device, throttled, 2},
		{"not codes, whose answer was lost", enable, lost, 1},
		{"not codes, where IAM failed", enable, broken, 1},
		{"not codes, too soon", enable, throttled, 1},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			w.aws.Fault(row.fault)
			err := row.call(t.Context(), w.iam)
			if n := len(w.aws.Calls()); n != row.calls || row.calls == 1 && err == nil {
				t.Errorf("%d calls, want %d; %v", n, row.calls, err)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	const gone = "AKIAAAAAAAAAAAAAAAAA"
	for _, row := range []struct {
		claim   string
		prepare func(*world)
		call    func(context.Context, *iam.Client) error
		mfa     bool
		want    string
	}{
		{
			"no permission", func(w *world) { w.alice.Allow("iam:List*") },
			func(ctx context.Context, c *iam.Client) error { _, err := c.CreateAccessKey(ctx); return err }, false,
			`profile "me": AWS refused CreateAccessKey: AccessDenied: User: arn:aws:iam::111111111111:user/team/alice is not authorized to perform: iam:CreateAccessKey on resource: user alice because no identity-based policy allows the iam:CreateAccessKey action`,
		},
		{
			"an explicit deny without MFA", func(w *world) { w.alice.DenyWithoutMFA("iam:*") },
			func(ctx context.Context, c *iam.Client) error { return c.DeleteAccessKey(ctx, gone) }, false,
			`profile "me": AWS refused DeleteAccessKey: AccessDenied: User: arn:aws:iam::111111111111:user/team/alice is not authorized to perform: iam:DeleteAccessKey on resource: user alice with an explicit deny in an identity-based policy`,
		},
		{
			"an explicit deny with MFA", func(w *world) { w.alice.Deny("iam:*") },
			func(ctx context.Context, c *iam.Client) error { _, err := c.AccessKeyLastUsed(ctx, gone); return err }, true,
			`profile "me": AWS refused GetAccessKeyLastUsed: AccessDenied: User: arn:aws:iam::111111111111:user/team/alice is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key AKIAAAAAAAAAAAAAAAAA with an explicit deny in an identity-based policy`,
		},
		{
			"no permission with MFA", func(w *world) { w.alice.Allow("iam:List*") },
			func(ctx context.Context, c *iam.Client) error { _, err := c.AccessKeyLastUsed(ctx, gone); return err }, true,
			`profile "me": AWS refused GetAccessKeyLastUsed: AccessDenied: User: arn:aws:iam::111111111111:user/team/alice is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key AKIAAAAAAAAAAAAAAAAA because no identity-based policy allows the iam:GetAccessKeyLastUsed action`,
		},
		{
			"a third key", func(w *world) { w.alice.AddKey() },
			func(ctx context.Context, c *iam.Client) error { _, err := c.CreateAccessKey(ctx); return err }, false,
			`profile "me": AWS refused CreateAccessKey: LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2`,
		},
		{
			"a key that was deleted", func(w *world) { w.alice.DeleteKey(w.key.ID) },
			func(ctx context.Context, c *iam.Client) error { _, _, err := c.ListAccessKeys(ctx); return err }, false,
			`profile "me": AWS refused ListAccessKeys: InvalidClientTokenId: The security token included in the request is invalid.`,
		},
		{
			"a clock that is off", func(w *world) { w.aws.SetSkew(-time.Hour) },
			func(ctx context.Context, c *iam.Client) error { _, _, err := c.ListAccessKeys(ctx); return err }, false,
			"; this machine's clock is 1 h ahead of AWS's",
		},
		{
			"too many calls", func(w *world) { w.aws.Fault(awstest.Fault{Times: -1, Code: "Throttling"}) },
			func(ctx context.Context, c *iam.Client) error {
				return c.EnableMFADevice(ctx, "alice", gone, "123456", "123456")
			}, false,
			"profile \"me\": AWS refused EnableMFADevice: Throttling: Rate exceeded",
		},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			row.prepare(w)
			err := row.call(t.Context(), w.client(iam.Options{MFA: row.mfa}))
			var e *iam.RefusedError
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			got := e.Error()
			if got != row.want && (row.want[0] != ';' || !strings.HasSuffix(got, row.want)) {
				t.Errorf("got\n%s\nwant\n%s", got, row.want)
			}
		})
	}
}

func TestNobodyIsThere(t *testing.T) {
	w := newWorld(t)
	w.aws.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, _, err := w.iam.ListAccessKeys(ctx)
	var e *iam.UnreachableError
	if !errors.As(err, &e) || !strings.HasPrefix(e.Error(), `profile "me": ListAccessKeys: no answer from 127.0.0.1:`) {
		t.Errorf("%v", err)
	}
}

func TestASecretIsNotShown(t *testing.T) {
	s := iam.NewKey{Key: iam.Key{ID: "AKIAX"}, Secret: "hushhush"}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "t", s.Secret)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%+v %#v", s, s), fmt.Sprintf("%x %s %q %d", s.Secret, s.Secret, s.Secret, s.Secret), log.String(), string(text), s.Secret.String()} {
		if strings.Contains(shown, "hushhush") || strings.Contains(shown, fmt.Sprintf("%x", "hushhush")) {
			t.Errorf("%q", shown)
		}
	}
	if s.Secret.Reveal() != "hushhush" {
		t.Error("Reveal does not")
	}
}
