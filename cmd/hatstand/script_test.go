package main

import (
	"flag"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/metadata"
	"hatstand/credproc/awstest/oidc"
	"hatstand/credproc/awstest/proxy"
	"hatstand/credproc/awstest/saml"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestMain(m *testing.M) {
	testscript.Main(detached{m}, map[string]func(){"hatstand": testMain, "hatstand-credential-process": small, "browse": browse, "samlpost": samlPost, "onlooker": onlooker,
		"whoami": whoami})
}

// Variables that say how long a program of a test waits for a call to AWS, how long credential-process may take, and how
// long a list of profiles waits for the keyring.
const (
	callLimitVariable = "STORY_CALL_LIMIT"
	sdkLimitVariable  = "STORY_SDK_LIMIT"
	listLimitVariable = "STORY_LIST_LIMIT" // if it is not set, a list of profiles waits for the keyring
)

// patient is how long a test waits for what must come; it is no measure of anything.
const patient = 8 * time.Minute

// testMain is main, but that no story reaches the home of whoever runs the tests, that no story runs in a container,
// whatever the tests run in, and that its clock and its limits are those of the test that it is run by, if that has any.
func testMain() {
	w := system()
	w.UserHome = func() string { return os.Getenv("HATSTAND_TEST_USER_HOME") }
	w.ReadFile = func(path string) ([]byte, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	if path := os.Getenv(clockVariable); path != "" {
		c := testClock{path}
		w.Now, w.After = c.now, c.after
	}
	w.ListLimit = patient
	for name, limit := range map[string]*time.Duration{
		callLimitVariable: &w.CallLimit, sdkLimitVariable: &w.SDKLimit, listLimitVariable: &w.ListLimit,
	} {
		if text := os.Getenv(name); text != "" {
			var err error
			if *limit, err = time.ParseDuration(text); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(start(w))
}

// detached runs the tests without the terminal that they were started from: a story that has
// no terminal of its own has none.
type detached struct{ *testing.M }

func (d detached) Run() int {
	detach()
	// A script's background job ignores Ctrl-C, and who has detached from its terminal SIGHUP (Reset does not undo
	// Ignore); so would all that is started here. To catch a signal has them heed it.
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	parallel := "12" // stories wait more than they work
	if longTests() {
		parallel = "6" // other systems' programs, browsers and SDKs work, and each more slowly beside others
	}
	if err := flag.Set("test.parallel", parallel); err != nil {
		panic(err)
	}
	defer removeBuilds()
	return d.M.Run()
}

// TestStories runs what a user does, through the real main in a process of its own, against an AWS on
// loopback. Each file is a story, and its first line says what it is about. The world of a story:
//
//	account 111111111111: user alice with an MFA device, user bob with one that no profile names, user
//	                      carol with a FIDO key alone, user dave without a device
//	account 222222222222: role Admin (wants MFA), Reader, Long (12 h, wants MFA), Partner (wants an
//	                      external ID), Tagged (tags, source identity), path/Deep, Closed (trusts
//	                      another account)
//	account 333333333333: role Auditor, which trusts 222222222222's Admin
//	Identity Center:      see ssoCommands (story_sso_test.go)
//	a SAML provider:      see samlCommands (story_saml_test.go)
//	the machine's own:    see metadataCommands (story_metadata_test.go)
//	the console:          see consoleCommands (story_console_test.go)
//
// Commands beside testscript's own: story_aws_test.go has those about AWS, story_sso_test.go those about its Identity
// Center and the person who signs in there, story_run_test.go those that run a program, story_terminal_unix_test.go the ones that type on a terminal. After every program,
// all that it left behind is searched for every secret that the story knows.
func TestStories(t *testing.T) {
	notOnWindows(t)
	t.Parallel()
	testscript.Run(t, stories())
}

// notOnWindows skips what is told in a shell's words. TestWine tries the programs there.
func notOnWindows(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("it is told in the words of a Unix shell, and with its paths")
	}
}

func stories() testscript.Params {
	commands := map[string]func(*testscript.TestScript, bool, []string){}
	for _, more := range []map[string]func(*testscript.TestScript, bool, []string){awsCommands(), reportCommands(), runCommands(), terminalCommands(), browserCommands(), deviceCommands(), ssoCommands(), webCommands(), samlCommands(), metadataCommands(), consoleCommands(), idpCommands()} {
		for name, c := range more {
			commands[name] = c
		}
	}
	return testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup:               newStory,
		Condition:           condition,
		Cmds:                commands,
	}
}

// A story is one script's world.
type story struct {
	aws     *awstest.Server
	corp    *identitycenter.Instance
	ci      *oidc.Provider
	site    *oidc.Site     // nil until "idp start"
	saml    *saml.Provider // nil until it is needed
	clock   testClock
	users   map[string]*awstest.User
	keys    map[string]awstest.Key
	devices map[string]*awstest.Device
	secrets *secrets
	work    string
	bare    bool         // the program that runs is to hand out long-lived keys
	printed bool         // the last program was asked for a sign-in URL
	shown   *terminalRun // nil: no terminal was opened yet
	disks   []string

	metadata *metadata.Service // nil until "metadata"

	proxy     *proxy.Proxy // of tlsproxy
	hostsSeen int          // as many of its hosts were looked at
}

type storyKey struct{}

func of(ts *testscript.TestScript) *story { return ts.Value(storyKey{}).(*story) }

const (
	home   = "111111111111"
	work   = "222222222222"
	audits = "333333333333"
	// passphrase is that of a story's file keyring.
	passphrase = "correct horse battery staple"
)

func newStory(env *testscript.Env) error {
	clock := testClock{filepath.Join(env.WorkDir, "clock")}
	s := &story{
		aws: awstest.New(awstest.Options{Now: clock.now}), clock: clock, users: map[string]*awstest.User{}, keys: map[string]awstest.Key{},
		devices: map[string]*awstest.Device{}, secrets: &secrets{}, work: env.WorkDir,
	}
	url, err := s.listen(env)
	if err != nil {
		return err
	}
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		u := s.aws.AddUser(home, name)
		s.users[name], s.keys[name] = u, u.AddKey()
		switch name {
		case "carol":
			s.devices[name] = u.AddMFAFIDO(name)
		case "dave":
			s.devices[name] = &awstest.Device{}
		default:
			s.devices[name] = u.AddMFA(name)
		}
		s.secrets.always(s.keys[name].Secret, s.devices[name].Seed)
		upper := strings.ToUpper(name)
		env.Setenv(upper+"_ID", s.keys[name].ID)
		env.Setenv(upper+"_SECRET", s.keys[name].Secret)
		env.Setenv(upper+"_DEVICE", s.devices[name].Serial)
		env.Setenv(upper+"_SEED", s.devices[name].Seed)
	}
	s.addRoles()
	s.addProvider()
	s.addConsole(env)
	if err := s.addCorp(env, url); err != nil {
		return err
	}
	s.secrets.always(passphrase)

	run := filepath.Join(env.WorkDir, "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		return err
	}
	if err := cheapKeyring(filepath.Join(env.WorkDir, "home"), passphrase); err != nil {
		return err
	}
	// testscript hands on PATH and little else, so that nothing of the machine's own AWS settings
	// reaches a story.
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("XDG_RUNTIME_DIR", run)
	env.Setenv("SHELL", "/bin/sh")
	env.Setenv("HATSTAND_BACKEND", "file")
	env.Setenv("HATSTAND_FILE_PASSPHRASE", passphrase)
	env.Setenv("HATSTAND_LOG", filepath.Join(env.WorkDir, "log"))
	env.Setenv("AWS_ENDPOINT_URL_STS", url)
	env.Setenv("AWS_ENDPOINT_URL_IAM", url)
	env.Setenv("AWS_ENDPOINT_URL_SIGNIN", url)
	env.Setenv("AWS_URL", url)
	env.Setenv("SELF", programPath(env.Vars, "hatstand"))
	env.Setenv("SMALL", programPath(env.Vars, "hatstand-credential-process"))
	env.Setenv(clockVariable, clock.path)
	env.Setenv("TZ", "UTC")
	env.Setenv("TERM", "xterm")
	env.Setenv("GORACE", "atexit_sleep_ms=10") // a second, unless it is told otherwise
	env.Values[storyKey{}] = s
	vars := append([]string(nil), env.Vars...)
	env.Defer(func() {
		// The kernel keyring would hold the store's key for 12 hours.
		lock := exec.Command("hatstand", "lock")
		lock.Env = vars
		lock.Path = programPath(vars, "hatstand")
		lock.Run()
		s.unmount()
	})
	return nil
}

// listen puts the story's AWS on loopback, with the tap on its wire.
func (s *story) listen(env *testscript.Env) (url string, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: tap{s.aws, s.secrets}, ReadHeaderTimeout: 30 * time.Second}
	go server.Serve(ln)
	env.Defer(func() { server.Close() })
	return "http://" + ln.Addr().String(), nil
}

func (s *story) addRoles() {
	role := func(account, name string, max time.Duration, t awstest.Trust) {
		if t.Principal == "" {
			t.Principal = home
		}
		s.aws.AddRole("arn:aws:iam::"+account+":role/"+name, awstest.Role{Trust: []awstest.Trust{t}, MaxSession: max})
	}
	role(work, "Admin", 0, awstest.Trust{RequireMFA: true})
	role(work, "Reader", 0, awstest.Trust{})
	role(work, "Long", 12*time.Hour, awstest.Trust{RequireMFA: true})
	role(work, "Partner", 0, awstest.Trust{ExternalID: "partner-7"})
	role(work, "Tagged", 0, awstest.Trust{Tags: []string{"*"}, SetSourceIdentity: true})
	role(work, "path/Deep", 0, awstest.Trust{})
	role(work, "Closed", 0, awstest.Trust{Principal: "999999999999"})
	role(audits, "Auditor", 2*time.Hour, awstest.Trust{Principal: "arn:aws:iam::" + work + ":role/Admin"})
}

func programPath(env []string, name string) string {
	for _, kv := range env {
		if dirs, ok := strings.CutPrefix(kv, "PATH="); ok {
			for _, d := range filepath.SplitList(dirs) {
				p := filepath.Join(d, name)
				if _, err := os.Stat(p); err == nil {
					return p
				}
			}
		}
	}
	return name
}
