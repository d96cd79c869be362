package resolve_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

const (
	alice  = "arn:aws:iam::111111111111:user/team/alice"
	device = "arn:aws:iam::111111111111:mfa/alice"
)

// roads are the profiles of most tests: one base, two roles on it, a role on a role.
const roads = `
[profile me]
mfa_serial = ` + device + `
[profile prod]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
[profile dev]
region = ap-south-1
role_arn = arn:aws:iam::333333333333:role/path/Dev
source_profile = me
[profile deep]
role_arn = arn:aws:iam::333333333333:role/Deep
source_profile = prod
[profile long]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
duration_seconds = 7200
[profile bare]
[profile open]
role_arn = arn:aws:iam::222222222222:role/Open
source_profile = bare
`

// A world is an AWS on loopback and all that a Resolver wants; alice's key is that of me and of bare.
type world struct {
	t      *testing.T
	aws    *awstest.Server
	alice  *awstest.User
	device *awstest.Device
	key    awstest.Key

	kept  memory
	keys  ring
	codes typist
	clock clock
	warns []error
	r     *resolve.Resolver
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	w := &world{t: t, aws: server, alice: server.AddUser("111111111111", "team/alice")}
	w.device, w.key = w.alice.AddMFA("alice"), w.alice.AddKey()
	trust := func(t awstest.Trust) []awstest.Trust { return []awstest.Trust{t} }
	mfa := trust(awstest.Trust{Principal: "111111111111", RequireMFA: true})
	server.AddRole("arn:aws:iam::222222222222:role/Admin", awstest.Role{Trust: mfa, MaxSession: 12 * time.Hour})
	server.AddRole("arn:aws:iam::333333333333:role/path/Dev", awstest.Role{Trust: mfa})
	server.AddRole("arn:aws:iam::333333333333:role/Deep", awstest.Role{Trust: trust(awstest.Trust{Principal: "arn:aws:iam::222222222222:role/Admin"})})
	server.AddRole("arn:aws:iam::222222222222:role/Open", awstest.Role{Trust: trust(awstest.Trust{Principal: "111111111111"})})

	c := credentials.Value{AccessKeyID: w.key.ID, SecretAccessKey: w.key.Secret}
	w.keys = ring{"me": {c, alice}, "bare": {c, alice}}
	w.codes.next = func(resolve.CodeRequest) (string, error) { return w.device.Code(time.Now()), nil }
	w.r = &resolve.Resolver{
		Sessions: &w.kept, Keys: w.keys, Codes: &w.codes, Locks: freely{},
		Connect: func(region string, e profiles.Endpoint, c credentials.Value) (resolve.STS, error) {
			return sts.Connect(awsclient.Config{HTTP: http.DefaultClient, Now: time.Now}, region, e, c), nil
		},
		Now: w.clock.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		UserName: func() string { return "os-user" },
		Warn:     func(err error) { w.warns = append(w.warns, err) },
	}
	return w
}

// plan is the plan of a profile of that config, with this world's STS as the endpoint.
func (w *world) plan(config, target string, o credproc.Options) credproc.Plan {
	w.t.Helper()
	return planOf(w.t, config, profiles.Request{Target: target, Getenv: w.getenv}, o)
}

func (w *world) getenv(name string) string {
	if name == "AWS_ENDPOINT_URL_STS" {
		return w.aws.URL
	}
	return ""
}

// credentials resolves a profile of roads and fails the test if that fails.
func (w *world) credentials(target string) credentials.Value {
	w.t.Helper()
	c, err := w.r.Credentials(w.t.Context(), w.plan(roads, target, credproc.Options{}))
	if err != nil {
		w.t.Fatalf("%s: %v", target, err)
	}
	return c
}

// saw tells what AWS saw since it was last asked, a call a line, and forgets it.
func (w *world) saw() string {
	var lines []string
	for _, c := range w.aws.Calls() {
		line := c.Action
		if arn := c.Params["RoleArn"]; arn != "" {
			line += arn[strings.LastIndexByte(arn, '/'):]
		}
		if c.Params["TokenCode"] != "" {
			line += " with code"
		}
		if c.Code != "" {
			line += " " + c.Code
		}
		if c.Dropped {
			line += " dropped"
		}
		lines = append(lines, line)
	}
	w.aws.Reset()
	return strings.Join(lines, ", ")
}

func (w *world) wantSaw(want string) {
	w.t.Helper()
	if got := w.saw(); got != want {
		w.t.Errorf("AWS saw %q, want %q", got, want)
	}
}

// wantIdentity asks AWS whose credentials these are.
func (w *world) wantIdentity(c credentials.Value, want string) {
	w.t.Helper()
	client := sts.Connect(awsclient.Config{HTTP: http.DefaultClient, Now: time.Now}, "us-east-1", profiles.Endpoint{URL: w.aws.URL}, c)
	got, err := sts.Whose(w.t.Context(), client, "test", "us-east-1")
	if err != nil || got != want {
		w.t.Errorf("AWS takes the credentials to be %q (%v), want %q", got, err, want)
	}
	w.aws.Reset()
}

// memory is Sessions.
type memory struct {
	mu             sync.Mutex
	items          map[string]item
	reads, writes  int
	unread, unwrit error
	wrote          func()
}

type item struct {
	c      credentials.Value
	issued time.Time
}

func (m *memory) Session(_ context.Context, at credproc.Item) (credentials.Value, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	i := m.items[at.Base+at.Grant+"/"+at.Hash]
	return i.c, i.issued, m.unread
}

func (m *memory) PutSession(ctx context.Context, at credproc.Item, c credentials.Value, issued time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unwrit != nil || ctx.Err() != nil {
		return errors.Join(m.unwrit, ctx.Err())
	}
	m.writes++
	if m.items == nil {
		m.items = map[string]item{}
	}
	m.items[at.Base+at.Grant+"/"+at.Hash] = item{c, issued}
	if m.wrote != nil {
		m.wrote()
	}
	return nil
}

func (m *memory) RemoveSession(_ context.Context, at credproc.Item) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.items, at.Base+at.Grant+"/"+at.Hash)
	return nil
}

// ring is Keys.
type ring map[string]struct {
	c    credentials.Value
	user string
}

func (r ring) Keys(_ context.Context, profile string) (credentials.Value, string, error) {
	return r[profile].c, r[profile].user, nil
}

// typist is Codes; it remembers what it was asked.
type typist struct {
	next  func(resolve.CodeRequest) (string, error)
	asked []resolve.CodeRequest
	seed  string // the serial of the device that a seed is stored of
}

func (y *typist) Stored(_ context.Context, serial string) bool { return serial == y.seed }

func (y *typist) Code(_ context.Context, r resolve.CodeRequest) (string, error) {
	y.asked = append(y.asked, r)
	return y.next(r)
}

// freely is Locks that nobody else holds.
type freely struct{}

func (freely) Failed(string, error) {}

func (freely) Await(ctx context.Context, _ string, _ time.Duration) (bool, error) {
	return false, ctx.Err()
}

func (freely) Lock(ctx context.Context, _ string) (func(), bool, error) {
	return func() {}, false, ctx.Err()
}

// clock is the real time, moved.
type clock struct{ ahead time.Duration }

func (c *clock) now() time.Time { return time.Now().Add(c.ahead) }

// refuse makes AWS refuse every call of an action.
func (w *world) refuse(action string) {
	w.aws.Fault(awstest.Fault{Action: action, Times: -1, Status: 403, Code: "AccessDenied", Message: "no"})
}

// chainOf reads a config as a user writes it and works out the chain.
func chainOf(t testing.TB, config, credentials string, req profiles.Request) *profiles.Chain {
	t.Helper()
	set, err := profiles.Parse(
		profiles.File{Path: "~/.aws/config", Data: []byte(config)},
		profiles.File{Path: "~/.aws/credentials", Data: []byte(credentials)})
	if err != nil {
		t.Fatal(err)
	}
	if req.Target == "" {
		req.Target = "prod"
	}
	c, err := set.Chain(req)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func planOf(t testing.TB, config string, req profiles.Request, o credproc.Options) credproc.Plan {
	t.Helper()
	p, err := credproc.NewPlan(chainOf(t, config, "", req), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
