package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest"
)

// awsCommands are what a story can do to its AWS, and ask of it.
func awsCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"addkeys":    addKeys,
		"calls":      calls,
		"caller":     caller,
		"code":       tokenCode,
		"deadport":   deadPort,
		"fault":      fault,
		"key":        changeKey,
		"later":      later,
		"keydelay":   keyDelay,
		"keysof":     keysAtAWS,
		"permission": permission,
		"met":        met,
		"nextstep":   nextStep,
		"opens":      opens,
		"skew":       skew,
		"regionoff":  regionOff,
		"temporary":  temporaryKeys,
		"stopclock":  stopClock,
		"issued-for": issuedFor,
		"written":    writtenPolicy,
		"recorded":   recorded,
	}
}

// addkeys NAME USER stores a user's key as the user would: hatstand keys add NAME --from-env.
func addKeys(ts *testscript.TestScript, _ bool, args []string) {
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
func calls(ts *testscript.TestScript, _ bool, args []string) {
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
	if fmt.Sprint(got) != fmt.Sprint(want) { // fmt sorts a map's keys
		ts.Fatalf("AWS saw %v, want %v\n%v", got, want, s.aws.Calls())
	}
	s.aws.Reset()
}

// caller ACTION KEY=VALUE... holds the last call of an action to its parameters; KEY is a parameter,
// or Caller, Key, Region, Code (the error's).
func caller(ts *testscript.TestScript, neg bool, args []string) {
	all := of(ts).aws.Calls()
	for i := len(all) - 1; i >= 0; i-- {
		c := all[i]
		if c.Action != args[0] {
			continue
		}
		for _, a := range args[1:] {
			key, want, _ := strings.Cut(a, "=")
			got := c.Params[key]
			switch key {
			case "Caller":
				got = c.Caller
			case "Key":
				got = c.AccessKeyID
			case "Region":
				got = c.Region
			case "Code":
				got = c.Code
			}
			if neg == (got == want) {
				ts.Fatalf("%s: %s is %q, want %q (neg %v): %v %v", args[0], key, got, want, neg, c, c.Params)
			}
		}
		return
	}
	ts.Fatalf("AWS saw no %s", args[0])
}

// met ACTION=N waits until AWS has seen that many calls of an action; a program in the background is
// on its way then.
func met(ts *testscript.TestScript, _ bool, args []string) {
	action, n, _ := strings.Cut(args[0], "=")
	count, err := strconv.Atoi(n)
	ts.Check(err)
	for end := time.Now().Add(patience); of(ts).aws.Count(action) < count; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			ts.Fatalf("AWS never saw %s: %v", args[0], of(ts).aws.Calls())
		}
	}
}

// patience is how long a story waits for what must come; it is no measure of anything.
const patience = 4 * time.Minute

// code [USER] puts the code that a user's device (alice's) shows now, or will show if this one is about to go, into CODE.
func tokenCode(ts *testscript.TestScript, _ bool, args []string) {
	user := "alice"
	if len(args) > 0 {
		user = args[0]
	}
	if clock := of(ts).clock; clock.left() < 20*time.Second { // what is typed on a busy machine would be late
		if _, standing := clock.stands(); !standing {
			clock.nextStep()
		}
	}
	ts.Setenv("CODE", of(ts).devices[user].Code(of(ts).clock.now()))
}

// nextstep [D] goes to the device's next code; with D, only where this one is shown for less than that.
func nextStep(ts *testscript.TestScript, _ bool, args []string) {
	clock := of(ts).clock
	if len(args) > 0 {
		d, err := time.ParseDuration(args[0])
		ts.Check(err)
		if clock.left() >= d {
			return
		}
	}
	clock.nextStep()
}

// later D puts the story's clock forward, AWS's and the programs'.
func later(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	of(ts).clock.forward(d)
}

// stopclock has the story's clock stand still: who waits for a code goes on waiting.
func stopClock(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(of(ts).clock.stop()) }

// fault ACTION [times=N] [status=N] [code=C] [message=M] [drop] [after] [latency=D] [skew=D] [half] [stalled] [dripping]
// [expired=D] [envelope=Error|Errors|none] [omit=MEMBER] [reason=R] [retry-after=D]
func fault(ts *testscript.TestScript, _ bool, args []string) {
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
		case "half":
			f.Body = awstest.Half
		case "stalled":
			f.Body = awstest.Stalled
		case "dripping":
			f.Body = awstest.Dripping
		case "expired":
			f.Expired, err = time.ParseDuration(value)
		case "envelope":
			f.Envelope = value
		case "omit":
			f.Omit = value
		case "reason":
			f.Reason = value
		case "retry-after":
			f.RetryAfter, err = time.ParseDuration(value)
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
func skew(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	of(ts).aws.SetSkew(d)
}

// regionoff REGION is an account that has not activated STS there.
func regionOff(ts *testscript.TestScript, _ bool, args []string) { of(ts).aws.DisableRegion(args[0]) }

// issued-for D caps the life of what AWS gives from now on; 0 takes the cap away.
func issuedFor(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	of(ts).aws.MaxIssued(d)
}

// key inactive|active|delete USER [ID], of the key that the user began with, or that one; key add USER makes another one by
// hand, whose ID goes into OTHER_ID and whose secret into OTHER_SECRET; key retire USER makes that one
// inactive.
func changeKey(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	user, k := s.users[args[1]], s.keys[args[1]]
	if len(args) > 2 {
		k.ID = args[2]
	}
	switch args[0] {
	case "add":
		other := user.AddKey()
		s.secrets.always(other.Secret)
		ts.Setenv("OTHER_ID", other.ID)
		ts.Setenv("OTHER_SECRET", other.Secret)
	case "retire":
		user.SetKeyActive(ts.Getenv("OTHER_ID"), false)
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

// keydelay D is how long keys made from now on stay unknown to AWS's services.
func keyDelay(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	of(ts).aws.KeyDelay(d)
}

// keysof USER STATUS... holds the user's keys at AWS, oldest first, to their statuses; the last one's ID
// goes into NEW_ID.
func keysAtAWS(ts *testscript.TestScript, _ bool, args []string) {
	ids, statuses := of(ts).users[args[0]].Keys()
	if strings.Join(statuses, " ") != strings.Join(args[1:], " ") {
		ts.Fatalf("%s has %v %v, want %v", args[0], ids, statuses, args[1:])
	}
	if len(ids) > 0 {
		ts.Setenv("NEW_ID", ids[len(ids)-1])
	}
}

// permission deny|allow|mfa USER ACTION...: an explicit deny of the actions, nothing but the actions, or a
// deny of them without MFA.
func permission(ts *testscript.TestScript, _ bool, args []string) {
	u := of(ts).users[args[1]]
	switch args[0] {
	case "deny":
		u.Deny(args[2:]...)
	case "allow":
		u.Allow(args[2:]...)
	case "mfa":
		u.DenyWithoutMFA(args[2:]...)
	default:
		ts.Fatalf("permission: unknown %q", args[0])
	}
}

// written trust|identity ARN FILE puts a policy that somebody wrote into the place of what a role trusts, or of what a
// user or a role may do; "! written" where AWS does not take it.
func writtenPolicy(ts *testscript.TestScript, neg bool, args []string) {
	set := of(ts).aws.SetTrustPolicy
	if args[0] == "identity" {
		set = of(ts).aws.SetIdentityPolicy
	}
	text := ts.ReadFile(args[2])
	if err := set(args[1], text); (err != nil) != neg {
		ts.Fatalf("%v\n%s", err, text)
	}
}

// temporary USER gets a session of the user without hatstand, into TEMP_ID, TEMP_SECRET and TEMP_TOKEN.
func temporaryKeys(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	k := s.keys[args[0]]
	client := sts.New(sts.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(ts.Getenv("AWS_URL")),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret}, nil
		}),
	})
	out, err := client.GetSessionToken(context.Background(), &sts.GetSessionTokenInput{})
	ts.Check(err)
	ts.Setenv("TEMP_ID", *out.Credentials.AccessKeyId)
	ts.Setenv("TEMP_SECRET", *out.Credentials.SecretAccessKey)
	ts.Setenv("TEMP_TOKEN", *out.Credentials.SessionToken)
	s.aws.Reset()
}

// opens PATH TEXT follows the first URL on stdout as a browser does, with its cookies, to a page at that
// path that shows the text.
func opens(ts *testscript.TestScript, _ bool, args []string) {
	address, _, _ := strings.Cut(ts.ReadFile("stdout"), "\n")
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	resp, err := (&http.Client{Jar: jar, Timeout: patience}).Get(address)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != args[0] || !strings.Contains(string(body), args[1]) {
		ts.Fatalf("the browser ends at %s with %s: %s", resp.Request.URL.Path, resp.Status, body)
	}
}

// deadport puts the address of a port that nobody listens on into DEAD.
func deadPort(ts *testscript.TestScript, _ bool, _ []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv("DEAD", ln.Addr().String())
	ts.Check(ln.Close())
}
