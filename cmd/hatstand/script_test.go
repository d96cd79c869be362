package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hatstand": main})
}

// TestStories runs what a user does, through the real main in a process of its own, against an AWS on
// loopback. The world of a story:
//
//	account 111111111111: user alice with an MFA device, user bob with none
//	account 222222222222: role Admin (wants MFA), Reader, Long (12 h), Partner (wants an external ID),
//	                      Tagged (tags, source identity), path/Deep
//	account 333333333333: role Auditor, which trusts 222222222222's Admin
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup:               newStory,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"addkeys": addKeys,
			"calls":   calls,
			"caller":  caller,
			"code":    tokenCode,
			"fault":   fault,
			"skew":    skew,
			"nextstep": func(ts *testscript.TestScript, neg bool, args []string) {
				now := time.Now()
				time.Sleep(now.Truncate(30*time.Second).Add(30*time.Second).Sub(now) + 50*time.Millisecond)
			},
			"key":     changeKey,
			"secrets": secrets,
			"corrupt": corrupt,
			"replace": replaceText,
		},
	})
}

// A story is one script's AWS.
type story struct {
	aws        *awstest.Server
	alice, bob *awstest.User
	device     *awstest.Device
	keys       map[string]awstest.Key

	mu      sync.Mutex
	secrets []string
}

type storyKey struct{}

const (
	home   = "111111111111"
	work   = "222222222222"
	audits = "333333333333"
)

func newStory(env *testscript.Env) error {
	server, err := awstest.Start(awstest.Options{})
	if err != nil {
		return err
	}
	env.Defer(func() { server.Close() })
	s := &story{aws: server, keys: map[string]awstest.Key{}}
	s.alice, s.bob = server.AddUser(home, "alice"), server.AddUser(home, "bob")
	s.device = s.alice.AddMFA("alice")
	s.keys["alice"], s.keys["bob"] = s.alice.AddKey(), s.bob.AddKey()
	role := func(account, name string, r awstest.Role) {
		server.AddRole("arn:aws:iam::"+account+":role/"+name, r)
	}
	trust := func(t awstest.Trust) []awstest.Trust {
		if t.Principal == "" {
			t.Principal = home
		}
		return []awstest.Trust{t}
	}
	role(work, "Admin", awstest.Role{Trust: trust(awstest.Trust{RequireMFA: true})})
	role(work, "Reader", awstest.Role{Trust: trust(awstest.Trust{})})
	role(work, "Long", awstest.Role{Trust: trust(awstest.Trust{RequireMFA: true}), MaxSession: 12 * time.Hour})
	role(work, "Partner", awstest.Role{Trust: trust(awstest.Trust{ExternalID: "partner-7"})})
	role(work, "Tagged", awstest.Role{Trust: trust(awstest.Trust{Tags: []string{"*"}, SetSourceIdentity: true})})
	role(work, "path/Deep", awstest.Role{Trust: trust(awstest.Trust{})})
	role(audits, "Auditor", awstest.Role{Trust: trust(awstest.Trust{Principal: "arn:aws:iam::" + work + ":role/Admin"}), MaxSession: 2 * time.Hour})

	// Nothing of the machine's own AWS settings may reach a story.
	kept := env.Vars[:0]
	for _, kv := range env.Vars {
		if !strings.HasPrefix(kv, "AWS_") && !strings.HasPrefix(kv, "HATSTAND_") {
			kept = append(kept, kv)
		}
	}
	env.Vars = kept
	run := filepath.Join(env.WorkDir, "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		return err
	}
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("XDG_RUNTIME_DIR", run)
	env.Setenv("SHELL", "/bin/sh")
	env.Setenv("HATSTAND_BACKEND", "file")
	env.Setenv("HATSTAND_FILE_PASSPHRASE", "correct horse battery staple")
	env.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	env.Setenv("AWS_URL", server.URL)
	env.Setenv("DEVICE", s.device.Serial)
	env.Setenv("SEED", s.device.Seed)
	env.Setenv("TZ", "UTC")
	env.Setenv("TERM", "xterm")
	for name, k := range s.keys {
		env.Setenv(strings.ToUpper(name)+"_ID", k.ID)
		env.Setenv(strings.ToUpper(name)+"_SECRET", k.Secret)
		s.secrets = append(s.secrets, k.Secret)
	}
	s.secrets = append(s.secrets, s.device.Seed, "correct horse battery staple")
	env.Values[storyKey{}] = s
	vars := append([]string(nil), env.Vars...)
	env.Defer(func() {
		// The kernel keyring would hold the store's key for 12 hours.
		lock := exec.Command("hatstand", "lock")
		lock.Env = vars
		lock.Path = programPath(vars, "hatstand")
		lock.Run()
	})
	return nil
}

func programPath(env []string, name string) string {
	for _, kv := range env {
		if dirs, ok := strings.CutPrefix(kv, "PATH="); ok {
			for _, d := range filepath.SplitList(dirs) {
				if p := filepath.Join(d, name); fileExists(p) {
					return p
				}
			}
		}
	}
	return name
}

func fileExists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

func of(ts *testscript.TestScript) *story { return ts.Value(storyKey{}).(*story) }

// addKeys NAME USER stores a user's key as the user would: hatstand keys add NAME --from-env.
func addKeys(ts *testscript.TestScript, neg bool, args []string) {
	k := of(ts).keys[args[1]]
	ts.Setenv("AWS_ACCESS_KEY_ID", k.ID)
	ts.Setenv("AWS_SECRET_ACCESS_KEY", k.Secret)
	ts.Check(ts.Exec("hatstand", "keys", "add", args[0], "--from-env"))
	ts.Setenv("AWS_ACCESS_KEY_ID", "")
	ts.Setenv("AWS_SECRET_ACCESS_KEY", "")
	of(ts).aws.Reset()
}

// calls [ACTION=N...] holds AWS to what it saw since the last time it was asked: these and nothing
// else.
func calls(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	want := map[string]int{}
	for _, a := range args {
		action, n, _ := strings.Cut(a, "=")
		count, err := strconv.Atoi(n)
		ts.Check(err)
		want[action] = count
	}
	got := map[string]int{}
	for _, c := range s.aws.Calls() {
		got[c.Action]++
	}
	if len(got) != len(want) || fmt.Sprint(got) != fmt.Sprint(want) {
		ts.Fatalf("AWS saw %v, want %v\n%v", got, want, s.aws.Calls())
	}
	s.aws.Reset()
}

// caller ACTION KEY=VALUE... holds the last call of an action to its parameters; KEY is a parameter,
// or Caller, Region, Code.
func caller(ts *testscript.TestScript, neg bool, args []string) {
	all := of(ts).aws.Calls()
	for i := len(all) - 1; i >= 0; i-- {
		c := all[i]
		if c.Action != args[0] {
			continue
		}
		for _, a := range args[1:] {
			key, want, _ := strings.Cut(a, "=")
			got, ok := c.Params[key]
			switch key {
			case "Caller":
				got, ok = c.Caller, true
			case "Region":
				got, ok = c.Region, true
			case "Code":
				got, ok = c.Code, true
			}
			if neg && ok && got == want || !neg && got != want {
				ts.Fatalf("%s: %s is %q, want %q (neg %v): %v", args[0], key, got, want, neg, c)
			}
		}
		return
	}
	ts.Fatalf("AWS saw no %s", args[0])
}

// tokenCode puts the device's code of now into CODE, and into the file code.
func tokenCode(ts *testscript.TestScript, neg bool, args []string) {
	c := of(ts).device.Code(time.Now())
	ts.Setenv("CODE", c)
	ts.Check(os.WriteFile(ts.MkAbs("code"), []byte(c+"\n"), 0o600))
}

// fault ACTION [times=N] [status=N] [code=C] [message=M] [drop] [after] [latency=D] [skew=D]
func fault(ts *testscript.TestScript, neg bool, args []string) {
	f := awstest.Fault{Action: args[0], Times: 1}
	if f.Action == "any" {
		f.Action = ""
	}
	for _, a := range args[1:] {
		key, value, _ := strings.Cut(a, "=")
		var err error
		switch key {
		case "times":
			f.Times, err = strconv.Atoi(value)
		case "status":
			f.Status, err = strconv.Atoi(value)
		case "code":
			f.Code = value
		case "message":
			f.Message = value
		case "drop":
			f.Drop = true
		case "after":
			f.After = true
		case "latency":
			f.Latency, err = time.ParseDuration(value)
		case "skew":
			f.Skew, err = time.ParseDuration(value)
		default:
			ts.Fatalf("fault: unknown %q", key)
		}
		ts.Check(err)
	}
	of(ts).aws.Fault(f)
}

// skew D moves AWS's clock.
func skew(ts *testscript.TestScript, neg bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	of(ts).aws.SetSkew(d)
}

// changeKey inactive|active|delete USER
func changeKey(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	user, k := s.alice, s.keys[args[1]]
	if args[1] == "bob" {
		user = s.bob
	}
	switch args[0] {
	case "inactive":
		user.SetKeyActive(k.ID, false)
	case "active":
		user.SetKeyActive(k.ID, true)
	case "delete":
		user.DeleteKey(k.ID)
	default:
		ts.Fatalf("key: unknown %q", args[0])
	}
}

// corrupt GLOB writes rubbish over the files that match.
func corrupt(ts *testscript.TestScript, neg bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("corrupt: nothing matches %s", args[0])
	}
	for _, f := range files {
		ts.Check(os.WriteFile(f, []byte("rubbish"), 0o600))
	}
}

// replaceText FILE OLD NEW edits a file as a user would.
func replaceText(ts *testscript.TestScript, neg bool, args []string) {
	file := ts.MkAbs(args[0])
	b, err := os.ReadFile(file)
	ts.Check(err)
	if !strings.Contains(string(b), args[1]) {
		ts.Fatalf("replace: %s does not contain %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(file, []byte(strings.ReplaceAll(string(b), args[1], args[2])), 0o600))
}

// secrets FILE... fails if a file, or the last command's stdout or stderr, holds a secret that the
// story knows. Files that are not there are passed over.
func secrets(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	for _, name := range append([]string{"stderr"}, args...) {
		text := ""
		if name == "stdout" || name == "stderr" {
			text = ts.ReadFile(name)
		} else if b, err := os.ReadFile(ts.MkAbs(name)); err == nil {
			text = string(b)
		}
		for _, secret := range s.secrets {
			if strings.Contains(text, secret) {
				ts.Fatalf("%s holds a secret", name)
			}
		}
	}
}

// condition knows [require:PROGRAM]: whether a real part is installed. Where CI requires all parts,
// a missing one is a failure and not a skip.
func condition(cond string) (bool, error) {
	program, ok := strings.CutPrefix(cond, "have:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	_, err := exec.LookPath(program)
	if err != nil && os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		return false, fmt.Errorf("%s is not installed, and HATSTAND_TEST_REQUIRE_ALL=1", program)
	}
	return err == nil, nil
}
