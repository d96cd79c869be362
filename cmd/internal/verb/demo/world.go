package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/proxy"
	"hatstand/credproc/awstest/s3"
	"hatstand/profiles/partitions"
)

// A demo is a world of its own: an AWS on loopback, a home in a temporary folder, a keyring in it.
type demo struct {
	world    app.World
	aws      *awstest.Server
	proxy    *proxy.Proxy // leads programs to it that ask for AWS by its own names
	kind     kind
	realCLI  bool // there is an AWS CLI
	device   *awstest.Device
	key      awstest.Key
	home     string
	config   string
	env      []string
	self     string
	terminal bool
	seen     int // calls already reported
}

// kind is what a demo shows.
type kind struct {
	sso   bool // a person signs in, and has no key
	shell bool // the user tries things: there is everything
}

// region is where all of the demo is.
const region = "eu-west-1"

func newDemo(ctx context.Context, w app.World, k kind) (_ *demo, err error) {
	d := &demo{world: w, kind: k, self: w.Self()}
	if d.self == "" {
		return nil, errors.New("demo: the path of this program is not known")
	}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.home, err = os.MkdirTemp("", "hatstand-demo-"); err != nil {
		return nil, err
	}
	if d.aws, err = awstest.Start(awstest.Options{Now: w.Now}); err != nil {
		return nil, err
	}
	if d.proxy, err = proxy.StartFor(d.aws, partitions.Domain); err != nil {
		return nil, err
	}
	word, err := app.CommandWord(d.self, d.world.GOOS)
	if err != nil {
		return nil, err
	}
	if !k.sso {
		d.addAlice(word)
	}
	if k.sso || k.shell {
		if err := d.addCorp(); err != nil {
			return nil, err
		}
	}
	if err := d.writeHome(); err != nil {
		return nil, err
	}
	d.env = d.environment(word)
	if d.realCLI = realCLI(ctx, d.env); !d.realCLI {
		if err := d.addProgram("aws", "demo --aws --"); err != nil {
			return nil, err
		}
	}
	if tty, err := w.Terminal(); err == nil {
		d.terminal = true
		tty.Close()
	}
	return d, nil
}

// addAlice makes an IAM user with a key and an MFA device, who may assume two roles. word starts this program.
func (d *demo) addAlice(word string) {
	alice := d.aws.AddUser(userAccount, "alice")
	d.key, d.device = alice.AddKey(), alice.AddMFA("alice")
	d.aws.ConsoleSignIn().SetPerson(alice.ARN)
	const admin = "arn:aws:iam::222222222222:role/Admin"
	d.aws.AddRole(
		admin,
		awstest.Role{MaxSession: 4 * time.Hour, Trust: []awstest.Trust{{Principal: alice.ARN, RequireMFA: true}}},
	)
	d.aws.AddRole("arn:aws:iam::222222222222:role/Reader", awstest.Role{
		Trust: []awstest.Trust{{Principal: alice.ARN}}, Allow: []string{"s3:List*", "s3:Get*"},
	})
	d.aws.AddRole("arn:aws:iam::333333333333:role/Auditor", awstest.Role{Trust: []awstest.Trust{{Principal: admin}}})
	d.addBuckets()
	d.config = fmt.Sprintf(`[profile me]
mfa_serial = %s
region = eu-west-1

[profile prod]
region = eu-west-1
credential_process = %s credential-process prod

[hatstand prod]
role_arn = %s
source_profile = me

[profile audit]
role_arn = arn:aws:iam::333333333333:role/Auditor
source_profile = prod
region = eu-west-1
`, d.device.Serial, word, admin)
}

// addBuckets makes what aws s3 ls shows.
func (d *demo) addBuckets() {
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 30, 0, 0, time.UTC) }
	for _, b := range []s3.Bucket{
		{Name: "acme-builds", Account: "222222222222", Created: at(2, 9), Objects: []s3.Object{
			{Key: "latest.txt", Size: 6, Modified: at(20, 9)}, {Key: "web/1.4.2.tar.gz", Size: 48211, Modified: at(20, 9)}}},
		{Name: "acme-logs", Account: "222222222222", Created: at(3, 9), Objects: []s3.Object{
			{Key: "2026/03/20.gz", Size: 9120, Modified: at(20, 23)}}},
		{Name: "acme-audit", Account: "333333333333", Created: at(4, 9), Objects: []s3.Object{
			{Key: "2026-q1.csv", Size: 2048, Modified: at(31, 9)}}},
		{Name: "acme-dev", Account: devAccount, Created: at(5, 9)},
	} {
		b.Region = region
		d.aws.S3().AddBucket(b)
	}
}

// environment is the user's without AWS and hatstand settings, and with the demo's own.
func (d *demo) environment(word string) []string {
	var env []string
	for _, kv := range d.world.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case strings.HasPrefix(name, "AWS_"), strings.HasPrefix(name, "HATSTAND_"), strings.HasPrefix(name, "XDG_"),
			name == "HOME", name == "USERPROFILE", strings.EqualFold(name, "PATH"),
			// These name what a shell reads at its start, where it could set another PATH, and what it writes.
			name == "ZDOTDIR", name == "ENV", name == "BASH_ENV", name == "HISTFILE",
			// They lead to the user's own keyrings.
			name == "DBUS_SESSION_BUS_ADDRESS", name == "PASSWORD_STORE_DIR", name == "GNUPGHOME",
			// The AWS CLI would ask a proxy for loopback addresses too.
			strings.HasSuffix(strings.ToUpper(name), "_PROXY"), name == "REQUESTS_CA_BUNDLE":
		default:
			env = append(env, kv)
		}
	}
	if d.kind.sso || d.kind.shell && !d.hasDesktop() {
		env = append(env, "HATSTAND_BROWSER="+word+" demo --press")
	}
	// An AWS CLI that does not know AWS_ENDPOINT_URL asks for AWS by its own names: the proxy answers, and refuses all that
	// is not AWS's.
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"} {
		env = append(env, name+"="+d.proxy.URL)
	}
	if d.world.GOOS == "windows" {
		// They go before LOCALAPPDATA, which stays the user's: browsers are looked for there.
		env = append(env, selfVariable+"="+d.self,
			"XDG_STATE_HOME="+filepath.Join(d.home, "state"), "XDG_DATA_HOME="+filepath.Join(d.home, "data"))
	}
	return append(env,
		"NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost",
		"AWS_CA_BUNDLE="+filepath.Join(d.home, caFile), "AWS_ENDPOINT_URL="+d.aws.URL,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=",
		"HOME="+d.home, "USERPROFILE="+d.home,
		"XDG_RUNTIME_DIR="+filepath.Join(d.home, "run"),
		"PATH="+filepath.Join(d.home, "bin")+string(os.PathListSeparator)+d.world.Getenv("PATH"),
		"HATSTAND_BACKEND=file", "HATSTAND_FILE_PASSPHRASE=demo",
		// sh and cmd.exe have their prompt from here; the other shells from files.
		"PS1="+promptWord+" $ ", "PROMPT="+promptWord+" $P$G",
	)
}

func (d *demo) keyEnv() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + d.key.ID, "AWS_SECRET_ACCESS_KEY=" + d.key.Secret}
}

// example is a command that shows what exec gives it.
func (d *demo) example() []string {
	if d.world.GOOS == "windows" {
		return []string{"cmd", "/c", "echo profile %HATSTAND_PROFILE%, key %AWS_ACCESS_KEY_ID%, region %AWS_REGION%"}
	}
	return []string{"sh", "-c", "echo profile $HATSTAND_PROFILE, key $AWS_ACCESS_KEY_ID, region $AWS_REGION"}
}

// close leaves nothing behind, in the kernel's keyring neither.
func (d *demo) close() {
	if d.env != nil {
		lock := exec.Command(d.self, "lock")
		lock.Env = d.env
		lock.Run()
	}
	if d.proxy != nil {
		d.proxy.Close()
	}
	if d.aws != nil {
		d.aws.Close()
	}
	if d.home != "" {
		os.RemoveAll(d.home)
	}
}
